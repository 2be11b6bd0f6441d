package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
	"github.com/freshen-go/freshen/examples/internal/page"
)

const (
	story  = "/api/orders?search=C-3PO"
	report = "/api/report"
	mine   = "/api/me/orders"
)

// newPage gives a page over a database of its own.
func newPage(t *testing.T) *page.Page {
	t.Helper()
	store := &page.BreakableStore{Store: ordertest.SQLite(t)}
	p := page.New(page.Config{
		Origin: orders.Handler(store, orders.Options{
			MaxAge: 100 * time.Second, StaleIfError: time.Hour, Log: slog.New(slog.DiscardHandler),
		}),
		OriginURL: "http://127.0.0.1:8080",
		Break:     store.Break,
		MaxAge:    100 * time.Second,
	})
	t.Cleanup(p.Close)
	return p
}

// do sends a request to the page without a network; fields are "Name: value".
func do(h http.Handler, method, target, body string, fields ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func get(h http.Handler, target string, fields ...string) *http.Response {
	return do(h, "GET", target, "", fields...)
}

func pass(t *testing.T, h http.Handler, seconds float64) {
	t.Helper()
	require.Equal(t, 204, do(h, "POST", "/page/time", fmt.Sprintf(`{"seconds":%f}`, seconds)).StatusCode)
}

func text(r *http.Response) string {
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// news is what the page's script gets.
type news struct {
	First   bool
	Entries []struct {
		N                              int
		Who, Method, Target, Edge, Why string
		Outcome                        string
		Status, Age, Origin            int
		Asked                          bool
		Bytes, OriginBytes, SavedBytes int
		OriginTime, SavedTime          float64
		Request, OriginRequest         http.Header
		OriginResponse, Response       http.Header
	}
	Totals struct {
		Requests, EdgeAlone, NotModified, SavedBytes int
		SavedTime                                    float64
	}
	State struct {
		Broken, HasCopy            bool
		MaxAge, CopyAge, CopyFresh int
		Origin                     string
	}
}

// stream ends its request once the first event is there.
type stream struct {
	*httptest.ResponseRecorder
	end context.CancelFunc
}

func (s stream) Flush() {
	if bytes.Contains(s.Body.Bytes(), []byte("data: ")) {
		s.end()
	}
}

// look gives everything that a page which is opened now would show.
func look(t *testing.T, h http.Handler) (n news) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := stream{httptest.NewRecorder(), cancel}
	h.ServeHTTP(w, httptest.NewRequest("GET", "/page/events", nil).WithContext(ctx))
	require.Equal(t, "text/event-stream", w.Header().Get("Content-Type"))
	_, data, found := strings.Cut(w.Body.String(), "data: ")
	require.True(t, found, "no event in %q", w.Body)
	require.NoError(t, json.Unmarshal([]byte(data), &n))
	require.True(t, n.First)
	return n
}

// The three-request story: new, after 10 s, after 110 s. Letting time pass
// gives exactly what waiting gives.
func TestTheStory(t *testing.T) {
	for _, test := range []struct {
		name string
		wait func(t *testing.T, h http.Handler, seconds float64)
	}{
		{"waiting", func(_ *testing.T, _ http.Handler, seconds float64) {
			time.Sleep(time.Duration(seconds * float64(time.Second)))
		}},
		{"letting time pass", pass},
		{"letting it pass twice", func(t *testing.T, h http.Handler, seconds float64) {
			pass(t, h, seconds/4)
			pass(t, h, seconds*3/4)
		}},
		{"some of both", func(t *testing.T, h http.Handler, seconds float64) {
			time.Sleep(time.Duration(seconds / 2 * float64(time.Second)))
			pass(t, h, seconds/2)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPage(t)
				var got []string
				ask := func() {
					r := get(p, story, "X-Visitor: Leia")
					got = append(got, fmt.Sprintf("%d %s age %s, %d bytes", r.StatusCode, r.Header.Get("X-Cache"), r.Header.Get("Age"), len(text(r))))
				}
				ask()
				test.wait(t, p, 10)
				ask()
				test.wait(t, p, 100)
				ask()
				test.wait(t, p, 3)
				ask()
				assert.Equal(t, []string{
					"200 Miss from cloudfront age , 29165 bytes",
					"200 Hit from cloudfront age 10, 29165 bytes",
					"200 RefreshHit from cloudfront age , 29165 bytes",
					"200 Hit from cloudfront age 3, 29165 bytes",
				}, got)

				n := look(t, p)
				require.Len(t, n.Entries, 4, "time passes without a request")
				var shown []string
				for _, e := range n.Entries {
					shown = append(shown, fmt.Sprintf("%d %s %s %s %d, origin %d, saved %d", e.N, e.Who, e.Edge, e.Outcome, e.Age, e.Origin, e.SavedBytes))
				}
				assert.Equal(t, []string{
					"1 Leia Miss Miss 0, origin 200, saved 0",
					"2 Leia Hit Hit 10, origin 0, saved 29165",
					"3 Leia RefreshHit Revalidated 0, origin 304, saved 29165",
					"4 Leia Hit Hit 3, origin 0, saved 29165",
				}, shown)
				assert.Contains(t, n.Entries[2].Why, "stale for 10 s")
				assert.NotEmpty(t, n.Entries[2].OriginRequest.Get("If-None-Match"))
				assert.Empty(t, n.Entries[2].Request.Get("If-None-Match"), "the edge asked, not Leia")
				assert.Equal(t, 4, n.Totals.Requests)
				assert.Equal(t, 2, n.Totals.EdgeAlone)
				assert.Equal(t, 1, n.Totals.NotModified)
				assert.Equal(t, 3*29165, n.Totals.SavedBytes)
				assert.True(t, n.State.HasCopy)
				assert.Equal(t, 3, n.State.CopyAge)
				assert.Equal(t, 100, n.State.CopyFresh)
			})
		})
	}
}

func TestEditsAreSeenWhenTheCopyIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		old := text(get(p, story))
		order := get(p, "/api/orders/1")
		edited := do(p, "PUT", "/api/orders/1", `{"customer":"Luke","item":"C-3PO","quantity":7}`, "If-Match: "+order.Header.Get("ETag"))
		require.Equal(t, 200, edited.StatusCode)
		again := do(p, "PUT", "/api/orders/1", `{"customer":"Luke","item":"C-3PO","quantity":8}`, "If-Match: "+order.Header.Get("ETag"))
		assert.Equal(t, 412, again.StatusCode)
		assert.Contains(t, text(get(p, "/api/orders/1")), `"quantity":7`, "an order is validated on every use")

		assert.Equal(t, old, text(get(p, story)), "fresh is fresh")
		pass(t, p, 100)
		changed := get(p, story)
		assert.Equal(t, "Miss from cloudfront", changed.Header.Get("X-Cache"))
		assert.Contains(t, text(changed), `"quantity":7`)
	})
}

func TestBrokenDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		whole := text(get(p, story))
		require.Equal(t, 204, do(p, "POST", "/page/database", `{"broken":true}`).StatusCode)
		assert.True(t, look(t, p).State.Broken)

		// Fresh: nobody notices. Stale: served all the same, for an hour.
		assert.Equal(t, whole, text(get(p, story)))
		pass(t, p, 200)
		stale := get(p, story)
		assert.Equal(t, 200, stale.StatusCode)
		assert.Equal(t, "200", stale.Header.Get("Age"))
		assert.Equal(t, whole, text(stale))
		pass(t, p, 3600)
		assert.Equal(t, 500, get(p, story).StatusCode)
		assert.Equal(t, 500, get(p, report).StatusCode)

		require.Equal(t, 204, do(p, "POST", "/page/database", `{"broken":false}`).StatusCode)
		time.Sleep(time.Second)
		assert.Equal(t, 200, get(p, story).StatusCode, "the error was not kept")
		assert.Equal(t, 200, get(p, report).StatusCode)
	})
}

// What depends on Authorization is one user's, whatever the edge holds.
func TestPersonalOrdersPassTheEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		leia := get(p, mine, "Authorization: Bearer leia-token")
		luke := get(p, mine, "Authorization: Bearer luke-token")
		require.Equal(t, 200, leia.StatusCode)
		require.Equal(t, 200, luke.StatusCode)
		assert.NotEqual(t, text(leia), text(luke))
		assert.Equal(t, 401, get(p, mine).StatusCode)
		pass(t, p, 10)
		assert.Equal(t, 401, get(p, mine).StatusCode)
		for _, e := range look(t, p).Entries {
			assert.True(t, e.Asked, "%s was answered by the edge", e.Target)
		}
	})
}

func TestEmptyingTheEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		get(p, story)
		assert.Equal(t, "Hit from cloudfront", get(p, story).Header.Get("X-Cache"))
		require.Equal(t, 204, do(p, "POST", "/page/empty", "{}").StatusCode)
		assert.False(t, look(t, p).State.HasCopy)
		assert.Equal(t, "Miss from cloudfront", get(p, story).Header.Get("X-Cache"))
	})
}

// What is gone at the origin does not come back with the time that passes.
func TestADeletedOrderStaysGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		tag := get(p, "/api/orders/2").Header.Get("ETag")
		require.Equal(t, 204, do(p, "DELETE", "/api/orders/2", "", "If-Match: "+tag).StatusCode)
		assert.Equal(t, 404, get(p, "/api/orders/2").StatusCode)
		pass(t, p, 10)
		assert.Equal(t, 404, get(p, "/api/orders/2").StatusCode)
		entries := look(t, p).Entries
		assert.Empty(t, entries[len(entries)-1].OriginRequest.Get("If-None-Match"), "the edge has no copy to ask about")
	})
}

// The page's list and the timeline of package cachetest are drawn from one log,
// with what the page did to the edge in between.
func TestTheLogIsDrawnOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		get(p, story)
		pass(t, p, 10)
		get(p, story)
		get(p, mine, "Authorization: Bearer leia-token")
		pass(t, p, 100)
		get(p, story)
		require.Equal(t, 204, do(p, "POST", "/page/empty", "{}").StatusCode)
		get(p, story)

		r := get(p, "/page/timeline")
		require.Equal(t, 200, r.StatusCode)
		assert.Equal(t, "text/html; charset=utf-8", r.Header.Get("Content-Type"))
		assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
		drawn := text(r)
		var listed []string
		for _, e := range look(t, p).Entries {
			listed = append(listed, e.Outcome)
			assert.Contains(t, drawn, html.EscapeString(e.Why))
		}
		assert.Equal(t, []string{"Miss", "Hit", "Bypass", "Revalidated", "Miss"}, listed)
		var rows []string
		for _, m := range regexp.MustCompile(`<b class="[a-z]+">(\w+)</b>|<tr class=mark><td>[0-9:]+<td colspan=7>(.*)`).FindAllStringSubmatch(drawn, -1) {
			rows = append(rows, m[1]+m[2])
		}
		assert.Equal(t, []string{"Miss", "advance 10s", "Hit", "Bypass", "advance 1m40s", "Revalidated", "purge *", "Miss"}, rows)
	})
}

// The timeline forgets the oldest requests, and the edge begins anew after
// 4000; the totals hold them all.
func TestManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		get(p, "/api/orders/1", "User-Agent: curl/8")
		for range 4200 {
			require.Equal(t, 200, get(p, "/api/orders?search=Landspeeder", "User-Agent: curl/8").StatusCode)
		}
		n := look(t, p)
		assert.Len(t, n.Entries, 200)
		assert.Equal(t, 4201, n.Entries[199].N)
		assert.Equal(t, "curl", n.Entries[199].Who)
		assert.Equal(t, 4201, n.Totals.Requests)
		assert.Equal(t, 4198, n.Totals.EdgeAlone, "three misses: the order, the list, the list once more")

		require.Equal(t, 204, do(p, "POST", "/page/clear", "{}").StatusCode)
		n = look(t, p)
		assert.Empty(t, n.Entries)
		assert.Zero(t, n.Totals)
	})
}

// X20: with freshen off, the edge gets a full response where it would get a 304.
func TestX20WithoutFreshen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		read := func() int {
			get(p, story)
			pass(t, p, 110)
			get(p, story)
			n := look(t, p)
			return n.Entries[len(n.Entries)-1].Origin
		}
		assert.Equal(t, 304, read())
		require.Equal(t, 204, do(p, "POST", "/page/freshen", `{"off":true}`).StatusCode)
		assert.Equal(t, 200, read())
		assert.Empty(t, get(p, story).Header.Get("ETag"))
		require.Equal(t, 204, do(p, "POST", "/page/freshen", `{"off":false}`).StatusCode)
		assert.Equal(t, 304, read())
	})
}

// X26: what the script's fetch adds is not shown as the visitor's wish; what
// another client sends is.
func TestX26FetchAddsNothing(t *testing.T) {
	p := newPage(t)
	get(p, story, "X-Visitor: Leia", "Cache-Control: no-cache", "Pragma: no-cache")
	get(p, story, "Cache-Control: no-cache")
	n := look(t, p)
	assert.Empty(t, n.Entries[0].Request["Cache-Control"])
	assert.Equal(t, []string{"no-cache"}, n.Entries[1].Request["Cache-Control"])
}

func TestPageRefuses(t *testing.T) {
	p := newPage(t)
	for _, test := range []struct {
		name, method, target, body string
		fields                     []string
		want                       int
	}{
		{"negative time", "POST", "/page/time", `{"seconds":-1}`, nil, 422},
		{"more than a day", "POST", "/page/time", `{"seconds":86401}`, nil, 422},
		{"no JSON", "POST", "/page/time", `seconds`, nil, 400},
		{"no JSON for the database", "POST", "/page/database", ``, nil, 400},
		{"a foreign page", "POST", "/page/database", `{"broken":true}`, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"a foreign page that writes", "POST", "/api/orders", `{"customer":"Rey","item":"BB-8","quantity":1}`, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"an unknown path", "GET", "/elsewhere", "", nil, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, do(p, test.method, test.target, test.body, test.fields...).StatusCode)
		})
	}
	assert.False(t, look(t, p).State.Broken)
}

// The page's own files are validated by their bytes.
func TestFilesAreValidated(t *testing.T) {
	p := newPage(t)
	for _, path := range []string{"/", "/style.css", "/page.js", "/icon.svg"} {
		whole := get(p, path)
		require.Equal(t, 200, whole.StatusCode)
		assert.Equal(t, "no-cache", whole.Header.Get("Cache-Control"))
		assert.Contains(t, whole.Header.Get("Content-Security-Policy"), "default-src 'self'")
		tag := whole.Header.Get("ETag")
		require.NotEmpty(t, tag, path)
		again := get(p, path, "If-None-Match: "+tag)
		assert.Equal(t, 304, again.StatusCode)
		assert.Equal(t, tag, again.Header.Get("ETag"))
		assert.Empty(t, text(again))
		part := get(p, path, "Range: bytes=0-9")
		assert.Equal(t, tag, part.Header.Get("ETag"), "X30: %s as a range", path)
	}
	moved := get(p, "/index.html")
	assert.Equal(t, 301, moved.StatusCode)
	assert.Equal(t, "no-cache", moved.Header.Get("Cache-Control"), "X31: nobody keeps it unasked")
}

// A stream of events ends when the page closes, so that a server can stop.
func TestCloseEndsTheStreams(t *testing.T) {
	p := newPage(t)
	server := httptest.NewServer(p)
	defer server.Close()
	response, err := http.Get(server.URL + "/page/events")
	require.NoError(t, err)
	defer response.Body.Close()

	var live news
	decoder := events(response.Body)
	require.NoError(t, decoder(&live))
	assert.True(t, live.First)
	r, err := http.Get(server.URL + story)
	require.NoError(t, err)
	r.Body.Close()
	live = news{}
	require.NoError(t, decoder(&live))
	assert.False(t, live.First)
	require.Len(t, live.Entries, 1)
	assert.Equal(t, "Go-http-client", live.Entries[0].Who)

	p.Close()
	assert.ErrorIs(t, decoder(&live), io.EOF)
	assert.Equal(t, 200, get(p, "/page/events").StatusCode, "a late one ends at once")
}
