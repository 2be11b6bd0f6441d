package etag

import (
	"context"
	"net/http"
	"time"
)

// An Answer is the result of a query of [Coalesce] or [Memo]: an opaque
// version, which means what it means to [Version]; a time of modification, as
// in [LastModified]; or [Validators], as in [ProviderFunc].
type Answer interface {
	string | time.Time | Validators
}

// Coalesce returns a [Provider] whose concurrent reads of one key share a
// query, with this guarantee: a caller gets the result of a query that began
// after the caller arrived. So a version that Coalesce returns is never older
// than one that the same caller could have read itself.
//
// The query sees the key and nothing else of the request. Whatever the version
// depends on (the tenant, the path, the search) must be in the key, or the
// query cannot name it. A struct is a good key:
//
//	type list struct{ Tenant, Search string }
//
// For each key, one query runs at a time. A request that arrives while it runs
// waits for the next query, together with all others that arrive meanwhile. A
// request that finds no query running for its key begins one without delay.
// After a query that several requests shared, clients often ask again at once.
// So the next query waits for them while they arrive in quick succession, at
// most for half the duration of the last one. When they do not arrive, it waits
// for a sixteenth at most.
//
// The context of the query belongs to the query. It carries no values and no
// deadline of any request, and it is canceled when no request waits for the
// query any more. The following harm no other request:
//
//   - A request that is canceled, or whose deadline passes, stops waiting and
//     returns the error of its context. The query goes on for the others.
//   - A query that panics or calls runtime.Goexit returns a [*PanicError] to
//     each request that waited for it.
//   - After a query has run for a second, requests do not wait for its end any
//     more: the next query begins beside it. A query that hangs delays other
//     requests by one second at most.
//
// Methods other than GET, HEAD and QUERY do not share queries: a write calls
// query at once, with its own context without the values. Coalesce uses memory
// for the keys of running queries only.
//
// A key that does not equal itself, such as one that holds a NaN, shares
// nothing. Coalesce panics if key or query is nil. The Provider is safe for
// concurrent use if key and query are. Make one Provider per query when the
// program starts; two Providers share nothing.
func Coalesce[K comparable, V Answer](key func(*http.Request) K, query func(context.Context, K) (V, error)) Provider {
	return providerOf(newFlights(key, query), key)
}

// Memo returns a [Provider] like that of [Coalesce] that also keeps each result
// for a while: a caller gets the result of a query that began at most staleness
// before the caller arrived, or after. A change may therefore stay unseen for
// that time, also by the client that made it.
//
// The age of a result counts from the start of its query, so the duration of
// the query is part of the staleness. Before a result expires, single requests
// renew it at random times, which come earlier for slow queries (optimal
// probabilistic early expiration, XFetch). So requests do not wait together
// when it expires. Errors are not kept, except [ErrAbsent]. Unsafe methods do
// not use the memo.
//
// Memo keeps the results of at most 8,192 keys. It panics if staleness is not
// positive.
func Memo[K comparable, V Answer](staleness time.Duration, key func(*http.Request) K, query func(context.Context, K) (V, error)) Provider {
	if staleness <= 0 {
		panic("etag: Memo requires a positive staleness (want one such as time.Second)")
	}
	f := newFlights(key, query)
	f.memo = &memo[K, V]{staleness: staleness}
	return providerOf(f, key)
}

func newFlights[K comparable, V Answer](key func(*http.Request) K, query func(context.Context, K) (V, error)) *flights[K, V] {
	mustQuery(query == nil, "Coalesce or Memo")
	if key == nil {
		panic("etag: Coalesce or Memo requires a key function")
	}
	return &flights[K, V]{query: query, queues: map[K]*queue[K, V]{}}
}

// providerOf returns f as the kind of provider that V stands for.
func providerOf[K comparable, V Answer](f *flights[K, V], key func(*http.Request) K) Provider {
	read := func(r *http.Request) (state, error) {
		if !sharesQueries(r.Method) {
			v, err := f.query(valueless{r.Context()}, key(r))
			return stateOf(v), err
		}
		v, shared, err := f.get(r.Context(), key(r))
		s := stateOf(v)
		s.coalesced = shared
		return s, err
	}
	if _, ok := any(*new(V)).(time.Time); ok {
		return timed(read)
	}
	return builtin(read)
}

func sharesQueries(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, methodQuery, "":
		return true
	}
	return false
}

// stateOf returns the state that Version, LastModified and ProviderFunc make
// of the same answer.
func stateOf[V Answer](v V) (s state) {
	switch v := any(v).(type) {
	case string:
		return state{made: true, tagged: v != "", version: v}
	case time.Time:
		return state{Validators: Validators{LastModified: v, moment: v}, made: true, tagged: !v.IsZero(), weak: true}
	case Validators:
		s = newState(v)
	}
	return s
}

// valueless is a context without its values.
type valueless struct{ context.Context }

func (valueless) Value(any) any { return nil }
