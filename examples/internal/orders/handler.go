package orders

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// Options configures Handler. The zero value is usable: public answers are
// then stored by caches and validated on every use.
type Options struct {
	// MaxAge is the freshness lifetime of the public lists and the report;
	// 0 or less asks caches to validate every time (no-cache).
	MaxAge time.Duration
	// StaleWhileRevalidate is how long after MaxAge a cache may serve its copy
	// while it asks the service in the background (RFC 5861, section 3); 0
	// sends no such directive.
	StaleWhileRevalidate time.Duration
	// StaleIfError is how long after MaxAge a cache may still serve its copy
	// while the service answers with errors (RFC 5861, section 4); 0 sends no
	// such directive.
	StaleIfError time.Duration
	// Revision goes into every entity-tag, see etag.Conditional: a deploy
	// that changes the shape of an answer must change its tag.
	Revision string
	// Users maps bearer tokens to customers; nil means DemoUsers, which a
	// service with real customers must not use.
	Users map[string]string
	// Observe, if not nil, is called after every decision on a precondition.
	Observe func(*http.Request, observe.Event)
	// Log receives the errors of the store; nil means slog.Default.
	Log *slog.Logger
}

// DemoUsers returns the bearer tokens that Handler accepts by default. They are
// public.
func DemoUsers() map[string]string {
	return map[string]string{"leia-token": "Leia", "luke-token": "Luke"}
}

// Handler serves store:
//
//	GET    /api/orders?search=C-3PO  the orders that contain C-3PO
//	POST   /api/orders               places an order: 201, its Location and its entity-tag
//	GET    /api/orders/{id}          one order, with a strong entity-tag
//	PUT    /api/orders/{id}          replaces it; needs If-Match
//	PATCH  /api/orders/{id}          edits it and sends its new entity-tag; needs If-Match
//	DELETE /api/orders/{id}          deletes it; needs If-Match
//	GET    /api/me/orders            the orders of the bearer token's user
//	GET    /api/report               everything by month, customer and item
//
// Errors are small JSON problems (RFC 9457) with "no-store".
func Handler(store Store, o Options) http.Handler {
	s := &service{store: store, users: o.Users, log: o.Log}
	if s.users == nil {
		s.users = DemoUsers()
		s.hint = " This demonstration knows the token leia-token."
	}
	if s.log == nil {
		s.log = slog.Default()
	}

	// The policies: one for each kind of route.
	public := cachecontrol.Policy{Public: true, NoCache: true}
	if o.MaxAge > 0 {
		public = cachecontrol.Policy{
			Public: true, MaxAge: o.MaxAge,
			StaleWhileRevalidate: o.StaleWhileRevalidate, StaleIfError: o.StaleIfError,
		}
	}
	// An editor needs the current order with its current tag, or every PUT
	// after a cache hit would fail: caches store the order and validate it on
	// every use.
	current := cachecontrol.Policy{Public: true, NoCache: true}
	personal := cachecontrol.Policy{Private: true, NoCache: true}
	never := cachecontrol.Policy{NoStore: true}

	// The validators: a version query for each kind of resource.
	common := etag.Conditional{
		Revision: o.Revision,
		Observe:  o.Observe,
		// Behind API Gateway a 304 needs this type, even from an instance that
		// has not yet answered the URL in full.
		ContentType: "application/json",
	}
	list, report, mine, order := common, common, common, common
	list.Provider = etag.Version(s.listVersion)
	report.Provider = etag.Version(s.reportVersion)
	mine.Provider = etag.Version(s.mineVersion)
	mine.Identity = s.user // two users never share a tag
	order.Provider = etag.Version(s.orderVersion)
	guarded := order // the same provider for reads and writes
	guarded.RequirePrecondition = true

	mux := http.NewServeMux()
	mux.Handle("GET /api/orders", public.Wrap(list.Wrap(s.handler(s.list))))
	mux.Handle("POST /api/orders", never.Wrap(order.Wrap(s.handler(s.place)))) // so that place can send the tag of the order
	mux.Handle("GET /api/orders/{id}", current.Wrap(order.Wrap(s.handler(s.get))))
	mux.Handle("PUT /api/orders/{id}", never.Wrap(guarded.Wrap(s.handler(s.edit))))
	mux.Handle("PATCH /api/orders/{id}", never.Wrap(guarded.Wrap(s.handler(s.change))))
	mux.Handle("DELETE /api/orders/{id}", never.Wrap(guarded.Wrap(s.handler(s.remove))))
	// Authentication comes before preconditions (RFC 9110, section 13.2.1): no
	// 304 for a revoked token.
	mux.Handle("GET /api/me/orders", personal.Wrap(s.authenticated(mine.Wrap(s.handler(s.mine)))))
	mux.Handle("GET /api/report", public.Wrap(report.Wrap(s.handler(s.report))))

	// The mux's own 404 and 405 have no Cache-Control, so caches may keep both
	// (RFC 9110, section 15.1); these have no-store.
	mux.Handle("/api/orders", methodNotAllowed("GET, HEAD, POST"))
	mux.Handle("/api/orders/{id}", methodNotAllowed("DELETE, GET, HEAD, PATCH, PUT"))
	mux.Handle("/api/me/orders", methodNotAllowed("GET, HEAD"))
	mux.Handle("/api/report", methodNotAllowed("GET, HEAD"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "There is /api/orders?search=C-3PO, /api/orders/1, /api/me/orders and /api/report.")
	})

	// Writes need no login here, so at least pages of other origins must not
	// make a visitor's browser write.
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusForbidden, "A page of another origin may not write.")
	}))
	return guard.Handler(mux)
}

// service holds what the handlers share.
type service struct {
	store Store
	users map[string]string
	hint  string // for clients without a token
	log   *slog.Logger
}
