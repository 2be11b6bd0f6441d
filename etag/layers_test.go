package etag_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// A layer outside that writes into a field's value, instead of setting it,
// spoils the response that it writes into and no other.
func TestLayerThatWritesIntoValues(t *testing.T) {
	for name, p := range map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}} {
		t.Run(name, func(t *testing.T) {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(body("x"))
			spoil := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r)
				for _, values := range w.Header() {
					for i := range values {
						values[i] = "public, max-age=86400"
					}
				}
			})
			r := httptest.NewRequest("GET", "/", nil)
			for range 2 {
				spoil.ServeHTTP(httptest.NewRecorder(), r.Clone(t.Context()))
				r.Header.Set("If-None-Match", onWire(t, h, "GET").header.Get("ETag"))
			}
			res := onWire(t, h, "GET", "If-None-Match: "+r.Header.Get("If-None-Match"))
			require.Equal(t, 304, res.status)
			for _, res := range []reply{res, onWire(t, h, "GET")} {
				require.Equal(t, "private, no-cache", res.header.Get("Cache-Control"))
				require.Equal(t, r.Header.Get("If-None-Match"), res.header.Get("ETag"))
			}
		})
	}
}

// A layer outside that recovers from a panic sends its error without what the
// held 200 had said about itself.
func TestPanicWhileHeld(t *testing.T) {
	for name, length := range map[string]string{"the handler's": "", "the digest's": "4", "the digest's, at the end": "none"} {
		t.Run(name, func(t *testing.T) { testPanicWhileHeld(t, length) })
	}
}

func testPanicWhileHeld(t *testing.T, length string) {
	digest := func([]byte) [16]byte { panic("no digest") }
	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Digest: digest}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		w.Header().Set("Last-Modified", "Mon, 01 Jan 2001 00:00:00 GMT")
		if length == "4" {
			w.Header().Set("Content-Length", length)
		}
		_, _ = w.Write([]byte("half"))
		if length == "" {
			panic("no more")
		}
	}))
	recovering := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "sorry", http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	})
	res := onWire(t, recovering, "GET")
	require.Equal(t, 500, res.status)
	require.Equal(t, "no-store", res.header.Get("Cache-Control"))
	require.Empty(t, res.header.Get("Last-Modified"))
}

// A layer between policy and hash that recovers answers for itself: the policy
// judges its header, and not that of the 200 that was held.
func TestCookieAfterPanicWhileHeld(t *testing.T) {
	h := etag.Conditional{Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("no more")
	}))
	recovering := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.Header()["set-cookie"] = []string{"session=1"}
				w.Header()["cdn-cache-control"] = []string{"max-age=60"}
				_, _ = w.Write([]byte("a page without the list"))
			}
		}()
		h.ServeHTTP(w, r)
	})
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	res := onWire(t, policy.Wrap(recovering), "GET")
	require.Equal(t, 200, res.status)
	require.Equal(t, "session=1", res.header.Get("Set-Cookie"))
	require.Equal(t, "private, max-age=60", res.header.Get("Cache-Control"))
	require.Empty(t, res.header.Get("CDN-Cache-Control"))
}

// A tag that is made of one of ours has to settle as well: two writes in one
// tick would have it stand for both.
func TestTagMadeOfOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now()
		rows := etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil })
		h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
			v, err := rows.Validators(r)
			v.Tag = etag.Weak(v.Tag.Opaque() + "_template7")
			return v, err
		})}.Wrap(body("x"))
		require.Regexp(t, `_template7!"$`, inProcess(h, "GET").Header.Get("ETag"))
		time.Sleep(2 * time.Second)
		require.Regexp(t, `_template7"$`, inProcess(h, "GET").Header.Get("ETag"))
	})
}

// A date is in whole seconds, so that its second has to be over before it can
// tell anything, however well the times are told apart.
func TestDateOfARunningSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(100 * time.Millisecond)
		p := etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil })
		h := etag.Conditional{Revision: etag.NoRevision, Provider: p, SettleWindow: etag.NoSettleWindow}.Wrap(body("x"))
		time.Sleep(200 * time.Millisecond)
		require.Empty(t, inProcess(h, "GET").Header.Get("Last-Modified"))
		require.Equal(t, 200, inProcess(h, "GET", "If-Modified-Since: "+httpDate(at)).StatusCode)
		time.Sleep(time.Second)
		require.Equal(t, 304, inProcess(h, "GET", "If-Modified-Since: "+inProcess(h, "GET").Header.Get("Last-Modified")).StatusCode)
	})
}

// The answer to a QUERY that the provider does not cover is one user's all the
// same.
func TestIdentityOfQuery(t *testing.T) {
	policy := cachecontrol.Rules{
		Policy:   cachecontrol.Policy{Public: true, MaxAge: time.Hour},
		Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour}},
	}
	for name, p := range map[string]etag.Provider{
		"not covered": version("v1"),
		"failing":     etag.Version(func(*http.Request) (string, error) { return "", io.ErrUnexpectedEOF }),
	} {
		t.Run(name, func(t *testing.T) {
			c := etag.Conditional{Revision: etag.NoRevision, Provider: p, Identity: func(*http.Request) string { return "leia" }}
			res := onWire(t, policy.Wrap(policy.Wrap(c.Wrap(body("hers")))), "QUERY")
			require.Equal(t, "private, max-age=3600", res.header.Get("Cache-Control"))
			require.Empty(t, res.header.Get("CDN-Cache-Control"))
			require.Empty(t, res.header.Get("ETag"))
		})
	}
}

// Negative caching is the policy's business, also of one that says nothing on
// a 200; there the validators keep their own Cache-Control.
func TestPolicyOfErrorsAlone(t *testing.T) {
	policy := cachecontrol.Rules{ByStatus: map[int]cachecontrol.Policy{404: {MaxAge: 10 * time.Second}}}
	for status, want := range map[int]string{200: "private, no-cache", 404: "max-age=10", 500: "no-store"} {
		h := policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
		})))
		require.Equal(t, want, onWire(t, h, "GET").header.Get("Cache-Control"), "%d", status)
	}
	h := policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), RequirePrecondition: true}.Wrap(body("x")))
	require.Equal(t, "no-store", onWire(t, h, "PUT").header.Get("Cache-Control"))
}

// CheckPreconditions decides, and http.ServeContent after it does not decide
// otherwise by a parser of its own.
func TestServeContentAfterCheckPreconditions(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("v1"), LastModified: time.Unix(1e9, 0)}) {
			return
		}
		http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader("content"))
	})
	date := time.Unix(1e9, 0).UTC().Format(http.TimeFormat)
	for name, tt := range map[string]struct {
		fields []string
		status int
	}{
		"junk that begins with a *":    {[]string{`If-None-Match: *junk`}, 200},
		"* beside another tag":         {[]string{`If-None-Match: *, "x"`}, 200},
		"a date beside an empty field": {[]string{`If-None-Match: `, `If-None-Match: "x"`, "If-Modified-Since: " + date}, 200},
		"the second line":              {[]string{`If-Match: "x"`, `If-Match: "v1"`}, 200},
		"the second line, a range":     {[]string{`If-Match: "x"`, `If-Match: "v1"`, "Range: bytes=0-2"}, 206},
		"a range of our tag":           {[]string{`If-Range: "v1"`, "Range: bytes=0-2"}, 206},
		"a range of another":           {[]string{`If-Range: "x"`, "Range: bytes=0-2"}, 200},
		"the tag":                      {[]string{`If-None-Match: "v1"`}, 304},
	} {
		t.Run(name, func(t *testing.T) {
			res := onWire(t, h, append([]string{"GET"}, tt.fields...)...)
			require.Equal(t, tt.status, res.status)
			require.Equal(t, `"v1"`, res.header.Get("ETag"))
		})
	}
}

// A handler that is let go on sees a copy of the request; the server still
// finds the files of its form, and removes them.
func TestFilesOfAGuardedForm(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "large")
	require.NoError(t, err)
	_, err = part.Write(bytes.Repeat([]byte("x"), 64<<10))
	require.NoError(t, err)
	require.NoError(t, m.Close())
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 10); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	srv := httptest.NewServer(h)
	r, err := http.NewRequest("PUT", srv.URL, &form)
	require.NoError(t, err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("If-Match", `"v1"`)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
	srv.Close() // waits until the server is done with the request
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

// A Conditional around another one takes the tag of the inner one for the
// handler's own, and its Vary for what a 304 has to repeat.
func TestConditionalAroundAnother(t *testing.T) {
	around := etag.Conditional{Revision: etag.NoRevision, Provider: version("outer")}
	tagged := around.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: version("inner")}.Wrap(body("x")))
	require.Equal(t, []string{`"inner"`}, onWire(t, tagged, "GET").header["Etag"])
	require.Equal(t, 304, onWire(t, tagged, "GET", `If-None-Match: "inner"`).status)

	varies := around.Wrap(etag.Conditional{Provider: version(""), VaryOn: []string{"X-Tenant"}}.Wrap(body("x")))
	res := onWire(t, varies, "GET")
	require.Equal(t, "X-Tenant", res.header.Get("Vary"))
	require.NotEqual(t, `"outer"`, res.header.Get("ETag"), "a 304 of the outer one would have no Vary")
	require.Equal(t, 200, onWire(t, varies, "GET", `If-None-Match: "outer"`).status)
}

// A targeted field from outside does not let a cache share the 304 of a request
// with Authorization.
func TestTargetedFieldOnPrivate304(t *testing.T) {
	h := presetting("CDN-Cache-Control: max-age=60")(cachecontrol.Rules{Vary: []string{"Origin"}}.Wrap(
		etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(body("x"))))
	for _, match := range []string{"X-None: none", `If-None-Match: "v1"`} {
		require.Equal(t, "max-age=60", onWire(t, h, "GET", match).header.Get("CDN-Cache-Control"))
		require.Empty(t, onWire(t, h, "GET", match, "Authorization: Bearer x").header.Get("CDN-Cache-Control"))
	}
}

// A handler that runs though the tag matches, because the server needs a
// Content-Type that nobody knows, does not see the dates of the request.
func TestConditionsAreHiddenWithoutA304(t *testing.T) {
	var seen http.Header
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		w.WriteHeader(http.StatusNoContent)
	}))
	check := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Check
	checked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.False(t, check(w, r))
		seen = r.Header
	})
	for _, h := range []http.Handler{h, checked} {
		r := newRequest("GET", `If-None-Match: "v1"`, "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT", "If-Range: x", "X-Id: 1")
		h.ServeHTTP(typed{httptest.NewRecorder()}, r)
		require.Equal(t, http.Header{"If-None-Match": {`"v1"`}, "X-Id": {"1"}}, seen)
	}
}

// A layer between the policy and the Conditional may answer while the handler still
// runs: a timeout of somebody's own, for one. The tag is not of that body.
func TestLayerThatAnswersBeforeTheHandler(t *testing.T) {
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}
	for name, outside := range map[string]func(http.Handler) http.Handler{
		"no policy": func(h http.Handler) http.Handler { return h },
		"a policy":  cachecontrol.Policy{Public: true, MaxAge: time.Minute}.Wrap,
	} {
		t.Run(name, func(t *testing.T) {
			impatient := outside(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				running, answered, ended := make(chan bool), make(chan bool), make(chan bool)
				go func() {
					defer close(ended)
					c.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
						close(running)
						<-answered
					})).ServeHTTP(w, r)
				}()
				<-running
				_, err := io.WriteString(w, "busy, come back later")
				assert.NoError(t, err)
				close(answered)
				<-ended
			}))
			res := onWire(t, impatient, "GET")
			assert.Equal(t, 200, res.status)
			assert.Empty(t, res.header["Etag"])
		})
	}
}
