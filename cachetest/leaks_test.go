package cachetest_test

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// asUser sets a user's Authorization.
func asUser(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+name) }
}

// alice and bob are two users, and tenants A and B two tenants.
var (
	users   = []cachetest.Identity{{Name: "alice", Set: asUser("alice")}, {Name: "bob", Set: asUser("bob")}}
	tenants = []cachetest.Identity{{Name: "alice", Set: asTenant("alice")}, {Name: "bob", Set: asTenant("bob")}}
)

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
		require.ErrorAs(t, err, &e)
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

// leaks returns the errors of CheckLeaks.
func leaks(t *testing.T, err error) []*cachetest.LeakError {
	t.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not joined: %v", err)
	var all []*cachetest.LeakError
	for _, err := range joined.Unwrap() {
		var e *cachetest.LeakError
		require.ErrorAs(t, err, &e)
		all = append(all, e)
	}
	return all
}

func TestCheckLeaksPassesWhatIsRight(t *testing.T) {
	public := article()
	keyed := cachetest.CloudFront()
	keyed.Key.Headers = []string{"Authorization"}
	for name, test := range map[string]struct {
		origin  http.Handler
		profile cachetest.Profile
		as      []cachetest.Identity
	}{
		"public data":                           {public, cachetest.RFC9111(), users},
		"private data":                          {inbox(user, policy("private, max-age=60"), own), cachetest.RFC9111(), users},
		"Authorization, and nothing about it":   {restricted(inbox(user, policy("max-age=60"), own)), cachetest.RFC9111(), users},
		"shared but revalidated, a tag a user":  {inbox(user, policy("public, no-cache"), own), cachetest.RFC9111(), users},
		"by tenant, with Vary":                  {inbox(tenant, policy("max-age=60", "Vary", "X-Tenant"), own), cachetest.RFC9111(), tenants},
		"by tenant, one tag, with Vary":         {inbox(tenant, policy("max-age=60", "Vary", "X-Tenant"), sameForAll), cachetest.RFC9111(), tenants},
		"CloudFront, which removes the field":   {inbox(user, policy("public, max-age=60"), own), cachetest.CloudFront(), users},
		"CloudFront, with the field in the key": {inbox(user, policy("public, max-age=60"), own), keyed, users},
		"Cloudflare and a private answer":       {inbox(user, policy("private, max-age=60"), own), cachetest.Cloudflare(), users},
		"by language, with Vary":                {inbox(language, policy("max-age=60", "Vary", "Accept-Language"), own), cachetest.RFC9111(), users},
		"a request id for each answer": {respond(public, func(_ *http.Request, _ int, h http.Header) {
			h.Set("X-Request-Id", fmt.Sprint(rand.Uint64()))
		}), cachetest.RFC9111(), users},
	} {
		t.Run(name, func(t *testing.T) {
			requests := []*http.Request{getRequest("/inbox?page=1"), httptest.NewRequest(http.MethodHead, "/inbox", nil)}
			assert.NoError(t, cachetest.CheckLeaks(test.origin, test.profile, requests, test.as...))
		})
	}
}

func language(r *http.Request) string { return r.Header.Get("Accept-Language") }

// TestLeaksAreReportedByCause is the table of defects for CheckLeaks.
func TestLeaksAreReportedByCause(t *testing.T) {
	leaky := cachetest.CloudFront()
	leaky.Forward.Headers = append(leaky.Forward.Headers, "Authorization") // forwarded, and not in the key
	keeping := leaky
	keeping.TTL.Min = time.Nanosecond
	forwarding := cachetest.CloudFront()
	forwarding.Forward.Headers = append(forwarding.Forward.Headers, "Accept-Language")
	stale := cachetest.RFC9111()
	stale.Errors.Stale = cachetest.StaleUnlessForbidden
	stale.TTL.Min = time.Nanosecond
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
		profile cachetest.Profile // RFC9111 if it has no name
		as      []cachetest.Identity
		want    cachetest.LeakError // the fields that are set
		cause   string              // in the cause
	}{
		{name: "an authorized answer is public (C117)", origin: inbox(user, policy("public, max-age=60"), own),
			want:  cachetest.LeakError{A: "anonymous", B: "alice", Pairs: 6, Way: cachetest.LeakFresh, What: "body", Fields: []string{"Authorization"}},
			cause: "Cache-Control: public, max-age=60 lets the cache share a response that depends on Authorization: send private or no-store"},
		{name: "an authorized answer has s-maxage (C117)", origin: inbox(user, policy("s-maxage=60"), own),
			want:  cachetest.LeakError{Pairs: 6, Way: cachetest.LeakFresh, What: "body"},
			cause: "Cache-Control: s-maxage=60 lets the cache share"},
		{name: "one tag for two users (C140)", origin: inbox(user, policy("public, no-cache"), sameForAll),
			want:  cachetest.LeakError{Pairs: 6, Way: cachetest.LeakFresh, What: "body"},
			cause: `the origin answers 304 to the tag "7" whoever asks: the entity-tag must depend on Authorization`},
		{name: "the 304 forgets Vary: Authorization (C140)",
			origin: respond(inbox(user, policy("public, max-age=60", "Vary", "Authorization"), sameForAll),
				func(_ *http.Request, status int, h http.Header) {
					if status == 304 {
						h.Set("Vary", "Accept") // and then everybody's
					}
				}),
			want:  cachetest.LeakError{Way: cachetest.LeakFreshened, What: "body"},
			cause: "the 304 has Vary: Accept, the 200 has Vary: Authorization"},
		{name: "no Vary (C106)", as: tenants, origin: inbox(tenant, policy("max-age=60"), own),
			want:  cachetest.LeakError{Pairs: 6, Way: cachetest.LeakFresh, Fields: []string{"X-Tenant"}},
			cause: "Vary: none does not name X-Tenant, on which the answer depends"},
		{name: "the 304 has a narrower Vary (C075)", as: tenants, origin: narrow(304, "Accept"),
			want:  cachetest.LeakError{Pairs: 6, Way: cachetest.LeakFreshened},
			cause: "the 304 has Vary: Accept, the 200 has Vary: X-Tenant: the 304 must repeat the Vary of the 200"},
		{name: "forwarded and not in the key", profile: leaky, origin: inbox(user, policy("max-age=60"), own),
			want:  cachetest.LeakError{Pairs: 6, Way: cachetest.LeakFresh, Fields: []string{"Authorization"}},
			cause: "the cache ignores Vary, its key lacks Authorization"},
		{name: "a private answer under a minimum lifetime", profile: func() cachetest.Profile { p := leaky; p.TTL.Min = 1e9; return p }(),
			origin: inbox(user, policy("private, no-store"), own),
			want:   cachetest.LeakError{Pairs: 6, Way: cachetest.LeakFresh},
			cause:  "the cache keeps the response although it has Cache-Control: private, no-store (TTL.Min is 1s), and its key lacks Authorization"},
		{name: "a browser that changes hands", profile: cachetest.Browser(), origin: inbox(user, policy("private, max-age=60"), own),
			want:  cachetest.LeakError{Way: cachetest.LeakFresh},
			cause: "Cache-Control: private, max-age=60 lets a browser that changes hands use a response that depends on Authorization: send no-store, or no-cache with an entity-tag"},
		{name: "one tag for two users of one browser (C140)", profile: cachetest.Browser(),
			origin: inbox(user, policy("private, no-cache"), sameForAll),
			want:   cachetest.LeakError{Way: cachetest.LeakFresh},
			cause:  `the origin answers 304 to the tag "7"`},
		{name: "a cookie for one is stored for all",
			origin: respond(article(), func(_ *http.Request, _ int, h http.Header) {
				h.Set("Set-Cookie", fmt.Sprintf("session=%d", rand.Uint64()))
			}),
			want:  cachetest.LeakError{Way: cachetest.LeakFresh, What: "Set-Cookie", Detail: "the cookie session that was set for the other"},
			cause: "Cache-Control: public, max-age=100 lets the cache store a response with Set-Cookie"},
		{name: "a user's name in a field", origin: respondAs(article(), func(r *http.Request, h http.Header) { h.Set("X-User", user(r)) }),
			want:  cachetest.LeakError{What: "X-User", Detail: "none instead of alice"},
			cause: "lets the cache share"},
		{name: "what anybody gets is stored for those who would get more", origin: inbox(user, policy("max-age=60"), own),
			want:  cachetest.LeakError{A: "anonymous", B: "alice", Pairs: 2},
			cause: "depends on Authorization"},
		{name: "the 401 is stored for those who may read",
			origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "max-age=60")
				if user(r) == "" {
					w.WriteHeader(http.StatusUnauthorized)
				}
			}),
			want:  cachetest.LeakError{A: "anonymous", B: "alice", What: "status", Detail: "401 instead of 200"},
			cause: "depends on Authorization"},
		{name: "S6: by language, and a cache that ignores Vary", profile: forwarding,
			origin: inbox(language, policy("max-age=60", "Vary", "Accept-Language"), own),
			want:   cachetest.LeakError{What: "body", Fields: []string{"Accept-Language"}},
			cause:  "the cache ignores Vary, its key lacks Accept-Language"},
	} {
		t.Run(test.name, func(t *testing.T) {
			as, profile := test.as, test.profile
			if as == nil {
				as = users
			}
			if profile.Name == "" {
				profile = cachetest.RFC9111()
			}
			request := getRequest("/inbox")
			err := cachetest.CheckLeaks(test.origin, profile, []*http.Request{request}, as...)
			found := leaks(t, err)
			require.Len(t, found, 1, "one error for one cause: %v", err)
			got := found[0]
			assert.Contains(t, got.Cause, test.cause)
			assert.Same(t, request, got.Request)
			assert.Equal(t, "/inbox", got.Exchange.Target)
			assert.ErrorContains(t, got, "cachetest: leak: GET /inbox: "+got.B+" gets the ")
			assert.ErrorContains(t, got, got.Cause)
			for _, field := range []struct{ got, want any }{
				{got.A, test.want.A}, {got.B, test.want.B}, {got.Pairs, test.want.Pairs}, {got.Way, test.want.Way},
				{got.What, test.want.What}, {got.Detail, test.want.Detail}, {got.Fields, test.want.Fields},
			} {
				if !reflect.ValueOf(field.want).IsZero() {
					assert.Equal(t, field.want, field.got)
				}
			}
		})
	}
}

// CF1: a cache that serves stale responses while the origin fails keeps one
// user's for another, although each request is revalidated otherwise.
func TestLeaksWhileTheOriginFails(t *testing.T) {
	careless := cachetest.RFC9111()
	careless.Errors.Stale = cachetest.StaleUnlessForbidden
	careless.Store.IgnoreAuthorization = true
	origin := inbox(user, policy("max-age=60"), own)
	assert.Empty(t, leaks(t, cachetest.CheckLeaks(restricted(origin), cachetest.RFC9111(), []*http.Request{getRequest("/inbox")}, users...)))
	found := leaks(t, cachetest.CheckLeaks(restricted(respond(origin, func(_ *http.Request, _ int, h http.Header) {
		h.Set("Cache-Control", "max-age=0")
	})), careless, []*http.Request{getRequest("/inbox")}, users...))
	require.Len(t, found, 1)
	assert.Equal(t, cachetest.LeakFailing, found[0].Way)
	assert.Equal(t, "alice", found[0].A)
}

func TestWhatCannotBeCompared(t *testing.T) {
	for _, test := range []struct {
		rule, detail string
		origin       http.Handler
		profile      cachetest.Profile
	}{
		{"panic", "anonymous: ", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no such user") }), cachetest.RFC9111()},
		{"unsteady", "anonymous gets another answer each time",
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, rand.Uint64()) }), cachetest.RFC9111()},
		{"status", "no identity gets a 2xx through this cache (anonymous 401, alice 401, bob 401): the check proves nothing",
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }), cachetest.RFC9111()},
		{"status", "alice 401", restricted(article()), cachetest.CloudFront()}, // which removes Authorization
	} {
		err := cachetest.CheckLeaks(test.origin, test.profile, []*http.Request{getRequest("/inbox")}, users...)
		assert.Equal(t, test.rule, strings.Join(brokenRules(t, err)[:1], " "))
		assert.ErrorContains(t, err, test.detail)
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
	assert.Error(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), nil, users[0]), "no request")
	write := httptest.NewRequest(http.MethodPost, "/", nil)
	assert.ErrorContains(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), []*http.Request{write}, users[0]), "POST")
	assert.Zero(t, asked)
}

func TestCheckLeaksLeavesRequestsAlone(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, "/inbox", strings.NewReader("untouched"))
	require.NoError(t, err)
	require.NoError(t, cachetest.CheckLeaks(article(), cachetest.CloudFront(), []*http.Request{r}, users[0]))
	assert.Empty(t, r.Header)
	body, _ := io.ReadAll(r.Body)
	assert.Equal(t, "untouched", string(body))
}

func TestCheckLeaksInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := cachetest.CheckLeaks(inbox(user, policy("public, no-cache"), sameForAll), cachetest.RFC9111(),
			[]*http.Request{getRequest("/inbox")}, users[0])
		assert.Len(t, leaks(t, err), 1)
	})
}
