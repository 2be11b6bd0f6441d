package etag_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Corners that mutants of the code lived in.
func TestCorners(t *testing.T) {
	long := `"` + strings.Repeat("x", 200) + `"`
	hash := etag.BodyHash{}
	hidden := etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
		v, err := hash.Validators(r)
		v.CoversContent = true
		return v, err
	})
	notFound := cachecontrol.Rules{ByStatus: map[int]cachecontrol.Policy{404: {Public: true, MaxAge: 10 * time.Second}}}
	check(t, []rule{
		{name: "* on a second line, the current tag on the first", ask: []string{"GET", `If-None-Match: "a"`, "If-None-Match: *"}, status: 200},
		{name: "junk on a second line, the current tag on the first", ask: []string{"GET", `If-None-Match: "a"`, "If-None-Match: junk"}, status: 304},
		{name: "the current tag alone beside a false date", ask: []string{"GET", `If-None-Match: "a"`, "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, status: 412},
		{name: "a coding behind a hash", provider: hash, ask: []string{"GET", `If-None-Match: W/"` + plainSum + `-gzip"`}, status: 304, ran: true},
		{name: "a coding behind a salted hash", provider: hash, with: func(c *etag.Conditional) { c.Revision = "r" }, ask: []string{"GET", `If-None-Match: W/"` + contentSum + `-gzip"`}, status: 200},
		{name: "a long tag of somebody's own stays", provider: known(long, hourAgo), ask: []string{"GET"}, status: 200, fields: map[string]string{"Etag": long}},
		{name: "a long tag of somebody's own matches", provider: known(long, hourAgo), ask: []string{"GET", "If-None-Match: " + long}, status: 304, fields: map[string]string{"Etag": long}},
		{name: "QUERY and a hash that claims to cover", provider: hidden, ask: []string{"QUERY", "If-None-Match: *"}, status: 200, fields: map[string]string{"Etag": ""}},
		{name: "a handler that says nothing", handler: func(http.ResponseWriter, *http.Request) {}, ask: []string{"GET"}, status: 200, fields: map[string]string{"Etag": "", "Last-Modified": ""}},
		{name: "an error that the policy names", outside: notFound.Wrap, handler: saying(404), ask: []string{"GET"}, status: 404,
			fields: map[string]string{"Cache-Control": "public, max-age=10", "Etag": ""}},
		{name: "a date from outside that the handler takes back", outside: presetting("Last-Modified: " + httpDate(hourAgo)), provider: version("a"), ask: []string{"GET"}, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Del("Last-Modified")
				_, _ = io.WriteString(w, "content\n")
			}, fields: map[string]string{"Etag": `"a"`}},
		{name: "a policy from outside that the handler takes back", outside: presetting("Cache-Control: max-age=5"), ask: []string{"GET"}, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Del("Cache-Control")
				_, _ = io.WriteString(w, "content\n")
			}, fields: map[string]string{"Etag": ""}},
	})

	t.Run("a coding behind a keyed tag and a salted one", func(t *testing.T) {
		for _, c := range []etag.Conditional{
			{Provider: known(`"v1"`, hourAgo), Key: []byte("k")},
			{Provider: known(`"v1"`, hourAgo), Revision: "r"},
			{Provider: etag.BodyHash{}, Revision: "r"},
		} {
			tag := strings.TrimSuffix(tagOf(t, c, saying(200)), `"`)
			require.Equal(t, 304, onWire(t, c.Wrap(saying(200)), "GET", "If-None-Match: "+tag+`-br"`).status)
		}
	})
	t.Run("several routes that vary are remembered", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Pattern != "/steady" {
				w.Header().Set("Vary", "X-Tenant")
			}
			_, _ = io.WriteString(w, "content\n")
		}))
		srv := quiet(nil)
		defer srv.Close()
		mux := http.NewServeMux()
		srv.Config.Handler = mux
		for _, path := range []string{"/a", "/b", "/c", "/steady"} {
			mux.Handle(path, h)
		}
		get := func(path string, fields ...string) int {
			return dialed(t, srv.Listener.Addr().String(), append([]string{"GET " + path}, fields...)...).status
		}
		for _, path := range []string{"/a", "/b", "/c"} {
			require.Equal(t, 304, get(path, `If-None-Match: "v1"`))
			require.Equal(t, 200, get(path))
		}
		for path, want := range map[string]int{"/a": 200, "/b": 200, "/c": 200, "/steady": 304} {
			require.Equal(t, want, get(path, `If-None-Match: "v1"`), path)
		}
	})
}

func TestCheckPreconditionsCorners(t *testing.T) {
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

// What a handler does that a 304 cannot know is written to the server's log,
// once for a route.
func TestHandlerVariesIsLoggedOnce(t *testing.T) {
	var written strings.Builder
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), Logger: slog.New(slog.NewTextHandler(&written, nil))}
	h := c.Wrap(saying(200, "Vary: X-Tenant"))
	for range 3 {
		inProcess(h, "GET")
	}
	require.Equal(t, 1, strings.Count(written.String(), "\n"), written.String())
	require.Contains(t, written.String(), "etag: ")
	require.Contains(t, written.String(), "Vary")
}

// S15: a length that the handler has not declared is left to the server: a
// compressor outside that leaves the header alone would truncate its body.
func TestS15HashedLength(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			_, _ = io.WriteString(w, strings.Repeat("x", 100))
		}
	}))
	full := onWire(t, h, "GET")
	require.Empty(t, full.header["Content-Length"])
	require.NotEmpty(t, full.header["Etag"])
	head := onWire(t, h, "HEAD")
	require.Empty(t, head.header["Content-Length"])
	require.Equal(t, full.header["Etag"], head.header["Etag"])
}

// A foreign tag keeps what merely looks like our escapes.
func TestOpaqueOfForeignTags(t *testing.T) {
	for wire, want := range map[string]string{
		`"%2G"`: "%2G", `"%G2"`: "%G2", `"%2c"`: "%2c", `"%41"`: "%41", `"%"`: "%", `"%2"`: "%2", `"%2C"`: ",", `"a%2Dgzip"`: "a-gzip", `"a%2Dx"`: "a%2Dx",
	} {
		tag, err := etag.Parse(wire)
		require.NoError(t, err)
		require.Equal(t, want, tag.Opaque(), wire)
	}
}
