package etag_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// entityTag is the grammar of RFC 9110, section 8.8.3.
var entityTag = regexp.MustCompile(`^(W/)?"[\x21\x23-\x7e\x80-\xff]*"$`)

// tagOf is the tag of an answer to GET.
func tagOf(t *testing.T, c etag.Conditional, h http.Handler, fields ...string) string {
	t.Helper()
	got := onWire(t, c.Wrap(h), append([]string{"GET"}, fields...)...)
	require.Equal(t, 200, got.status)
	return got.header.Get("ETag")
}

func opaque(v string) etag.Conditional {
	return etag.Conditional{Revision: etag.NoRevision, Provider: version(v)}
}

func TestConformEntityTags(t *testing.T) {
	h := saying(200)
	content := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, text) }
	}
	modified := etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo, nil })
	rows := etag.Collection(func(*http.Request) (int64, time.Time, error) { return 3, hourAgo, nil })

	t.Run("C001 any version makes a legal tag", func(t *testing.T) {
		for _, v := range []string{"v1", `a"b`, "a b", "a\x00b", "a\x7fb", "é", "\xff", `W/"x"`, "*", ",", strings.Repeat("x", 500), "\r\nSet-Cookie: a=b"} {
			require.Regexp(t, entityTag, tagOf(t, opaque(v), h), "%q", v)
		}
		require.Regexp(t, entityTag, tagOf(t, etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}, h))
		require.Regexp(t, entityTag, tagOf(t, etag.Conditional{Provider: modified, Revision: "r 1"}, h))
	})
	t.Run("C002 what is not known to be strong is marked weak", func(t *testing.T) {
		for _, p := range []etag.Provider{modified, rows, etag.BodyHash{}} {
			require.Regexp(t, `^W/"`, tagOf(t, etag.Conditional{Revision: etag.NoRevision, Provider: p}, h))
		}
		require.Regexp(t, `^"`, tagOf(t, opaque("v1"), h))
	})
	t.Run("C003 no backslash", func(t *testing.T) {
		require.NotContains(t, tagOf(t, opaque(`a\b\`), h), `\`)
	})
	t.Run("C004 a byte more or less changes a strong tag", func(t *testing.T) {
		strong := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}, AssertStrong: true}
		one, two := tagOf(t, strong, content("content")), tagOf(t, strong, content("contenT"))
		require.Regexp(t, `^"`, one)
		require.NotEqual(t, one, two)
		require.NotEqual(t, tagOf(t, opaque("1"), h), tagOf(t, opaque("2"), h))
	})
	t.Run("C005 another version is another weak tag", func(t *testing.T) {
		at := func(d time.Duration) etag.Conditional {
			return etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo.Add(d), nil })}
		}
		require.NotEqual(t, tagOf(t, at(0), h), tagOf(t, at(1), h), "a nanosecond")
	})
	t.Run("C006 a row created again has another tag where the version has its creation", func(t *testing.T) {
		// What the version is, only the user knows: the tag keeps apart what
		// the version keeps apart.
		life := func(n, version int) string { return tagOf(t, opaque(fmt.Sprintf("%d,%d", n, version)), h) }
		require.NotEqual(t, life(1, 1), life(2, 1))
		require.NotEqual(t, life(1, 11), life(11, 1))
	})
	t.Run("C007 two codings, two strong tags", func(t *testing.T) {
		c := opaque("123")
		c.VaryOn = []string{"Accept-Encoding"}
		identity, gzip := tagOf(t, c, h), tagOf(t, c, h, "Accept-Encoding: gzip")
		require.NotEqual(t, identity, gzip)
		require.Equal(t, 200, onWire(t, c.Wrap(h), "GET", "If-None-Match: "+gzip).status)
	})
	t.Run("C008 two media types, two strong tags", func(t *testing.T) {
		c := opaque("7")
		c.VaryOn = []string{"Accept"}
		json, xml := tagOf(t, c, h, "Accept: application/json"), tagOf(t, c, h, "Accept: application/xml")
		require.NotEqual(t, json, xml)
		require.Equal(t, 200, onWire(t, c.Wrap(h), "GET", "Accept: application/xml", "If-None-Match: "+json).status)
	})
}

func TestConformComparison(t *testing.T) {
	check(t, []rule{
		{name: "C015 a hash", provider: etag.BodyHash{}, ask: []string{"GET"}, status: 200, fields: map[string]string{"Etag": `W/"` + plainSum + `"`}},
		{name: "C015 a hash, HEAD", provider: etag.BodyHash{}, ask: []string{"HEAD"}, status: 200, fields: map[string]string{"Etag": `W/"` + plainSum + `"`}},
		{name: "C016 the handler's tag stands under a hash", provider: etag.BodyHash{}, handler: saying(200, `ETag: "x"`), ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Etag": `"x"`}},
	})
}

// contentSum is the tag of the content that saying writes: computed once, by
// another program (sha256sum, base64), so that a change of the hash is seen.
const contentSum = "Q0copBCnj1b8G1iZw1k0Ng"

// plainSum is that of the same content as text/plain.
const plainSum = contentSum + ".mg/OL7mRhT3DTKfpwxIHxg"

func TestConformLastModified(t *testing.T) {
	fraction := hourAgo.Add(900 * time.Millisecond)
	times := func(at time.Time) etag.Provider {
		return etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil })
	}
	future := time.Now().Add(time.Hour)
	check(t, []rule{
		{name: "C017 a time in the future is not sent", provider: known(`"a"`, future), ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Etag": `"a"`, "Last-Modified": ""}},
		{name: "C017 nor compared", provider: known(`"a"`, future), ask: []string{"GET", "If-Modified-Since: " + httpDate(future)}, status: 200},
		{name: "C018 whole seconds of GMT, cut", provider: times(fraction.In(time.FixedZone("", 3600))), ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Last-Modified": httpDate(hourAgo)}},
		{name: "C019 what was sent gives 304", provider: times(fraction), ask: []string{"GET", "If-Modified-Since: " + httpDate(hourAgo)}, status: 304,
			fields: map[string]string{"Last-Modified": httpDate(hourAgo)}},
		{name: "C020 on GET", provider: times(hourAgo), ask: []string{"GET"}, status: 200, fields: map[string]string{"Last-Modified": httpDate(hourAgo)}},
		{name: "C020 not where rows may be deleted", ask: []string{"GET"}, status: 200, fields: map[string]string{"Last-Modified": ""},
			provider: etag.Collection(func(*http.Request) (int64, time.Time, error) { return 3, hourAgo, nil })},
		{name: "C020 not where more than the time is in the tag", provider: times(hourAgo), ask: []string{"GET"}, status: 200,
			with: func(c *etag.Conditional) { c.Revision = "r1" }, fields: map[string]string{"Last-Modified": ""}},
		{name: "C021 no time", provider: times(time.Time{}), ask: []string{"GET"}, status: 200, fields: map[string]string{"Last-Modified": "", "Etag": ""}},
		{name: "C021 a tag and no time", provider: known(`"a"`, time.Time{}), ask: []string{"GET"}, status: 200, fields: map[string]string{"Last-Modified": "", "Etag": `"a"`}},
		{name: "C021 the epoch is a time", provider: known("", time.Unix(0, 0)), ask: []string{"GET"}, status: 200,
			fields: map[string]string{"Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"}},
	})

	t.Run("C017 inside a handler the time is not later than Date", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			etag.CheckPreconditions(w, r, etag.Validators{LastModified: future})
		})
		got := onWire(t, h, "GET")
		if lm := got.header.Get("Last-Modified"); lm != "" {
			modified, err := http.ParseTime(lm)
			require.NoError(t, err)
			date, err := http.ParseTime(got.header.Get("Date"))
			require.NoError(t, err)
			require.False(t, modified.After(date))
		}
	})
	t.Run("C020 the newest of all parts", func(t *testing.T) {
		var row, template atomic.Int64
		c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(func(*http.Request) (time.Time, error) {
			return time.Unix(max(row.Load(), template.Load()), 0), nil
		})}
		h := c.Wrap(saying(200))
		row.Store(1000)
		template.Store(2000)
		require.Equal(t, httpDate(time.Unix(2000, 0)), onWire(t, h, "GET").header.Get("Last-Modified"))
		row.Store(3000)
		require.Equal(t, httpDate(time.Unix(3000, 0)), onWire(t, h, "GET").header.Get("Last-Modified"))
	})
	t.Run("C022 a date within its second is weak", func(t *testing.T) {
		now := time.Now()
		h := http.Header{"Range": {"bytes=0-1"}, "If-Range": {httpDate(now)}}
		require.Equal(t, etag.ProceedWhole, etag.Evaluate("GET", h, etag.Validators{LastModified: now}))
		h.Set("If-Range", httpDate(hourAgo))
		require.Equal(t, etag.Proceed, etag.Evaluate("GET", h, etag.Validators{LastModified: hourAgo}))
	})
}
