package handlercheck_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/handlercheck"
)

// A document is one resource that can be written, correct by hand.
type document struct {
	text     string
	version  int
	modified time.Time
	untagged bool
	weak     bool
}

func (d *document) reset() { d.text, d.version, d.modified = "first", 1, time.Now().Add(-time.Hour) }

func (d *document) tag() string {
	if d.weak {
		return fmt.Sprintf(`W/"%d"`, d.version)
	}
	return fmt.Sprintf(`"%d"`, d.version)
}

func (d *document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := resource{content: d.text, tag: d.tag(), modified: d.modified, fields: http.Header{"Cache-Control": {"no-cache"}}}
	if d.untagged {
		s.tag = ""
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		s.ServeHTTP(w, r)
		return
	}
	if s.precondition(r) != http.StatusOK {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	d.write(w, r)
}

func (d *document) write(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.text, d.version, d.modified = string(body), d.version+1, time.Now()
	w.WriteHeader(http.StatusNoContent)
}

func TestWritesByHandAndByFreshen(t *testing.T) {
	d := &document{}
	conditional := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) { return fmt.Sprint(d.version), nil })}
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, d.text)
			return
		}
		d.write(w, r)
	})
	n := 0
	required := conditional
	required.RequirePrecondition = true
	for name, h := range map[string]http.Handler{
		"by hand": d, "weak": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			(&weakDocument{d}).ServeHTTP(w, r)
		}),
		"a Conditional": conditional.Wrap(inner), "428": required.Wrap(inner),
		"content that differs each time": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				n++
				w.Header().Set("ETag", d.tag())
				_, _ = fmt.Fprint(w, d.text, n)
				return
			}
			d.ServeHTTP(w, r)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, writes(t, h, d))
		})
	}
}

// weakDocument has a weak tag, with which no If-Match can be satisfied.
type weakDocument struct{ d *document }

func (w *weakDocument) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.d.weak = true
	defer func() { w.d.weak = false }()
	w.d.ServeHTTP(rw, r)
}

func writes(t *testing.T, h http.Handler, d *document) []handlercheck.Finding {
	t.Helper()
	r := httptest.NewRequest(http.MethodPut, "/documents/1", nil)
	found, err := handlercheck.Writes(h, r, []byte("second"), d.reset, handlercheck.Options{})
	require.NoError(t, err)
	return found
}

func TestDefectsOfWrites(t *testing.T) {
	d := &document{}
	// deaf ignores a field of writes.
	deaf := func(names ...string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				for _, name := range names {
					r.Header.Del(name)
				}
			}
			d.ServeHTTP(w, r)
		})
	}
	put := func(serve http.HandlerFunc) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				serve(w, r)
				return
			}
			d.ServeHTTP(w, r)
		})
	}
	for _, test := range []struct {
		name  string
		rules string
		h     http.Handler
	}{
		{name: "K18: a 304 to a write", rules: "write-304", h: put(func(w http.ResponseWriter, r *http.Request) {
			if listed(r.Header["If-None-Match"], func(tag string) bool { return tag == d.tag() }) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			d.ServeHTTP(w, r)
		})},
		{name: "If-Match is ignored", rules: "lost-update write-if-match write-if-match-malformed", h: deaf("If-Match")},
		{name: "If-None-Match is ignored", rules: "write-if-none-match", h: deaf("If-None-Match")},
		{name: "If-Unmodified-Since is ignored", rules: "write-if-unmodified-since", h: deaf("If-Unmodified-Since")},
		{name: "a malformed If-Match is none", rules: "write-if-match-malformed", h: put(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.Header.Get("If-Match"), `"`) && r.Header.Get("If-Match") != "*" {
				r.Header.Del("If-Match")
			}
			d.ServeHTTP(w, r)
		})},
		{name: "the write comes before the check", rules: "write-not-prevented", h: put(func(w http.ResponseWriter, r *http.Request) {
			before := *d
			d.write(httptest.NewRecorder(), r)
			r.Body = io.NopCloser(strings.NewReader("second"))
			before.ServeHTTP(w, r)
		})},
		{name: "the current tag fails", rules: "write-if-match", h: put(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-Match") == d.tag() {
				w.WriteHeader(http.StatusPreconditionFailed)
				return
			}
			d.ServeHTTP(w, r)
		})},
		{name: "the tag of before the write in its answer", rules: "write-etag", h: put(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", d.tag())
			d.ServeHTTP(w, r)
		})},
		{name: "the tag stays the same", rules: "change-unseen", h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d.version = 1
			d.ServeHTTP(w, r)
		})},
		{name: "no validator", rules: "revalidates", h: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})},
		{name: "GET fails", rules: "status", h: http.NotFoundHandler()},
		{name: "PUT is not allowed", rules: "status", h: put(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(405) })},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := writes(t, test.h, d)
			assert.Equal(t, test.rules, joined(found), "%v", found)
		})
	}
	_, err := handlercheck.Writes(d, getRequest("/"), nil, d.reset, handlercheck.Options{})
	assert.EqualError(t, err, `requires a method that writes (method "GET")`)
}
