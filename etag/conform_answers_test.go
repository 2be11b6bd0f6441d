package etag_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// The 304, RFC 9110, section 15.4.5.
func TestConformNotModified(t *testing.T) {
	hit := []string{"GET", `If-None-Match: "a"`}
	plain := known(`"a"`, hourAgo)
	own := saying(200, `ETag: "a"`, "Content-Type: text/plain", "Content-Encoding: gzip", "Content-Language: en", "Cache-Control: max-age=60",
		"Vary: Accept", "Content-Location: /a.json", "Access-Control-Allow-Origin: *", "CDN-Cache-Control: max-age=600", "Trailer: X-Sum")
	hash := etag.BodyHash{}
	check(t, []rule{
		{name: "C075 the handler's own, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true,
			fields: map[string]string{"Etag": `"a"`, "Cache-Control": "max-age=60", "Vary": "Accept", "Content-Location": "/a.json"}},
		{name: "C076 no metadata of the content, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true,
			fields: map[string]string{"Content-Type": "", "Content-Encoding": "", "Content-Language": "", "Content-Length": "", "Trailer": ""}},
		{name: "C082 the tag that a compressor outside has marked stays marked", provider: version("a"), ask: []string{"GET", `If-None-Match: "x", "a-gzip"`}, status: 304, fields: map[string]string{"Etag": `"a-gzip"`}},
		{name: "C080 beside the tag itself a marked one does not count", provider: version("a"), ask: []string{"GET", `If-None-Match: "a-gzip", "a"`}, status: 304, fields: map[string]string{"Etag": `"a"`}},
		{name: "C085 CORS, a hash", provider: hash, handler: own, ask: hit, status: 304, ran: true, fields: map[string]string{"Access-Control-Allow-Origin": "*"}},
	})

	t.Run("C078 what the handler writes is dropped", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: hash}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"a"`)
			for range 100 {
				n, err := io.WriteString(w, "0123456789")
				assert.NoError(t, err)
				assert.Equal(t, 10, n)
			}
			w.Header().Set(http.TrailerPrefix+"X-Sum", "1")
		}))
		got := onWire(t, h, hit...)
		require.Equal(t, 304, got.status)
		require.Empty(t, got.body)
		require.Empty(t, got.extra)
	})
	t.Run("C079 no length", func(t *testing.T) {
		for _, p := range []etag.Provider{plain, hash} {
			got := onWire(t, etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(own), hit...)
			require.Equal(t, 304, got.status)
			require.NotContains(t, got.header, "Content-Length")
		}
	})
	t.Run("C081 the same policy and tag as the 200", func(t *testing.T) {
		for _, p := range []etag.Provider{plain, hash} {
			for _, layer := range []func(http.Handler) http.Handler{presetting(), presetting("Cache-Control: max-age=60", "Vary: Origin")} {
				h := layer(etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(saying(200)))
				full := onWire(t, h, "GET")
				again := onWire(t, h, "GET", "If-None-Match: "+full.header.Get("ETag"))
				require.Equal(t, 304, again.status)
				for _, name := range []string{"Etag", "Cache-Control", "Vary", "Last-Modified"} {
					require.Equal(t, full.header[name], again.header[name], name)
				}
			}
		}
	})
}

// Refusals, RFC 9110, section 15.5.13 and RFC 6585, section 3.
func TestConformRefusals(t *testing.T) {
	t.Run("C090 428 says how to retry", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: version("a"), RequirePrecondition: true}.Wrap(saying(200))
		require.Contains(t, onWire(t, h, "PUT").body, "If-Match")
	})
}

// X6: a client of a JSON API gets each refusal as a problem detail (RFC 9457).
func TestX6Problems(t *testing.T) {
	guard := func(p etag.Provider) etag.Conditional {
		return etag.Conditional{Revision: etag.NoRevision, Provider: p, RequirePrecondition: true, Logger: slog.New(slog.DiscardHandler)}
	}
	guarded := guard(version("a")).Wrap(saying(200))
	broken := guard(etag.Version(func(*http.Request) (string, error) { return "", errors.New("down") })).Wrap(saying(200))
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	hashed := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap(saying(200, `ETag: "a"`))
	inside := func(w http.ResponseWriter, r *http.Request) {
		etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("a")})
	}
	for name, test := range map[string]struct {
		handler http.Handler
		ask     []string
		status  int
		title   string
		advice  string
		tag     string
	}{
		"412":                        {guarded, []string{"PUT", `If-Match: "old"`}, 412, "Precondition Failed", "Fetch the resource again", `"a"`},
		"412 on a read":              {guarded, []string{"GET", `If-Match: "old"`}, 412, "Precondition Failed", "Fetch the resource again", `"a"`},
		"412 for a weakened tag":     {guarded, []string{"PUT", `If-Match: W/"a"`}, 412, "Precondition Failed", "can set Conditional.AcceptWeakenedIfMatch", `"a"`},
		"412 for a list":             {guarded, []string{"PUT", "If-Match: " + strings.Repeat(`"x",`, 1001)}, 412, "Precondition Failed", "with one entity-tag", `"a"`},
		"428":                        {guarded, []string{"PUT"}, 428, "Precondition Required", "If-None-Match: *", ""},
		"503":                        {broken, []string{"PUT", `If-Match: "a"`}, 503, "Service Unavailable", "Repeat the request later", ""},
		"412 under a policy":         {policy.Wrap(guarded), []string{"PUT", `If-Match: "old"`}, 412, "Precondition Failed", "Fetch the resource again", `"a"`},
		"428 under a policy":         {policy.Wrap(guarded), []string{"PUT"}, 428, "Precondition Required", "If-None-Match: *", ""},
		"412 of a handler's own tag": {hashed, []string{"GET", `If-Match: "old"`}, 412, "Precondition Failed", "Fetch the resource again", `"a"`},
		"412 of CheckPreconditions":  {http.HandlerFunc(inside), []string{"PUT", `If-Match: "old"`}, 412, "Precondition Failed", "Fetch the resource again", `"a"`},
		"412 of PreconditionFailed":  {http.HandlerFunc(etag.PreconditionFailed), []string{"PUT"}, 412, "Precondition Failed", "Fetch the resource again", ""},
		"412 after what layers outside set": {presetting("Content-Type: text/html", "Content-Encoding: gzip", "Content-Length: 8", "Cache-Control: max-age=60")(guarded),
			[]string{"PUT", `If-Match: "old"`}, 412, "Precondition Failed", "Fetch the resource again", `"a"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := onWire(t, test.handler, test.ask...)
			require.NoError(t, got.broken)
			require.Empty(t, got.extra)
			require.Equal(t, test.status, got.status)
			for field, want := range map[string]string{
				"Content-Type": "application/problem+json", "Content-Length": strconv.Itoa(len(got.body)),
				"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			} {
				require.Equal(t, []string{want}, got.header[field], field)
			}
			require.NotContains(t, got.header, "Content-Encoding")
			require.Equal(t, test.tag, got.header.Get("ETag"))

			var members map[string]any
			require.NoError(t, json.Unmarshal([]byte(got.body), &members))
			require.Equal(t, test.title, members["title"])
			require.EqualValues(t, test.status, members["status"])
			require.Contains(t, members["detail"], test.advice)
			require.Len(t, members, 3, "no type, which means about:blank")
		})
	}
	t.Run("HEAD has the same fields and no body", func(t *testing.T) {
		get := onWire(t, guarded, "GET", `If-Match: "old"`)
		head := onWire(t, guarded, "HEAD", `If-Match: "old"`)
		require.Equal(t, 412, head.status)
		require.Empty(t, head.body)
		require.Empty(t, head.extra)
		get.header.Del("Date")
		head.header.Del("Date")
		require.Equal(t, get.header, head.header)
	})
}

// State-changing answers.
func TestConformWrites(t *testing.T) {
	none := map[string]string{"Etag": "", "Last-Modified": ""}
	check(t, []rule{
		{name: "C093 a hash", provider: etag.BodyHash{}, ask: []string{"PUT"}, status: 200, fields: none},
	})
}
