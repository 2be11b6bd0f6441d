package orders

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/freshen-go/freshen/etag"
)

// handler is a handler whose errors become problems. h must not have written
// anything when it returns one.
func (s *service) handler(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		var bad badRequest
		switch {
		case err == nil:
		case errors.As(err, &bad):
			problem(w, bad.status, bad.detail)
		case errors.Is(err, ErrConflict):
			etag.PreconditionFailed(w, r)
		case errors.Is(err, ErrNotFound):
			problem(w, http.StatusNotFound, "There is no such order.")
		case errors.Is(err, ErrReadOnly):
			problem(w, http.StatusNotImplemented, "These orders are read-only: there is no database behind them.")
		default:
			if !errors.Is(err, context.Canceled) {
				s.log.ErrorContext(r.Context(), "orders: request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			}
			// The client learns that it failed, not how.
			problem(w, http.StatusInternalServerError, "The orders cannot be reached. Try again later.")
		}
	})
}

func methodNotAllowed(allow string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		problem(w, http.StatusMethodNotAllowed, "This resource takes "+allow+".")
	})
}

// problem writes a problem detail (RFC 9457) that no cache keeps.
func problem(w http.ResponseWriter, status int, detail string) {
	body, err := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
	if err != nil {
		panic(err) // two strings and a number
	}
	body = append(body, '\n')
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}
