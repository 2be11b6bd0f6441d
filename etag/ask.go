package etag

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
)

// ask asks the provider, once a request.
func (m *middleware) ask(r *http.Request, st *state) (err error) {
	defer m.caught(r, &err)
	if m.c.ProviderTimeout > 0 {
		var cancel context.CancelFunc
		r, cancel = m.withDeadline(r)
		defer cancel()
	}
	switch p := m.c.Provider.(type) {
	case BodyHash:
		st.kind, st.body = fromBody, &m.hash
	case ProviderFunc:
		st.Validators, err = p(r)
		st.took()
	case builtin:
		*st, err = p(r)
	case timed:
		*st, err = p(r)
	default:
		st.Validators, err = p.Validators(r)
		st.took()
	}
	switch {
	case err == nil:
	case errors.Is(err, ErrAbsent):
		*st, err = state{Validators: Absent()}, nil
	default:
		*st = state{}
	}
	return err
}

func (m *middleware) withDeadline(r *http.Request) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), m.c.ProviderTimeout)
	return r.WithContext(ctx), cancel
}

// caught turns the provider's panic into an error. The server's log gets the
// stack, since nobody else will see it.
func (m *middleware) caught(r *http.Request, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("etag: the provider panicked: %v", p)
		logf(r, "%v\n%s", *err, debug.Stack())
	}
}
