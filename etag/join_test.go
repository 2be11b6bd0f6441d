package etag_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

func TestJoin(t *testing.T) {
	tagOf := func(providers ...etag.Provider) string {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Join(providers...)}
		return inProcess(c.Wrap(body("x")), "GET").Header.Get("ETag")
	}
	missing := etag.Version(func(*http.Request) (string, error) { return "", etag.ErrAbsent })
	down := etag.Version(func(*http.Request) (string, error) { return "", errors.New("down") })

	assert.Equal(t, `"a%2Cb"`, tagOf(version("a"), version("b")))
	assert.Equal(t, `"a"`, tagOf(version("a")))
	assert.Equal(t, `W/"a%2C1"`, tagOf(version("a"), known(`W/"1"`, time.Time{})))
	assert.Empty(t, tagOf(version("a"), version("")), "one without a validator")
	assert.Empty(t, tagOf(version("a"), down))
	assert.Empty(t, tagOf(missing, version("a")))
	assert.NotEmpty(t, tagOf(version("a"), missing))

	seen := map[string]string{}
	for name, parts := range map[string][]etag.Provider{
		"a,b and c": {version("a,b"), version("c")},
		"a and b,c": {version("a"), version("b,c")},
		`a\ and b`:  {version(`a\`), version("b")},
		"a and b":   {version("a"), version("b")},
		"absent":    {version("a"), missing},
		"named so":  {version("a"), version(`\absent`)},
		"foreign":   {version("a"), known(`"b,c"`, time.Time{})},
		"escaped":   {version("a"), known(`"b%2Cc"`, time.Time{})},
		"three":     {version("a"), version("b"), version("c")},
	} {
		tag := tagOf(parts...)
		if name == "escaped" {
			continue // it is how version("b,c") is spelled
		}
		assert.Empty(t, seen[tag], "%s and %s", name, seen[tag])
		seen[tag] = name
	}

	h := etag.Conditional{Provider: etag.Join(missing, version("a"))}.Wrap(body("x"))
	assert.Equal(t, 412, inProcess(h, "PUT", "If-Match: *").StatusCode, "the first says whether there is anything")
	h = etag.Conditional{Provider: etag.Join(version("a"), missing)}.Wrap(body("x"))
	assert.Equal(t, 200, inProcess(h, "PUT", "If-Match: *").StatusCode)
	h = etag.Conditional{Provider: etag.Join(version("a"), down)}.Wrap(body("x"))
	assert.Equal(t, 503, inProcess(h, "PUT", "If-Match: *").StatusCode)

	for name, make := range map[string]func(){
		"none":           func() { etag.Join() },
		"nil":            func() { etag.Join(version("a"), nil) },
		"a hash":         func() { etag.Join(version("a"), etag.BodyHash{}) },
		"a hash's place": func() { etag.Join(&etag.BodyHash{}) },
	} {
		assert.Panics(t, make, name)
	}
	h = etag.Conditional{Provider: etag.Join(decorated(etag.BodyHash{}))}.Wrap(body("x"))
	assert.Empty(t, inProcess(h, "GET").Header["Etag"], "a hash inside another provider is an error")
}

// S29: the joined tag is marked until all times have settled.
func TestS29JoinSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, young := moment{time.Now().Add(-time.Hour)}, moment{time.Now()}
		h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Join(version("v"), young.modified(), old.rows())}.Wrap(body("x"))
		require.Regexp(t, `!"$`, inProcess(h, "GET").Header.Get("ETag"))
		require.Empty(t, inProcess(h, "GET").Header["Last-Modified"])
		time.Sleep(2 * time.Second)
		require.NotRegexp(t, `!"$`, inProcess(h, "GET").Header.Get("ETag"))
	})
}
