package patterns

import (
	"net/http"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Region serves GET /articles in one of several regions, from the region's
// replica of the table. A client or an edge that moves from one region to
// another still gets 304s if all regions generate the same tag for the same
// rows.
//
// So the tag comes from replicated data (the count and the times of the rows)
// and from revision: deploy the same build everywhere. Nothing of the region
// goes into the tag: no clock, no host name, no counter in memory, no sequence
// that each database generates by itself.
//
// A replica that lags serves an older list under the tag of that list, which is
// never wrong for longer than the lag. A region must not read the version from
// one replica and the rows from another.
func Region(replica *Store, revision string) http.Handler {
	// A failover takes minutes; meanwhile the edge serves its stale copy.
	policy := cachecontrol.Policy{Public: true, MaxAge: 30 * time.Second, StaleIfError: time.Hour}
	articles := etag.Conditional{
		Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) {
			count, latest := replica.Version("")
			return count, latest, nil
		}),
		Revision: revision,
		// A row arrives later in other regions than in the one where it was
		// written. The window must be longer than the lag; otherwise a version
		// counts as settled before older rows have arrived.
		SettleWindow: 5 * time.Second,
	}
	mux := http.NewServeMux()
	mux.Handle("GET /articles", policy.Wrap(articles.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeList(w, replica.Find(""))
	}))))
	return mux
}
