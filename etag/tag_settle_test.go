package etag_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// A moment is a provider of a time that tests move.
type moment struct{ at time.Time }

func (m *moment) modified() etag.Provider {
	return etag.LastModified(func(*http.Request) (time.Time, error) { return m.at, nil })
}

func (m *moment) rows() etag.Provider {
	return etag.Collection(func(*http.Request) (int64, time.Time, error) { return 3, m.at, nil })
}

// decorated is what a user's own provider around one of ours does.
func decorated(p etag.Provider) etag.Provider {
	return etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) { return p.Validators(r) })
}

func TestSettleWindow(t *testing.T) {
	const young, old = `^W/"[0-9_]+!"$`, `^W/"[0-9_]+"$`
	for name, c := range map[string]struct {
		window time.Duration
		after  time.Duration // from the modification
		settle bool
		future bool
	}{
		"at once":                      {0, 0, false, false},
		"almost two seconds":           {0, 2*time.Second - 1, false, false},
		"two seconds":                  {0, 2 * time.Second, true, false},
		"a longer window":              {time.Minute, time.Minute - 1, false, false},
		"the end of a longer window":   {time.Minute, time.Minute, true, false},
		"no window":                    {etag.NoSettleWindow, 0, true, false},
		"no window, a second":          {etag.NoSettleWindow, time.Second, true, false},
		"no window, after its second":  {etag.NoSettleWindow, time.Second, true, false},
		"from the future":              {0, -time.Hour, false, true},
		"from the future, no window":   {etag.NoSettleWindow, -time.Second, false, true},
		"from the future, long window": {time.Hour, -time.Second, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := moment{time.Now().Add(-c.after)}
				for which, p := range map[string]etag.Provider{"a time": m.modified(), "rows": m.rows(), "within another": decorated(m.modified())} {
					h := etag.Conditional{Revision: etag.NoRevision, Provider: p, SettleWindow: c.window}.Wrap(saying(200))
					res := inProcess(h, "GET")
					tag := res.Header.Get("ETag")
					if c.future { // S16: the next write may have that time too
						require.Empty(t, tag, which)
						continue
					}
					want := young
					if c.settle {
						want = old
					}
					require.Regexp(t, want, tag, which)
					// A date is in whole seconds, and its second has to be over.
					dated := c.settle && which != "rows" && c.after >= time.Second
					require.Equal(t, dated, res.Header.Get("Last-Modified") != "", which)
					require.Equal(t, 304, inProcess(h, "GET", "If-None-Match: "+tag).StatusCode, which)
				}
			})
		})
	}
}

func TestSettleWindowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := moment{time.Now()}
		h := etag.Conditional{Revision: etag.NoRevision, Provider: m.modified(), AssertStrong: true, RequirePrecondition: true}.Wrap(saying(200))
		young := inProcess(h, "GET").Header.Get("ETag")
		require.Regexp(t, `^W/".*!"$`, young, "a time that may repeat is not strong, whatever was asserted")
		require.Equal(t, 412, inProcess(h, "PUT", "If-Match: "+young).StatusCode, "and lets no write through")
		require.Equal(t, 412, inProcess(h, "PUT", "If-Match: "+young[2:]).StatusCode)
		time.Sleep(2 * time.Second)
		old := inProcess(h, "GET", "If-None-Match: "+young)
		require.Equal(t, 200, old.StatusCode, "once more in full")
		tag := old.Header.Get("ETag")
		require.Regexp(t, `^"[0-9_]+"$`, tag)
		require.Equal(t, 304, inProcess(h, "GET", "If-None-Match: "+tag).StatusCode)
		require.Equal(t, 200, inProcess(h, "PUT", "If-Match: "+tag).StatusCode)
		require.Equal(t, 412, inProcess(h, "PUT", "If-Match: "+young[2:]).StatusCode)
	})
}

func TestSettleWindowIsForTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		empty := etag.Collection(func(*http.Request) (int64, time.Time, error) { return 0, time.Time{}, nil })
		require.Equal(t, `W/"0"`, inProcess(etag.Conditional{Revision: etag.NoRevision, Provider: empty}.Wrap(saying(200)), "GET").Header.Get("ETag"))
		require.Equal(t, `"v1"`, inProcess(etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(saying(200)), "GET").Header.Get("ETag"))
		// Somebody's own tag stands, his young date does not go out.
		own := known(`"a"`, time.Now())
		res := inProcess(etag.Conditional{Revision: etag.NoRevision, Provider: own}.Wrap(saying(200)), "GET")
		require.Equal(t, `"a"`, res.Header.Get("ETag"))
		require.Empty(t, res.Header["Last-Modified"])
		require.Equal(t, 200, inProcess(etag.Conditional{Revision: etag.NoRevision, Provider: own}.Wrap(saying(200)), "GET", "If-Modified-Since: "+httpDate(time.Now())).StatusCode)
	})
}
