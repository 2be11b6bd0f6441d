package orders

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshen-go/freshen/etag"
)

func (s *service) place(w http.ResponseWriter, r *http.Request) error {
	o, err := readOrder(w, r)
	if err != nil {
		return err
	}
	if o, err = s.store.Create(r.Context(), o); err != nil {
		return err
	}
	w.Header().Set("Location", "/api/orders/"+strconv.FormatInt(o.ID, 10))
	wrote(w, r, o) // the validator on a 201 is that of the new order (RFC 9110, section 15.3.2)
	return writeJSON(w, http.StatusCreated, o)
}

// wrote sets the entity-tag of an order that was written, so that the client can
// edit it again without a GET in between.
func wrote(w http.ResponseWriter, r *http.Request, o Order) {
	etag.Wrote(w, r, etag.Validators{Tag: etag.Strong(strconv.FormatInt(o.Version, 10))})
}

// edit runs after If-Match has matched. Another request may come between that
// check and the write, so the write itself checks the version again.
func (s *service) edit(w http.ResponseWriter, r *http.Request) error {
	id, version, err := verified(r)
	if err != nil {
		return err
	}
	o, err := readOrder(w, r)
	if err != nil {
		return err
	}
	o.ID = id
	if o, err = s.store.Update(r.Context(), o, version); err != nil {
		return err
	}
	// No ETag here: the order is not stored as it was sent, since it has a version
	// and a time besides (RFC 9110, section 9.3.4). The answer to a PATCH has one.
	return writeJSON(w, http.StatusOK, o)
}

// change edits what the request names (RFC 7396), and answers with the tag for
// the next edit.
func (s *service) change(w http.ResponseWriter, r *http.Request) error {
	id, version, err := verified(r)
	if err != nil {
		return err
	}
	o, err := s.store.Get(r.Context(), id)
	if err != nil {
		return err
	}
	if o, err = readChange(w, r, o); err != nil {
		return err
	}
	if o, err = s.store.Update(r.Context(), o, version); err != nil {
		return err
	}
	wrote(w, r, o)
	return writeJSON(w, http.StatusOK, o)
}

func (s *service) remove(w http.ResponseWriter, r *http.Request) error {
	id, version, err := verified(r)
	if err != nil {
		return err
	}
	if err := s.store.Delete(r.Context(), id, version); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// verified returns the order and the version that the precondition was
// evaluated against.
func verified(r *http.Request) (id, version int64, err error) {
	id, ok := orderID(r)
	v, found := etag.FromContext(r.Context())
	if !ok || !found || v.Tag.IsZero() {
		// "If-None-Match: *" held: there is no such order, and a client
		// does not choose the IDs.
		return 0, 0, ErrNotFound
	}
	version, err = strconv.ParseInt(v.Tag.Opaque(), 10, 64)
	return id, version, err
}

// badRequest is an error of the client, with the status to answer.
type badRequest struct {
	status int
	detail string
}

func (b badRequest) Error() string { return b.detail }

const (
	maxBody = 64 << 10 // bytes of a request
	maxText = 100      // characters of a customer or an item
)

// An input is what a client may write. Other members are ignored, so that a
// client may send back an order that it got.
type input struct {
	Customer *string `json:"customer"`
	Item     *string `json:"item"`
	Quantity *int    `json:"quantity"`
}

func readOrder(w http.ResponseWriter, r *http.Request) (Order, error) {
	return read(w, r, "application/json", Order{}, input{})
}

// readChange returns o with the members that the request has.
func readChange(w http.ResponseWriter, r *http.Request, o Order) (Order, error) {
	return read(w, r, "application/merge-patch+json", o, input{&o.Customer, &o.Item, &o.Quantity})
}

func read(w http.ResponseWriter, r *http.Request, mediaType string, o Order, input input) (_ Order, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != mediaType {
		return o, badRequest{http.StatusUnsupportedMediaType, "The body has to be " + mediaType + "."}
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err = body.Decode(&input); err == nil {
		if _, err = body.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("there is more after it")
		}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return o, badRequest{http.StatusRequestEntityTooLarge, fmt.Sprintf("An order has at most %d bytes.", maxBody)}
	case err != nil:
		return o, badRequest{http.StatusBadRequest, "The body is not one JSON order: " + reason(err) + "."}
	case input.Customer == nil, !isName(*input.Customer), input.Item == nil, !isName(*input.Item):
		return o, badRequest{http.StatusUnprocessableEntity, fmt.Sprintf("customer and item are text of 1 to %d characters.", maxText)}
	case input.Quantity == nil, *input.Quantity < 1, *input.Quantity > 999:
		return o, badRequest{http.StatusUnprocessableEntity, "quantity is 1 to 999."}
	}
	o.Customer, o.Item, o.Quantity = *input.Customer, *input.Item, *input.Quantity
	return o, nil
}

// reason describes what is wrong with a JSON text, in terms of JSON: the texts
// of encoding/json name Go's types.
func reason(err error) string {
	var wrongType *json.UnmarshalTypeError
	if !errors.As(err, &wrongType) {
		return err.Error()
	}
	if wrongType.Field == "" {
		return "it is of the type " + wrongType.Value + ", want an object"
	}
	want := "a string"
	if wrongType.Type.Kind() == reflect.Int {
		want = "an integer"
	}
	return wrongType.Field + " is of the type " + wrongType.Value + ", want " + want
}

func isName(s string) bool {
	return strings.TrimSpace(s) != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxText &&
		strings.IndexFunc(s, unicode.IsControl) < 0
}
