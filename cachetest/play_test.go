package cachetest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// A recorded test keeps what is reported to it.
type recorded struct {
	testing.TB
	said []string
}

func (r *recorded) Helper() {}
func (r *recorded) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *recorded) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r)
}

// A script that differs from what happened is shown beside it.
func TestPlayShowsWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorded{TB: t}
		cachetest.Play(r, http.HandlerFunc(greeting), cachetest.CloudFront(), `
+0s   GET /  Miss 200
+10s  GET /  Miss 404 age=5 text=good -etag  # a comment
+20s  purge /
+30s  GET /`)
		require.Len(t, r.said, 1)
		assert.True(t, strings.HasPrefix(r.said[0], `cachetest: Play: the script differs from what happened:
    
    +0s   GET /  Miss 200
  - +10s  GET /  Miss 404 age=5 text=good -etag  # a comment
  + +10s  GET /  Hit 200 age=10 text=hello etag="en"  # a comment
    +20s  purge /
  - +30s  GET /
  + +30s  GET /  Miss

00:00:00  GET /
`), r.said[0])
	})
}

func TestPlayRefusesBadLines(t *testing.T) {
	for line, want := range map[string]string{
		"+x GET /":      `line 1, "+x GET /": time: invalid duration "x"`,
		"GET a":         "want a method and a path",
		"explode":       `unknown event "explode"`,
		"answer x":      "invalid syntax",
		"down 5":        "missing unit",
		"slow 1s x":     "invalid duration",
		"answer 503 xx": "invalid duration",
	} {
		r := &recorded{TB: t}
		assert.Panics(t, func() { cachetest.Play(r, http.NotFoundHandler(), cachetest.RFC9111(), line) }, line)
		require.Len(t, r.said, 1, line)
		assert.Contains(t, r.said[0], want)
	}
}
