package patterns

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Search serves GET /search?q=. The query string belongs in the CDN's key,
// and everything in it then makes another copy: ?q=R2&utm_source=mail, ?q=r2 and
// ?q=R2 are three. So requests in any other than the canonical form are
// redirected to it, and the redirect is kept for a day. A query string that
// cannot be read has no canonical form: 400, which nobody keeps.
//
// The version is of what the search finds, not of the whole table: a new
// article invalidates only the searches that find it.
//
// revision is etag.BuildRevision() in a program.
func Search(store *Store, revision string) http.Handler {
	policy := cachecontrol.Rules{
		Policy: cachecontrol.Policy{Public: true, MaxAge: 100 * time.Second},
		// The policy makes 200s fresh; other statuses are named.
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
		writeJSON(w, store.Find(r.URL.Query().Get("q")))
	}))

	mux := http.NewServeMux()
	// The redirect goes outside the validator: a request in another form has no
	// representation of its own, so it has no tag either.
	mux.Handle("GET /search", policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			http.Error(w, "The query string is malformed.", http.StatusBadRequest)
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

// canonicalSearch keeps the one parameter that counts, in the one case that the
// search compares in.
func canonicalSearch(query url.Values) string {
	return url.Values{"q": {strings.ToLower(strings.TrimSpace(query.Get("q")))}}.Encode()
}
