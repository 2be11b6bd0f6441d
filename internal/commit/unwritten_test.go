package commit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/commit"
	"github.com/freshen-go/freshen/internal/field"
)

// A recording hook notes what it is asked.
type recordingHook struct {
	calls []string
	mode  commit.Mode
	limit int
}

func (h *recordingHook) Commit(status int) commit.Mode {
	h.calls = append(h.calls, http.StatusText(status))
	return h.mode
}
func (h *recordingHook) Unwritten() { h.calls = append(h.calls, "unwritten") }
func (h *recordingHook) Whole([]byte) commit.Mode {
	h.calls = append(h.calls, "whole")
	return commit.Pass
}
func (h *recordingHook) Limit() int               { return h.limit }
func (h *recordingHook) Partial(why commit.Cause) { h.calls = append(h.calls, "partial") }

// S5: a response that its handler has not written stays open for layers outside.
func TestUnwritten(t *testing.T) {
	for name, row := range map[string]struct {
		head   bool
		mode   commit.Mode
		field  string
		later  int
		calls  []string
		status int
	}{
		"nothing":                      {calls: []string{"unwritten"}, status: 200},
		"a type":                       {field: "Content-Type", calls: []string{"unwritten"}, status: 200},
		"a length":                     {field: "Content-Length", calls: []string{"OK"}, status: 200},
		"a type, HEAD":                 {head: true, field: "Content-Type", calls: []string{"OK"}, status: 200},
		"nothing, HEAD":                {head: true, calls: []string{"unwritten"}, status: 200},
		"an error later":               {later: 404, calls: []string{"unwritten", "Not Found"}, status: 404},
		"an error later, held":         {mode: commit.Hold, later: 404, calls: []string{"unwritten", "Not Found", "partial"}, status: 404},
		"a type, and an error later":   {field: "Content-Type", later: 500, calls: []string{"unwritten", "Internal Server Error"}, status: 500},
		"a length, and an error later": {field: "Content-Length", later: 500, calls: []string{"OK"}, status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			hook := &recordingHook{mode: row.mode, limit: 10}
			var w commit.Writer
			w.Init(rec, hook)
			w.Head = row.head
			if row.field != "" {
				w.Header().Set(row.field, "0")
			}
			w.Finish()
			if row.later != 0 {
				w.WriteHeader(row.later)
				_, _ = w.Write([]byte("late"))
			}
			assert.Equal(t, row.calls, hook.calls)
			assert.Equal(t, row.status, rec.Result().StatusCode)
		})
	}
}

// S12: a hook sees canonical names, whichever Writer of several is the first.
func TestS12NamesAreCanonical(t *testing.T) {
	rec := httptest.NewRecorder()
	var outer, inner commit.Writer
	seen := []http.Header{}
	hook := func() commit.Hook {
		return hookFunc(func(int) commit.Mode { seen = append(seen, rec.Header().Clone()); return commit.Pass })
	}
	outer.Init(rec, hook())
	inner.Init(outer.ResponseWriter(), hook())
	inner.Header()["set-cookie"] = []string{"a=b"}
	inner.Header()["cdn-cache-control"] = []string{"no-store"}
	inner.WriteHeader(200)
	for _, h := range seen {
		assert.Equal(t, "a=b", h.Get("Set-Cookie"))
		assert.Equal(t, "no-store", h.Get("CDN-Cache-Control"))
	}
	assert.Len(t, seen, 2)
	assert.True(t, inner.Fields().Any(field.Targeted))
	assert.True(t, outer.Fields().Any(field.Targeted))
}

type hookFunc func(int) commit.Mode

func (f hookFunc) Commit(status int) commit.Mode { return f(status) }

// S31: a held body never has more capacity than its limit, and a declared length
// is reserved at once.
func TestS31HeldCapacity(t *testing.T) {
	for _, declared := range []string{"", "4000"} {
		rec := httptest.NewRecorder()
		var w commit.Writer
		w.Init(rec, capacityOf(func(n int) { assert.LessOrEqual(t, n, 4000) }))
		if declared != "" {
			w.Header().Set("Content-Length", declared)
		}
		for range 4000 / 7 {
			_, _ = w.Write([]byte("1234567"))
		}
		w.Finish()
	}
}

type capacityOf func(int)

func (f capacityOf) Commit(int) commit.Mode        { return commit.Hold }
func (f capacityOf) Limit() int                    { return 4000 }
func (f capacityOf) Whole(body []byte) commit.Mode { f(cap(body)); return commit.Pass }
func (f capacityOf) Partial(commit.Cause)          {}

// A typed ResponseWriter needs Content-Type on a 304.
type typed struct{ http.ResponseWriter }

func (typed) NeedsContentTypeOn304() bool { return true }

func TestLayersOf(t *testing.T) {
	var outer, inner commit.Writer
	outer.Init(typed{httptest.NewRecorder()}, owning{})
	inner.Init(outer.ResponseWriter(), pass{})
	layers := commit.LayersOf(inner.ResponseWriter())
	assert.True(t, layers.TypeOn304)
	assert.Equal(t, owning{}, layers.Owner)
	assert.Equal(t, commit.Layers{}, commit.LayersOf(httptest.NewRecorder()))
	hook, ok := commit.HookOf[owning](inner.ResponseWriter())
	assert.True(t, ok)
	assert.Equal(t, owning{}, hook)
	_, ok = commit.HookOf[*recordingHook](inner.ResponseWriter())
	assert.False(t, ok)
}

// S31: what all responses hold together is bounded: a response that exceeds it
// streams, and the room is free again afterwards.
func TestS31HeldInSum(t *testing.T) {
	const size, bound = 8 << 20, 64 << 20
	body := make([]byte, size)
	writers := make([]commit.Writer, bound/size+2)
	streamed := 0
	for i := range writers {
		w := &writers[i]
		hook := &recordingHook{mode: commit.Hold, limit: size}
		w.Init(discarding{http.Header{}}, hook)
		_, _ = w.Write(body)
		if len(hook.calls) == 2 {
			assert.Equal(t, []string{"OK", "partial"}, hook.calls)
			streamed++
		}
	}
	assert.GreaterOrEqual(t, streamed, 2)
	assert.Less(t, streamed, len(writers))
	for i := range writers {
		writers[i].Abort()
	}
	var w commit.Writer
	hook := &recordingHook{mode: commit.Hold, limit: size}
	w.Init(discarding{http.Header{}}, hook)
	_, _ = w.Write(body)
	w.Finish()
	assert.Equal(t, []string{"OK", "whole"}, hook.calls)
}

type discarding struct{ h http.Header }

func (d discarding) Header() http.Header       { return d.h }
func (discarding) Write(p []byte) (int, error) { return len(p), nil }
func (discarding) WriteHeader(int)             {}
