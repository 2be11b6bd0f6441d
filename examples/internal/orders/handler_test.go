package orders_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
)

const (
	c3po  = "/api/orders?search=C-3PO"
	order = "/api/orders/1"
	mine  = "/api/me/orders"
)

// spy counts the rows that leave a store, and can fail.
type spy struct {
	orders.Store
	rows   atomic.Int64
	broken atomic.Bool
	// beforeWrite, if set, runs once before the next Update or Delete.
	beforeWrite atomic.Pointer[func()]
}

var errBroken = errors.New("the database is gone")

func (s *spy) ListVersion(ctx context.Context, q orders.Query) (string, error) {
	if s.broken.Load() {
		return "", errBroken
	}
	return s.Store.ListVersion(ctx, q)
}

func (s *spy) List(ctx context.Context, q orders.Query) ([]orders.Order, string, error) {
	if s.broken.Load() {
		return nil, "", errBroken
	}
	list, version, err := s.Store.List(ctx, q)
	s.rows.Add(int64(len(list)))
	return list, version, err
}

func (s *spy) Version(ctx context.Context, id int64) (int64, error) {
	if s.broken.Load() {
		return 0, errBroken
	}
	return s.Store.Version(ctx, id)
}

func (s *spy) Get(ctx context.Context, id int64) (orders.Order, error) {
	if s.broken.Load() {
		return orders.Order{}, errBroken
	}
	s.rows.Add(1)
	return s.Store.Get(ctx, id)
}

func (s *spy) Update(ctx context.Context, o orders.Order, version int64) (orders.Order, error) {
	if f := s.beforeWrite.Swap(nil); f != nil {
		(*f)()
	}
	return s.Store.Update(ctx, o, version)
}

func (s *spy) Delete(ctx context.Context, id, version int64) error {
	if f := s.beforeWrite.Swap(nil); f != nil {
		(*f)()
	}
	return s.Store.Delete(ctx, id, version)
}

// service is the handler on a real server over SQLite.
type service struct {
	t     *testing.T
	url   string
	store *spy
}

func start(t *testing.T, store orders.Store) *service {
	t.Helper()
	s := &service{t: t, store: &spy{Store: store}}
	server := httptest.NewServer(orders.Handler(s.store, orders.Options{
		MaxAge:       100 * time.Second,
		StaleIfError: time.Hour,
		Revision:     "r1",
		Log:          slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func startSQLite(t *testing.T) *service { return start(t, ordertest.SQLite(t)) }

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) tag() string { return a.header.Get("ETag") }

// do sends a request; fields are "Name: value" lines.
func (s *service) do(method, path, body string, fields ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		if name == "Content-Type" {
			r.Header.Del(name)
		}
		r.Header.Add(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return answer{response.StatusCode, response.Header, string(content)}
}

func (s *service) get(path string, fields ...string) answer {
	s.t.Helper()
	return s.do("GET", path, "", fields...)
}

func body(quantity int) string {
	return fmt.Sprintf(`{"customer":"Luke","item":"C-3PO","quantity":%d}`, quantity)
}

func TestListIsPublicAndValidated(t *testing.T) {
	s := startSQLite(t)

	a := s.get(c3po)
	require.Equal(t, 200, a.status)
	assert.Equal(t, "public, max-age=100, stale-if-error=3600", a.header.Get("Cache-Control"))
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))
	assert.Regexp(t, `^"[^", ]+"$`, a.tag(), "C001, C002: a version that never returns is strong")
	assert.Empty(t, a.header.Values("Last-Modified"), "a date knows nothing of deletes")
	var list struct {
		Search string
		Count  int
		Orders []orders.Order
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &list))
	assert.Equal(t, "C-3PO", list.Search)
	assert.NotEmpty(t, list.Orders)
	assert.Len(t, list.Orders, list.Count)
	assert.EqualValues(t, 1, list.Orders[0].ID)

	// A list with no orders is a list, with a tag of its own.
	none := s.get("/api/orders?search=Death+Star")
	assert.Equal(t, 200, none.status)
	assert.Equal(t, `{"search":"Death Star","count":0,"orders":[]}`+"\n", none.body)
	assert.NotEmpty(t, none.tag())
}

// What a version query saves: the 304 comes without a row being read.
func TestNotModifiedReadsNoRow(t *testing.T) {
	s := startSQLite(t)
	user := "Authorization: Bearer leia-token"
	for _, path := range []string{c3po, "/api/orders", order, "/api/report", mine} {
		whole := s.get(path, user)
		require.Equal(t, 200, whole.status)
		require.NotEmpty(t, whole.tag())
		for name, condition := range map[string]func(tag string) []string{
			"the tag":              func(tag string) []string { return []string{"If-None-Match: " + tag} },
			"in a list":            func(tag string) []string { return []string{`If-None-Match: "x", ` + tag + `, W/"a,b"`} },
			"on a second line":     func(tag string) []string { return []string{`If-None-Match: "x"`, "If-None-Match: " + tag} },
			"weak or strong alike": func(tag string) []string { return []string{"If-None-Match: W/" + strings.TrimPrefix(tag, "W/")} },
			"any":                  func(string) []string { return []string{"If-None-Match: *"} },
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				before := s.store.rows.Load()

				a := s.get(path, append(condition(whole.tag()), user)...)

				assert.Equal(t, 304, a.status)
				assert.Empty(t, a.body)
				assert.Equal(t, before, s.store.rows.Load(), "rows were read")
				assert.Equal(t, whole.tag(), a.tag())
				assert.Equal(t, whole.header.Get("Cache-Control"), a.header.Get("Cache-Control"))
				assert.Equal(t, whole.header.Values("Vary"), a.header.Values("Vary"))
				assert.Empty(t, a.header.Values("Content-Type"))
				assert.Empty(t, a.header.Values("Content-Length"))
			})
		}
	}
}

func TestEveryChangeChangesTheListsTag(t *testing.T) {
	s := startSQLite(t)
	seen := map[string]string{}
	expectNew := func(after string) {
		t.Helper()
		for _, path := range []string{c3po, "/api/report"} {
			tag := s.get(path).tag()
			require.NotEmpty(t, tag)
			require.NotContains(t, seen, path+tag, "%s: the tag of %s is that after %q", after, path, seen[path+tag])
			seen[path+tag] = after
			require.Equal(t, 304, s.get(path, "If-None-Match: "+tag).status)
		}
	}
	expectNew("the seed")

	tag := s.get(order).tag()
	require.Equal(t, 200, s.do("PUT", order, body(2), "If-Match: "+tag).status)
	expectNew("an edit")

	// C141: the delete of an order that is not the newest moves no time.
	tag = s.get("/api/orders/2").tag()
	list, _, err := s.store.Store.List(t.Context(), orders.Query{Search: "C-3PO"})
	require.NoError(t, err)
	old := fmt.Sprintf("/api/orders/%d", list[3].ID)
	require.Equal(t, 204, s.do("DELETE", old, "", "If-Match: "+s.get(old).tag()).status)
	expectNew("a delete")
	require.NotEmpty(t, tag)

	// The count is what it was before the delete.
	placed := s.do("POST", "/api/orders", body(1))
	require.Equal(t, 201, placed.status)
	expectNew("a new order in the place of the deleted one")

	// A delete of the newest and another new one, faster than the clock ticks.
	for i := range 8 {
		location := placed.header.Get("Location")
		require.Equal(t, 204, s.do("DELETE", location, "", "If-Match: "+s.get(location).tag()).status)
		placed = s.do("POST", "/api/orders", body(1))
		expectNew(fmt.Sprintf("replacing the newest, %d", i))
	}

	// Moving an order out of the list.
	require.Equal(t, 200, s.do("PUT", order, `{"customer":"Luke","item":"R2-D2","quantity":1}`, "If-Match: "+s.get(order).tag()).status)
	expectNew("an edit that takes an order out")
}

func TestOrderHasAStrongTagFromTheFirstMinute(t *testing.T) {
	s := startSQLite(t)
	a := s.get(order)
	require.Equal(t, 200, a.status)
	assert.Regexp(t, `^"1\b`, a.tag())
	assert.Equal(t, "public, no-cache", a.header.Get("Cache-Control"))
	assert.Equal(t, `{"id":1,"customer":"Luke","item":"C-3PO","quantity":1,"updated":"1977-05-25T20:00:00Z","version":1}`+"\n", a.body)

	edited := s.do("PUT", order, body(3), "If-Match: "+a.tag())
	assert.Equal(t, 200, edited.status, edited.body)
	assert.Equal(t, "no-store", edited.header.Get("Cache-Control"))
	assert.Empty(t, edited.tag(), "C093: no validator on a successful PUT unless it is the new one")

	again := s.get(order)
	assert.NotEqual(t, a.tag(), again.tag())
	assert.Equal(t, edited.body, again.body)
}

func TestWritesAreGuarded(t *testing.T) {
	for _, method := range []string{"PUT", "DELETE"} {
		for _, test := range []struct {
			name      string
			path      string
			condition []string // TAG stands for the current tag
			want      int
		}{
			{"C090 no precondition", order, nil, 428},
			{"a date is none", order, []string{"If-Unmodified-Since: Fri, 01 Jan 2100 00:00:00 GMT"}, 428},
			{"C032 another tag", order, []string{`If-Match: "other"`}, 412},
			{"C033 the weak form", order, []string{"If-Match: W/TAG"}, 412},
			{"C037 no tag at all", order, []string{"If-Match: v1"}, 412},
			{"C036 an order that is not there", "/api/orders/9999", []string{"If-Match: *"}, 412},
			{"C063 If-None-Match says no", order, []string{"If-Match: TAG", "If-None-Match: *"}, 412},
			{"no such name", "/api/orders/01", []string{"If-Match: *"}, 412},
			{"creating by name", "/api/orders/9999", []string{"If-None-Match: *"}, 404},
		} {
			t.Run(method+" "+test.name, func(t *testing.T) {
				s := startSQLite(t)
				tag := s.get(order).tag()
				for i := range test.condition {
					test.condition[i] = strings.ReplaceAll(test.condition[i], "TAG", tag)
				}
				a := s.do(method, test.path, body(9), test.condition...)
				assert.Equal(t, test.want, a.status, a.body)
				assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
				assert.Equal(t, tag, s.get(order).tag(), "the order was changed")
			})
		}
		for name, condition := range map[string]string{"C031 in a list": `If-Match: "a", TAG`, "C030 any": "If-Match: *"} {
			t.Run(method+" "+name, func(t *testing.T) {
				s := startSQLite(t)
				a := s.do(method, order, body(9), strings.ReplaceAll(condition, "TAG", s.get(order).tag()))
				assert.Less(t, a.status, 300, a.body)
			})
		}
	}
}

// C096: between the look at the version and the write another write may come.
func TestAWriteInBetweenIsNotLost(t *testing.T) {
	for _, method := range []string{"PUT", "DELETE"} {
		t.Run(method, func(t *testing.T) {
			s := startSQLite(t)
			tag := s.get(order).tag()
			other := func() {
				_, err := s.store.Store.Update(t.Context(), orders.Order{ID: 1, Customer: "Luke", Item: "the other's edit", Quantity: 1}, 1)
				assert.NoError(t, err)
			}
			s.store.beforeWrite.Store(&other)

			a := s.do(method, order, body(9), "If-Match: "+tag)

			assert.Equal(t, 412, a.status, a.body)
			assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
			assert.Contains(t, s.get(order).body, "the other's edit")
		})
	}
}

// Of many clients who edit what they saw, none loses an edit, and each edit is
// in the end counted.
func TestConcurrentEditorsOverHTTP(t *testing.T) {
	eachDatabase(t, func(t *testing.T, store orders.Store) {
		s := start(t, store)
		const editors, editsEach = 4, 10
		var wg sync.WaitGroup
		for range editors {
			wg.Go(func() {
				for done := 0; done < editsEach && !t.Failed(); {
					a := s.get(order)
					var o orders.Order
					if !assert.NoError(t, json.Unmarshal([]byte(a.body), &o), a.body) {
						return
					}
					switch edited := s.do("PUT", order, body(o.Quantity+1), "If-Match: "+a.tag()); edited.status {
					case 200:
						done++
					case 412:
					default:
						assert.Fail(t, "unexpected", "%d %s", edited.status, edited.body)
					}
				}
			})
		}
		wg.Wait()
		o, err := store.Get(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, 1+editors*editsEach, o.Quantity)
	})
}

// X41: a client goes on editing with the tag that the last write sent, without a
// GET in between.
func TestX41TagAfterAWrite(t *testing.T) {
	s := startSQLite(t)
	placed := s.do("POST", "/api/orders", body(1))
	require.Equal(t, 201, placed.status, placed.body)
	location, tag := placed.header.Get("Location"), placed.tag()
	for quantity := 2; quantity < 5; quantity++ {
		assert.Equal(t, 304, s.get(location, "If-None-Match: "+tag).status, "the tag is that of GET")
		edited := s.do("PATCH", location, fmt.Sprintf(`{"quantity":%d}`, quantity), "If-Match: "+tag, "Content-Type: application/merge-patch+json")
		require.Equal(t, 200, edited.status, edited.body)
		require.NotEqual(t, tag, edited.tag())
		assert.Equal(t, 412, s.do("PUT", location, body(quantity), "If-Match: "+tag).status)
		tag = edited.tag()
		got := s.get(location)
		assert.Equal(t, tag, got.tag())
		assert.Equal(t, edited.body, got.body)
		assert.Contains(t, got.body, `"customer":"Luke"`, "what the change does not name stays")
	}
	require.Equal(t, 204, s.do("DELETE", location, "", "If-Match: "+tag).status)
}

func TestPlacingAnOrder(t *testing.T) {
	s := startSQLite(t)
	a := s.do("POST", "/api/orders", `{"customer":"Rey","item":"BB-8","quantity":2,"id":1,"version":1}`)
	require.Equal(t, 201, a.status, a.body)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"), "X7")
	assert.Equal(t, "/api/orders/4097", a.header.Get("Location"))

	got := s.get("/api/orders/4097")
	assert.Equal(t, 200, got.status)
	assert.Equal(t, a.body, got.body)
	assert.NotEmpty(t, got.tag())
}

// C006: the tags of an order that is gone are never another order's.
func TestDeletedOrdersStayGone(t *testing.T) {
	s := startSQLite(t)
	tags := map[string]bool{}
	for range 5 {
		location := s.do("POST", "/api/orders", body(1)).header.Get("Location")
		tag := s.get(location).tag()
		require.NotContains(t, tags, tag)
		tags[tag] = true
		deleted := s.do("DELETE", location, "", "If-Match: "+tag)
		require.Equal(t, 204, deleted.status)
		assert.Equal(t, "no-store", deleted.header.Get("Cache-Control"), "X7")

		gone := s.get(location, "If-None-Match: "+tag)
		assert.Equal(t, 404, gone.status)
		assert.Empty(t, gone.tag())
		assert.Equal(t, "no-store", gone.header.Get("Cache-Control"))
		assert.Equal(t, 412, s.do("PUT", location, body(2), "If-Match: "+tag).status)
	}
}

func TestEachUserHasTheirOwnOrders(t *testing.T) {
	s := startSQLite(t)
	leia := s.get(mine, "Authorization: Bearer leia-token")
	luke := s.get(mine, "Authorization: bearer luke-token")
	for _, a := range []answer{leia, luke} {
		require.Equal(t, 200, a.status)
		assert.Contains(t, a.header.Get("Cache-Control"), "private")
		assert.NotContains(t, a.header.Get("Cache-Control"), "public")
		assert.NotContains(t, a.header.Values("Vary"), "Authorization", "C111")
	}
	assert.NotEqual(t, leia.tag(), luke.tag())
	assert.NotContains(t, leia.body, "Luke")

	// A browser that changes hands: Luke has Leia's tag.
	taken := s.get(mine, "Authorization: Bearer luke-token", "If-None-Match: "+leia.tag())
	assert.Equal(t, 200, taken.status)
	assert.Equal(t, luke.body, taken.body)

	// C024: no 304 for someone who may not read.
	for _, who := range []string{"", "Authorization: Bearer no-such-token", "Authorization: Basic bGVpYQ==", "Authorization: Bearer"} {
		fields := []string{"If-None-Match: *"}
		if who != "" {
			fields = append(fields, who)
		}
		a := s.get(mine, fields...)
		assert.Equal(t, 401, a.status)
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
		assert.NotEmpty(t, a.header.Get("WWW-Authenticate"))
		assert.Empty(t, a.tag())
	}
}

// Two users whose lists have one version have different tags.
func TestTwoUsersOfOneVersionDoNotShareATag(t *testing.T) {
	server := httptest.NewServer(orders.Handler(sameForAll{orders.SeedStore()}, orders.Options{}))
	defer server.Close()
	s := &service{t: t, url: server.URL}
	leia := s.get(mine, "Authorization: Bearer leia-token")
	luke := s.get(mine, "Authorization: Bearer luke-token", "If-None-Match: "+leia.tag())
	assert.Equal(t, 200, luke.status)
	assert.NotEqual(t, leia.tag(), luke.tag())
}

type sameForAll struct{ orders.Store }

func (sameForAll) ListVersion(context.Context, orders.Query) (string, error) { return "same", nil }

func (s sameForAll) List(ctx context.Context, q orders.Query) ([]orders.Order, string, error) {
	list, _, err := s.Store.List(ctx, q)
	return list, "same", err
}

func TestReportIsLargeAndTheSameEveryTime(t *testing.T) {
	s := startSQLite(t)
	a := s.get("/api/report")
	require.Equal(t, 200, a.status)
	assert.Greater(t, len(a.body), 200_000)
	assert.Equal(t, a.body, s.get("/api/report").body)
	assert.Equal(t, "public, max-age=100, stale-if-error=3600", a.header.Get("Cache-Control"))
}

func TestBrokenDatabase(t *testing.T) {
	s := startSQLite(t)
	tags := map[string]string{}
	paths := []string{c3po, order, mine, "/api/report"}
	user := "Authorization: Bearer leia-token"
	for _, path := range paths {
		tags[path] = s.get(path, user).tag()
	}
	s.store.broken.Store(true)
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			for _, a := range []answer{s.get(path, user), s.get(path, user, "If-None-Match: "+tags[path])} {
				assert.Equal(t, 500, a.status, "C137: never a 304 from doubt")
				assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
				assert.Empty(t, a.tag())
				assert.NotContains(t, a.body, errBroken.Error())
				assert.Less(t, len(a.body), 300)
			}
		})
	}
	a := s.do("PUT", order, body(2), "If-Match: "+tags[order])
	assert.Equal(t, 503, a.status, "C137: a guarded write fails closed")
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))

	s.store.broken.Store(false)
	assert.Equal(t, 200, s.get(c3po).status, "recovery is seen")
}

func TestErrorsAreSmallProblemsThatNobodyKeeps(t *testing.T) {
	s := startSQLite(t)
	long := strings.Repeat("x", 101)
	for _, test := range []struct {
		method, path, body string
		fields             []string
		want               int
	}{
		{"GET", "/", "", nil, 404},
		{"GET", "/api", "", nil, 404},
		{"GET", "/api/orders/", "", nil, 404},
		{"GET", "/api/orders/9999", "", nil, 404},
		{"GET", "/api/orders/one", "", nil, 404},
		{"GET", "/api/orders/+1", "", nil, 404},
		{"GET", "/api/orders/99999999999999999999", "", nil, 404},
		{"DELETE", "/api/orders", "", nil, 405},
		{"POST", order, body(1), nil, 405},
		{"PATCH", "/api/orders", body(1), nil, 405},
		{"PATCH", order, body(1), []string{"If-Match: *"}, 415},
		{"PATCH", order, `{"quantity":null}`, []string{"If-Match: *", "Content-Type: application/merge-patch+json"}, 422},
		{"PATCH", order, `{"quantity":"1"}`, []string{"If-Match: *", "Content-Type: application/merge-patch+json"}, 400},
		{"PATCH", order, `{"quantity":1}`, []string{"Content-Type: application/merge-patch+json"}, 428},
		{"PUT", order, body(1), nil, 428},
		{"PUT", "/api/orders/9999", body(1), []string{"If-Match: *"}, 412},
		{"PUT", "/api/orders/9999", body(1), []string{"If-None-Match: *"}, 404},
		{"PUT", "/api/report", body(1), nil, 405},
		{"POST", mine, body(1), nil, 405},
		{"POST", "/api/orders", "", nil, 415},
		{"POST", "/api/orders", "{", nil, 400},
		{"POST", "/api/orders", body(1) + "x", nil, 400},
		{"POST", "/api/orders", body(1) + body(1), nil, 400},
		{"POST", "/api/orders", `[]`, nil, 400},
		{"POST", "/api/orders", `{"customer":1,"item":"BB-8","quantity":1}`, nil, 400},
		{"POST", "/api/orders", `{"customer":"Rey","item":"BB-8","quantity":"one"}`, nil, 400},
		{"GET", "/api/orders?search=%zz", "", nil, 400},
		{"GET", "/api/orders?search=;", "", nil, 400},
		{"GET", "/api/orders?search=%zz", "", []string{"If-None-Match: *"}, 400},
		{"POST", "/api/orders", `{"customer":"Rey","item":"BB-8"}`, nil, 422},
		{"POST", "/api/orders", body(1000), nil, 422},
		{"POST", "/api/orders", `{"customer":" ","item":"BB-8","quantity":1}`, nil, 422},
		{"POST", "/api/orders", `{"customer":"Rey","item":"BB\n8","quantity":1}`, nil, 422},
		{"POST", "/api/orders", `{"customer":"Rey","item":"` + long + `","quantity":1}`, nil, 422},
		{"POST", "/api/orders", `{"item":"` + strings.Repeat(long, 1000) + `"}`, nil, 413},
		{"PUT", order, "{", []string{"If-Match: *"}, 400},
		{"POST", "/api/orders", body(1), []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"DELETE", order, "", []string{"If-Match: *", "Origin: http://elsewhere.example"}, 403},
	} {
		t.Run(fmt.Sprintf("%s %s %.40s %d", test.method, test.path, test.body, test.want), func(t *testing.T) {
			a := s.do(test.method, test.path, test.body, test.fields...)
			assert.Equal(t, test.want, a.status, a.body)
			assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
			assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
			assert.Empty(t, a.tag())
			assert.Less(t, len(a.body), 300)
			var problem struct {
				Status        int
				Title, Detail string
			}
			require.NoError(t, json.Unmarshal([]byte(a.body), &problem), a.body)
			assert.Equal(t, test.want, problem.Status)
			assert.NotContains(t, problem.Detail, "Go ", "X6: a client does not know Go's types")
			if test.want == 405 {
				assert.NotEmpty(t, a.header.Get("Allow"))
			}
		})
	}
}

// Every environment of a read-only fleet gives the same tags, and says that it
// does not write.
func TestReadOnlyService(t *testing.T) {
	one, two := start(t, orders.SeedStore()), start(t, orders.SeedStore())
	database := startSQLite(t)
	for _, path := range []string{c3po, order, "/api/report", mine} {
		user := "Authorization: Bearer luke-token"
		a := one.get(path, user)
		require.Equal(t, 200, a.status)
		assert.Equal(t, a.tag(), two.get(path, user).tag())
		if path == order {
			assert.Equal(t, a.tag(), database.get(path, user).tag(), "an order of the seed has the same version in a database")
		}
		assert.Equal(t, a.body, database.get(path, user).body)
	}
	tag := one.get(order).tag()
	for _, a := range []answer{
		one.do("POST", "/api/orders", body(1)),
		one.do("PUT", order, body(1), "If-Match: "+tag),
		one.do("DELETE", order, "", "If-Match: "+tag),
	} {
		assert.Equal(t, 501, a.status)
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	}
}

func TestMaxAgeZeroValidatesEveryTime(t *testing.T) {
	server := httptest.NewServer(orders.Handler(orders.SeedStore(), orders.Options{}))
	defer server.Close()
	s := &service{t: t, url: server.URL}
	assert.Equal(t, "public, no-cache", s.get(c3po).header.Get("Cache-Control"))
}

func TestHeadIsGetWithoutContent(t *testing.T) {
	s := startSQLite(t)
	for _, path := range []string{c3po, order, "/api/report"} {
		get, head := s.get(path), s.do("HEAD", path, "")
		for _, a := range []answer{get, head} {
			a.header.Del("Date")
		}
		assert.Equal(t, get.status, head.status)
		assert.Equal(t, get.header, head.header)
		assert.Empty(t, head.body)
	}
}
