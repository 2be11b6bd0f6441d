package patterns

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Region serves GET /articles in one of several regions, over that region's
// replica of the table. A client, or the CDN's edge, that is sent from one to
// another keeps its 304s if all of them give the same tag for the same rows.
//
// So a tag is made of what is replicated, the rows' count and dates, and of
// revision, which is the build's: deploy the same build everywhere. Nothing of
// the region itself goes in: no clock, no host name, no counter in memory, no
// sequence that each database draws for itself.
//
// A replica that lags behind gives an older list under that list's own tag,
// which costs a needless 200 and is never wrong for longer than the lag. What a
// region must not do is to ask one replica for the version and another for the
// rows.
func Region(replica *Store, revision string) http.Handler {
	// A fail-over takes minutes; meanwhile the edge serves what it has.
	policy := cachecontrol.Policy{Public: true, MaxAge: 30 * time.Second, StaleIfError: time.Hour}
	articles := etag.Conditional{
		Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) {
			count, latest := replica.Version("")
			return count, latest, nil
		}),
		Revision: revision,
		// A row is younger in the region where it was written than in the one
		// that gets it later. The window must be longer than the lag, or a
		// version counts as settled while older rows are still on their way.
		SettleWindow: 5 * time.Second,
	}
	mux := http.NewServeMux()
	mux.Handle("GET /articles", policy.Wrap(articles.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, replica.Find(""))
	}))))
	return mux
}
