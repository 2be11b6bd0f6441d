package etag_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// What a review found: each of these let something through that the package
// promises to stop.

func reviewAsk(h http.Handler, method string, fields ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func reviewVersion(*http.Request) (string, error) { return "v1", nil }

func reviewHello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

// A date is whole seconds: however short the window, it must not be sent while
// its second lasts, or a second write in it would be stale for ever (C022).
func TestReviewDateOfTheRunningSecond(t *testing.T) {
	for name, window := range map[string]time.Duration{
		"no settle window": etag.NoSettleWindow, "a window shorter than a second": 50 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				modified := time.Now().Add(100 * time.Millisecond)
				h := etag.Conditional{
					Revision:     etag.NoRevision,
					Provider:     etag.LastModified(func(*http.Request) (time.Time, error) { return modified, nil }),
					SettleWindow: window,
				}.Wrap(http.HandlerFunc(reviewHello))
				time.Sleep(200 * time.Millisecond)

				first := reviewAsk(h, "GET")
				modified = modified.Add(500 * time.Millisecond)
				time.Sleep(time.Hour)

				assert.Empty(t, first.Header.Get("Last-Modified"))
				date := modified.UTC().Truncate(time.Second).Format(http.TimeFormat)
				assert.Equal(t, date, reviewAsk(h, "GET").Header.Get("Last-Modified"), "sent once its second is over")
			})
		})
	}
}

// A QUERY of which nothing is generated is one user's answer all the same.
func TestReviewQueryIsPrivate(t *testing.T) {
	conditional := etag.Conditional{
		Revision: etag.NoRevision,
		Provider: etag.Version(reviewVersion),
		Identity: func(r *http.Request) string { return r.Header.Get("X-User") },
	}
	policy := cachecontrol.Rules{
		Policy:   cachecontrol.Policy{Public: true, MaxAge: time.Hour},
		Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour}},
	}
	h := policy.Wrap(conditional.Wrap(http.HandlerFunc(reviewHello)))

	for _, method := range []string{"GET", "HEAD", "QUERY"} {
		res := reviewAsk(h, method, "X-User", "ann")
		assert.Equal(t, "private, max-age=3600", res.Header.Get("Cache-Control"), method)
		assert.Empty(t, res.Header.Values("CDN-Cache-Control"), method)
	}
}

// Identity reaches every policy outside, not the nearest alone.
func TestReviewIdentityUnderTwoPolicies(t *testing.T) {
	conditional := etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(reviewVersion), Identity: func(*http.Request) string { return "ann" }}
	inner := cachecontrol.Policy{MaxAge: time.Minute}
	outer := cachecontrol.Rules{ // what the inner one leaves behind looks like its own preset
		Policy:   cachecontrol.Policy{Private: true, MaxAge: time.Minute},
		Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour}},
	}

	res := reviewAsk(outer.Wrap(inner.Wrap(conditional.Wrap(http.HandlerFunc(reviewHello)))), "GET")

	assert.Equal(t, "private, max-age=60", res.Header.Get("Cache-Control"))
	assert.Empty(t, res.Header.Values("CDN-Cache-Control"))
}

// A layer outside may write into the values that it finds in the header: that
// must not reach the next response.
func TestReviewValuesWrittenInPlace(t *testing.T) {
	for name, provider := range map[string]etag.Provider{"version": etag.Version(reviewVersion), "hash": etag.BodyHash{}} {
		for _, fields := range [][]string{nil, {"If-None-Match", "*"}, {"If-Match", `"other"`}} {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: provider}.Wrap(http.HandlerFunc(reviewHello))
			want := reviewAsk(h, "GET", fields...).Header.Clone()

			w := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/", nil)
			for i := 0; i < len(fields); i += 2 {
				r.Header.Add(fields[i], fields[i+1])
			}
			h.ServeHTTP(w, r)
			for _, values := range w.Header() {
				values[0] = "public, max-age=86400"
			}

			assert.Equal(t, want, reviewAsk(h, "GET", fields...).Header, "%s %v", name, fields)
		}
	}
}

// The server removes the files of a form from the request that it made, not
// from the copy that the handler of a guarded write is given.
func TestReviewFormFilesAreRemoved(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	server := httptest.NewServer(etag.Conditional{Revision: etag.NoRevision, Provider: etag.Version(reviewVersion)}.Wrap(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			assert.NoError(t, r.ParseMultipartForm(10))
			found, err := os.ReadDir(folder)
			assert.NoError(t, err)
			assert.NotEmpty(t, found, "the form does not fit into memory")
		})))
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("file", "name")
	require.NoError(t, err)
	_, _ = part.Write(make([]byte, 11<<20))
	require.NoError(t, parts.Close())

	r, err := http.NewRequest("PUT", server.URL, &form)
	require.NoError(t, err)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	r.Header.Set("If-Match", `"v1"`)
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	server.Close()

	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// http.ServeContent after CheckPreconditions has a parser of its own.
func TestReviewServeContentAfterCheck(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("v1")}) {
			return
		}
		http.ServeContent(w, r, "", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), bytes.NewReader([]byte("hello")))
	})
	const later = "Sat, 01 Jan 2022 00:00:00 GMT"
	for name, fields := range map[string][]string{
		"If-Match in the second line":                {"If-Match", `"x"`, "If-Match", `"v1"`},
		"a star with junk":                           {"If-None-Match", "*junk"},
		"a star in a list":                           {"If-None-Match", `*, "x"`},
		"an empty line, and a date":                  {"If-None-Match", "", "If-None-Match", `"v0"`, "If-Modified-Since", later},
		"If-Unmodified-Since beside an If-Match hit": {"If-Match", `"v1"`, "If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"},
	} {
		assert.Equal(t, 200, reviewAsk(h, "GET", fields...).StatusCode, name)
	}
}
