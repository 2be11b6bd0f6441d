package etag_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// S4 and S13: the dates of http.ServeFile inside a Conditional decide nothing:
// two users' files of one time are two files.
func TestS4DatesOfTheHandler(t *testing.T) {
	dir, then := t.TempDir(), time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, user := range []string{"ann", "bob"} {
		name := filepath.Join(dir, user)
		require.NoError(t, os.WriteFile(name, []byte("the file of "+user), 0o600))
		require.NoError(t, os.Chtimes(name, then, then))
	}
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(dir, r.Header.Get("X-User")))
	})
	user := func(r *http.Request) string { return r.Header.Get("X-User") }
	modified := etag.LastModified(func(*http.Request) (time.Time, error) { return then, nil })
	for name, c := range map[string]etag.Conditional{
		"version":                      {Provider: version("1")},
		"version, Identity":            {Provider: version("1"), Identity: user},
		"no validator":                 {Provider: unlabeled},
		"a provider that fails":        {Provider: etag.Version(func(*http.Request) (string, error) { return "", os.ErrDeadlineExceeded })},
		"absent":                       {Provider: gone},
		"a time and the build":         {Provider: modified},
		"a time and VaryOn":            {Provider: modified, Revision: etag.NoRevision, VaryOn: []string{"X-User"}},
		"a time and Identity":          {Provider: modified, Revision: etag.NoRevision, Identity: user},
		"a time and Key":               {Provider: modified, Revision: etag.NoRevision, Key: []byte("k")},
		"S13: a hash":                  {Provider: etag.BodyHash{}},
		"S13: a hash without revision": {Provider: etag.BodyHash{}, Revision: etag.NoRevision},
	} {
		t.Run(name, func(t *testing.T) {
			h := c.Wrap(files)
			ann := inProcess(h, "GET", "X-User: ann")
			assert.Empty(t, ann.Header["Last-Modified"])
			date := httpDate(then)
			bob := inProcess(h, "GET", "X-User: bob", "If-Modified-Since: "+date)
			assert.Equal(t, 200, bob.StatusCode)
			assert.Equal(t, 200, inProcess(h, "GET", "X-User: ann", "If-Modified-Since: "+date).StatusCode)
			if name == "version, Identity" {
				assert.NotEqual(t, ann.Header.Get("ETag"), bob.Header.Get("ETag"))
			}
		})
	}
	t.Run("http.FileServer", func(t *testing.T) {
		h := etag.Conditional{Provider: version("1")}.Wrap(http.FileServer(http.Dir(dir)))
		full := inProcess(h, "GET /ann")
		assert.Empty(t, full.Header["Last-Modified"])
		again := inProcess(h, "GET /bob", "If-Modified-Since: "+httpDate(then))
		assert.Equal(t, 200, again.StatusCode)
		for _, field := range []string{"If-Unmodified-Since: " + httpDate(then.Add(-time.Hour)), "If-Range: " + httpDate(then)} {
			res := inProcess(h, "GET /ann", field, "Range: bytes=0-1")
			assert.Equal(t, full.Header["Etag"], res.Header["Etag"], "%s: %d", field, res.StatusCode)
			assert.NotEqual(t, 412, res.StatusCode, "the version decides, and it has no date")
		}
	})
	t.Run("a time alone", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: modified}.Wrap(files)
		res := inProcess(h, "GET", "X-User: ann")
		assert.Equal(t, []string{httpDate(then)}, res.Header["Last-Modified"], "once")
		again := inProcess(h, "GET", "X-User: ann", "If-Modified-Since: "+httpDate(then))
		assert.Equal(t, 304, again.StatusCode)
		assert.Equal(t, res.Header.Get("ETag"), again.Header.Get("ETag"))
	})
	t.Run("S13: a hash and a range", func(t *testing.T) {
		h := etag.Conditional{Provider: etag.BodyHash{}}.Wrap(files)
		full := inProcess(h, "GET", "X-User: ann")
		part := inProcess(h, "GET", "X-User: ann", "Range: bytes=0-9")
		assert.Equal(t, full.Header.Get("ETag"), part.Header.Get("ETag"))
		assert.Equal(t, 200, part.StatusCode)
	})
}

// S4: a date that a layer outside has set is on neither the 200 nor the 304.
func TestS4DateOfALayerOutside(t *testing.T) {
	h := presetting("Last-Modified: "+httpDate(hourAgo), "X-Kept: y")(etag.Conditional{Revision: etag.NoRevision, Provider: version("1")}.Wrap(body("x")))
	for _, field := range []string{"X: y", `If-None-Match: "1"`} {
		res := inProcess(h, "GET", field)
		assert.Empty(t, res.Header["Last-Modified"], "%d", res.StatusCode)
		assert.Equal(t, "y", res.Header.Get("X-Kept"))
	}
}

// M1: the handler under a hash does not see If-Match: it does not know the tag.
func TestM1IfMatchUnderAHash(t *testing.T) {
	h := etag.Conditional{Provider: etag.BodyHash{}, AssertStrong: true}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", hourAgo, strings.NewReader("0123456789"))
	}))
	tag := inProcess(h, "GET").Header.Get("ETag")
	require.Equal(t, 200, inProcess(h, "GET", "If-Match: "+tag).StatusCode)
}

// S17: a year that HTTP cannot write is not a date.
func TestS17YearsOutOfRange(t *testing.T) {
	for _, year := range []int{-99999, -1, 0, 10000} {
		t.Run(fmt.Sprint(year), func(t *testing.T) {
			at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
			v := etag.Validators{Tag: etag.Strong("a"), LastModified: at}
			own := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return v, nil })
			res := inProcess(etag.Conditional{Revision: etag.NoRevision, Provider: own}.Wrap(body("x")), "GET")
			assert.Empty(t, res.Header["Last-Modified"])
			assert.Equal(t, `"a"`, res.Header.Get("ETag"))
		})
	}
}
