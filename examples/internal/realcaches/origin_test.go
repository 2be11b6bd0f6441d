package realcaches_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/sqlite"
)

// origin is what stands behind each cache: the orders service over SQLite and
// the small handlers of handlers_test.go. It counts what it is asked, what of
// that reaches a handler, and the rows that are read for it.
type origin struct {
	orders.Store
	server *http.Server // for its ErrorLog
	mux    *http.ServeMux

	mu       sync.Mutex
	idle     *sync.Cond
	busy     int // requests that are being served
	answered []int
	ran      int // handlers that ran
	rows     int // rows that were read
	problems []string
	broken   bool // the database is
	hangsUp  bool
	between  func() // called once, after the version of a list was read and before its rows are
	log      bytes.Buffer
}

func newOrigin(t *testing.T) *origin {
	store, err := sqlite.Open(t.Context(), ":memory:")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })

	o := &origin{Store: store, mux: http.NewServeMux()}
	o.idle = sync.NewCond(&o.mu)
	o.server = &http.Server{ErrorLog: log.New(lockedWriter{o}, "", 0)}
	options := orders.Options{MaxAge: lifetime, Revision: "r1", Log: slog.New(slog.DiscardHandler)}
	o.mux.Handle("/api/", orders.Handler(watched{o}, options))
	options.StaleIfError = time.Hour
	o.mux.Handle(forgiving+"/", http.StripPrefix(forgiving, orders.Handler(watched{o}, options)))
	o.handlers()
	return o
}

// ServeHTTP takes note of every request that it answers, and of the status.
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	if o.hangsUp {
		o.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	o.busy++
	ran, rows := o.ran, o.rows
	o.mu.Unlock()
	// What freshen finds wrong with a route goes to the server's log, and in
	// front of the simulator there is no server.
	r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, o.server))
	noted := &statusWriter{ResponseWriter: w}
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.busy--
		o.answered = append(o.answered, noted.status)
		o.check(noted.status, w.Header(), o.ran-ran, o.rows-rows)
		o.idle.Broadcast()
	}()
	o.mux.ServeHTTP(noted, r)
}

// check holds what makes validation cheap and writes safe: the answer to a
// precondition comes from the version alone. Requests come one at a time, so
// what ran, ran for this one.
func (o *origin) check(status int, header http.Header, ran, rows int) {
	// No cache of this walk minds, but Traffic Server forgets the tag then.
	if status == http.StatusNotModified && header.Get("ETag") == "" {
		o.problems = append(o.problems, "a 304 without an entity-tag")
	}
	switch status {
	case http.StatusNotModified, http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		if ran > 0 || rows > 0 {
			o.problems = append(o.problems, fmt.Sprintf("for a %d, %d handlers ran and %d rows were read", status, ran, rows))
		}
	case http.StatusUnauthorized:
	default:
		if ran != 1 {
			o.problems = append(o.problems, fmt.Sprintf("for a %d, %d handlers ran", status, ran))
		}
	}
}

// take gives the statuses of the answers since it was last called. A client may
// have an answer while the origin still does its accounts; take waits for that.
func (o *origin) take() []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.busy > 0 {
		o.idle.Wait()
	}
	taken := o.answered
	o.answered = nil
	return taken
}

func (o *origin) misdeeds() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.problems
	o.problems = nil
	return taken
}

// ranNow is called where a handler runs that answers with content.
func (o *origin) ranNow(rows int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ran++
	o.rows += rows
}

func (o *origin) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.broken {
		return errors.New("the database is gone")
	}
	return nil
}

func (o *origin) takeBetween() func() {
	o.mu.Lock()
	defer o.mu.Unlock()
	write := o.between
	o.between = nil
	return write
}

// What happens at the origin while the cache looks elsewhere.

func breakDown(o *origin) error { return o.set(true, false) }
func hangUp(o *origin) error    { return o.set(false, true) }
func repair(o *origin) error    { return o.set(false, false) }

func (o *origin) set(broken, hangsUp bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken, o.hangsUp = broken, hangsUp
	return nil
}

// editOne edits order 1, which is for a C-3PO.
func editOne(o *origin) error {
	one, err := o.Store.Get(context.Background(), 1)
	if err != nil {
		return err
	}
	one.Quantity = 77
	_, err = o.Store.Update(context.Background(), one, one.Version)
	return err
}

// deleteOld deletes the third order for a C-3PO: far from the newest, it takes
// no time with it.
func deleteOld(o *origin) error {
	list, _, err := o.Store.List(context.Background(), orders.Query{Search: "C-3PO"})
	if err != nil {
		return err
	}
	return o.Store.Delete(context.Background(), list[2].ID, list[2].Version)
}

// statusWriter remembers the final status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// lockedWriter writes to the origin's log.
type lockedWriter struct{ o *origin }

func (w lockedWriter) Write(b []byte) (int, error) {
	w.o.mu.Lock()
	defer w.o.mu.Unlock()
	return w.o.log.Write(b)
}

func (o *origin) logged() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
}

// checkLog holds that the one route which cannot be validated safely was told
// to the operator, once.
func (o *origin) checkLog(t *testing.T) {
	t.Helper()
	if text := o.logged(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "Vary") || !strings.Contains(text, guarded) {
		t.Errorf("the server's log has not one line on Vary: %q", text)
	}
}
