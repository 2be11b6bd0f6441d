package etag_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// checking is a handler that calls Check first.
func checking(c etag.Conditional, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.Check(w, r) {
			h(w, r)
		}
	})
}

// S26: Check answers as Wrap does, field by field.
func TestS26CheckIsWrap(t *testing.T) {
	user := func(r *http.Request) string { return r.Header.Get("X-User") }
	down := etag.Version(func(*http.Request) (string, error) { return "", http.ErrServerClosed })
	requests := [][]string{
		{"GET"}, {"HEAD"}, {"GET", "If-None-Match: *"}, {"GET", "If-None-Match: TAG"}, {"GET", `If-None-Match: "x"`}, {"GET", "If-Match: TAG"},
		{"GET", `If-Match: "x"`}, {"PUT"}, {"PUT", "If-Match: TAG"}, {"PUT", `If-Match: "x"`}, {"PUT", "If-Match: *"}, {"PUT", "If-None-Match: *"},
		{"DELETE", "If-Match: W/TAG"}, {"OPTIONS"}, {"QUERY"}, {"GET", "If-Modified-Since: " + httpDate(hourAgo)},
		{"PUT", "If-Unmodified-Since: " + httpDate(hourAgo.Add(-time.Hour))},
	}
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	for name, c := range map[string]etag.Conditional{
		"version":   {Provider: version("1")},
		"required":  {Provider: version("1"), RequirePrecondition: true},
		"salted":    {Provider: version("1"), Revision: "r", VaryOn: []string{"Accept", "X-Tenant"}, Identity: user, Key: []byte("k")},
		"a date":    {Provider: etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo, nil }), Revision: etag.NoRevision},
		"failing":   {Provider: down, RequirePrecondition: true},
		"absent":    {Provider: gone},
		"no tag":    {Provider: unlabeled},
		"negotiate": {Provider: version("1"), Negotiate: []etag.Selector{etag.Language("en", "de")}},
	} {
		for _, outside := range []func(http.Handler) http.Handler{func(h http.Handler) http.Handler { return h }, policy.Wrap} {
			tag := inProcess(c.Wrap(body("x")), "GET").Header.Get("ETag")
			for _, request := range requests {
				fields := append([]string{"X-User: ann"}, request[1:]...)
				for i := range fields {
					fields[i] = strings.ReplaceAll(fields[i], "TAG", tag)
				}
				var wrapped, checked observe.Event
				c.Observe = func(_ *http.Request, e observe.Event) { wrapped = e }
				want := inProcess(outside(c.Wrap(saying(200, "Content-Type: text/plain"))), request[0], fields...)
				c.Observe = func(_ *http.Request, e observe.Event) { checked = e }
				got := inProcess(outside(checking(c, saying(200, "Content-Type: text/plain"))), request[0], fields...)
				assert.Equal(t, want.StatusCode, got.StatusCode, "%s %q", name, request)
				assert.Equal(t, want.Header, got.Header, "%s %q", name, request)
				assert.Equal(t, bodyOf(t, want), bodyOf(t, got), "%s %q", name, request)
				assert.Equal(t, wrapped.Outcome, checked.Outcome, "%s %q", name, request)
				assert.Equal(t, wrapped.Reason, checked.Reason, "%s %q", name, request)
			}
		}
	}
}

// bodyOf reads the body of a response.
func bodyOf(t testing.TB, res *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(content)
}

// The handler does not run after Check has answered.
func TestCheckAnswersInsteadOfTheHandler(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("1")}
	c := etag.Conditional{Provider: version("1"), Revision: etag.NoRevision}
	for _, test := range []struct {
		method, field string
		want          int
	}{
		{"GET", `If-None-Match: "1"`, 304}, {"GET", `If-Match: "0"`, 412}, {"HEAD", `If-None-Match: "1"`, 304},
		{"PUT", `If-Match: "0"`, 412}, {"GET", `If-None-Match: "0"`, 200}, {"PUT", `If-Match: "1"`, 200},
	} {
		s := body("x")
		for _, h := range []http.Handler{
			checking(c, s.ServeHTTP),
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !etag.CheckPreconditions(w, r, v) {
					s.ServeHTTP(w, r)
				}
			}),
		} {
			s.runs = 0
			assert.Equal(t, test.want, inProcess(h, test.method, test.field).StatusCode, "%s %s", test.method, test.field)
			assert.Equal(t, test.want == 200, s.runs == 1, "%s %s", test.method, test.field)
		}
	}
}

func TestCheckContext(t *testing.T) {
	c := etag.Conditional{Provider: version("1"), Revision: etag.NoRevision}
	ran := false
	h := checking(c, func(w http.ResponseWriter, r *http.Request) {
		ran = true
		v, ok := etag.FromContext(r.Context())
		assert.True(t, ok)
		assert.Equal(t, "1", v.Tag.Opaque())
		assert.True(t, etag.Wrote(w, r, etag.Validators{Tag: etag.Strong("2")}))
	})
	assert.Equal(t, `"2"`, inProcess(h, "PUT", `If-Match: "1"`).Header.Get("ETag"))
	assert.True(t, ran)
}

func TestCheckUnderAHash(t *testing.T) {
	var logged strings.Builder
	c := etag.Conditional{Provider: etag.BodyHash{}, Logger: textLogger(&logged)}
	h := checking(c, saying(200))
	assert.Empty(t, inProcess(h, "GET").Header["Etag"])
	assert.Contains(t, logged.String(), "use Conditional.Wrap")
}

// J9: a handler under a Conditional may call CheckPreconditions: its tag is its
// own, and the route keeps its 304s.
func TestJ9CheckPreconditionsInside(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Plain") == "" && etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("own")}) {
			return
		}
		_, _ = w.Write([]byte("x"))
	}))
	require.Equal(t, `"own"`, inProcess(h, "GET").Header.Get("ETag"))
	assert.Equal(t, 304, inProcess(h, "GET", `If-None-Match: "own"`).StatusCode)
	assert.Equal(t, `"1"`, inProcess(h, "GET", "X-Plain: 1").Header.Get("ETag"))
	assert.Equal(t, 304, inProcess(h, "GET", `If-None-Match: "1"`, "X-Plain: 1").StatusCode)
}

// M3: under a policy that sets nothing on a 200, a validator has a Cache-Control
// of its own.
func TestM3CheckPreconditionsUnderErrorsAlone(t *testing.T) {
	rules := cachecontrol.Rules{ByStatus: map[int]cachecontrol.Policy{404: {MaxAge: time.Second}}}
	h := rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("1")}) {
			_, _ = w.Write([]byte("x"))
		}
	}))
	for _, field := range []string{"X: y", `If-None-Match: "1"`} {
		assert.Equal(t, "private, no-cache", inProcess(h, "GET", field).Header.Get("Cache-Control"))
	}
}

// What CheckPreconditions removes, and what it sets.
func TestCheckPreconditionsFields(t *testing.T) {
	inside := func(v etag.Validators) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Set-Cookie", "a=b")
			if etag.CheckPreconditions(w, r, v) {
				return
			}
			assert.Empty(t, r.Header["If-Range"])
			assert.Empty(t, r.Header["Range"])
			_, _ = io.WriteString(w, "content\n")
		}
	}
	v := etag.Validators{Tag: etag.Strong("a")}
	got := onWire(t, inside(v), "GET", `If-None-Match: "a"`)
	require.Equal(t, 304, got.status)
	require.Empty(t, got.header["Content-Encoding"])
	require.Empty(t, got.header["Set-Cookie"])

	require.Equal(t, 200, onWire(t, inside(v), "GET", "Range: bytes=0-1", `If-Range: "b"`).status)

	none := onWire(t, inside(etag.Validators{}), "GET")
	require.Empty(t, none.header["Cache-Control"], "nothing to declare")
	require.Empty(t, onWire(t, inside(v), "PUT").header["Cache-Control"])

	young := etag.Validators{LastModified: time.Now()}
	require.Equal(t, 412, onWire(t, inside(young), "PUT", "If-Unmodified-Since: "+httpDate(hourAgo)).status, "too young to send, not to stop a write")
	require.Equal(t, 200, onWire(t, inside(young), "GET", "If-Modified-Since: "+httpDate(time.Now())).status)
}

// S34: CheckPreconditions does not send a time younger than 2 s. It marks the tag
// as young only if the provider of a time made it.
func TestS34YoungTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(-time.Second)
		rows, err := etag.LastModified(func(*http.Request) (time.Time, error) { return at, nil }).Validators(newRequest("GET"))
		require.NoError(t, err)
		for name, test := range map[string]struct {
			v   etag.Validators
			tag string
		}{
			"made by hand":    {etag.Validators{Tag: etag.Strong("5"), LastModified: at}, `^"5"$`},
			"of LastModified": {rows, `!"$`},
		} {
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !etag.CheckPreconditions(w, r, test.v) {
					_, _ = io.WriteString(w, "x")
				}
			})
			res := inProcess(h, "GET")
			assert.Regexp(t, test.tag, res.Header.Get("ETag"), name)
			assert.Empty(t, res.Header["Last-Modified"], name)
		}
		time.Sleep(2 * time.Second)
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { etag.CheckPreconditions(w, r, rows) })
		assert.Equal(t, httpDate(at), inProcess(h, "GET").Header.Get("Last-Modified"))
	})
}
