package etag_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// A shop is an application with a mistake in it.
type shop struct {
	rows     []string
	names    string // of a joined table
	modified time.Time
	template string
	version  int
}

func (s *shop) render() string { return fmt.Sprint(s.template, s.rows, s.names) }

// TestAuditFindsLies injects eight mistakes that let a 304 be wrong, and has the
// audit find and attribute each within a thousand requests.
func TestAuditFindsLies(t *testing.T) {
	stale, unstable := observe.ReasonStaleVersion, observe.ReasonUnstableHandler
	fresh := func() *shop {
		return &shop{rows: []string{"a", "b"}, modified: time.Now().Add(-time.Hour), template: "v1", version: 1}
	}
	plain := func(s *shop) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s.render()) }
	}
	versioned := func(s *shop) etag.Provider {
		return etag.Version(func(*http.Request) (string, error) { return fmt.Sprint(s.version), nil })
	}
	for name, lie := range map[string]struct {
		provider func(*shop) etag.Provider
		handler  func(*shop) http.HandlerFunc
		happens  func(*shop)
		requests [][]string // other requests than the plain one
		reason   observe.Reason
		fields   []string
	}{
		"a stale version": {provider: versioned, happens: func(s *shop) { s.rows[0] = "changed" }, reason: stale},
		"a missed delete": {
			provider: func(s *shop) etag.Provider {
				return etag.LastModified(func(*http.Request) (time.Time, error) { return s.modified, nil })
			},
			happens: func(s *shop) { s.rows = s.rows[1:] }, reason: stale,
		},
		"a time in whole seconds": {
			provider: func(s *shop) etag.Provider {
				return etag.LastModified(func(*http.Request) (time.Time, error) { return s.modified.Truncate(time.Second), nil })
			},
			happens: func(s *shop) {
				s.rows[0], s.modified = "changed", s.modified.Truncate(time.Second).Add(time.Millisecond)
			}, reason: stale,
		},
		"a missing Vary": {
			provider: versioned,
			handler: func(s *shop) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.WriteString(w, r.Header.Get("Accept-Language"))
				}
			},
			requests: [][]string{{"Accept-Language: de"}, {"Accept-Language: en"}}, reason: stale, fields: []string{"Accept-Language"},
		},
		"another user's body": {
			provider: versioned,
			handler: func(s *shop) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Cookie")) }
			},
			requests: [][]string{{"Cookie: user=ann"}, {"Cookie: user=bob"}}, reason: stale, fields: []string{"Cookie"},
		},
		"a joined table forgotten":  {provider: versioned, happens: func(s *shop) { s.names = "renamed" }, reason: stale},
		"a deploy without Revision": {provider: versioned, happens: func(s *shop) { s.template = "v2" }, reason: stale},
		"a random body": {
			provider: versioned,
			handler: func(s *shop) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fmt.Sprint(rand.Uint64())) }
			},
			reason: unstable,
		},
		"a field that a 304 repeats": {
			provider: versioned,
			handler: func(s *shop) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Location", s.names)
					_, _ = io.WriteString(w, "x")
				}
			},
			happens: func(s *shop) { s.names = "/other" }, reason: stale,
		},
		"the time in the body": {
			provider: versioned,
			handler: func(s *shop) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, time.Now().Format(time.TimeOnly))
				}
			},
			reason: unstable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := fresh()
				s.modified = time.Now().Add(-time.Hour)
				handler := plain(s)
				if lie.handler != nil {
					handler = lie.handler(s)
				}
				var logged strings.Builder
				var found []observe.Event
				h := etag.Conditional{
					Revision: etag.NoRevision, Provider: lie.provider(s), Audit: 1, Logger: textLogger(&logged),
					Observe: func(_ *http.Request, e observe.Event) {
						if e.Outcome == observe.OutcomeAuditMismatch {
							found = append(found, e)
						}
					},
				}.Wrap(handler)
				if lie.requests == nil {
					lie.requests = [][]string{nil}
				}
				tag := `"1"`
				if lie.handler == nil {
					tag = inProcess(h, "GET").Header.Get("ETag")
				}
				for i := 0; i < 1000 && len(found) == 0; i++ {
					if i == 3 && lie.happens != nil {
						lie.happens(s)
					}
					fields := append([]string{"If-None-Match: " + tag}, lie.requests[i%len(lie.requests)]...)
					require.Equal(t, 304, inProcess(h, "GET", fields...).StatusCode)
					time.Sleep(3 * time.Second)
					synctest.Wait()
				}
				require.NotEmpty(t, found)
				assert.Equal(t, lie.reason, found[0].Reason)
				var mismatch *etag.AuditError
				require.ErrorAs(t, found[0].Err, &mismatch)
				assert.Equal(t, lie.reason, mismatch.Reason)
				assert.Equal(t, lie.fields, mismatch.Fields)
				assert.NotEqual(t, mismatch.Before, mismatch.After)
				assert.Equal(t, tag, mismatch.Tag)
				assert.Equal(t, "GET /", mismatch.Route)
				assert.Contains(t, mismatch.Error(), mismatch.Before)
				assert.Contains(t, logged.String(), lie.reason.String())
			})
		})
	}
}

var honestRounds = flag.Int("audits", 20_000, "audits of honest handlers")

// Nothing is found where nothing is wrong, whatever the application does. A
// million: go test ./etag -run HonestHandlers -audits 1000000
func TestAuditOfHonestHandlers(t *testing.T) {
	rounds := *honestRounds
	if testing.Short() {
		rounds = 1000
	}
	synctest.Test(t, func(t *testing.T) {
		var version atomic.Int64
		var runs, audits atomic.Int64
		var found []observe.Event
		var mu sync.Mutex
		h := etag.Conditional{
			Revision: etag.NoRevision, Audit: 1, VaryOn: []string{"Accept-Language"},
			Provider: etag.Version(func(*http.Request) (string, error) { return fmt.Sprint(version.Load()), nil }),
			Identity: func(r *http.Request) string { return r.Header.Get("X-User") },
			Observe: func(_ *http.Request, e observe.Event) {
				if e.Outcome == observe.OutcomeAuditMismatch {
					mu.Lock()
					found = append(found, e)
					mu.Unlock()
				}
			},
		}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			runs.Add(1)
			if r.Header.Get("If-None-Match") == "" {
				audits.Add(1)
			}
			v := version.Load()
			if rand.IntN(10) == 0 {
				version.Add(1) // while it runs
			}
			switch rand.IntN(50) {
			case 0:
				panic(http.ErrAbortHandler)
			case 1:
				_ = http.NewResponseController(w).Flush()
			case 2:
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			if !etag.Confirm(w, etag.Validators{Tag: etag.Strong(fmt.Sprint(v))}) {
				return
			}
			fmt.Fprint(w, v, r.Header.Get("X-User"), r.Header.Get("Accept-Language"))
		}))
		for range rounds {
			who := []string{"X-User: " + fmt.Sprint(rand.IntN(3)), "Accept-Language: " + fmt.Sprint(rand.IntN(3))}
			get := func(fields ...string) (tag string) {
				defer func() { _ = recover() }()
				return inProcess(h, "GET", append(fields, who...)...).Header.Get("ETag")
			}
			if tag := get(); tag != "" {
				get("If-None-Match: " + tag)
			}
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		assert.Empty(t, found)
		assert.NotZero(t, audits.Load())
	})
}

// An audit never changes or delays the answer, and leaves alone what it must not
// touch.
func TestAuditHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		release := make(chan struct{})
		down := errors.New("down")
		var fails atomic.Bool
		h := etag.Conditional{
			Revision: etag.NoRevision, Audit: 1,
			Provider: etag.Version(func(*http.Request) (string, error) {
				if fails.Load() {
					return "", down
				}
				return "1", nil
			}),
		}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			runs.Add(1)
			if r.Method == http.MethodGet {
				assert.Empty(t, r.Header["If-None-Match"])
				assert.Empty(t, r.Header["Range"])
			}
			<-release
			_, _ = w.Write(make([]byte, 1<<20))
		}))
		const match = `If-None-Match: "1"`
		for range 11 { // the first sample is not audited
			assert.Equal(t, 304, inProcess(h, "GET", match, "Range: bytes=0-1").StatusCode, "at once")
			synctest.Wait()
		}
		assert.EqualValues(t, 2, runs.Load(), "two at one time")
		close(release)
		synctest.Wait()
		runs.Store(0)
		for _, request := range [][]string{{"HEAD", match}, {"PUT", `If-Match: "0"`}, {"OPTIONS"}, {"QUERY", match}, {"DELETE", `If-None-Match: "1"`}} {
			inProcess(h, request[0], request[1:]...)
			synctest.Wait()
		}
		assert.EqualValues(t, 2, runs.Load(), "OPTIONS and QUERY: the handlers of the requests themselves")
		fails.Store(true)
		assert.Equal(t, 503, inProcess(h, "PUT", `If-Match: "1"`).StatusCode)
	})
	t.Run("not in Lambda", func(t *testing.T) {
		t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
		ran := false
		h := etag.Conditional{Revision: etag.NoRevision, Audit: 1, Provider: version("1")}.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))
		synctest.Test(t, func(t *testing.T) {
			for range 2 {
				assert.Equal(t, 304, inProcess(h, "GET", `If-None-Match: "1"`).StatusCode)
				synctest.Wait()
			}
			assert.False(t, ran)
		})
	})
}
