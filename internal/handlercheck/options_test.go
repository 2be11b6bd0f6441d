package handlercheck_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// Defects that need an option or a bubble to be found. The first field of each
// row is what TestDefectsCoverEveryRule reads.
func TestDefectsWithOptions(t *testing.T) {
	ran := 0
	counting := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ran++; h.ServeHTTP(w, r) })
	}
	runs := func() int { return ran }
	perUser := func(tag string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who := user(r)
			if tag == "" {
				resource{content: "for " + who, tag: fmt.Sprintf(`"%x"`, who), fields: http.Header{"Cache-Control": {"private, no-cache"}}}.ServeHTTP(w, r)
				return
			}
			resource{content: "for " + who, tag: tag, fields: http.Header{"Cache-Control": {"private, no-cache"}}}.ServeHTTP(w, r)
		})
	}
	users := []handlercheck.Identity{
		{Name: "alice", Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer alice") }},
		{Name: "bob", Set: func(r *http.Request) { r.Header.Set("Authorization", "Bearer bob") }},
	}
	dateOnly := article()
	dateOnly.tag = ""
	for _, test := range []struct {
		rules   string
		name    string
		h       http.Handler
		options handlercheck.Options
	}{
		{rules: "status", name: "another status", h: article(), options: handlercheck.Options{Status: 404}},
		{rules: "", name: "that status", h: http.NotFoundHandler(), options: handlercheck.Options{Status: 404}},
		{rules: "revalidates", name: "no validator", h: plain("Cache-Control", "no-cache"), options: handlercheck.Options{Revalidates: true}},
		{rules: "if-none-match revalidates", name: "a validator that nobody evaluates", h: asked(article(), func(h http.Header) {
			for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
				h.Del(name)
			}
		}), options: handlercheck.Options{Revalidates: true, Allow: []string{"if-modified-since"}}},
		{rules: "", name: "a tag", h: article(), options: handlercheck.Options{Revalidates: true}},
		{rules: "", name: "a date alone", h: dateOnly, options: handlercheck.Options{Revalidates: true}},
		{rules: "handler-runs-on-304", name: "K21: the handler runs for a 304", h: counting(article()), options: handlercheck.Options{Runs: runs}},
		{rules: "", name: "the handler is spared", h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if article().precondition(r) == http.StatusNotModified {
				article().ServeHTTP(w, r)
				return
			}
			counting(article()).ServeHTTP(w, r)
		}), options: handlercheck.Options{Runs: runs}},
		{rules: "tag-shared", name: "K19: one tag for two users", h: perUser(`W/"7"`), options: handlercheck.Options{Identities: users}},
		{rules: "", name: "one tag for two users, never stored", h: fields(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			resource{content: "for " + user(r), tag: `W/"7"`}.ServeHTTP(w, r)
		}), "Cache-Control", "no-store"), options: handlercheck.Options{Identities: users, Allow: []string{"freshness-on-412"}}},
		{rules: "", name: "a tag for each user", h: perUser(""), options: handlercheck.Options{Identities: users}},
		{rules: "", name: "allowed", h: plain("Cache-Control", "public, no-store"), options: handlercheck.Options{Allow: []string{"cache-control-conflict"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := check(t, test.h, getRequest("/"), test.options)
			assert.Equal(t, test.rules, joined(found), "%v", found)
		})
	}
}

func TestUnknownRuleIsRefused(t *testing.T) {
	_, err := handlercheck.Check(article(), getRequest("/"), handlercheck.Options{Allow: []string{"vary-mising"}})
	assert.EqualError(t, err, `unknown rule "vary-mising"`)
}

// K10: in a bubble the clock does not move between two requests, so that a
// validator made of the time repeats. A second passes on purpose.
func TestStandingClock(t *testing.T) {
	served := func(tag func() string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := article()
			s.tag = tag()
			s.ServeHTTP(w, r)
		})
	}
	for _, test := range []struct {
		rules string
		h     http.Handler
	}{
		{rules: "repeat", h: served(func() string { return fmt.Sprintf(`"%d"`, time.Now().UnixNano()) })},
		{rules: "repeat", h: served(func() string { return fmt.Sprintf(`"%d"`, time.Now().Unix()) })},
		{rules: "last-modified-now", h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		})},
		{rules: "", h: article()},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			found := check(t, test.h, getRequest("/"), handlercheck.Options{})
			assert.Equal(t, test.rules, joined(found), "%v", found)
			assert.LessOrEqual(t, time.Since(began), 10*time.Second)
		})
	}
}

// A time that is too young to be sent marks its tag for a while. The mark goes
// away by itself, which is not a tag that changes each time.
func TestTagThatSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := time.Now()
		time.Sleep(1500 * time.Millisecond)
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := article()
			s.modified, s.tag = time.Time{}, `W/"7"`
			if time.Since(changed) < 2*time.Second {
				s.tag = `W/"7!"`
			}
			s.ServeHTTP(w, r)
		})
		assert.Empty(t, check(t, h, getRequest("/"), handlercheck.Options{}))
	})
}

func TestMessagesShowWhatDiffers(t *testing.T) {
	for want, h := range map[string]http.Handler{
		`(Cache-Control: max-stale=60, publik; not a standard directive: max-stale=60, publik)`: fields(article(), "X", "y"),
		`(from byte `: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := article()
			s.content = fmt.Sprintf("a very long beginning, and %d", rand.Uint64())
			s.ServeHTTP(w, r)
		}),
	} {
		if want[0] == '(' && want[1] == 'C' {
			s := article()
			s.lifetime = 0
			s.fields.Set("Cache-Control", "max-stale=60, publik")
			h = s
		}
		assert.Contains(t, fmt.Sprint(check(t, h, getRequest("/"), handlercheck.Options{})), want)
	}
}

func TestVaryStarIsNamed(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "*")
		w.Header().Set("Cache-Control", "public, max-age=60")
		_, _ = io.WriteString(w, "content")
	})
	assert.Contains(t, fmt.Sprint(check(t, h, getRequest("/"), handlercheck.Options{})),
		"Vary: * with Cache-Control: public, max-age=60: no cache may reuse the response")
}
