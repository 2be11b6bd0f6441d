package lambdaadapter_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// respond gives a GET, or the given event, to a handler.
func respond(t *testing.T, h http.HandlerFunc, event ...any) answer {
	t.Helper()
	return invoke(t, h, append(event, newEvent())[0])
}

func TestDefect12_SilentHandlerIs200(t *testing.T) {
	a := respond(t, func(http.ResponseWriter, *http.Request) {})
	assert.Equal(t, 200, a.StatusCode)
	assert.Empty(t, a.body)
}

func TestDefect13_FirstWriteHeaderWins(t *testing.T) {
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(103)
		w.Header().Set("X-A", "1")
		w.WriteHeader(201)
		w.Header().Set("X-A", "2")
		w.WriteHeader(500)
	})
	assert.Equal(t, 201, a.StatusCode)
	assert.Equal(t, "1", a.Headers["X-A"])

	log := captureLog(t)
	a = respond(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) })
	assertBare500(t, a)
	assert.Contains(t, log.String(), "invalid WriteHeader code 0")
}

func TestDefect14_NoBodyWhereNoneMayBe(t *testing.T) {
	for _, status := range []int{204, 304} {
		a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, err := io.WriteString(w, "<html>")
			assert.ErrorIs(t, err, http.ErrBodyNotAllowed)
		})
		assert.Equal(t, status, a.StatusCode)
		assert.Empty(t, a.body)
		assert.Empty(t, a.Headers)
	}
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, newEvent(method("HEAD")))
	assert.Empty(t, a.body)
	assert.Equal(t, map[string]string{"Content-Length": "6", "Content-Type": "text/html; charset=utf-8"}, a.Headers)
}

func TestDefect15_SniffsAsAServer(t *testing.T) {
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<ht")
		io.WriteString(w, "ml>")
	})
	assert.Equal(t, "text/html; charset=utf-8", a.Headers["Content-Type"], "over several writes")
	a = respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write([]byte{0x1f, 0x8b})
	})
	assert.NotContains(t, a.Headers, "Content-Type")
	a = respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	})
	assert.NotContains(t, a.Headers, "Content-Type")
}

func TestDefect16_HeadersAreCleaned(t *testing.T) {
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["X-Nil"] = nil
		h.Set("Trailer", "X-Sum")
		h.Set("Connection", "close, X-Hop")
		h.Set("X-Hop", "1")
		h.Set("Keep-Alive", "timeout=5")
		h.Set("Upgrade", "h2c")
		h.Set("Transfer-Encoding", "chunked")
		h.Set("X-Split", "a\r\nX-Injected: 1")
		h["Bad Name"] = []string{"1"}
		h.Set("X-Kept", "1")
		io.WriteString(w, "x")
		h.Set("X-Sum", "1")
		h.Set(http.TrailerPrefix+"X-Other", "1")
	})
	assert.Equal(t, map[string]string{"X-Split": "a  X-Injected: 1", "X-Kept": "1"}, a.Headers)
}

func TestDefect17_FlushSucceedsTheRestIsNotSupported(t *testing.T) {
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		_, ok := w.(http.Flusher)
		assert.True(t, ok)
		rc := http.NewResponseController(w)
		io.WriteString(w, "a")
		assert.NoError(t, rc.Flush())
		io.WriteString(w, "b")
		assert.ErrorIs(t, rc.SetReadDeadline(time.Time{}), http.ErrNotSupported)
		assert.ErrorIs(t, rc.SetWriteDeadline(time.Time{}), http.ErrNotSupported)
		_, _, err := rc.Hijack()
		assert.ErrorIs(t, err, http.ErrNotSupported)
	})
	assert.Equal(t, "ab", string(a.body))
}

// The limit applies to the finished payload: the same octets may fit in one form
// and not in the other.
func TestDefect18_OversizedResponseIsAClear500(t *testing.T) {
	const limit = 6291556
	const envelope = len(`{"statusCode":200,"headers":{"Cache-Control":"public, max-age=600",` +
		`"Content-Type":"text/x","Etag":"\"v1\""},"body":""}`)
	repeat := func(s string, n int) []byte { return bytes.Repeat([]byte(s), n/len(s)) }
	for _, row := range []struct {
		name string
		body []byte
		fits bool
		text bool
	}{
		{"5 MB of plain text", repeat("plain text ", 5<<20), true, true},
		{"2 MB of HTML, not escaped", repeat("<p>&amp;</p>", 2<<20), true, true},
		{"4.5 MB of octets", repeat("\xff\x00\x80", 4_500_000), true, false},
		{"2 MB of control characters, in base64", repeat("\x01\x02", 2<<20), true, false},
		{"5 MB of dense JSON", repeat(`{"a":"b"},`, 5_000_000), false, false},
		{"5 MB of octets", repeat("\xff\x00\x80", 5_000_000), false, false},
		{"7 MB of text", repeat("x", 7<<20), false, false},
		{"as much as just fits", repeat("x", limit-envelope), true, true},
		{"one octet more", repeat("x", limit-envelope+1), false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			log := captureLog(t)
			h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/x")
				w.Header().Set("ETag", `"v1"`)
				w.Header().Set("Cache-Control", "public, max-age=600")
				w.Write(row.body)
			}))
			payload, _ := json.Marshal(newEvent(path("/report")))
			out, err := h.Invoke(t.Context(), payload)
			require.NoError(t, err)
			assert.LessOrEqual(t, len(out), limit)
			a := parse(t, out)
			if row.fits {
				assert.Equal(t, 200, a.StatusCode)
				assert.Equal(t, row.text, !a.IsBase64Encoded)
				assert.True(t, bytes.Equal(row.body, a.body))
				return
			}
			assert.Equal(t, 500, a.StatusCode)
			assert.Equal(t, map[string]string{"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}, a.Headers)
			assert.Contains(t, string(a.body), "larger than AWS Lambda's limit")
			assert.Contains(t, log.String(), "too large for AWS Lambda, answered 500")
			assert.Contains(t, log.String(), "method=GET path=/report")
		})
	}
}

func TestDefect19_PanicsAreAnsweredAndSurvived(t *testing.T) {
	log := captureLog(t)
	h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Set-Cookie", "a=1")
		switch r.URL.Path {
		case "/panic":
			io.WriteString(w, strings.Repeat("half an answer ", 1000))
			panic("boom")
		case "/abort":
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "well")
	}))
	serve := func(p string) answer {
		payload, _ := json.Marshal(newEvent(path(p)))
		out, err := h.Invoke(t.Context(), payload)
		require.NoError(t, err)
		return parse(t, out)
	}
	assertBare500(t, serve("/panic"))
	assert.Contains(t, log.String(), "method=GET path=/panic panic=boom stack=")
	assert.Contains(t, log.String(), "defects_response_test.go", "the stack")
	log.Reset()
	assertBare500(t, serve("/abort"))
	assert.Contains(t, log.String(), `method=GET path=/abort panic="`+http.ErrAbortHandler.Error()+`"`)
	assert.Contains(t, log.String(), "defects_response_test.go", "the stack")
	assert.Equal(t, "well", string(serve("/").body), "the next request is served")
}
