package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

// What TestChange finds is tested in internal/handlercheck.

func TestChangeReturnsRuleErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := "one"
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			page{content, `"v1"`, nil}.ServeHTTP(w, r)
		})
		edit := map[string]func(){"edit": func() { content = "two" }}
		err := cachetest.TestChange(h, getRequest("/"), edit)
		assert.Equal(t, []string{"change-unseen"}, brokenRules(t, err))
		assert.ErrorContains(t, err, `GET / after "edit": If-None-Match: "v1" is confirmed by a 304, although it is of the response before it: `+
			`the content was "one", now "two"`)
		content = "one"
		assert.NoError(t, cachetest.TestChange(h, getRequest("/"), edit, cachetest.Allow("change-unseen")))
		assert.EqualError(t, cachetest.TestChange(h, getRequest("/"), nil), "cachetest: TestChange: requires a change")
		assert.Panics(t, func() { _ = cachetest.TestChange(nil, getRequest("/"), edit) })
	})
}

// The lines of the README find each of the mistakes that it names.
func TestChangeInThreeLines(t *testing.T) {
	type row struct {
		text    string
		updated time.Time
	}
	for mistake, version := range map[string]func([]row) string{
		"deletes under max(updated_at)": func(rows []row) string {
			var latest time.Time
			for _, r := range rows {
				if r.updated.After(latest) {
					latest = r.updated
				}
			}
			return fmt.Sprint(latest.UnixNano())
		},
		"whole seconds":        func(rows []row) string { return fmt.Sprint(len(rows), rows[len(rows)-1].updated.Unix()) },
		"a forgotten Revision": func(rows []row) string { return fmt.Sprint(rows) },
	} {
		synctest.Test(t, func(t *testing.T) {
			rows, build := []row{{"a", time.Now().Add(-time.Hour)}, {"b", time.Now().Add(-time.Minute)}, {"c", time.Now()}}, "1"
			h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) { return version(rows), nil })}.Wrap(
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, build, rows) }))
			err := cachetest.TestChange(h, getRequest("/rows"), map[string]func(){
				"delete": func() { rows = rows[1:] },
				"deploy": func() { build = "2" },
				"update": func() { rows[len(rows)-1] = row{"changed", time.Now()} },
			})
			assert.ErrorContains(t, err, "change-unseen", mistake)
		})
	}
}

func TestWritesKeepsTheBody(t *testing.T) {
	r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader("second"))
	err := cachetest.TestWrites(http.NotFoundHandler(), r, func() {})
	assert.Equal(t, []string{"status"}, brokenRules(t, err))
	body, _ := io.ReadAll(r.Body)
	assert.Equal(t, "second", string(body))
	assert.EqualError(t, cachetest.TestWrites(http.NotFoundHandler(), getRequest("/"), func() {}),
		`cachetest: TestWrites: requires a method that writes (method "GET")`)
	assert.Panics(t, func() { _ = cachetest.TestWrites(http.NotFoundHandler(), r, nil) })
}
