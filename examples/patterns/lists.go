package patterns

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Lists serves two public lists that are read far more often than written.
//
// GET /countries hardly ever changes: a long freshness lifetime, so that
// browsers and edge ask once a day, and a tag from the build, since the data is
// in it. GET /articles changes by the minute: a short one, so that nobody sees a
// list older than that, and a tag from a count and a date, so that asking again
// costs an index lookup. While the edge does so, clients get the stale list, and
// if the origin fails they get it for an hour.
//
// revision is etag.BuildRevision() in a program.
func Lists(store *Store, revision string) http.Handler {
	stable := cachecontrol.Policy{Public: true, MaxAge: 24 * time.Hour, StaleIfError: 7 * 24 * time.Hour}
	changing := cachecontrol.Policy{Public: true, MaxAge: 10 * time.Second, StaleWhileRevalidate: 30 * time.Second, StaleIfError: time.Hour}

	countries := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) {
		return revision, nil
	})}
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
		writeJSON(w, store.Find(""))
	}))))
	return mux
}
