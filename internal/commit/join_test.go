package commit_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
)

// joinedLog is the hook of a middleware inside, which notes in the same log.
type joinedLog struct{ *log }

func (l joinedLog) Commit(status int) commit.Mode {
	l.note("joined %d", status)
	l.header.Set("Etag", `"v1"`)
	return commit.Pass
}

// A hook that has joined decides first, until it leaves, and at most once.
func TestJoin(t *testing.T) {
	for name, row := range map[string]struct {
		inside func(http.ResponseWriter) // before Leave
		panics bool
		after  func(http.ResponseWriter)
		want   []string
	}{
		"a status": {inside: func(w http.ResponseWriter) { w.WriteHeader(404) },
			want: []string{"joined 404", "commit 404", "header 404"}},
		"a status, and a body by a layer in between": {
			inside: func(w http.ResponseWriter) { w.WriteHeader(200) }, after: func(w http.ResponseWriter) { write(w, "a") },
			want: []string{"joined 200", "commit 200", "header 200", `write "a"`}},
		"nothing": {},
		"nothing, and a status by a layer in between": {after: func(w http.ResponseWriter) { w.WriteHeader(404) },
			want: []string{"commit 404", "header 404"}},
		"informational": {inside: func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(200) },
			want: []string{"header 103", "joined 200", "commit 200", "header 200"}},
		"a length": {inside: func(w http.ResponseWriter) { w.Header().Set("Content-Length", "0") },
			want: []string{"joined 200", "commit 200"}},
		"a length, and another status": {
			inside: func(w http.ResponseWriter) { w.Header().Set("Content-Length", "0") }, after: func(w http.ResponseWriter) { w.WriteHeader(404) },
			want: []string{"joined 200", "commit 404", "header 404"}},
		"a length, and a panic": {inside: func(w http.ResponseWriter) { w.Header().Set("Content-Length", "0") }, panics: true,
			after: func(w http.ResponseWriter) { w.WriteHeader(500) }, want: []string{"commit 500", "header 500"}},
		"a hijack": {
			inside: func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "0")
				_, _, _ = w.(http.Hijacker).Hijack()
			},
			want: []string{"hijack", "undo"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(commit.Pass, commit.Pass)
			var w commit.Writer
			w.Init(l, undoLog{l})
			rw := w.ResponseWriter()
			require.True(t, commit.WriterOf(rw).Join(joinedLog{l}))
			if row.inside != nil {
				row.inside(rw)
			}
			w.Leave(!row.panics)
			if row.after != nil {
				row.after(rw)
			}
			w.Finish()
			assert.Equal(t, row.want, l.lines)
		})
	}
}

// Only a response that is open can be joined, and by one hook at a time.
func TestJoinRefused(t *testing.T) {
	for name, act := range map[string]func(*commit.Writer){
		"decided":  func(w *commit.Writer) { w.WriteHeader(204) },
		"hijacked": func(w *commit.Writer) { _, _, _ = w.ResponseWriter().(http.Hijacker).Hijack() },
		"returned": (*commit.Writer).Finish,
		"ended":    (*commit.Writer).Abort,
		"joined":   func(w *commit.Writer) { w.Join(pass{}) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(commit.Pass, commit.Pass)
			var w commit.Writer
			w.Init(l, l)
			act(&w)
			assert.False(t, w.Join(pass{}))
		})
	}
	assert.Nil(t, commit.WriterOf(base{newLog(commit.Pass, commit.Pass)}))
	assert.Nil(t, commit.WriterOf(within{base{}, wrap(newLog(commit.Pass, commit.Pass))}))
}

// The Hook of the Writer finds what the hook that has joined may have set.
func TestJoinedFields(t *testing.T) {
	l := newLog(commit.Pass, commit.Pass)
	var w commit.Writer
	w.Init(l, hookFunc(func(int) commit.Mode {
		assert.True(t, w.Fields().Any(field.Etag))
		assert.False(t, w.Fields().Any(field.SetCookie))
		return commit.Pass
	}))
	require.True(t, w.Join(joinedLog{l}))
	hook, ok := commit.HookOf[joinedLog](w.ResponseWriter())
	assert.True(t, ok)
	assert.Equal(t, joinedLog{l}, hook)
	w.WriteHeader(200)
	w.Leave(true)
	_, ok = commit.HookOf[joinedLog](w.ResponseWriter())
	assert.False(t, ok)
}

// A hook that panics leaves the status open, also if the Writer goes on.
func TestJoinedHookPanics(t *testing.T) {
	for name, act := range map[string]func(*commit.Writer){
		"at the status": func(w *commit.Writer) { defer w.Leave(false); w.WriteHeader(200) },
		"at the end":    func(w *commit.Writer) { w.Header().Set("Content-Length", "0"); w.Leave(true) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(commit.Pass, commit.Pass)
			var w commit.Writer
			w.Init(l, l)
			require.True(t, w.Join(hookFunc(func(int) commit.Mode { panic("hook") })))
			assert.Panics(t, func() { act(&w) })
			w.WriteHeader(500)
			w.Finish()
			assert.Equal(t, []string{"commit 500", "header 500"}, l.lines)
		})
	}
}

// Goroutines that outlive the handler may write at any time; with -race this is a
// test of the lock.
func TestJoinedConcurrently(t *testing.T) {
	l := newLog(commit.Pass, commit.Pass)
	var w commit.Writer
	w.Init(l, pass{})
	require.True(t, w.Join(pass{}))
	rw := w.ResponseWriter()
	late := make(chan struct{})
	go func() {
		defer close(late)
		for range 100 {
			_, _ = io.WriteString(rw, "late")
			_, _ = commit.HookOf[joinedLog](rw)
		}
	}()
	w.Leave(true)
	w.Finish()
	<-late
}
