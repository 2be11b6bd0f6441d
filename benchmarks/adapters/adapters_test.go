package main

import (
	"bytes"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	silenceLogs()
	child()
	os.Exit(m.Run())
}

// Every behavior of a server is freshen's.
func TestFreshenIsAServer(t *testing.T) {
	for b, behavior := range behaviors() {
		if !holds(b, 0) {
			t.Errorf("freshen: %s: no", behavior.name)
		}
	}
}

func TestEveryAdapterAnswers(t *testing.T) {
	for _, a := range adapters() {
		for _, l := range loads() {
			got, err := invoke(a.wrap(l.h), newEvent(a.format, browser))
			if err != nil || !l.want(got) {
				t.Logf("%s: %s: status %d, %d octets, %v", a.name, l.name, got.status, len(got.body), err)
			}
		}
	}
}

func TestColdStart(t *testing.T) {
	t.Chdir("..")
	var out bytes.Buffer
	if err := printColdStarts(&out, 1); err != nil {
		t.Fatal(err)
	}
}
