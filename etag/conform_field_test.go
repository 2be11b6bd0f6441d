package etag_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// counted counts the calls of a provider.
func counted(p etag.Provider, calls *atomic.Int32) etag.Provider {
	return etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
		calls.Add(1)
		return p.Validators(r)
	})
}

func TestConformProviderIsAskedOnce(t *testing.T) {
	for name, ask := range map[string][]string{
		"C136 200":            {"GET"},
		"C136 304":            {"GET", `If-None-Match: "a"`},
		"C136 412":            {"GET", `If-Match: "old"`},
		"C136 HEAD":           {"HEAD"},
		"C136 PUT that runs":  {"PUT", `If-Match: "a"`},
		"C136 PUT that fails": {"PUT", `If-Match: "old"`},
		"C136 a range":        {"GET", "Range: bytes=0-3", `If-Range: "old"`},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			c := etag.Conditional{Revision: etag.NoRevision, Provider: counted(known(`"a"`, hourAgo), &calls), Observe: func(*http.Request, observe.Event) {}}
			onWire(t, c.Wrap(http.HandlerFunc(ranges)), ask...)
			require.EqualValues(t, 1, calls.Load())
		})
	}
	for name, ask := range map[string][]string{
		"C136 not asked on OPTIONS":                {"OPTIONS", `If-Match: "old"`},
		"C136 not asked on an unconditional write": {"PUT"},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			c := etag.Conditional{Revision: etag.NoRevision, Provider: counted(gone, &calls)}
			onWire(t, c.Wrap(saying(200)), ask...)
			require.Zero(t, calls.Load())
		})
	}
}

func TestConformProviderFailure(t *testing.T) {
	down := errors.New("down")
	failing := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) {
		return etag.Validators{Tag: etag.Strong("a"), LastModified: hourAgo}, down
	})
	panicking := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { panic("provider") })
	waiting := etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
		<-r.Context().Done()
		return etag.Validators{}, r.Context().Err()
	})
	soon := func(c *etag.Conditional) { c.ProviderTimeout = time.Millisecond }
	none := map[string]string{"Etag": "", "Last-Modified": "", "Cache-Control": ""}
	noStore := map[string]string{"Etag": "", "Cache-Control": "no-store"}
	var rules []rule
	for what, p := range map[string]etag.Provider{"an error": failing, "a panic": panicking, "a deadline": waiting} {
		rules = append(rules,
			rule{name: "C137 " + what + " on GET", provider: p, with: soon, ask: []string{"GET", `If-None-Match: "a"`}, status: 200, fields: none},
			rule{name: "C137 " + what + " on GET with *", provider: p, with: soon, ask: []string{"GET", `If-None-Match: *`}, status: 200, fields: none},
			rule{name: "C137 " + what + " on GET with a date", provider: p, with: soon, ask: []string{"GET", "If-Modified-Since: " + httpDate(hourAgo)}, status: 200, fields: none},
			rule{name: "C137 " + what + " on GET with If-Match", provider: p, with: soon, ask: []string{"GET", `If-Match: "a"`}, status: 200, fields: none},
			rule{name: "C137 " + what + " on PUT", provider: p, with: soon, ask: []string{"PUT", `If-Match: "a"`}, status: 503, fields: noStore},
			rule{name: "C137 " + what + " on PUT with If-None-Match", provider: p, with: soon, ask: []string{"PUT", `If-None-Match: *`}, status: 503, fields: noStore},
			rule{name: "C137 " + what + " on PUT with a date", provider: p, with: soon, ask: []string{"PUT", "If-Unmodified-Since: " + httpDate(hourAgo)}, status: 503, fields: noStore},
			rule{name: "C137 " + what + " on an unconditional PUT", provider: p, with: soon, ask: []string{"PUT"}, status: 200, fields: none},
		)
	}
	check(t, rules)

	t.Run("C137 it is observed", func(t *testing.T) {
		for _, method := range []string{"GET", "PUT"} {
			var seen []observe.Event
			c := etag.Conditional{Revision: etag.NoRevision, Provider: failing, Observe: func(_ *http.Request, e observe.Event) { seen = append(seen, e) }}
			onWire(t, c.Wrap(saying(200)), method, `If-Match: "a"`)
			require.Len(t, seen, 1)
			require.Equal(t, observe.ReasonProviderFailed, seen[0].Reason)
			require.ErrorIs(t, seen[0].Err, down)
			require.Empty(t, seen[0].Tag)
		}
	})
	t.Run("C137 the deadline is the provider's alone", func(t *testing.T) {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: waiting, ProviderTimeout: time.Millisecond}
		h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, deadline := r.Context().Deadline()
			assert.False(t, deadline)
			assert.NoError(t, r.Context().Err())
		}))
		require.Equal(t, 200, onWire(t, h, "GET").status)
	})
}

// C096: what was checked is what the handler writes against.
func TestConformAtomicWrite(t *testing.T) {
	var mu sync.Mutex
	current, writes := 0, 0
	read := func(*http.Request) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		return fmt.Sprint(current), nil
	}
	c := etag.Conditional{Provider: etag.Version(read), RequirePrecondition: true, Revision: "r1"}
	const clients = 8
	var checked sync.WaitGroup
	checked.Add(clients)
	h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			_, _ = io.WriteString(w, "content")
			return
		}
		v, ok := etag.FromContext(r.Context())
		assert.True(t, ok)
		checked.Done()
		checked.Wait() // until all of them have passed the check
		mu.Lock()
		defer mu.Unlock()
		if v.Tag.Opaque() != fmt.Sprint(current) { // UPDATE ... WHERE version = ?
			etag.PreconditionFailed(w, r)
			return
		}
		current++
		writes++
	}))
	tag := onWire(t, h, "GET").header.Get("ETag")
	results := make(chan int, clients)
	for range clients {
		go func() { results <- onWire(t, h, "PUT", "If-Match: "+tag).status }()
	}
	got := map[int]int{}
	for range clients {
		got[<-results]++
	}
	require.Equal(t, map[int]int{200: 1, 412: clients - 1}, got, "C096")
	require.Equal(t, 1, writes, "C096")
}

// C138: a change between version and body gives a new body under an old tag,
// never an old body under a new tag.
func TestConformVersionIsReadFirst(t *testing.T) {
	state := "v1"
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(*http.Request) (string, error) {
		now := state
		state = "v2" // another's write, right behind the query
		return now, nil
	})}
	h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, state) }))
	got := onWire(t, h, "GET")
	require.Equal(t, `"v1"`, got.header.Get("ETag"), "C138")
	require.Equal(t, "v2", got.body, "C138")
	require.Equal(t, 200, onWire(t, h, "GET", `If-None-Match: "v1"`).status, "C138: it heals by one needless 200")
}

func TestConformSalts(t *testing.T) {
	h := saying(200)
	base := etag.Conditional{Revision: etag.NoRevision, Provider: version("7")}
	with := func(change func(*etag.Conditional)) etag.Conditional {
		c := base
		change(&c)
		return c
	}
	t.Run("C139 a deploy changes the tag of the same row", func(t *testing.T) {
		one := with(func(c *etag.Conditional) { c.Revision = "build 1" })
		two := with(func(c *etag.Conditional) { c.Revision = "build 2" })
		tag := tagOf(t, one, h)
		require.NotEqual(t, tag, tagOf(t, two, h))
		require.Equal(t, 200, onWire(t, two.Wrap(h), "GET", "If-None-Match: "+tag).status)
		require.Equal(t, 304, onWire(t, one.Wrap(h), "GET", "If-None-Match: "+tag).status)
		require.NotEmpty(t, etag.BuildRevision())
	})
	t.Run("C140 two users, two tags", func(t *testing.T) {
		c := with(func(c *etag.Conditional) { c.Identity = func(r *http.Request) string { return r.Header.Get("User") } })
		a, b := tagOf(t, c, h, "User: a"), tagOf(t, c, h, "User: b")
		require.NotEqual(t, a, b)
		require.Equal(t, 200, onWire(t, c.Wrap(h), "GET", "User: b", "If-None-Match: "+a).status)
	})
	t.Run("C141 a delete changes the tag of a collection", func(t *testing.T) {
		n := int64(3)
		c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) { return n, hourAgo, nil })}
		before := tagOf(t, c, h)
		n = 2
		require.NotEqual(t, before, tagOf(t, c, h))
		require.Equal(t, 200, onWire(t, c.Wrap(h), "GET", "If-None-Match: "+before).status)
	})
}

func TestConformBodyHash(t *testing.T) {
	hash := etag.BodyHash{}
	empty := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }
	}
	none := map[string]string{"Etag": ""}
	check(t, []rule{
		{name: "C142 a flush streams on without a tag", provider: hash, ask: []string{"GET"}, status: 200, fields: none,
			handler: func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "data: 1\n\n")
				w.(http.Flusher).Flush()
				_, _ = io.WriteString(w, "data: 2\n\n")
			}},
		{name: "C142 more than the limit streams on without a tag", provider: etag.BodyHash{Limit: 4}, ask: []string{"GET"}, status: 200, fields: none},
		{name: "C142 up to the limit there is a tag", provider: etag.BodyHash{Limit: len("content\n")}, ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Etag": `W/"` + plainSum + `"`}},
		{name: "C143 HEAD without a content has no tag", provider: hash, handler: empty(200), ask: []string{"HEAD"}, status: 200, fields: none},
		{name: "C143 HEAD with a content has the tag of GET", provider: hash, ask: []string{"HEAD"}, status: 200, fields: map[string]string{"Etag": `W/"` + plainSum + `"`}},
		{name: "C143 HEAD that announces more than it writes has no tag", provider: hash, handler: saying(200, "Content-Length: 100"), ask: []string{"HEAD"}, status: 200, fields: none},
		{name: "C144 an empty 200", provider: hash, handler: empty(200), ask: []string{"GET"}, status: 200, fields: none},
		{name: "C144 a handler that does nothing", provider: hash, handler: func(http.ResponseWriter, *http.Request) {}, ask: []string{"GET"}, status: 200, fields: none},
		{name: "C144 204", provider: hash, handler: empty(204), ask: []string{"GET"}, status: 204, fields: none},
		{name: "C144 304 of the handler", provider: hash, handler: empty(304), ask: []string{"GET"}, status: 304, ran: true, fields: none},
		{name: "C144 * does not match an empty 200", provider: hash, handler: empty(200), ask: []string{"GET", "If-None-Match: *"}, status: 200, fields: none},
	})
	t.Run("C145 volatile fields do not enter", func(t *testing.T) {
		var n atomic.Int32
		c := etag.Conditional{Revision: etag.NoRevision, Provider: hash}
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-Id", fmt.Sprint(n.Add(1)))
			w.Header().Set("RateLimit-Remaining", fmt.Sprint(100-n.Load()))
			_, _ = io.WriteString(w, "content\n")
		})
		first := tagOf(t, c, h)
		require.Equal(t, first, tagOf(t, c, h))
	})
}

func TestConformNothingIsRemembered(t *testing.T) {
	t.Run("C146 a change that nobody announced is seen", func(t *testing.T) {
		for name, p := range map[string]func(state *string) etag.Provider{
			"version": func(s *string) etag.Provider {
				return etag.Version(func(*http.Request) (string, error) { return *s, nil })
			},
			"hash": func(*string) etag.Provider { return etag.BodyHash{} },
		} {
			state := "one"
			h := etag.Conditional{Revision: etag.NoRevision, Provider: p(&state)}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, state) }))
			tag := onWire(t, h, "GET").header.Get("ETag")
			require.Equal(t, 304, onWire(t, h, "GET", "If-None-Match: "+tag).status, name)
			state = "two"
			got := onWire(t, h, "GET", "If-None-Match: "+tag)
			require.Equal(t, 200, got.status, name)
			require.Equal(t, "two", got.body)
		}
	})
	t.Run("C147 the tag of another URL", func(t *testing.T) {
		byPath := etag.Version(func(r *http.Request) (string, error) { return "of" + r.URL.Path[1:], nil })
		for _, p := range []etag.Provider{byPath, etag.BodyHash{}} {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
			tag := onWire(t, h, "GET /a").header.Get("ETag")
			require.NotEmpty(t, tag)
			require.Equal(t, 200, onWire(t, h, "GET /b", "If-None-Match: "+tag).status)
			require.Equal(t, 304, onWire(t, h, "GET /a", "If-None-Match: "+tag).status)
		}
	})
}

// A deadline of the request reaches the provider as it is (C137).
func TestConformProviderSeesContext(t *testing.T) {
	type key struct{}
	var got any
	c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(func(r *http.Request) (string, error) {
		got = r.Context().Value(key{})
		return "a", nil
	}), ProviderTimeout: time.Minute}
	h := c.Wrap(saying(200))
	onWire(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "value")))
	}), "GET")
	require.Equal(t, "value", got)
}
