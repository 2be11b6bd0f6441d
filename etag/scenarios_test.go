package etag_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// The scenarios in which a validator does harm: somebody is told "not modified"
// who holds something else. Each test names the rule that stands against it,
// and fails without it.

// Rule: a collection has no Last-Modified, sent or compared, since deletes move
// no time. Without it a cache that lost the weak tag is told 304 by the date.
func TestScenarioDateAfterDelete(t *testing.T) {
	rows := []string{"a", "b", "c"}
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) { return int64(len(rows)), hourAgo, nil })}
	h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, rows) }))
	before := onWire(t, h, "GET")
	require.Empty(t, before.header["Last-Modified"])
	rows = rows[1:]
	for _, date := range []string{httpDate(hourAgo), before.header.Get("Date")} {
		after := onWire(t, h, "GET", "If-Modified-Since: "+date)
		require.Equal(t, 200, after.status)
		require.Equal(t, "[b c]", after.body)
	}
	require.Equal(t, 200, onWire(t, h, "GET", "If-None-Match: "+before.header.Get("ETag")).status)
}

// Rule: a date is not sent or compared where more than the time determines the
// answer. Without it the date bypasses what Revision, VaryOn and Identity put
// into the tag.
func TestScenarioDateBypassesTheSalt(t *testing.T) {
	for name, change := range map[string]func(*etag.Conditional){
		"Revision": func(c *etag.Conditional) { c.Revision = "r2" },
		"VaryOn":   func(c *etag.Conditional) { c.VaryOn = []string{"Accept"} },
		"Identity": func(c *etag.Conditional) { c.Identity = func(*http.Request) string { return "b" } },
	} {
		t.Run(name, func(t *testing.T) {
			c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo, nil })}
			change(&c)
			got := onWire(t, c.Wrap(saying(200)), "GET", "If-Modified-Since: "+httpDate(hourAgo))
			require.Equal(t, 200, got.status)
			require.Empty(t, got.header["Last-Modified"])
		})
	}
}

// Rule: Identity is in the tag. Without it two users whose rows carry one
// timestamp share a tag, and in a browser that changes hands the second one is
// shown the first one's answer.
func TestScenarioTwoUsersOneTimestamp(t *testing.T) {
	user := func(r *http.Request) string { return r.Header.Get("User") }
	c := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo, nil }),
		Identity: user,
	}
	h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "the orders of %s", user(r)) }))
	a := onWire(t, h, "GET", "User: a")
	require.Equal(t, "private, no-cache", a.header.Get("Cache-Control"))
	b := onWire(t, h, "GET", "User: b", "If-None-Match: "+a.header.Get("ETag"))
	require.Equal(t, 200, b.status)
	require.Equal(t, "the orders of b", b.body)
	require.Equal(t, 304, onWire(t, h, "GET", "User: a", "If-None-Match: "+a.header.Get("ETag")).status)
}

// Rule: the settle window. now() in SQL is the start of a transaction, so a row
// with an older time can appear after one with a newer. Without the window the
// tag of before stays that of after, and the client is stale for ever.
func TestScenarioOlderTimeCommittedLater(t *testing.T) {
	for name, provider := range map[string]func(latest *time.Time) etag.Provider{
		"LastModified": func(latest *time.Time) etag.Provider {
			return etag.LastModified(func(*http.Request) (time.Time, error) { return *latest, nil })
		},
		// An edit moves a time and no count.
		"Collection": func(latest *time.Time) etag.Provider {
			return etag.Collection(func(*http.Request) (int64, time.Time, error) { return 2, *latest, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				latest, content := time.Now(), "A's row"
				c := etag.Conditional{Revision: etag.NoRevision, Provider: provider(&latest), AssertStrong: true}
				h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, content) }))

				time.Sleep(100 * time.Millisecond)
				first := inProcess(h, "GET")
				tag := first.Header.Get("ETag")
				require.Empty(t, first.Header["Last-Modified"], "a date of which the second is not over")
				require.Regexp(t, `^W/".*!"$`, tag)
				time.Sleep(400 * time.Millisecond)
				content = "A's and B's row" // B began before A and commits now: latest stays
				time.Sleep(1500 * time.Millisecond)

				after := inProcess(h, "GET", "If-None-Match: "+tag)
				require.Equal(t, 200, after.StatusCode)
				got, _ := io.ReadAll(after.Body)
				require.Equal(t, "A's and B's row", string(got))
				require.NotContains(t, after.Header.Get("ETag"), "!", "the time has settled")
			})
		})
	}
}

// Rule: a wrapper refuses once its handler returned, and is never used again.
// Without it a goroutine left behind writes into somebody else's response.
func TestScenarioLateGoroutine(t *testing.T) {
	for name, p := range map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}} {
		t.Run(name, func(t *testing.T) {
			returned, done := make(chan struct{}), make(chan struct{})
			late := make(chan error, 3)
			h := etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/careless" {
					_, _ = io.WriteString(w, "mine")
					go func() {
						<-returned
						w.Header().Set("X-Late", "1")
						w.WriteHeader(500)
						_, err := w.Write([]byte("LATE"))
						late <- err
						_, err = io.WriteString(w, "LATE")
						late <- err
						late <- http.NewResponseController(w).Flush()
						close(done)
					}()
					return
				}
				_, _ = io.WriteString(w, "the ")
				close(returned)
				<-done // the other one has written by now
				_, _ = io.WriteString(w, "second")
			}))
			srv := httptest.NewServer(h)
			defer srv.Close()
			first := dialed(t, srv.Listener.Addr().String(), "GET /careless")
			require.Equal(t, "mine", first.body)
			second := dialed(t, srv.Listener.Addr().String(), "GET /careful")
			require.Equal(t, 200, second.status)
			require.Equal(t, "the second", second.body)
			require.Empty(t, second.header["X-Late"])
			for range 3 {
				require.Error(t, <-late)
			}
		})
	}
}

// Rule: a handler that sets Vary by itself takes part in no 304, from the first
// response on that shows it. Without it a 304 given before the handler has a
// narrower Vary than the 200, and Varnish hands one tenant's content to another.
func TestScenarioVaryAfterTheFirst304(t *testing.T) {
	var tenants atomic.Bool
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tenants.Load() {
			w.Header().Set("Vary", "X-Tenant")
		}
		_, _ = io.WriteString(w, "of "+r.Header.Get("X-Tenant"))
	}))
	srv := quiet(h)
	defer srv.Close()
	get := func(fields ...string) reply {
		return dialed(t, srv.Listener.Addr().String(), append([]string{"GET"}, fields...)...)
	}
	require.Equal(t, `"v1"`, get().header.Get("ETag"))
	require.Equal(t, 304, get(`If-None-Match: "v1"`).status)
	tenants.Store(true) // a feature flag, say: the version does not move
	a := get("X-Tenant: a")
	require.Regexp(t, writeTag, a.header.Get("ETag"))
	require.Equal(t, []string{"X-Tenant"}, a.header["Vary"])
	b := get("X-Tenant: b", `If-None-Match: "v1"`)
	require.Equal(t, 200, b.status)
	require.Equal(t, "of b", b.body)
	require.Equal(t, []string{"X-Tenant"}, b.header["Vary"])
}

// Rule: a validator is the word that this requester would get a 200; without
// one there is no 304, not even for *. Without the rule a reader whose access
// was revoked is told for ever that nothing changed.
func TestScenarioRevokedReader(t *testing.T) {
	var revoked atomic.Bool
	provider := etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
		if revoked.Load() {
			return etag.Validators{}, nil
		}
		return etag.Validators{Tag: etag.Strong("v1"), LastModified: hourAgo}, nil
	})
	h := etag.Conditional{Revision: etag.NoRevision, Provider: provider}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if revoked.Load() {
			http.Error(w, "no longer", http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, "secret")
	}))
	asks := []string{`If-None-Match: "v1"`, "If-None-Match: *", "If-Modified-Since: " + httpDate(hourAgo)}
	for _, f := range asks {
		require.Equal(t, 304, onWire(t, h, "GET", f).status, f)
	}
	revoked.Store(true)
	for _, f := range asks {
		got := onWire(t, h, "GET", f)
		require.Equal(t, 403, got.status, f)
		require.Empty(t, got.header["Etag"])
		require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	}
}

// Rule: what only the handler says about freshness, a 304 given without it
// cannot say, so there is none. Without it the first revalidation turns five
// seconds into a day.
func TestScenarioPolicyOverHandler(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: 24 * time.Hour}
	for name, p := range map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}} {
		t.Run(name, func(t *testing.T) {
			h := policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(saying(200, "Cache-Control: max-age=5")))
			srv := quiet(h)
			defer srv.Close()
			addr := srv.Listener.Addr().String()
			full := dialed(t, addr, "GET")
			require.Equal(t, []string{"max-age=5"}, full.header["Cache-Control"])
			for _, tag := range []string{`"v1"`, `W/"` + contentSum + `"`} {
				again := dialed(t, addr, "GET", "If-None-Match: "+tag)
				require.Equal(t, []string{"max-age=5"}, again.header["Cache-Control"])
				if name == "version" {
					require.Equal(t, 200, again.status)
					require.Regexp(t, writeTag, again.header.Get("ETag"))
				}
			}
		})
	}
	t.Run("an instance that has not seen the handler yet", func(t *testing.T) {
		// It cannot know; all it says is what the policy says, until it has.
		h := policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(saying(200, "Cache-Control: max-age=5")))
		require.Equal(t, []string{"max-age=5"}, onWire(t, h, "GET").header["Cache-Control"])
	})
}

// Rule: a 200 that sets a cookie never becomes a 304, which would lose it, and
// gets no hash; and with a cookie no response is public. Without it a login is
// lost on the second visit, or handed to everyone.
func TestScenarioLoginCookie(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"before the content": saying(200, "Set-Cookie: session=1", "Cache-Control: max-age=60"),
		"with a tag":         saying(200, "Set-Cookie: session=1", `ETag: "own"`),
		"during the content": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "session=1")
			_, _ = io.WriteString(w, "cont")
			_, _ = io.WriteString(w, "ent\n")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
			h := cachecontrol.Policy{Public: true, MaxAge: time.Minute}.Wrap(c.Wrap(h))
			for _, f := range []string{"X: 1", `If-None-Match: W/"` + contentSum + `"`, "If-None-Match: *", `If-None-Match: "own"`} {
				got := onWire(t, h, "GET", f)
				require.Equal(t, 200, got.status, f)
				require.Equal(t, []string{"session=1"}, got.header["Set-Cookie"])
				require.Equal(t, "content\n", got.body)
				require.NotContains(t, got.header.Get("Cache-Control"), "public")
				if name != "with a tag" {
					require.Empty(t, got.header["Etag"])
				}
			}
		})
	}
}
