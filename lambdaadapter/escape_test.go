package lambdaadapter_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every octet, at every place in a block, alone and in runs, and bodies around
// the point where base64 becomes shorter.
func TestEscapes(t *testing.T) {
	payload, err := json.Marshal(newEvent())
	require.NoError(t, err)
	check := func(body string) {
		out, err := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{"text/x"}
			_, _ = io.WriteString(w, body)
		})).Invoke(t.Context(), payload)
		require.NoError(t, err)
		require.Equal(t, body, string(parse(t, out).body))
	}
	for c := range 0x80 {
		for at := range 9 {
			check(strings.Repeat("x", at) + string(rune(c)) + strings.Repeat("y", 60-at))
		}
		check(strings.Repeat(string(rune(c)), 100))
	}
	for plain := range 8 {
		for n := 0; n < 200; n += 1 + n/8 {
			check(strings.Repeat(strings.Repeat("x", plain)+`"`, n))
			check(strings.Repeat(strings.Repeat("é", plain)+"\x01", n))
		}
	}
	assert.True(t, json.Valid(payload))
}
