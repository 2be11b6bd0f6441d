package commit_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/commit"
)

func TestHold(t *testing.T) {
	for name, row := range map[string]struct {
		whole   commit.Mode
		handler func(http.ResponseWriter)
		want    []string
	}{
		"whole": {
			commit.Pass, func(w http.ResponseWriter) { write(w, "ab"); write(w, "cd") },
			[]string{"commit 200", `whole "abcd"`, "header 200", `write "abcd"`},
		},
		"answered in the handler's place": {
			commit.Discard, func(w http.ResponseWriter) { write(w, "ab"); write(w, "cd") },
			[]string{"commit 200", `whole "abcd"`},
		},
		"as large as the limit": {
			commit.Pass, func(w http.ResponseWriter) { write(w, "1234"); write(w, "5678") },
			[]string{"commit 200", `whole "12345678"`, "header 200", `write "12345678"`},
		},
		"larger by one": {
			commit.Pass, func(w http.ResponseWriter) { write(w, "12345678"); write(w, "9"); write(w, "0") },
			[]string{"commit 200", "partial 0", "header 200", `write "12345678"`, `write "9"`, `write "0"`},
		},
		"too large at once": {
			commit.Pass, func(w http.ResponseWriter) { w.WriteHeader(203); write(w, "123456789") },
			[]string{"commit 203", "partial 0", "header 203", `write "123456789"`},
		},
		"too large from a source": {
			commit.Pass, func(w http.ResponseWriter) {
				_, _ = io.Copy(w, iotest.OneByteReader(strings.NewReader("123456789abc")))
			},
			[]string{"commit 200", "partial 0", "header 200", `write "12345678"`, `write "9"`, `write "a"`, `write "b"`, `write "c"`},
		},
		"flushed": {
			commit.Pass, func(w http.ResponseWriter) { write(w, "ab"); w.(http.Flusher).Flush(); write(w, "cd") },
			[]string{"commit 200", "partial 1", "header 200", `write "ab"`, "flush", `write "cd"`},
		},
		"flushed before the body": {
			commit.Pass, func(w http.ResponseWriter) { w.(http.Flusher).Flush(); write(w, "cd") },
			[]string{"commit 200", "partial 1", "header 200", "flush", `write "cd"`},
		},
		"hijacked": {
			commit.Pass, func(w http.ResponseWriter) { write(w, "ab"); _, _, _ = w.(http.Hijacker).Hijack() },
			[]string{"commit 200", "partial 1", "header 200", `write "ab"`, "hijack"},
		},
		"hijacked before a status": {
			commit.Pass, func(w http.ResponseWriter) { _, _, _ = w.(http.Hijacker).Hijack() },
			[]string{"hijack"},
		},
		"early hints before": {
			commit.Pass, func(w http.ResponseWriter) { w.WriteHeader(103); write(w, "ab") },
			[]string{"header 103", "commit 200", `whole "ab"`, "header 200", `write "ab"`},
		},
		"early hints and a second status, too late": {
			commit.Pass, func(w http.ResponseWriter) {
				w.WriteHeader(200)
				w.WriteHeader(103)
				w.WriteHeader(500)
				write(w, "ab")
			},
			[]string{"commit 200", `whole "ab"`, "header 200", `write "ab"`},
		},
		"declared and in one piece": {
			commit.Pass, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "2"); _, _ = w.Write([]byte("ab")) },
			[]string{"commit 200", `whole "ab"`, "header 200", `write "ab"`},
		},
		"declared and answered, in one piece": {
			commit.Discard, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "2"); _, _ = w.Write([]byte("ab")) },
			[]string{"commit 200", `whole "ab"`},
		},
		"declared, in two pieces": {
			commit.Pass, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "2"); write(w, "a"); write(w, "b") },
			[]string{"commit 200", `whole "ab"`, "header 200", `write "ab"`},
		},
		"declared and short": {
			commit.Pass, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "5"); write(w, "ab") },
			[]string{"commit 200", "partial 2", "header 200", `write "ab"`},
		},
		"declared and nothing written": {
			commit.Pass, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "5"); w.WriteHeader(200) },
			[]string{"commit 200", "partial 2", "header 200"},
		},
		"trailers afterwards": {
			commit.Pass, func(w http.ResponseWriter) { write(w, "ab"); w.Header().Set(http.TrailerPrefix+"X-Sum", "1") },
			[]string{"commit 200", "partial 3", "header 200", `write "ab"`},
		},
		"trailers before": {
			commit.Pass, func(w http.ResponseWriter) { w.Header().Set(http.TrailerPrefix+"X-Sum", "1"); write(w, "ab") },
			[]string{"commit 200", "partial 3", "header 200", `write "ab"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, row.want, newLog(commit.Hold, row.whole).serve(8, row.handler))
		})
	}
}

// What exceeds the declared length is refused, and all that follows.
func TestHoldRefusesExcess(t *testing.T) {
	got := newLog(commit.Hold, commit.Pass).serve(8, func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "2")
		write(w, "a")
		for _, s := range []string{"bc", "d"} {
			n, err := io.WriteString(w, s)
			assert.Zero(t, n)
			assert.ErrorIs(t, err, http.ErrContentLength)
			n, err = w.Write([]byte(s))
			assert.Zero(t, n)
			assert.ErrorIs(t, err, http.ErrContentLength)
		}
	})
	assert.Equal(t, []string{"commit 200", "partial 2", "header 200", `write "a"`}, got)
}

// The caller of Write may use its slice for something else afterwards.
func TestHoldCopiesBytes(t *testing.T) {
	got := newLog(commit.Hold, commit.Pass).serve(8, func(w http.ResponseWriter) {
		p := []byte("ab")
		_, _ = w.Write(p)
		copy(p, "XX")
		_, _ = w.Write([]byte("cd"))
	})
	assert.Contains(t, got, `whole "abcd"`)
}

// The header is frozen at the first WriteHeader, though it goes out later.
func TestHoldFreezesTheHeader(t *testing.T) {
	for name, end := range map[string]func(http.ResponseWriter){
		"whole":     func(http.ResponseWriter) {},
		"flushed":   func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"too large": func(w http.ResponseWriter) { write(w, "123456789") },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(commit.Hold, commit.Pass)
			l.serve(8, func(w http.ResponseWriter) {
				h := w.Header()
				h["X-Kept"] = []string{"1"}
				h["X-Changed"] = []string{"before", "too"}
				h["X-Removed"] = []string{"1"}
				h["X-Nil"] = nil
				w.WriteHeader(200)
				h["X-Changed"][0] = "after"
				h.Add("X-Kept", "2")
				h.Del("X-Removed")
				h.Del("X-Nil")
				h.Set("X-Added", "1")
				end(w)
			})
			assert.Equal(t, http.Header{
				"X-Kept": {"1"}, "X-Changed": {"before", "too"}, "X-Removed": {"1"}, "X-Nil": nil,
			}, l.header)
		})
	}
}

// S36: a buffer that comes back from the pool has no more capacity than the limit of
// the response that uses it, whatever limit the one before had.
func TestS36CapacityOfAPooledBuffer(t *testing.T) {
	hold := func(limit int, body []byte, f func(*recordingHook)) {
		var w commit.Writer
		hook := &recordingHook{mode: commit.Hold, limit: limit}
		w.Init(discarding{http.Header{}}, hook)
		_, _ = w.Write(body[:1])
		_, _ = w.Write(body[1:])
		w.Finish()
		f(hook)
	}
	for range 10 {
		hold(1<<20, make([]byte, 1<<20), func(hook *recordingHook) { assert.Equal(t, []string{"OK", "whole"}, hook.calls) })
		var w commit.Writer
		w.Init(discarding{http.Header{}}, capacityOf(func(n int) { assert.LessOrEqual(t, n, 4000) }))
		_, _ = w.Write(make([]byte, 1000))
		_, _ = w.Write(make([]byte, 3000))
		w.Finish()
	}
}
