package etag_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// S1: a row comes in between the version and the body, and goes out again: the
// pair of count and time is current again. A handler that confirms what it read
// is never validated by it.
func TestS1CollectionComesBack(t *testing.T) {
	rows := []time.Time{time.Now().Add(-time.Hour)}
	between := func() {}
	list := func(confirms bool) http.Handler {
		return etag.Conditional{Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) {
			return int64(len(rows)), rows[len(rows)-1], nil
		})}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			between()
			if confirms {
				etag.Confirm(w, etag.CollectionValidators(int64(len(rows)), rows[len(rows)-1]))
			}
			fmt.Fprint(w, len(rows), " rows")
		}))
	}
	stale := func(h http.Handler) bool {
		between = func() { rows = append(rows, time.Now().Add(-time.Minute)) }
		held := inProcess(h, "GET")
		between = func() {}
		rows = rows[:1]
		again := inProcess(h, "GET", "If-None-Match: "+held.Header.Get("ETag"))
		now := inProcess(h, "GET")
		body, _ := io.ReadAll(held.Body)
		current, _ := io.ReadAll(now.Body)
		return again.StatusCode == http.StatusNotModified && string(body) != string(current)
	}
	assert.False(t, stale(list(true)))
	assert.True(t, stale(list(false)), "the documented limit of a handler that does not confirm")
}

// S1 for a digest of the content, and for an empty set.
func TestS1DigestComesBack(t *testing.T) {
	content := "A"
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.RawStdEncoding.EncodeToString(sum[:])
	}
	between := func() {}
	h := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) { return digest(content), nil })}.Wrap(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			between()
			assert.True(t, etag.Confirm(w, etag.Validators{Tag: etag.Strong(digest(content))}))
			_, _ = io.WriteString(w, content)
		}))
	between = func() { content = "B" }
	held := inProcess(h, "GET") // B
	between = func() {}
	content = "A"
	require.Equal(t, 200, inProcess(h, "GET", "If-None-Match: "+held.Header.Get("ETag")).StatusCode)
	content = "B"
	require.Equal(t, 304, inProcess(h, "GET", "If-None-Match: "+held.Header.Get("ETag")).StatusCode)
}

// S1 under load: rows come and go next to readers. Every 200 has the body of its
// tag, so no 304 is wrong.
func TestS1Hammer(t *testing.T) {
	var mu sync.Mutex
	rows := []int{1}
	var clock atomic.Int64
	latest := time.Now().Add(-time.Hour)
	read := func() ([]int, time.Time) {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(rows), latest.Add(time.Duration(rows[len(rows)-1]) * time.Microsecond)
	}
	h := etag.Conditional{SettleWindow: etag.NoSettleWindow, Provider: etag.Collection(func(*http.Request) (int64, time.Time, error) {
		rows, at := read()
		return int64(len(rows)), at, nil
	})}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows, at := read()
		etag.Confirm(w, etag.CollectionValidators(int64(len(rows)), at))
		fmt.Fprint(w, rows)
	}))
	var stop atomic.Bool
	var writer, readers sync.WaitGroup
	writer.Go(func() {
		for !stop.Load() {
			mu.Lock()
			rows = append(rows, 2)
			mu.Unlock()
			clock.Add(1)
			mu.Lock()
			rows = rows[:1]
			mu.Unlock()
		}
	})
	bodies := make([]map[string]string, 4) // by tag
	for i := range bodies {
		bodies[i] = map[string]string{}
		readers.Go(func() {
			for range 2000 {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
				tag, body := w.Header().Get("ETag"), w.Body.String()
				if other, seen := bodies[i][tag]; seen && other != body {
					bodies[i]["wrong "+tag] = other + " and " + body
				}
				bodies[i][tag] = body
			}
		})
	}
	readers.Wait()
	stop.Store(true)
	writer.Wait()
	all := map[string]string{}
	for i := range bodies {
		for tag, body := range bodies[i] {
			assert.False(t, strings.HasPrefix(tag, "wrong"), "%s: %s", tag, body)
			if other, seen := all[tag]; seen {
				assert.Equal(t, other, body, tag)
			}
			all[tag] = body
		}
	}
	require.NotEmpty(t, all)
}

func TestConfirm(t *testing.T) {
	confirming := func(v etag.Validators, want bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, want, etag.Confirm(w, v))
			_, _ = io.WriteString(w, "x")
		}
	}
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
	v2 := etag.Validators{Tag: etag.Strong("v2")}
	tag := func(h http.Handler, fields ...string) string {
		return inProcess(h, "GET", fields...).Header.Get("ETag")
	}

	assert.Equal(t, `"v2"`, tag(c.Wrap(confirming(v2, true))))
	assert.Empty(t, tag(c.Wrap(confirming(etag.Validators{}, false))))
	assert.Empty(t, tag(c.Wrap(confirming(etag.Absent(), false))))
	assert.Equal(t, 200, inProcess(c.Wrap(confirming(v2, true)), "GET", `If-None-Match: "v2"`).StatusCode)

	salted := c
	salted.Revision, salted.Identity = "r", func(*http.Request) string { return "ann" }
	want := salted
	want.Provider = version("v2")
	assert.Equal(t, tag(want.Wrap(body("x"))), tag(salted.Wrap(confirming(v2, true))), "everything else is added")

	failing := c
	failing.Provider = etag.Version(func(*http.Request) (string, error) { return "", io.ErrUnexpectedEOF })
	assert.Equal(t, `"v2"`, tag(failing.Wrap(confirming(v2, true))), "the handler knows better than a provider that failed")

	hashed := c
	hashed.Provider = etag.BodyHash{}
	assert.Regexp(t, `^W/"`, tag(hashed.Wrap(confirming(v2, false))))

	assert.Empty(t, tag(presetting(`ETag: "x"`)(confirming(v2, false))), "outside of Wrap")

	var logged strings.Builder
	late := c
	late.Logger = textLogger(&logged)
	h := late.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "x")
		assert.False(t, etag.Confirm(w, v2))
	}))
	assert.Equal(t, `"v1"`, tag(h))
	assert.Contains(t, logged.String(), "before the first byte")
}

// hidden is a ResponseWriter without Unwrap, as layers have it that know nothing of
// http.ResponseController.
type hidden struct{ http.ResponseWriter }

// Where Confirm does not find the Conditional, the response has no tag: that of the
// provider may be of an earlier version than the body.
func TestConfirmBehindALayerWithoutUnwrap(t *testing.T) {
	var logged strings.Builder
	c := etag.Conditional{Revision: etag.NoRevision, Logger: textLogger(&logged), Provider: etag.LastModified(func(*http.Request) (time.Time, error) {
		return longAgo, nil
	})}
	confirming := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.False(t, etag.Confirm(w, etag.Validators{Tag: etag.Strong("v2")}))
		_, _ = io.WriteString(w, "x")
	})
	layers := map[string]http.Handler{
		"http.TimeoutHandler": http.TimeoutHandler(confirming, time.Hour, ""),
		"a writer without Unwrap": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			confirming.ServeHTTP(hidden{w}, r)
		}),
	}
	for name, layer := range layers {
		t.Run(name, func(t *testing.T) {
			logged.Reset()
			got := onWire(t, c.Wrap(layer), "GET")
			assert.Equal(t, 200, got.status)
			assert.Empty(t, got.header["Etag"])
			assert.Empty(t, got.header["Last-Modified"])
			assert.Contains(t, logged.String(), "Unwrap")
			got = onWire(t, etag.Conditional{Provider: etag.BodyHash{}}.Wrap(layer), "GET")
			assert.NotEmpty(t, got.header["Etag"], "a hash needs no confirmation")
		})
	}
}

// A response that Confirm leaves without a tag gets none from a Conditional
// further outside, and a later Confirm counts.
func TestConfirmWithinTwoConditionals(t *testing.T) {
	v1, v2 := etag.Validators{Tag: etag.Strong("v1")}, etag.Validators{Tag: etag.Strong("v2")}
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
	tag := func(confirmed ...etag.Validators) []string {
		return onWire(t, c.Wrap(c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, v := range confirmed {
				etag.Confirm(w, v)
			}
			_, _ = io.WriteString(w, "x")
		}))), "GET").header["Etag"]
	}
	assert.Equal(t, []string{`"v1"`}, tag())
	assert.Equal(t, []string{`"v2"`}, tag(v2))
	assert.Empty(t, tag(etag.Validators{}))
	assert.Empty(t, tag(v1, etag.Absent()))
	assert.Equal(t, []string{`"v2"`}, tag(etag.Validators{}, v2))
}
