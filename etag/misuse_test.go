package etag_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// A mistake is one that users make: what a client gets, and what tells of it. The
// kits for unit tests are those of package cachetest; they are named here, and
// tested there.
type mistake struct {
	name    string
	made    func(t *testing.T, c etag.Conditional) http.Handler
	audited bool // with Audit
	// requests are sent one after another, a method and fields each; TAG stands
	// for the tag of the first response. A line that begins with ! is a change.
	requests []string
	statuses []int
	log      string // what the log says; "" if nothing
	kit      string // which kit for unit tests reports it
	// unknowable says why nobody can know at run time, where the log is empty
	// and a wrong 304 is possible.
	unknowable string
}

// TestMisuse is a table of mistakes.
func TestMisuse(t *testing.T) {
	const handlerVaries = "set Vary by Conditional.VaryOn"
	rows, changed := []string{"a", "b"}, "x"
	at := time.Time{}
	reset := func() { rows, changed, at = []string{"a", "b"}, "x", time.Now().Add(-time.Hour) }
	list := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, rows, changed) })
	echo := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "for ", r.Header.Get(name)) }
	}
	user := func(r *http.Request) string { return r.Header.Get("X-User") }
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("0123456789"), 0o600))
	gzipped := func(next http.Handler, vary bool) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if vary {
				w.Header().Add("Vary", "Accept-Encoding")
			}
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			next.ServeHTTP(gzipWriter{w, z}, r)
		})
	}
	for _, m := range []mistake{
		{name: "VaryOn is forgotten", audited: true,
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(echo("Accept-Language")) },
			requests: []string{"GET Accept-Language: en", "GET If-None-Match: TAG|Accept-Language: en", "GET If-None-Match: TAG|Accept-Language: de"}, statuses: []int{200, 304, 304},
			log: "request_fields=[Accept-Language]", kit: "TestHandler, CheckLeaks"},
		{name: "VaryOn is forgotten, and the handler sets Vary",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(saying(200, "Vary: Accept-Language"))
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, log: handlerVaries},
		{name: "Identity is forgotten", audited: true,
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(echo("Cookie")) },
			requests: []string{"GET Cookie: ann", "GET If-None-Match: TAG|Cookie: ann", "GET If-None-Match: TAG|Cookie: bob"}, statuses: []int{200, 304, 304},
			log: "request_fields=[Cookie]", kit: "TestHandler, CheckLeaks"},
		{name: "a Conditional is outside authentication", audited: true,
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "" {
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					fmt.Fprint(w, "secret")
				}))
			},
			requests: []string{"GET Authorization: a", "GET Authorization: a|If-None-Match: TAG", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestHandler"},
		{name: "a Conditional is around a mux, and answers for its 404", audited: true,
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if changed == "gone" {
						http.NotFound(w, r)
						return
					}
					fmt.Fprint(w, "there")
				}))
			},
			requests: []string{"GET", "GET If-None-Match: TAG", "!gone", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestHandler, on that path"},
		{name: "a Conditional is around a mux, and its provider finds no path values",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(r *http.Request) (string, error) { return "of " + r.PathValue("id"), nil })
				mux := http.NewServeMux()
				mux.Handle("/{id...}", list)
				return c.Wrap(mux)
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 304}, log: "wrap the handler of each route instead", kit: "TestChange"},
		{name: "a Conditional is around a mux, and its provider returns the empty path value",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(r *http.Request) (string, error) { return r.PathValue("id"), nil })
				mux := http.NewServeMux()
				mux.Handle("/{id...}", list)
				return c.Wrap(mux)
			},
			requests: []string{"GET"}, statuses: []int{200}, log: "wrap the handler of each route instead", kit: "TestHandler"},
		{name: "a Conditional is around a mux, and its provider looks for the row of an empty path value",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(r *http.Request) (string, error) {
					if r.PathValue("id") == "" {
						return "", etag.ErrAbsent
					}
					return "v1", nil
				})
				mux := http.NewServeMux()
				mux.Handle("/{id...}", list)
				return c.Wrap(mux)
			},
			requests: []string{"GET"}, statuses: []int{200}, log: "wrap the handler of each route instead", kit: "TestHandler"},
		{name: "the handler sets an ETag of its own",
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(saying(200, `ETag: "own"`)) },
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, log: "remove it from the handler", kit: "TestHandler"},
		{name: "an error is sent with 200", audited: true,
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if changed == "gone" {
						fmt.Fprint(w, `{"error":"the database is down"}`)
						return
					}
					fmt.Fprint(w, `["a"]`)
				}))
			},
			requests: []string{"GET", "GET If-None-Match: TAG", "!gone", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestChange"},
		{name: "max(updated_at) of rows that are deleted", audited: true,
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: TAG", "!delete", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestChange"},
		{name: "a version in whole seconds", audited: true,
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.LastModified(func(*http.Request) (time.Time, error) { return at.Truncate(time.Second), nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: TAG", "!change", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestChange"},
		{name: "Revision is given up, and a deploy changes the response", audited: true,
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(list) },
			requests: []string{"GET", "GET If-None-Match: TAG", "!change", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestChange",
			unknowable: "a process that starts knows nothing of the responses of the last build; Revision is the build's by default"},
		{name: "gzip inside, without Vary", audited: true,
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(gzipped(list, false)) },
			requests: []string{"GET", "GET If-None-Match: TAG", "GET If-None-Match: TAG|Accept-Encoding: gzip"}, statuses: []int{200, 304, 304},
			log: "request_fields=[Accept-Encoding]", kit: "TestHandler"},
		{name: "gzip inside, with Vary",
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(gzipped(list, true)) },
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, log: handlerVaries},
		{name: "Cache-Control is set in the handler",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(saying(200, "Cache-Control: max-age=5"))
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, log: "Cache-Control by a cachecontrol.Policy"},
		{name: "a Policy is inside",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(cachecontrol.Policy{MaxAge: time.Minute}.Wrap(list))
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, log: "Cache-Control by a cachecontrol.Policy"},
		{name: "http.ServeFile inside a version",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(dir, "a.txt")) }))
			},
			requests: []string{"GET", "GET If-Modified-Since: " + httpDate(time.Now().Add(time.Hour)), "GET If-None-Match: TAG"}, statuses: []int{200, 200, 304},
			unknowable: "it is right: the file's date decides nothing"},
		{name: "the zero time for an empty list",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.LastModified(func(*http.Request) (time.Time, error) { return time.Time{}, nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: *"}, statuses: []int{200, 200},
			unknowable: "it is right: no validator"},
		{name: "the epoch for an empty list", audited: true,
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.LastModified(func(*http.Request) (time.Time, error) { return time.Unix(0, 0), nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: TAG", "!change", "GET If-None-Match: TAG"}, statuses: []int{200, 304, 304},
			log: "fault=stale-version", kit: "TestHandler, TestChange"},
		{name: "the database's clock is ahead",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.LastModified(func(*http.Request) (time.Time, error) { return at.Add(2 * time.Hour), nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: *"}, statuses: []int{200, 200}, log: "compare the clocks", kit: "TestHandler"},
		{name: "the provider fails",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(*http.Request) (string, error) { return "", errors.New("syntax error") })
				return c.Wrap(list)
			},
			requests: []string{"GET", `PUT If-Match: "1"`}, statuses: []int{200, 503}, log: `error="syntax error"`},
		{name: "the provider panics",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(*http.Request) (string, error) { panic("nil map") })
				return c.Wrap(list)
			},
			requests: []string{"GET", `PUT If-Match: "1"`}, statuses: []int{200, 503}, log: "nil map"},
		{name: "a framework renders its errors after the middleware",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return renderingLate(func(h http.Handler) http.Handler { return publicMinute.Wrap(c.Wrap(h)) }, 404, errors.New("not found"))
			},
			requests: []string{"GET"}, statuses: []int{404},
			unknowable: "it is right: the 404 is sent, with no-store"},
		{name: "a guarded write meets a weak validator",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider, c.RequirePrecondition = known(`W/"a"`, hourAgo), true
				return c.Wrap(list)
			},
			requests: []string{"GET", `PUT If-Match: W/"a"`}, statuses: []int{200, 503}, log: "use Version, or a provider of strong tags"},
		{name: "a proxy weakens tags",
			made:     func(_ *testing.T, c etag.Conditional) http.Handler { return c.Wrap(list) },
			requests: []string{"GET", "PUT If-Match: W/TAG"}, statuses: []int{200, 412}, log: "AcceptWeakenedIfMatch"},
		{name: "writes are to be guarded under BodyHash",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.BodyHash{}
				return c.Wrap(list)
			},
			requests: []string{"GET", `PUT If-Match: "x"`}, statuses: []int{200, 200}, log: "not evaluated under BodyHash"},
		{name: "Confirm comes too late",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					fmt.Fprint(w, "x")
					etag.Confirm(w, etag.Validators{Tag: etag.Strong("2")})
				}))
			},
			requests: []string{"GET"}, statuses: []int{200}, log: "call it before the first byte"},
		{name: "Confirm gets a ResponseWriter that hides the Conditional",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					etag.Confirm(hiding{w}, etag.Validators{Tag: etag.Strong("2")})
					fmt.Fprint(hiding{w}, "x")
				}))
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, log: "needs an Unwrap method"},
		{name: "guarded writes, and a provider without a version",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider, c.RequirePrecondition = version(""), true
				return c.Wrap(list)
			},
			requests: []string{"GET", `PUT If-Match: "1"`}, statuses: []int{200, 412}, log: "return a version, or ErrAbsent"},
		{name: "reads have an Identity, and writes do not",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				reads := c
				reads.Identity = user
				mux := http.NewServeMux()
				mux.Handle("GET /", reads.Wrap(list))
				mux.Handle("PUT /", c.Wrap(list))
				return mux
			},
			requests: []string{"GET X-User: ann", "PUT If-Match: TAG|X-User: ann"}, statuses: []int{200, 412}, log: "use one Conditional for both"},
		{name: "writes have an Identity, and reads do not",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				writes := c
				writes.Identity, writes.Key, c.Key = user, []byte("k"), []byte("k")
				mux := http.NewServeMux()
				mux.Handle("GET /", c.Wrap(list))
				mux.Handle("PUT /", writes.Wrap(list))
				return mux
			},
			requests: []string{"GET X-User: ann", "PUT If-Match: TAG|X-User: ann"}, statuses: []int{200, 412}, log: "use one Conditional for both"},
		{name: "a user writes with the tag of another",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Identity, c.Revision = user, "r1"
				return c.Wrap(list)
			},
			requests: []string{"GET X-User: ann", "PUT If-Match: TAG|X-User: bob"}, statuses: []int{200, 412}, log: "the tag of another user or tenant"},
		{name: "the provider reads the content of a write",
			made: func(t *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(r *http.Request) (string, error) {
					_, err := io.Copy(io.Discard, r.Body)
					return "1", err
				})
				h := c.Wrap(list)
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == "PUT" {
						r.Body = io.NopCloser(strings.NewReader("content"))
					}
					h.ServeHTTP(w, r)
				})
			},
			requests: []string{"GET", "PUT If-Match: TAG"}, statuses: []int{200, 200}, log: "the provider has read the content"},
		{name: "a response exceeds the limit of BodyHash",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.BodyHash{Limit: 3}
				return c.Wrap(list)
			},
			requests: []string{"GET"}, statuses: []int{200}, log: "raise the limit"},
		{name: "one declares that it will",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.BodyHash{Limit: 3}
				return c.Wrap(saying(200, "Content-Length: 8"))
			},
			requests: []string{"GET"}, statuses: []int{200}, log: "limit=3"},
		{name: "the result of Check is ignored",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					c.Check(w, r)
					fmt.Fprint(w, rows)
				})
			},
			requests: []string{"GET", `PUT If-Match: "0"`}, statuses: []int{200, 412}, kit: "TestWrites",
			unknowable: "Check has answered, and cannot stop its caller; the server logs a WriteHeader that comes after it"},
		{name: "Wrote comes too late",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					fmt.Fprint(w, rows)
					etag.Wrote(w, r, etag.Validators{Tag: etag.Strong("2")})
				}))
			},
			requests: []string{"GET", "POST If-Match: TAG"}, statuses: []int{200, 200},
			unknowable: "the server's ResponseWriter does not tell whether the header was sent; the client reads again"},
		{name: "a version of the present time",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Version(func(*http.Request) (string, error) { return time.Now().String(), nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 200}, kit: "TestHandler",
			unknowable: "it looks like data that changes all the time; no 304 is wrong"},
		{name: "a layer that buffers is between a Policy and a Conditional",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				return publicMinute.Wrap(http.TimeoutHandler(c.Wrap(list), time.Hour, ""))
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 304},
			unknowable: "it looks like a server; what is sent is private"},
		{name: "a version that can return is not confirmed",
			made: func(_ *testing.T, c etag.Conditional) http.Handler {
				c.Provider = etag.Collection(func(*http.Request) (int64, time.Time, error) { return int64(len(rows)), at, nil })
				return c.Wrap(list)
			},
			requests: []string{"GET", "GET If-None-Match: TAG"}, statuses: []int{200, 304},
			unknowable: "a handler that reads rows of the version that the provider returned looks like one that does not"},
	} {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reset()
				var logged strings.Builder
				c := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Logger: textLogger(&logged), SettleWindow: etag.NoSettleWindow}
				if m.audited {
					c.Audit = 1
				}
				h := m.made(t, c)
				tag, got := "", []int{}
				lines := m.requests
				if m.audited {
					lines = slices.Insert(slices.Clone(lines), 1, "again "+lines[1]) // the first sample is not audited
				}
				for _, line := range lines {
					line, again := strings.CutPrefix(line, "again ")
					switch line {
					case "!delete":
						rows = rows[1:]
						continue
					case "!change":
						changed, at = "y", at.Add(time.Millisecond)
						continue
					case "!gone":
						changed = "gone"
						continue
					}
					method, fields, _ := strings.Cut(strings.ReplaceAll(line, "TAG", tag), " ")
					res := inProcess(h, method, strings.Split(fields+"|X: y", "|")...)
					if again {
						continue
					}
					if got = append(got, res.StatusCode); tag == "" {
						tag = res.Header.Get("ETag")
					}
					time.Sleep(3 * time.Second)
					synctest.Wait()
				}
				assert.Equal(t, m.statuses, got)
				if m.log == "" {
					assert.NotEmpty(t, m.unknowable, "silent")
					assert.Empty(t, logged.String())
					return
				}
				assert.Contains(t, logged.String(), m.log)
				if m.audited && slices.Contains(m.statuses[1:], 304) {
					assert.NotEmpty(t, m.kit, "a wrong 304 that no kit finds")
				}
			})
		})
	}
	// What the configuration alone shows is refused at the start: TestValid.
}

// A hiding writer has no Unwrap method.
type hiding struct{ w http.ResponseWriter }

func (w hiding) Header() http.Header         { return w.w.Header() }
func (w hiding) WriteHeader(status int)      { w.w.WriteHeader(status) }
func (w hiding) Write(p []byte) (int, error) { return w.w.Write(p) }

type gzipWriter struct {
	http.ResponseWriter
	z io.Writer
}

func (w gzipWriter) Write(p []byte) (int, error) { return w.z.Write(p) }
