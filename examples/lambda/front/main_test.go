package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The README's command, with a port that is free.
func TestFrontShowsA200AndThenA304(t *testing.T) {
	var out bytes.Buffer

	err := run(t.Context(), []string{"-once", "-addr", "127.0.0.1:0", "-environments", "2"}, &out)

	require.NoError(t, err)
	first, second, found := strings.Cut(out.String(), "(29")
	require.True(t, found, out.String())
	assert.Contains(t, first, "HTTP/1.1 200 OK")
	assert.Contains(t, first, "Cache-Control: public, max-age=100")
	assert.Contains(t, second, "-H 'If-None-Match: \"")
	assert.Contains(t, second, "HTTP/1.1 304 Not Modified")
	assert.Contains(t, second, "(0 bytes of content)")
}

func TestFrontRefuses(t *testing.T) {
	for _, row := range []struct {
		name, why string
		args      []string
	}{
		{"an address that others reach", "loopback", []string{"-addr", "0.0.0.0:0"}},
		{"no host at all", "loopback", []string{"-addr", ":0"}},
		{"no environment", "-environments", []string{"-environments", "0"}},
		{"a bootstrap that is none", "starting", []string{"-addr", "127.0.0.1:0", "-bootstrap", "no-such-file"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := run(t.Context(), row.args, &bytes.Buffer{})

			assert.ErrorContains(t, err, row.why)
		})
	}
}
