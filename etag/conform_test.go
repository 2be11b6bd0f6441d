package etag_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/conformwalk"
)

// The conformance tests are rows of one shape: what is known, what is asked,
// byte for byte, and what must come back over the wire. Each row's name begins
// with its number in the checklist; CONFORMANCE.md collects them. The rows that
// a version decides are in internal/conformwalk, for frameworks as well; those
// here have other providers or handlers.

// A rule is one such row.
type rule struct {
	name     string
	provider etag.Provider           // nil: the strong tag "a", an hour old
	with     func(*etag.Conditional) // what else is configured
	outside  func(http.Handler) http.Handler
	handler  http.HandlerFunc // nil: 200 with a content
	ask      []string         // request line without path and version, then fields, as they are sent
	status   int
	fields   map[string]string // what the answer must carry; "" for a field that it must not
	ran      bool              // expect the handler to have run; taken for granted unless the status is 304, 412, 428 or 503
}

// hourAgo is a time that has settled, in whole seconds.
var hourAgo = time.Now().Add(-time.Hour).Truncate(time.Second)

func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// known is a provider of one state. The tag is as it stands in a field.
func known(tag string, modified time.Time) etag.Provider {
	v := etag.Validators{LastModified: modified}
	if tag != "" {
		var err error
		if v.Tag, err = etag.Parse(tag); err != nil {
			panic(err)
		}
	}
	return etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return v, nil })
}

var (
	gone      = etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Absent(), nil })
	unlabeled = etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{}, nil })
)

// saying is a handler that sends fields and a status, with a content if the
// status allows one.
func saying(status int, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Add(name, value)
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			_, _ = io.WriteString(w, "content\n")
		}
	}
}

// presetting is a middleware outside that sets fields before it calls on.
func presetting(fields ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, f := range fields {
				name, value, _ := strings.Cut(f, ": ")
				w.Header().Add(name, value)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// check runs the rows.
func check(t *testing.T, rules []rule) {
	for _, c := range rules {
		t.Run(c.name, func(t *testing.T) {
			s := &spy{Handler: saying(http.StatusOK, "Content-Type: text/plain")}
			if c.handler != nil {
				s.Handler = c.handler
			}
			conditional := etag.Conditional{Revision: etag.NoRevision, Provider: c.provider}
			if c.provider == nil {
				conditional.Provider = known(`"a"`, hourAgo)
			}
			if c.with != nil {
				c.with(&conditional)
			}
			h := conditional.Wrap(s)
			if c.outside != nil {
				h = c.outside(h)
			}
			got := onWire(t, h, c.ask...)
			require.Equal(t, c.status, got.status)
			for name, want := range c.fields {
				if want == "" {
					require.Empty(t, got.header[name], name)
					continue
				}
				require.Equal(t, []string{want}, got.header[name], name)
			}
			require.LessOrEqual(t, len(got.header["Etag"]), 1)
			require.NoError(t, got.broken)
			require.Empty(t, got.extra)
			ran := c.ran
			switch c.status {
			case http.StatusNotModified:
				require.Empty(t, got.body)
				require.Empty(t, got.header["Content-Length"])
			case http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusServiceUnavailable:
			default:
				ran = true
			}
			require.Equal(t, ran, s.runs == 1, "the handler ran %d times", s.runs)
		})
	}
}

// TestConformWalk walks through net/http.
func TestConformWalk(t *testing.T) {
	rows := conformwalk.Rows()
	mux := http.NewServeMux()
	for _, row := range rows {
		mux.Handle(row.Path(), presetting(row.Preset...)(row.Conditional().Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status, fields, content := row.Run(r.Header.Get("Range"))
			for _, f := range fields {
				w.Header().Add(conformwalk.Split(f))
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, content)
		}))))
	}
	srv := quiet(mux)
	defer srv.Close()
	conformwalk.Walk(t, srv.Listener.Addr().String(), rows, nil)
}
