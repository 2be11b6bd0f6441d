package cachetest_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// asUser dresses a request for a user.
func asUser(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+name) }
}

func user(r *http.Request) string {
	_, name, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return name
}

// brokenRules returns the names in a joined error, sorted, each once.
func brokenRules(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not joined: %v", err)
	var names []string
	for _, err := range joined.Unwrap() {
		var e *cachetest.RuleError
		require.True(t, errors.As(err, &e), "not a RuleError: %v", err)
		names = append(names, e.Rule)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func getRequest(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

// page is an origin as caches need it: it has one tag, and compares the one
// that a cache sends.
type page struct {
	content, tag string
	fields       http.Header
}

func (p page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, values := range p.fields {
		w.Header()[name] = slices.Clone(values)
	}
	w.Header().Set("ETag", p.tag)
	if r.Header.Get("If-None-Match") == p.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, p.content)
}

// article is a page for everybody.
func article() page {
	return page{`{"title":"Freshening"}`, `"v1"`, http.Header{"Cache-Control": {"public, max-age=100"}}}
}

// inbox is a correct origin: its answer depends on who asks, or on a tenant's
// field. The defects are in its policy and its tag.
func inbox(by func(*http.Request) string, fields http.Header, tag func(who string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := by(r)
		page{"for " + who, tag(who), fields}.ServeHTTP(w, r)
	})
}

// respond changes the fields of what h answers, before the first byte.
func respond(h http.Handler, edit func(r *http.Request, status int, h http.Header)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		edit(r, rec.Code, rec.Header())
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func own(who string) string { return fmt.Sprintf(`"%x"`, who) }

func sameForAll(string) string { return `"7"` }

func tenant(r *http.Request) string { return r.Header.Get("X-Tenant") }

func asTenant(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("X-Tenant", name) }
}

func policy(value string, more ...string) http.Header {
	h := http.Header{"Cache-Control": {value}}
	for i := 0; i < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return h
}

func TestCheckLeaksPassesWhatIsRight(t *testing.T) {
	public := article()
	forwarding := cachetest.CloudFront()
	forwarding.Key.Headers = []string{"Authorization"}
	for name, test := range map[string]struct {
		origin  http.Handler
		profile cachetest.Profile
		as      func(string) func(*http.Request)
	}{
		"public data":                           {public, cachetest.RFC9111(), asUser},
		"private data":                          {inbox(user, policy("private, max-age=60"), own), cachetest.RFC9111(), asUser},
		"Authorization, and nothing about it":   {restricted(inbox(user, policy("max-age=60"), own)), cachetest.RFC9111(), asUser},
		"shared but revalidated, a tag a user":  {inbox(user, policy("public, no-cache"), own), cachetest.RFC9111(), asUser},
		"by tenant, with Vary":                  {inbox(tenant, policy("max-age=60", "Vary", "X-Tenant"), own), cachetest.RFC9111(), asTenant},
		"by tenant, one tag, with Vary":         {inbox(tenant, policy("max-age=60", "Vary", "X-Tenant"), sameForAll), cachetest.RFC9111(), asTenant},
		"CloudFront, which removes the field":   {inbox(user, policy("public, max-age=60"), own), cachetest.CloudFront(), asUser},
		"CloudFront, with the field in the key": {inbox(user, policy("public, max-age=60"), own), forwarding, asUser},
		"Cloudflare and a private answer":       {inbox(user, policy("private, max-age=60"), own), cachetest.Cloudflare(), asUser},
		"a request id for each answer": {respond(public, func(_ *http.Request, _ int, h http.Header) {
			h.Set("X-Request-Id", fmt.Sprint(rand.Uint64()))
		}), cachetest.RFC9111(), asUser},
	} {
		t.Run(name, func(t *testing.T) {
			requests := []*http.Request{getRequest("/inbox?page=1"), httptest.NewRequest(http.MethodHead, "/inbox", nil)}
			assert.NoError(t, cachetest.CheckLeaks(test.origin, test.profile, requests, test.as("alice"), test.as("bob")))
		})
	}
}

// TestLeaksAreReportedByName is the table of defects for CheckLeaks.
func TestLeaksAreReportedByName(t *testing.T) {
	leaky := cachetest.CloudFront()
	leaky.Forward.Headers = append(leaky.Forward.Headers, "Authorization") // forwarded, and not in the key
	narrow := func(status int, to string) http.Handler {
		return respond(inbox(tenant, policy("max-age=60", "Vary", "X-Tenant"), sameForAll),
			func(_ *http.Request, s int, h http.Header) {
				if s == status {
					h.Set("Vary", to)
				}
			})
	}
	for _, test := range []struct {
		name    string
		origin  http.Handler
		profile cachetest.Profile
		as      func(string) func(*http.Request)
		rules   string
		detail  string // in the report
	}{
		{name: "an authorized answer is public (C117)", rules: "leak-body",
			origin: inbox(user, policy("public, max-age=60"), own), detail: "identity 1 asked before identity 2, fresh"},
		{name: "an authorized answer has s-maxage (C117)", rules: "leak-body",
			origin: inbox(user, policy("s-maxage=60"), own), detail: "identity 2 asked before identity 1, fresh"},
		{name: "one tag for two users (C140)", rules: "leak-body",
			origin: inbox(user, policy("public, no-cache"), sameForAll), detail: "origin said 304"},
		{name: "one tag for two users, found when stale (C140)", rules: "leak-body",
			origin: respond(inbox(user, policy("public, max-age=60", "Vary", "Authorization"), sameForAll),
				func(_ *http.Request, status int, h http.Header) {
					if status == 304 {
						h.Set("Vary", "Accept") // and then everybody's
					}
				}), detail: "freshened"},
		{name: "no Vary (C106)", rules: "leak-body", as: asTenant,
			origin: inbox(tenant, policy("max-age=60"), own), detail: `"for alice" instead of "for bob"`},
		{name: "the 304 has a narrower Vary (C075)", rules: "leak-body", as: asTenant,
			origin: narrow(304, "Accept"), detail: "identity 1 asked before identity 2, freshened"},
		{name: "forwarded and not in the key", rules: "leak-body", profile: leaky,
			origin: inbox(user, policy("max-age=60"), own), detail: "Hit"},
		{name: "a private answer under a minimum lifetime", rules: "leak-body",
			profile: func() cachetest.Profile { p := leaky; p.TTL.Min = 1e9; return p }(),
			origin:  inbox(user, policy("private, no-store"), own), detail: "identity 1 asked before anonymous, fresh"},
		{name: "a browser that changes hands", rules: "leak-body", profile: cachetest.Browser(),
			origin: inbox(user, policy("private, max-age=60"), own), detail: "fresh"},
		{name: "one tag for two users of one browser (C140)", rules: "leak-body", profile: cachetest.Browser(),
			origin: inbox(user, policy("private, no-cache"), sameForAll), detail: "origin said 304"},
		{name: "a cookie for one is stored for all", rules: "leak-field",
			origin: respond(article(), func(_ *http.Request, _ int, h http.Header) {
				h.Set("Set-Cookie", fmt.Sprintf("session=%d", rand.Uint64()))
			}), detail: "the cookie session"},
		{name: "a user's name in a field", rules: "leak-field",
			origin: respondAs(article(), func(r *http.Request, h http.Header) { h.Set("X-User", user(r)) }), detail: "X-User: none instead of alice"},
		{name: "what anybody gets is stored for those who would get more", rules: "leak-body",
			origin: inbox(user, policy("max-age=60"), own), detail: "anonymous asked before identity 1, fresh"},
		{name: "the 401 is stored for those who may read", rules: "leak-status",
			origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "max-age=60")
				if user(r) == "" {
					w.WriteHeader(http.StatusUnauthorized)
				}
			}), detail: "anonymous asked before identity 1, fresh: 401 instead of 200"},
		{name: "a panic", rules: "panic", detail: "the handler panicked: no such user",
			origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("no such user") })},
		{name: "content that is never twice the same", rules: "unsteady", detail: "anonymous gets another answer each time",
			origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, rand.Uint64()) })},
	} {
		t.Run(test.name, func(t *testing.T) {
			as, profile := test.as, test.profile
			if as == nil {
				as = asUser
			}
			if profile.Report.Field == "" && !profile.Private {
				profile = cachetest.RFC9111()
			}
			err := cachetest.CheckLeaks(test.origin, profile, []*http.Request{getRequest("/inbox")}, as("alice"), as("bob"))
			assert.Equal(t, test.rules, strings.Join(brokenRules(t, err), " "), "%v", err)
			assert.ErrorContains(t, err, "GET /inbox")
			assert.ErrorContains(t, err, test.detail)
		})
	}
}

// restricted answers 401 to those without Authorization.
func restricted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user(r) == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// respondAs is respond without the status.
func respondAs(h http.Handler, edit func(*http.Request, http.Header)) http.Handler {
	return respond(h, func(r *http.Request, _ int, h http.Header) { edit(r, h) })
}

func TestCheckLeaksRefusesWhatProvesNothing(t *testing.T) {
	asked := 0
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ })
	requests := []*http.Request{getRequest("/")}
	assert.Error(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests), "no identity")
	assert.Error(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), nil, asUser("alice")), "no request")
	write := httptest.NewRequest(http.MethodPost, "/", nil)
	assert.ErrorContains(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), []*http.Request{write}, asUser("alice")), "POST")
	assert.Zero(t, asked)
}

func TestCheckLeaksLeavesRequestsAlone(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "/inbox", strings.NewReader("untouched"))
	require.NoError(t, err)
	require.NoError(t, cachetest.CheckLeaks(article(), cachetest.CloudFront(), []*http.Request{r}, asUser("alice")))
	assert.Empty(t, r.Header)
	body, _ := io.ReadAll(r.Body)
	assert.Equal(t, "untouched", string(body))
}

func TestCheckLeaksInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := cachetest.CheckLeaks(inbox(user, policy("public, no-cache"), sameForAll), cachetest.RFC9111(),
			[]*http.Request{getRequest("/inbox")}, asUser("alice"))
		assert.Equal(t, []string{"leak-body"}, brokenRules(t, err))
	})
}
