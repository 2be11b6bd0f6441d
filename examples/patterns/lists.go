package patterns

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Lists serves two public lists that are read far more often than written.
//
// GET /countries hardly ever changes. Its freshness lifetime is a day, and its
// tag is that of the build, which contains the data.
//
// GET /articles changes by the minute. Its freshness lifetime is short, and its
// tag comes from a count and a time, so that validation costs an index lookup.
// While the edge validates, clients get the stale list; if the origin fails,
// they get it for an hour.
//
// In a program, revision is etag.BuildRevision().
func Lists(store *Store, revision string) http.Handler {
	stable := cachecontrol.Policy{Public: true, MaxAge: 24 * time.Hour, StaleIfError: 7 * 24 * time.Hour}
	changing := cachecontrol.Policy{Public: true, MaxAge: 10 * time.Second, StaleWhileRevalidate: 30 * time.Second, StaleIfError: time.Hour}

	countries := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) {
		return revision, nil
	}), Revision: etag.NoRevision} // the version is the build already
	articles := etag.Conditional{
		Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) {
			count, latest := store.Version("")
			return count, latest, nil
		}),
		Revision: revision, // a deploy may change what an article looks like
	}

	mux := http.NewServeMux()
	mux.Handle("GET /countries", stable.Wrap(countries.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, []string{"Alderaan", "Naboo", "Tatooine"})
	}))))
	mux.Handle("GET /articles", changing.Wrap(articles.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeList(w, store.Find(""))
	}))))
	return mux
}
