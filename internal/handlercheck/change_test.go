package handlercheck_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/handlercheck"
)

// A table is a list of rows as a service keeps it, with a counter that cannot
// miss a change.
type table struct {
	mu      sync.Mutex
	rows    []row
	changes int64
	owner   string
	build   string
}

type row struct {
	ID      int
	Text    string
	Updated time.Time `json:"-"`
}

func newTable() *table {
	t := &table{build: "build-1"}
	t.rows = []row{{1, "one", time.Now().Add(-2 * time.Hour)}, {2, "two", time.Now().Add(-time.Hour)}, {3, "three", time.Now()}}
	return t
}

// edit changes the rows and the counter.
func (t *table) edit(change func()) func() {
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.changes++
		change()
	}
}

// changes of the kinds that services make.
func (t *table) all() map[string]func() {
	return map[string]func(){
		"delete":      t.edit(func() { t.rows = t.rows[1:] }),
		"insert":      t.edit(func() { t.rows = append(t.rows, row{len(t.rows) + 1, "new", time.Now()}) }),
		"update":      t.edit(func() { t.rows[0].Text, t.rows[0].Updated = "changed", time.Now() }),
		"update bulk": t.edit(func() { t.rows[0].Text = "changed in bulk" }), // skips updated_at
	}
}

func (t *table) only(names ...string) map[string]func() {
	all := t.all()
	for name := range all {
		if !slices.Contains(names, name) {
			delete(all, name)
		}
	}
	return all
}

func (t *table) latest() (latest time.Time) {
	for _, r := range t.rows {
		if r.Updated.After(latest) {
			latest = r.Updated
		}
	}
	return latest
}

func (t *table) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Build", t.build)
	_ = json.NewEncoder(w).Encode(map[string]any{t.build: t.rows, "owner": t.owner})
}

func (t *table) version(version func() string) http.Handler {
	return etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return version(), nil })}.Wrap(t)
}

func (t *table) counter() string { return fmt.Sprint(t.changes, t.build, t.owner) }

// Versions that lie, each found by the change that it misses.
func TestChangeFindsVersionsThatLie(t *testing.T) {
	for _, test := range []struct {
		name    string
		rules   string // of the joined findings
		change  string // named in each
		handler func(*table) http.Handler
		changes func(*table) map[string]func()
		bubble  bool // it takes a standing clock
	}{
		{name: "a counter", handler: func(t *table) http.Handler { return t.version(t.counter) }},
		{name: "a hash of the body", handler: func(t *table) http.Handler {
			return etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(t)
		}},
		{name: "max(updated_at) with deletes", rules: "change-unseen", change: "delete",
			handler: func(t *table) http.Handler {
				return t.version(func() string { return fmt.Sprint(t.latest().UnixNano()) })
			},
			changes: func(t *table) map[string]func() { return t.only("delete", "insert", "update") }},
		{name: "a bulk update that skips updated_at", rules: "change-unseen", change: "update bulk",
			handler: func(t *table) http.Handler {
				return t.version(func() string { return fmt.Sprint(len(t.rows), t.latest().UnixNano()) })
			}},
		{name: "whole seconds", rules: "change-unseen", change: "update", bubble: true,
			handler: func(t *table) http.Handler { return t.version(func() string { return fmt.Sprint(t.latest().Unix()) }) },
			changes: func(t *table) map[string]func() { return t.only("update") }},
		{name: "a Last-Modified in whole seconds", rules: "change-unseen", change: "update", bubble: true,
			handler: func(t *table) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					var b strings.Builder
					_ = json.NewEncoder(&b).Encode(t.rows)
					http.ServeContent(w, r, "rows.json", t.latest(), strings.NewReader(b.String()))
				})
			},
			changes: func(t *table) map[string]func() { return t.only("update") }},
		{name: "a young time that is marked", bubble: true,
			handler: func(t *table) http.Handler {
				return etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) {
					return t.latest().Truncate(time.Second), nil
				})}.Wrap(t)
			},
			changes: func(t *table) map[string]func() { return t.only("insert", "update") }},
		{name: "a count alone", rules: "change-unseen", change: "update",
			handler: func(t *table) http.Handler { return t.version(func() string { return fmt.Sprint(len(t.rows)) }) },
			changes: func(t *table) map[string]func() { return t.only("insert", "update") }},
		{name: "a count that returns", rules: "change-unseen", change: "2 insert",
			handler: func(t *table) http.Handler { return t.version(func() string { return fmt.Sprint(len(t.rows)) }) },
			changes: func(t *table) map[string]func() {
				return map[string]func(){"1 delete": t.all()["delete"], "2 insert": t.all()["insert"]}
			}},
		{name: "a forgotten Revision", rules: "change-unseen", change: "deploy",
			handler: func(t *table) http.Handler {
				return etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return fmt.Sprint(t.changes), nil })}.Wrap(t)
			},
			changes: func(t *table) map[string]func() { return map[string]func(){"deploy": func() { t.build = "build-2" }} }},
		{name: "another user under one tag", rules: "change-unseen", change: "log in as bob",
			handler: func(t *table) http.Handler { return t.version(func() string { return fmt.Sprint(t.changes) }) },
			changes: func(t *table) map[string]func() {
				return map[string]func(){"log in as bob": func() { t.owner = "bob" }}
			}},
		{name: "a field that moves", rules: "change-unseen", change: "type",
			handler: func(t *table) http.Handler {
				kind := ""
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if t.owner != "" {
						kind = "; charset=utf-8"
					}
					w.Header().Set("ETag", `"v1"`)
					w.Header().Set("Content-Type", "text/plain"+kind)
					http.ServeContent(w, r, "", time.Time{}, strings.NewReader("content"))
				})
			},
			changes: func(t *table) map[string]func() { return map[string]func(){"type": func() { t.owner = "x" }} }},
		{name: "a field that the 304 repeats",
			handler: func(t *table) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("ETag", `"v1"`)
					w.Header().Set("Cache-Control", "max-age="+fmt.Sprint(10+len(t.owner)))
					http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("content"))
				})
			},
			changes: func(t *table) map[string]func() { return map[string]func(){"policy": func() { t.owner = "x" }} }},
		{name: "a resource that is gone", rules: "change-unseen", change: "remove",
			handler: func(t *table) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if t.owner == "gone" && r.Header.Get("If-None-Match") == "" {
						http.NotFound(w, r)
						return
					}
					w.Header().Set("ETag", `"v1"`)
					http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("content"))
				})
			},
			changes: func(t *table) map[string]func() { return map[string]func(){"remove": func() { t.owner = "gone" }} }},
		{name: "a change without effect", rules: "change-no-effect", change: "nothing",
			handler: func(t *table) http.Handler { return t.version(t.counter) },
			changes: func(*table) map[string]func() { return map[string]func(){"nothing": func() {}} }},
		{name: "no validator", rules: "revalidates", handler: func(t *table) http.Handler { return t }},
		{name: "not found", rules: "status", handler: func(*table) http.Handler { return http.NotFoundHandler() }},
		{name: "content that is never the same", rules: "unsteady", handler: func(*table) http.Handler {
			n := 0
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n++
				w.Header().Set("ETag", `"v1"`)
				_, _ = fmt.Fprint(w, n)
			})
		}},
		{name: "a tag made of the clock", rules: "repeat",
			handler: func(t *table) http.Handler {
				return t.version(func() string { return fmt.Sprint(time.Now().UnixNano()) })
			}},
		{name: "a panic", rules: "panic", handler: func(*table) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no table") })
		}},
	} {
		check := func(t *testing.T) {
			data := newTable()
			changes := data.all()
			if test.changes != nil {
				changes = test.changes(data)
			}
			found, err := handlercheck.Change(test.handler(data), getRequest("/rows"), changes, handlercheck.Options{})
			require.NoError(t, err)
			assert.Equal(t, test.rules, joined(found), "%v", found)
			for _, f := range found {
				if test.change != "" {
					assert.Contains(t, f.Detail, fmt.Sprintf("GET /rows after %q", test.change))
				}
			}
		}
		t.Run(test.name+", in a bubble", func(t *testing.T) { synctest.Test(t, check) })
		// On the real clock each finding waits for more than two seconds.
		if !test.bubble && (test.rules != "change-unseen" || test.change == "delete") {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				check(t)
			})
		}
	}
}

func TestChangeAsksAsOthers(t *testing.T) {
	users := []handlercheck.Identity{{Name: "bob", Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer bob") }}}
	inbox := func(vary bool) http.Handler {
		n := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n = min(n+1, 3)
			w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n/3))
			if vary {
				w.Header().Set("ETag", fmt.Sprintf(`"%d-%s"`, n/3, user(r)))
			}
			http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader(fmt.Sprint(n/3, "for ", user(r))))
		})
	}
	for vary, want := range map[bool]string{false: "tag-shared", true: ""} {
		found, err := handlercheck.Change(inbox(vary), getRequest("/"), map[string]func(){"none": func() {}}, handlercheck.Options{Identities: users})
		require.NoError(t, err)
		assert.Equal(t, want, joined(found), "%v", found)
	}
}

func TestChangeRefuses(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	_, err := handlercheck.Change(h, getRequest("/"), nil, handlercheck.Options{})
	assert.EqualError(t, err, "requires a change")
	r := getRequest("/")
	r.Method = http.MethodPost
	_, err = handlercheck.Change(h, r, map[string]func(){"x": func() {}}, handlercheck.Options{})
	assert.EqualError(t, err, `sends only GET (method "POST")`)
}
