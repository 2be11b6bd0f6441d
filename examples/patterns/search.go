package patterns

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Search serves GET /search?q=. The query string must be in the CDN's key, and
// each spelling is then another copy: ?q=R2&utm_source=mail, ?q=r2 and ?q=R2 are
// three. So a request whose query string is not canonical is redirected to the
// canonical one, and caches keep the redirect for a day. A malformed query
// string gets a 400 with no-store.
//
// The version covers what the search finds, not the whole table: a new article
// changes only the tags of searches that find it.
//
// In a program, revision is etag.BuildRevision().
func Search(store *Store, revision string) http.Handler {
	policy := cachecontrol.Rules{
		Policy: cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second},
		// Policy makes the 200 fresh; every other status needs its own.
		ByStatus: map[int]cachecontrol.Policy{
			http.StatusPermanentRedirect: {Public: true, MaxAge: 24 * time.Hour},
		},
	}
	found := etag.Conditional{
		Provider: etag.Collection(func(r *http.Request) (int64, time.Time, error) {
			count, latest := store.Version(r.URL.Query().Get("q"))
			return count, latest, nil
		}),
		Revision: revision, // a deploy may change what an article looks like
	}
	search := found.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeList(w, store.Find(r.URL.Query().Get("q")))
	}))

	mux := http.NewServeMux()
	// The redirect is outside the validator: a URL that is not canonical has no
	// representation, so it has no tag either.
	mux.Handle("GET /search", policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			http.Error(w, "the query string is malformed", http.StatusBadRequest)
			return
		}
		if canonical := canonicalSearch(query); r.URL.RawQuery != canonical {
			http.Redirect(w, r, "/search?"+canonical, http.StatusPermanentRedirect)
			return
		}
		search.ServeHTTP(w, r)
	})))
	return mux
}

// canonicalSearch returns the query string with the one parameter that the
// search reads, in lower case.
func canonicalSearch(query url.Values) string {
	return url.Values{"q": {strings.ToLower(strings.TrimSpace(query.Get("q")))}}.Encode()
}
