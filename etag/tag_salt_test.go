package etag_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

func TestSaltsKeepPartsApart(t *testing.T) {
	vary := func(names ...string) etag.Conditional {
		return etag.Conditional{Revision: etag.NoRevision, Provider: version("v"), VaryOn: names}
	}
	identity := func(id string) etag.Conditional {
		return etag.Conditional{Revision: etag.NoRevision, Provider: version("v"), Identity: func(*http.Request) string { return id }}
	}
	revision := func(c etag.Conditional, r string) etag.Conditional { c.Revision = r; return c }
	seen := map[string]string{}
	for name, ask := range map[string]struct {
		c      etag.Conditional
		fields []string
	}{
		"nothing":               {c: etag.Conditional{Revision: etag.NoRevision, Provider: version("v")}},
		"revision":              {c: revision(etag.Conditional{Revision: etag.NoRevision, Provider: version("v")}, "a")},
		"other revision":        {c: revision(etag.Conditional{Revision: etag.NoRevision, Provider: version("v")}, "ab")},
		"identity":              {c: identity("a")},
		"other identity":        {c: identity("b")},
		"empty identity":        {c: identity("")},
		"revision and identity": {c: revision(identity("b"), "a")},
		"moved by one":          {c: revision(identity(""), "ab")},
		"moved by two":          {c: revision(identity("ab"), "")},
		"field absent":          {c: vary("Accept")},
		"field empty":           {c: vary("Accept"), fields: []string{"Accept: "}},
		"field":                 {c: vary("Accept"), fields: []string{"Accept: a, b"}},
		"two lines":             {c: vary("Accept"), fields: []string{"Accept: a", "Accept: b"}},
		"two fields":            {c: vary("Accept", "X"), fields: []string{"Accept: a", "X: b"}},
		"two fields, crossed":   {c: vary("Accept", "X"), fields: []string{"Accept: b", "X: a"}},
		"two fields, one":       {c: vary("Accept", "X"), fields: []string{"Accept: ab"}},
		"the host":              {c: vary("Host")},
	} {
		tag := tagOf(t, ask.c, saying(200), ask.fields...)
		require.Empty(t, seen[tag], "%s and %s", name, seen[tag])
		seen[tag] = name
		require.True(t, strings.HasPrefix(tag, `"v`), "the version stands first: %s", tag)
		require.Regexp(t, generatedSalted, tag)
		require.Equal(t, tag, tagOf(t, ask.c, saying(200), ask.fields...))
	}
}

const generatedSalted = `^"v(~[A-Za-z0-9+/]{22})?(\.[A-Za-z0-9+/]{22})?"$`

func TestVersionIsNotTakenForSalt(t *testing.T) {
	salted := etag.Conditional{Provider: version("v"), Revision: "r"}
	tag := tagOf(t, salted, saying(200))
	inside := strings.Trim(tag, `"`)
	for _, v := range []string{inside, inside + "!", "v!"} {
		plain := etag.Conditional{Revision: etag.NoRevision, Provider: version(v)}
		require.Equal(t, 200, onWire(t, plain.Wrap(saying(200)), "GET", "If-None-Match: "+tag).status, v)
		require.Equal(t, 412, onWire(t, plain.Wrap(saying(200)), "PUT", "If-Match: "+tag).status, v)
	}
	// A write looks at the version alone: another salt will do, no version will not.
	other := etag.Conditional{Provider: version("v"), Revision: "r2"}
	require.Equal(t, 200, onWire(t, other.Wrap(saying(200)), "PUT", "If-Match: "+tag).status)
	require.Equal(t, 412, onWire(t, other.Wrap(saying(200)), "PUT", `If-Match: "`+inside[1:]+`"`).status)
	require.Equal(t, 200, onWire(t, other.Wrap(saying(200)), "PUT", `If-Match: "v"`).status, "the version as FromContext tells it")
	require.Equal(t, 412, onWire(t, other.Wrap(saying(200)), "PUT", `If-None-Match: `+tag).status)
}

func TestKeyHidesTheVersion(t *testing.T) {
	at := hourAgo
	for name, p := range map[string]etag.Provider{
		"version": version("4711"),
		"count":   etag.Collection(func(*http.Request) (int64, time.Time, error) { return 4711, at, nil }),
		"time":    etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil }),
		"own tag": known(`"4711"`, at),
	} {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: p, Key: []byte("secret"), AssertStrong: true}
		got := onWire(t, c.Wrap(saying(200)), "GET")
		tag := got.header.Get("ETag")
		require.Regexp(t, `^"~[A-Za-z0-9+/]{22}"$`, tag, name)
		require.Empty(t, got.header["Last-Modified"], name)
		require.Equal(t, 304, onWire(t, c.Wrap(saying(200)), "GET", "If-None-Match: "+tag).status)
		require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "GET", "If-Modified-Since: "+httpDate(at)).status)
		require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "PUT", "If-Match: "+tag).status)
		require.Equal(t, 412, onWire(t, c.Wrap(saying(200)), "PUT", `If-Match: "4711"`).status)
		c.Key = []byte("another")
		require.NotEqual(t, tag, tagOf(t, c, saying(200)))
	}
}

func TestWrapTakesASnapshot(t *testing.T) {
	names, key := []string{"Accept"}, []byte("key")
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v"), VaryOn: names, Key: key}
	h := c.Wrap(saying(200))
	before := onWire(t, h, "GET")
	names[0], key[0] = "X-Other", 'x'
	after := onWire(t, h, "GET")
	require.Equal(t, before.header["Vary"], after.header["Vary"])
	require.Equal(t, before.header["Etag"], after.header["Etag"])
}

func TestFromContext(t *testing.T) {
	want := etag.Validators{Tag: etag.Strong("7"), LastModified: hourAgo.Add(time.Millisecond), CoversContent: true}
	var got etag.Validators
	var ok bool
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, ok = etag.FromContext(r.Context())
		w.WriteHeader(http.StatusOK)
	})
	c := etag.Conditional{
		Provider: etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return want, nil }),
		Revision: "r", VaryOn: []string{"Accept"}, Key: []byte("k"), Identity: func(*http.Request) string { return "u" },
	}
	tag := tagOf(t, c, h)
	for _, ask := range [][]string{{"PUT", "If-Match: " + tag}, {"DELETE", "If-Match: *"}, {"POST", `If-None-Match: "x"`}, {"PATCH", "If-Unmodified-Since: " + httpDate(time.Now())}} {
		got, ok = etag.Validators{}, false
		require.Equal(t, 200, onWire(t, c.Wrap(h), ask...).status, "%q", ask)
		require.True(t, ok, "%q", ask)
		require.Equal(t, want, got, "exactly what the provider returned")
	}
	for _, ask := range [][]string{{"GET", `If-None-Match: "x"`}, {"HEAD"}, {"PUT"}, {"OPTIONS", "If-Match: *"}} {
		ok = true
		require.Equal(t, 200, onWire(t, c.Wrap(h), ask...).status)
		require.False(t, ok, "%q", ask)
	}
	c.Provider = version("a,b")
	require.Equal(t, 200, onWire(t, c.Wrap(h), "PUT", "If-Match: *").status)
	require.Equal(t, "a,b", got.Tag.Opaque())
	c.Provider = gone
	require.Equal(t, 200, onWire(t, c.Wrap(h), "PUT", "If-None-Match: *").status)
	require.True(t, ok)
	require.Equal(t, etag.Absent(), got)
	c.Provider = etag.Version(func(*http.Request) (string, error) { return "", etag.ErrAbsent })
	require.Equal(t, 200, onWire(t, c.Wrap(h), "PUT", "If-None-Match: *").status)
	require.Equal(t, etag.Absent(), got)
}
