package commit_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/commit"
)

// A log is a middleware and a server in one, which writes down in which order
// it is called. It answers each question as it was told to.
type log struct {
	lines  []string
	header http.Header
	mode   commit.Mode // of Commit
	whole  commit.Mode // of Whole
	limit  int
	fail   error // of Write
}

func newLog(mode, whole commit.Mode) *log {
	return &log{header: http.Header{}, mode: mode, whole: whole}
}

func (l *log) note(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *log) Commit(status int) commit.Mode {
	l.note("commit %d", status)
	return l.mode
}

func (l *log) Whole(body []byte) commit.Mode {
	l.note("whole %q", body)
	return l.whole
}

func (l *log) Limit() int { return l.limit }

func (l *log) Partial(why commit.Cause) { l.note("partial %d", why) }

func (l *log) Header() http.Header { return l.header }

func (l *log) WriteHeader(status int) { l.note("header %d", status) }

func (l *log) Write(p []byte) (int, error) {
	l.note("write %q", p)
	return len(p), l.fail
}

func (l *log) Flush() { l.note("flush") }

func (l *log) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	l.note("hijack")
	return nil, nil, l.fail
}

func (l *log) ReadFrom(src io.Reader) (int64, error) {
	b, err := io.ReadAll(src)
	l.note("read from %q", b)
	return int64(len(b)), err
}

// serve runs handler as a middleware would, and returns what was called.
func (l *log) serve(limit int, handler func(w http.ResponseWriter)) []string {
	var w commit.Writer
	l.limit = limit
	w.Init(l, l)
	handler(w.ResponseWriter())
	w.Finish()
	return l.lines
}

func write(w io.Writer, s string) { _, _ = io.WriteString(w, s) }

func TestPass(t *testing.T) {
	for name, row := range map[string]struct {
		handler func(http.ResponseWriter)
		want    []string
	}{
		"nothing":  {func(http.ResponseWriter) {}, nil},
		"a status": {func(w http.ResponseWriter) { w.WriteHeader(404) }, []string{"commit 404", "header 404"}},
		"a second status is the server's to refuse": {
			func(w http.ResponseWriter) { w.WriteHeader(404); w.WriteHeader(500) },
			[]string{"commit 404", "header 404", "header 500"},
		},
		"the implicit status": {func(w http.ResponseWriter) { write(w, "a") }, []string{"commit 200", "header 200", `write "a"`}},
		"an empty write decides, too": {
			func(w http.ResponseWriter) { _, _ = w.Write(nil); w.WriteHeader(404) },
			[]string{"commit 200", "header 200", `write ""`, "header 404"},
		},
		"informational ones are not the status": {
			func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(102); w.WriteHeader(204) },
			[]string{"header 103", "header 102", "commit 204", "header 204"},
		},
		"101 is": {func(w http.ResponseWriter) { w.WriteHeader(101) }, []string{"commit 101", "header 101"}},
		"an invalid one is for the server to panic about": {
			func(w http.ResponseWriter) { w.WriteHeader(99); w.WriteHeader(1000); w.WriteHeader(0) },
			[]string{"header 99", "header 1000", "header 0"},
		},
		"a flush decides": {
			func(w http.ResponseWriter) { w.(http.Flusher).Flush(); w.WriteHeader(404) },
			[]string{"commit 200", "header 200", "flush", "header 404"},
		},
		"a hijack does not": {func(w http.ResponseWriter) { _, _, _ = w.(http.Hijacker).Hijack() }, []string{"hijack"}},
		"after a hijack all is the server's": {
			func(w http.ResponseWriter) {
				_, _, _ = w.(http.Hijacker).Hijack()
				w.WriteHeader(200)
				write(w, "a")
			},
			[]string{"hijack", "header 200", `write "a"`},
		},
		"an empty source decides nothing": {
			func(w http.ResponseWriter) {
				_, _ = io.Copy(w, strings.NewReader(""))
				w.WriteHeader(404)
			},
			[]string{"commit 404", "header 404"},
		},
		"a source is copied piece by piece": {
			func(w http.ResponseWriter) {
				src := io.MultiReader(strings.NewReader("first"), strings.NewReader("then"))
				_, _ = io.Copy(w, struct{ io.Reader }{src})
			},
			[]string{"commit 200", "header 200", `write "first"`, `write "then"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := newLog(commit.Pass, commit.Pass).serve(0, row.handler)
			assert.Equal(t, row.want, got)
		})
	}
}

func TestDiscard(t *testing.T) {
	got := newLog(commit.Discard, commit.Pass).serve(0, func(w http.ResponseWriter) {
		n, err := io.WriteString(w, "body")
		assert.Equal(t, 4, n)
		assert.NoError(t, err)
		n, err = w.Write([]byte("bytes"))
		assert.Equal(t, 5, n)
		assert.NoError(t, err)
		copied, err := io.Copy(w, strings.NewReader("source"))
		assert.EqualValues(t, 6, copied)
		assert.NoError(t, err)
		assert.NoError(t, http.NewResponseController(w).Flush())
		w.WriteHeader(500)
		w.WriteHeader(103)
	})
	assert.Equal(t, []string{"commit 200"}, got)
}

// After its handler returned or panicked, a Writer refuses everything.
func TestClosed(t *testing.T) {
	for name, end := range map[string]func(*commit.Writer){"returned": (*commit.Writer).Finish, "panicked": (*commit.Writer).Abort} {
		for _, mode := range []commit.Mode{commit.Pass, commit.Discard, commit.Hold} {
			t.Run(fmt.Sprint(name, " in mode ", mode), func(t *testing.T) {
				l := newLog(mode, commit.Pass)
				var cw commit.Writer
				l.limit = 8
				cw.Init(l, l)
				w := cw.ResponseWriter()
				l.header.Set("X-A", "1")
				write(w, "body")
				end(&cw)
				before := len(l.lines)
				_, err := w.Write([]byte("late"))
				assert.Error(t, err)
				_, err = io.WriteString(w, "late")
				assert.Error(t, err)
				_, err = io.Copy(w, strings.NewReader("late"))
				assert.Error(t, err)
				assert.Error(t, http.NewResponseController(w).Flush())
				w.(http.Flusher).Flush()
				_, _, err = w.(http.Hijacker).Hijack()
				assert.Error(t, err)
				w.WriteHeader(500)
				w.WriteHeader(103)
				w.WriteHeader(0)
				w.Header().Set("X-B", "2")
				assert.Empty(t, w.Header())
				assert.Len(t, l.lines, before, "nothing reached the server: %v", l.lines[before:])
				assert.Equal(t, http.Header{"X-A": {"1"}}, l.header)
			})
		}
	}
}

// A panic sends nothing of what was held, and decides nothing.
func TestAbort(t *testing.T) {
	for name, handler := range map[string]func(http.ResponseWriter){
		"before a status": func(http.ResponseWriter) {},
		"while holding":   func(w http.ResponseWriter) { write(w, "ab") },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(commit.Hold, commit.Pass)
			var w commit.Writer
			l.limit = 8
			w.Init(l, l)
			handler(w.ResponseWriter())
			w.Abort()
			for _, line := range l.lines {
				assert.Equal(t, "commit 200", line)
			}
		})
	}
}

// What had been put on the header before the handler is taken back where no
// status will say so: after a panic, and where the handler takes the connection.
func TestUndo(t *testing.T) {
	for name, row := range map[string]struct {
		handler func(http.ResponseWriter)
		panics  bool
		want    []string
	}{
		"a panic before the status":  {func(http.ResponseWriter) {}, true, []string{"undo"}},
		"a panic after it":           {func(w http.ResponseWriter) { w.WriteHeader(204) }, true, []string{"commit 204", "header 204"}},
		"a hijack before the status": {func(w http.ResponseWriter) { _, _, _ = w.(http.Hijacker).Hijack() }, false, []string{"hijack", "undo"}},
		"one after it": {
			func(w http.ResponseWriter) { w.WriteHeader(101); _, _, _ = w.(http.Hijacker).Hijack() }, false,
			[]string{"commit 101", "header 101", "hijack"},
		},
		"two": {
			func(w http.ResponseWriter) {
				_, _, _ = w.(http.Hijacker).Hijack()
				_, _, _ = w.(http.Hijacker).Hijack()
			}, false,
			[]string{"hijack", "undo", "hijack"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := undoLog{newLog(commit.Pass, commit.Pass)}
			var w commit.Writer
			l.limit = 0
			w.Init(l, l)
			row.handler(w.ResponseWriter())
			if row.panics {
				w.Abort()
			} else {
				w.Finish()
			}
			assert.Equal(t, row.want, l.lines)
		})
	}
}

type undoLog struct{ *log }

func (l undoLog) Undo() { l.note("undo") }

// A flush that the server cannot do decides nothing and lets nothing go.
func TestFlushNotSupported(t *testing.T) {
	l := newLog(commit.Hold, commit.Pass)
	var w commit.Writer
	l.limit = 8
	w.Init(base{l}, l)
	assert.ErrorIs(t, http.NewResponseController(w.ResponseWriter()).Flush(), http.ErrNotSupported)
	assert.Empty(t, l.lines)
	write(w.ResponseWriter(), "ab")
	assert.ErrorIs(t, http.NewResponseController(w.ResponseWriter()).Flush(), http.ErrNotSupported)
	w.Finish()
	assert.Equal(t, []string{"commit 200", `whole "ab"`, "header 200", `write "ab"`}, l.lines)
}

// An error of the server's reaches the handler whose write made room for it.
func TestErrorsReachTheHandler(t *testing.T) {
	gone := errors.New("gone")
	for name, mode := range map[string]commit.Mode{"passing": commit.Pass, "spilling": commit.Hold} {
		t.Run(name, func(t *testing.T) {
			l := newLog(mode, commit.Pass)
			l.fail = gone
			l.serve(2, func(w http.ResponseWriter) {
				write(w, "1")
				_, err := io.WriteString(w, "23")
				assert.ErrorIs(t, err, gone)
				_, err = w.Write([]byte("4"))
				assert.ErrorIs(t, err, gone)
			})
		})
	}
	t.Run("a source's own", func(t *testing.T) {
		newLog(commit.Hold, commit.Pass).serve(8, func(w http.ResponseWriter) {
			n, err := io.Copy(w, io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(gone)))
			assert.EqualValues(t, 2, n)
			assert.ErrorIs(t, err, gone)
		})
	})
}

// Goroutines of one handler may use its ResponseWriter at once; with -race this
// is a test of the lock.
func TestConcurrentUse(t *testing.T) {
	rec := httptest.NewRecorder()
	l := newLog(commit.Hold, commit.Pass)
	var cw commit.Writer
	l.limit = 100
	cw.Init(rec, l)
	w := cw.ResponseWriter()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				write(w, "x")
				_, _ = io.Copy(w, strings.NewReader("yz"))
				_ = http.NewResponseController(w).Flush()
			}
		})
	}
	wg.Wait()
	cw.Finish()
	require.Equal(t, 4*50*3, rec.Body.Len())
}
