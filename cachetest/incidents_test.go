package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// session is a user who is known by a cookie.
func session(name string) cachetest.Identity {
	return cachetest.Identity{Name: name, Set: func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "session", Value: name}) }}
}

// member is the user of a session, "" for nobody.
func member(r *http.Request) string {
	c, err := r.Cookie("session")
	if err != nil {
		return ""
	}
	return c.Value
}

// answer is a handler with these fields whose content depends on the request.
func answer(content func(*http.Request) string, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		_, _ = io.WriteString(w, content(r))
	})
}

// An edge is a shared cache that forwards cookies and Authorization and does not
// have them in its key.
func edge(change func(*cachetest.Profile)) cachetest.Profile {
	p := cachetest.CloudFront()
	p.Forward.Headers = append(p.Forward.Headers, "Authorization", "Cookie")
	p.Store.HideSetCookie = false
	change(&p)
	return p
}

// TestIncidents replays public incidents in which private data reached others
// through a shared cache. Each is found as it was, with its cause, and nothing is
// found in a repaired form.
func TestIncidents(t *testing.T) {
	users := []cachetest.Identity{session("alice"), session("bob")}
	byToken := []cachetest.Identity{{Name: "alice", Set: asUser("alice")}, {Name: "bob", Set: asUser("bob")}}
	profilePage := func(r *http.Request) string { return "account of " + member(r) }
	api := func(r *http.Request) string { return "data of " + user(r) }
	refreshed := func(vary bool) http.Handler { // a session's cookie is sent again to prolong it
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if vary {
				w.Header().Set("Vary", "Cookie")
			}
			if m := member(r); m != "" {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: m, MaxAge: 3600})
			}
			w.Header().Set("Cache-Control", "max-age=300")
			_, _ = io.WriteString(w, "the same page for everybody")
		})
	}
	blob := func(cookie bool) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=3155695200")
			if m := member(r); cookie && m != "" {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: m})
			}
			_, _ = io.WriteString(w, "an image")
		})
	}
	protected := func(policy string) http.Handler { // a route with a password
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Od-Protected-Token") == "" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Cache-Control", policy)
			_, _ = io.WriteString(w, "protected files")
		})
	}
	prefix := func(path string) *http.Request { return getRequest(path) }

	for _, incident := range []struct {
		name    string
		address string

		broken, repaired      http.Handler
		profile, repairedEdge cachetest.ProfileSource // the second is the first if nil
		request               *http.Request
		identities            []cachetest.Identity
		cause, what           string
	}{
		{
			// A change of configuration put a cache between the app and its backend,
			// and users saw one another's data for half an hour.
			name: "Klarna, 2021", address: "https://www.klarna.com/international/blog/may-27-incident-report/",
			broken: answer(api), repaired: answer(api),
			profile:      edge(func(p *cachetest.Profile) { p.TTL.Default = time.Minute }),
			repairedEdge: edge(func(p *cachetest.Profile) { p.TTL.Default = time.Minute; p.Key.Headers = []string{"Authorization"} }),
			request:      prefix("/app/purchases"), identities: byToken,
			cause: "the cache ignores Vary, its key lacks Authorization", what: "body",
		},
		{
			// Under attack a second set of caching rules kept pages of users who had
			// logged in: account pages, and the front page in other languages.
			name: "Steam, 2015", address: "https://www.pcgamer.com/valve-apologizes-for-steams-troubled-christmas/",
			broken:   answer(profilePage, "Cache-Control", "no-cache"),
			repaired: answer(profilePage, "Cache-Control", "no-cache"),
			profile:  edge(func(p *cachetest.Profile) { p.TTL.Min = 5 * time.Minute }),
			// Afterwards only requests without a session shared an entry.
			repairedEdge: edge(func(p *cachetest.Profile) { p.TTL.Min = 5 * time.Minute; p.Key.Cookies = []string{"session"} }),
			request:      prefix("/account"), identities: users,
			cause: "the cache keeps the response although it has Cache-Control: no-cache (TTL.Min is 5m0s), and its key lacks Cookie session", what: "body",
		},
		{
			// The query went to the origin and was not in the key. Responses without
			// a lifetime are not kept, but requests that came at the same time got
			// one of them.
			name: "Lift, 2021", address: "https://github.com/getlift/lift/issues/144",
			broken:   answer(func(r *http.Request) string { return "account " + r.URL.Query().Get("account") }),
			repaired: answer(func(r *http.Request) string { return "account " + r.URL.Query().Get("account") }),
			profile: edge(func(p *cachetest.Profile) {
				p.Key.Query, p.Forward.Query = nil, []string{"*"}
				p.Forward.NoCollapseWithCookies = false
			}),
			repairedEdge: edge(func(p *cachetest.Profile) { p.Forward.NoCollapseWithCookies = false }),
			request:      prefix("/account"),
			identities: []cachetest.Identity{
				{Name: "account 1", Set: func(r *http.Request) { r.URL.RawQuery = "account=1" }},
				{Name: "account 2", Set: func(r *http.Request) { r.URL.RawQuery = "account=2" }},
			},
			cause: "the cache gives concurrent requests with the same key one response, its key lacks the URL", what: "body",
		},
		{
			// A platform switched its CDN on for domains that had not asked for it.
			// Responses without Cache-Control and Set-Cookie were stored.
			name: "Railway, 2026", address: "https://blog.railway.com/p/incident-report-march-30-2026-accidental-cdn-caching",
			broken: answer(api), repaired: answer(api, "Cache-Control", "private, no-store"),
			profile: edge(func(p *cachetest.Profile) { p.TTL.Default = time.Hour; p.Store.BypassSetCookie = true }),
			request: prefix("/dashboard"), identities: byToken,
			cause: "Cache-Control: none lets it store the response", what: "body",
		},
		{
			// The framework sent a session's cookie again without Vary: Cookie,
			// unless the page had read the session.
			name: "Flask, CVE-2023-30861", address: "https://github.com/pallets/flask/security/advisories/GHSA-m2qf-hxjv-5gpq",
			broken: refreshed(false), repaired: refreshed(true), profile: cachetest.RFC9111(),
			request: prefix("/"), identities: users,
			cause: "lets the cache store a response with Set-Cookie", what: "Set-Cookie",
		},
		{
			// Stored files were sent with Cache-Control: public and the session's
			// cookie.
			name: "Rails Active Storage, CVE-2024-26144", address: "https://github.com/advisories/GHSA-8h22-8cf7-hq6g",
			broken: blob(true), repaired: blob(false), profile: cachetest.RFC9111(),
			request: prefix("/rails/active_storage/blobs/1"), identities: users,
			cause: "Cache-Control: public, max-age=3155695200 lets the cache store a response with Set-Cookie", what: "Set-Cookie",
		},
		{
			// The cache of an image optimizer forwarded cookies to the image's route
			// and did not have them in its key.
			name: "Next.js images, CVE-2025-57752", address: "https://github.com/advisories/GHSA-g5qg-72qw-gw5v",
			broken:       answer(func(r *http.Request) string { return "the photograph of " + member(r) }, "Cache-Control", "max-age=60"),
			repaired:     answer(func(r *http.Request) string { return "the photograph of " + member(r) }, "Cache-Control", "max-age=60"),
			profile:      edge(func(p *cachetest.Profile) {}),
			repairedEdge: cachetest.CloudFront(), // cookies no longer reach the image's route
			request:      prefix("/_next/image?url=/api/photo&w=640"), identities: users,
			cause: "its key lacks Cookie session", what: "body",
		},
		{
			// A middleware set public and s-maxage on every path of the API, those of
			// the signed-in user among them.
			name: "spire-codex", address: "https://github.com/ptrlrd/spire-codex/pull/399",
			broken:   answer(api, "Cache-Control", "public, max-age=300, s-maxage=3600"),
			repaired: answer(api, "Cache-Control", "private, no-store"),
			profile:  cachetest.RFC9111(),
			request:  prefix("/api/auth/me"), identities: byToken,
			cause: "Cache-Control: public, max-age=300, s-maxage=3600 lets the cache share a response that depends on Authorization", what: "body",
		},
		{
			// A public page showed the name of whoever had looked at it first.
			name: "Packagist", address: "https://github.com/composer/packagist/pull/1351",
			broken:   answer(func(r *http.Request) string { return "statistics, signed in as " + member(r) }, "Cache-Control", "public, s-maxage=3600"),
			repaired: answer(func(r *http.Request) string { return "statistics, signed in as " + member(r) }, "Cache-Control", "private"),
			profile:  cachetest.RFC9111(),
			request:  prefix("/php-statistics"), identities: users,
			cause: "lets the cache share a response that depends on Cookie session", what: "body",
		},
		{
			// Files behind a password were stored by the CDN once somebody had typed
			// the password.
			name: "onedrive-vercel-index", address: "https://github.com/spencerwooo/onedrive-vercel-index/issues/425",
			broken: protected("max-age=0, s-maxage=60, stale-while-revalidate"), repaired: protected("no-cache, no-store, private"),
			profile: cachetest.RFC9111(),
			request: prefix("/api?path=/private"),
			identities: []cachetest.Identity{{Name: "who has the password", Set: func(r *http.Request) {
				r.Header.Set("Od-Protected-Token", "hash")
			}}},
			cause: "Vary: none does not name Od-Protected-Token", what: "status",
		},
	} {
		t.Run(incident.name, func(t *testing.T) {
			assert.True(t, strings.HasPrefix(incident.address, "https://"))
			requests := []*http.Request{incident.request}
			found := leaks(t, cachetest.CheckLeaks(incident.broken, incident.profile, requests, incident.identities...))
			require.NotEmpty(t, found, "not found")
			var causes []string
			for _, e := range found {
				causes = append(causes, e.Error())
			}
			assert.Contains(t, fmt.Sprint(causes), incident.cause)
			assert.Equal(t, incident.what, found[0].What)

			repaired := incident.repairedEdge
			if repaired == nil {
				repaired = incident.profile
			}
			assert.NoError(t, cachetest.CheckLeaks(incident.repaired, repaired, requests, incident.identities...), "a false alarm")
		})
	}
}
