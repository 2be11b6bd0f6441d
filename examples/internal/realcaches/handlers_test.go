package realcaches_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// The paths of the origin beside those of the orders service.
const (
	forgiving = "/forgiving" // the orders service again, with stale-if-error
	greeting  = "/greeting"
	unguarded = "/tenant/unguarded"
	guarded   = "/tenant/guarded"
	failing   = "/failing"
	byHand    = "/failing/by-hand"
	longOurs  = "/tag/ours"
	tagOf128  = "/tag/128"
	tagOf129  = "/tag/129"
)

var public = cachecontrol.Policy{Public: true, MaxAge: lifetime}

func (o *origin) handlers() {
	constant := func(version string) etag.Provider {
		return etag.Version(func(*http.Request) (string, error) { return version, nil })
	}

	// Two variants, declared where the 304 can know of them.
	translated := etag.Conditional{Revision: etag.NoRevision, Provider: constant("1"), VaryOn: []string{"Accept-Language"}}
	o.mux.Handle(greeting, negotiated(public.Wrap(translated.Wrap(o.content(func(w http.ResponseWriter, r *http.Request) string {
		if strings.HasPrefix(r.Header.Get("Accept-Language"), "de") {
			return "Guten Tag\n"
		}
		return "Good day\n"
	})))))

	o.mux.HandleFunc(unguarded, o.unguarded)
	// The same mistake with freshen: the handler names a field in Vary that the
	// 304, for which it does not run, cannot name.
	undeclared := etag.Conditional{
		Revision: etag.NoRevision, Provider: constant("1"),
		Logger: slog.New(slog.NewTextHandler(lockedWriter{o}, nil)),
	}
	o.mux.Handle(guarded, negotiated(public.Wrap(undeclared.Wrap(o.content(func(w http.ResponseWriter, r *http.Request) string {
		w.Header().Add("Vary", "X-Tenant")
		return secrets(r)
	})))))

	// A handler that fails and says nothing of caching; within freshen, and
	// beneath a line that presets the fields, as one would do it by hand.
	mayFail := o.content(func(w http.ResponseWriter, r *http.Request) string {
		if o.failure() != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return "out of order\n"
		}
		return "at work\n"
	})
	o.mux.Handle(failing, public.Wrap(undeclared.Wrap(mayFail)))
	o.mux.HandleFunc(byHand, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		w.Header().Set("ETag", `"1"`)
		mayFail.ServeHTTP(w, r)
	})

	long := etag.Conditional{
		Provider: constant(strings.Repeat("v", 300)),
		Revision: strings.Repeat("r", 300),
		VaryOn:   []string{"Accept-Language"},
	}
	o.mux.Handle(longOurs, public.Wrap(long.Wrap(o.content(func(http.ResponseWriter, *http.Request) string { return "long\n" }))))
	o.mux.HandleFunc("/tag/{length}", o.tagged)
}

// content is a handler that answers with what f returns.
func (o *origin) content(f func(http.ResponseWriter, *http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.ranNow(0)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, f(w, r))
	})
}

// negotiated names Accept-Encoding in Vary, as a compressing middleware does.
func negotiated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		next.ServeHTTP(w, r)
	})
}

func secrets(r *http.Request) string {
	return "The secrets of " + r.Header.Get("X-Tenant") + "\n"
}

// unguarded is how not to do it, by hand: the 304 comes before the line that
// names X-Tenant in Vary.
func (o *origin) unguarded(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", public.String())
	w.Header().Set("Vary", "Accept-Encoding")
	w.Header().Set("ETag", `"1"`)
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	o.content(func(w http.ResponseWriter, r *http.Request) string {
		w.Header().Add("Vary", "X-Tenant")
		return secrets(r)
	}).ServeHTTP(w, r)
}

// tagged answers with a tag of as many bytes as the path says, made by hand.
func (o *origin) tagged(w http.ResponseWriter, r *http.Request) {
	length, err := strconv.Atoi(r.PathValue("length"))
	if err != nil || length < 2 {
		http.NotFound(w, r)
		return
	}
	tag := `"` + strings.Repeat("t", length-2) + `"`
	w.Header().Set("Cache-Control", public.String())
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	o.content(func(http.ResponseWriter, *http.Request) string { return "long\n" }).ServeHTTP(w, r)
}
