package cachetest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An Outcome says what the cache did with a request.
type Outcome string

// The outcomes. Where the origin was not asked, [Exchange.Origin] is 0.
const (
	Miss        Outcome = "Miss"        // nothing stored could be used; the origin answered
	Hit         Outcome = "Hit"         // a fresh stored response; the origin was not asked
	Revalidated Outcome = "Revalidated" // a stored response that the origin confirmed with a 304
	Changed     Outcome = "Changed"     // a stored response could not be used any more, the origin sent another
	Updating    Outcome = "Updating"    // a stale response, while it is refreshed in the background
	Stale       Outcome = "Stale"       // a stale response, since the client or an error allows it
	Bypass      Outcome = "Bypass"      // the request or the response does not permit caching
	Pass        Outcome = "Pass"        // a method or a path that the profile does not cache
	Unsatisfied Outcome = "Unsatisfied" // only-if-cached, and nothing to serve: 504
	Failed      Outcome = "Failed"      // the origin did not answer, and nothing may be served in its place
	Refused     Outcome = "Refused"     // a request that the profile does not allow: 403
)

// An Exchange is one request and what became of it: a line of [Cache.Log].
//
// Its header maps are shared with the cache's log: read them, do not change
// them.
type Exchange struct {
	Cache      string        // the Name of the profile
	Time       time.Time     // when the request arrived
	Duration   time.Duration // until the response was complete
	Background bool          // a refresh by the cache itself; no client waited for it

	Method  string
	Target  string      // path and query, as requested
	Host    string      // "example.com"
	Request http.Header // as the client sent it

	Outcome Outcome
	Status  int         // what the client got
	Header  http.Header // likewise
	Bytes   int         // length of the content that the client got
	Age     time.Duration
	Why     string // "stale for 10 s; origin said 304"

	Origin         int           // the origin's status; 0: it was not asked, or gave no answer
	OriginFailure  string        // why it gave no answer
	OriginTime     time.Duration // how long it took
	OriginBytes    int           // length of its content
	OriginRequest  http.Header   // as the origin got it; nil: it was not asked
	OriginResponse http.Header   // as the origin sent it

	moment moment
}

// Asked reports whether the origin was asked.
func (e Exchange) Asked() bool { return e.OriginRequest != nil }

// String is one line: "GET /api/orders 200 Hit, age 10 s: fresh for another 90 s".
func (e Exchange) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d %s", e.Method, e.Target, e.Status, e.Outcome)
	if e.Background {
		b.WriteString(" (background)")
	}
	if e.Age > 0 {
		fmt.Fprintf(&b, ", age %s", inSeconds(e.Age))
	}
	if e.Why != "" {
		b.WriteString(": ")
		b.WriteString(e.Why)
	}
	return b.String()
}

// inSeconds writes d in whole seconds, as the fields of HTTP do: "10 s".
func inSeconds(d time.Duration) string { return fmt.Sprintf("%d s", int64(d/time.Second)) }
