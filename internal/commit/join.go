package commit

import (
	"net/http"

	"github.com/freshen-go/freshen/internal/field"
)

// Join lets a middleware directly inside decide on the response of w with a hook,
// before the Hook of w does: it needs no Writer of its own. It reports false if
// the response has been decided, has ended, or is joined already. The hook must
// return Pass.
//
// The middleware calls Leave when its handler has returned or panicked: what is
// written later is not its response, but that of a layer in between which has not
// wrapped w.
func (w *Writer) Join(hook Hook) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.joined != nil || w.status != 0 || w.hijacked || w.returned || w.closed.Load() {
		return false
	}
	w.joined = hook
	return true
}

// Leave ends what Join has begun. If the handler has returned, and has described
// a response that the server writes when all have returned, the hook decides on
// that.
func (w *Writer) Leave(returned bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	hook := w.joined
	w.joined = nil
	if returned && w.status == 0 && !w.hijacked && w.describesContent() {
		// The status stays open, for a layer in between.
		w.fields = field.Fold(w.rw.Header())
		hook.Commit(http.StatusOK)
	}
}

// joiner returns the hook that has joined w, nil if there is none.
func (w *Writer) joiner() Hook {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.joined
}
