package orders

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/freshen-go/freshen/etag"
)

// The version queries: each is asked before the handler, and instead of it
// where the client's tag still matches.

func (s *service) listVersion(r *http.Request) (string, error) {
	q, err := listQuery(r)
	if err != nil {
		return "", etag.ErrAbsent // the handler answers 400
	}
	return s.store.ListVersion(r.Context(), q)
}

func (s *service) reportVersion(r *http.Request) (string, error) {
	return s.store.ListVersion(r.Context(), Query{})
}

func (s *service) mineVersion(r *http.Request) (string, error) {
	return s.store.ListVersion(r.Context(), Query{Customer: s.user(r)})
}

// confirm states the version of the body: the handler read both in one
// snapshot.
func confirm(w http.ResponseWriter, version string) {
	etag.Confirm(w, etag.Validators{Tag: etag.Strong(version)})
}

func (s *service) orderVersion(r *http.Request) (string, error) {
	id, ok := orderID(r)
	if !ok {
		return "", etag.ErrAbsent
	}
	version, err := s.store.Version(r.Context(), id)
	if errors.Is(err, ErrNotFound) {
		return "", etag.ErrAbsent
	}
	return strconv.FormatInt(version, 10), err
}

// The handlers.

// listing is the answer to a search.
type listing struct {
	Search string  `json:"search"`
	Count  int     `json:"count"`
	Orders []Order `json:"orders"`
}

func (s *service) list(w http.ResponseWriter, r *http.Request) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	return s.writeList(w, r, q, q.Search)
}

func (s *service) mine(w http.ResponseWriter, r *http.Request) error {
	return s.writeList(w, r, Query{Customer: s.user(r)}, "")
}

func (s *service) writeList(w http.ResponseWriter, r *http.Request, q Query, search string) error {
	list, version, err := s.store.List(r.Context(), q)
	if err != nil {
		return err
	}
	confirm(w, version)
	if list == nil {
		list = []Order{} // [] in JSON, not null
	}
	return writeJSON(w, http.StatusOK, listing{search, len(list), list})
}

func (s *service) get(w http.ResponseWriter, r *http.Request) error {
	id, ok := orderID(r)
	if !ok {
		return ErrNotFound
	}
	o, err := s.store.Get(r.Context(), id)
	if err != nil {
		return err
	}
	confirm(w, strconv.FormatInt(o.Version, 10))
	return writeJSON(w, http.StatusOK, o)
}

// reportLine sums up the orders of one month, customer and item.
type reportLine struct {
	Month    string `json:"month"`
	Customer string `json:"customer"`
	Item     string `json:"item"`
	Orders   int    `json:"orders"`
	Quantity int    `json:"quantity"`
}

// report reads every row, sums up and sorts. A version query saves most here.
func (s *service) report(w http.ResponseWriter, r *http.Request) error {
	list, version, err := s.store.List(r.Context(), Query{})
	if err != nil {
		return err
	}
	confirm(w, version)
	type key struct{ month, customer, item string }
	sums := make(map[key]*reportLine)
	for _, o := range list {
		k := key{o.Updated.Format("2006-01"), o.Customer, o.Item}
		line := sums[k]
		if line == nil {
			line = &reportLine{Month: k.month, Customer: k.customer, Item: k.item}
			sums[k] = line
		}
		line.Orders++
		line.Quantity += o.Quantity
	}
	lines := make([]*reportLine, 0, len(sums))
	for _, line := range sums {
		lines = append(lines, line)
	}
	// The order of a map changes from run to run, and would change the bytes.
	slices.SortFunc(lines, func(a, b *reportLine) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Item, b.Item))
	})
	return writeJSON(w, http.StatusOK, struct {
		Orders int           `json:"orders"`
		Lines  []*reportLine `json:"lines"`
	}{len(list), lines})
}

// listQuery reads the search from the URL. A malformed query string is refused,
// because ignoring it would list every order.
func listQuery(r *http.Request) (Query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Query{}, badRequest{http.StatusBadRequest, "The query string is malformed: " + err.Error() + "."}
	}
	return Query{Search: values.Get("search")}, nil
}

func orderID(r *http.Request) (id int64, ok bool) {
	text := r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	// An order has one name: caches would have 01 and +1 under other keys.
	return id, err == nil && strconv.FormatInt(id, 10) == text
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	body = append(body, '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
	return nil
}
