package cachetest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

const (
	aws        = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
	cloudflare = "https://developers.cloudflare.com/cache/"
	google     = "https://cloud.google.com/cdn/docs/"
)

// A claim is what a vendor documents, as a script.
type claim struct {
	name   string
	url    string // where it is documented
	read   string // the date on which the page was read
	change func(*cachetest.Profile)
	origin []string // fields that the origin sends
	big    bool     // 2,000 octets of text; otherwise "answer N"
	script string
}

var cloudFrontClaims = []claim{
	{"CF1 an unreachable origin and no-cache", aws + "Expiration.html", "2026-11", nil, []string{"Cache-Control: no-cache", `ETag: "a"`}, false, `
		+0s   GET /  Miss
		+5s   down
		+10s  GET /  Stale  200`},
	{"CF1 an unreachable origin and no-store under a minimum TTL", aws + "Expiration.html", "2026-11",
		func(p *cachetest.Profile) { p.TTL.Min = time.Minute }, []string{"Cache-Control: no-store"}, false, `
		+0s    GET /  Miss
		+5s    down
		+100s  GET /  Stale  200`},
	{"CF1 stale-if-error=0 stops it", aws + "Expiration.html", "2026-11", nil, []string{"Cache-Control: max-age=60, stale-if-error=0"}, false, `
		+0s    GET /  Miss
		+5s    down
		+100s  GET /  Failed  502  x-cache=Errorfromcloudfront`},
	{"CF2 must-revalidate does not stop it", aws + "HTTPStatusCodes.html", "2026-11", nil, []string{"Cache-Control: max-age=60, must-revalidate"}, false, `
		+0s    GET /  Miss
		+5s    answer 503
		+100s  GET /  Stale  200`},
	{"CF2 s-maxage does not stop it", aws + "HTTPStatusCodes.html", "2026-11", nil, []string{"Cache-Control: s-maxage=60"}, false, `
		+0s    GET /  Miss
		+5s    answer 500
		+100s  GET /  Stale  200`},
	{"CF3 X-Cache is RefreshHit", "https://stackoverflow.com/questions/71778683", "2026-11", nil, []string{"Cache-Control: max-age=60, must-revalidate"}, false, `
		+0s    GET /  Miss
		+5s    answer 503
		+100s  GET /  Stale  x-cache=RefreshHitfromcloudfront`},
	{"CF4 every status from 500 to 599", aws + "Expiration.html", "2026-11", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s    GET /  Miss
		+5s    answer 507
		+100s  GET /  Stale  200`},
	{"CF5 the windows end at the maximum TTL", aws + "Expiration.html", "2026-11",
		func(p *cachetest.Profile) { p.TTL.Max = 60 * time.Second }, []string{"Cache-Control: max-age=30, stale-while-revalidate=3600"}, false, `
		+0s    GET /  Miss
		+50s   GET /  Updating
		+150s  GET /  Changed`},
	{"CF6 Vary: * under a minimum TTL", aws + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11",
		func(p *cachetest.Profile) { p.TTL.Min = time.Minute }, []string{"Vary: *"}, false, `
		+0s   GET /  Miss
		+10s  GET /  Hit`},
	{"CF6 Vary: * without one", aws + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11", nil, []string{"Vary: *", "Cache-Control: max-age=60"}, false, `
		+0s   GET /  Bypass
		+10s  GET /  Bypass`},
	{"CF7 HEAD is cached", aws + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s    HEAD /  Miss
		+10s   HEAD /  Hit   age=10
		+20s   GET  /  Miss
		+30s   HEAD /  Hit   age=10
		+100s  HEAD /  Revalidated`},
	{"CF8 no coding is identity", aws + "controlling-the-cache-key.html", "2026-11", nil, nil, false, `
		+0s  GET /                          Miss  >accept-encoding=identity
		+1s  GET /a Accept-Encoding:deflate  Miss  >accept-encoding=identity`},
	{"CF9 codings without a space", aws + "controlling-the-cache-key.html", "2026-11", nil, nil, false, `
		+0s  GET / Accept-Encoding:gzip,br,deflate  Miss  >accept-encoding=br,gzip`},
	{"CF10 cookies are sorted by name", aws + "Cookies.html", "2026-11",
		func(p *cachetest.Profile) { p.Key.Cookies = []string{"*"} }, []string{"Cache-Control: max-age=60"}, false, `
		+0s  GET / Cookie:b=1;a=2  Miss  >cookie=a=2;b=1
		+1s  GET / Cookie:a=2;b=1  Hit`},
	{"CF11 the origin's own Host", aws + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11", nil, nil, false, `
		+0s  GET /  Miss  text=origin.example.com`},
	{"CF12 a part is passed on", aws + "RangeGETs.html", "2026-11", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s  GET / Range:bytes=0-1  Miss  >range=bytes=0-1`},
	{"compression weakens a strong tag", aws + "ServingCompressedFiles.html", "2026-11", nil,
		[]string{"Cache-Control: max-age=60", `ETag: "a"`, "Content-Type: application/json", "Content-Length: 2000"}, true, `
		+0s  GET / Accept-Encoding:gzip  Miss  etag=W/"a"  content-encoding=gzip
		+1s  GET / Accept-Encoding:gzip  Hit   etag=W/"a"  content-encoding=gzip
		+2s  GET /                       Miss  etag="a"    -content-encoding
		+3s  GET / Accept-Encoding:gzip  If-None-Match:W/"a"  Hit  304`},
	{"no compression without Content-Length", aws + "ServingCompressedFiles.html", "2026-11", func(p *cachetest.Profile) { p.Compress.Min = 1 },
		[]string{"Cache-Control: max-age=60", `ETag: "a"`, "Content-Type: application/x-unknown"}, true, `
		+0s  GET / Accept-Encoding:gzip  Miss  etag="a"  -content-encoding`},
	{"a method that is not allowed", aws + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11",
		func(p *cachetest.Profile) { p.Forward.Methods = []string{"GET", "HEAD"} }, nil, false, `
		+0s  POST /  Refused  403  x-cache=Errorfromcloudfront`},
	{"an origin that hangs is tried three times", aws + "RequestAndResponseBehaviorCustomOrigin.html", "2026-11", nil, nil, false, `
		+0s  slow 10m
		+1s  GET /  Failed  504`},
}

var cloudflareClaims = []claim{
	{"CL1 Origin is in the key", cloudflare + "how-to/cache-keys/", "2026-11", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s  GET / Origin:https://a.example  Miss
		+1s  GET / Origin:https://b.example  Miss
		+2s  GET / Origin:https://a.example  Hit
		+3s  GET / X-Forwarded-Host:x        Miss`},
	{"CL2 one entry for all codings", cloudflare + "concepts/vary/", "2026-11", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s  GET /                           Miss  >accept-encoding=gzip,br
		+1s  GET / Accept-Encoding:gzip      Hit`},
	{"CL3 Browser Cache TTL", cloudflare + "how-to/edge-browser-cache-ttl/", "2026-11", nil, []string{"Cache-Control: max-age=10"}, false, `
		+0s   GET /  Miss  cache-control=max-age=14400
		+11s  GET /  Changed`},
	{"CL3 the larger counts", cloudflare + "concepts/cache-control/", "2026-11-21", nil, []string{"Cache-Control: max-age=86400"}, false, `
		+0s   GET /  Miss  cache-control=max-age=86400`},
	{"CL4 an origin that is down", cloudflare + "concepts/cache-control/", "2026-11-21", nil, []string{"Cache-Control: max-age=10"}, false, `
		+0s   GET /  Miss
		+5s   down
		+20s  GET /  Stale  200  cf-cache-status=STALE`},
	{"CL4 stale-if-error=0", cloudflare + "concepts/cache-control/", "2026-11-21", nil, []string{"Cache-Control: max-age=10, stale-if-error=0"}, false, `
		+0s   GET /  Miss
		+5s   down
		+20s  GET /  Failed  502`},
	{`CL5, K42 private="Set-Cookie"`, cloudflare + "troubleshooting/investigating-uncached-responses/", "2026-11", nil,
		[]string{`Cache-Control: max-age=60, private="Set-Cookie"`, "Set-Cookie: a=b"}, false, `
		+0s  GET /  Miss
		+1s  GET /  Hit  -set-cookie`},
	{`CL5 no-cache="Set-Cookie"`, cloudflare + "troubleshooting/investigating-uncached-responses/", "2026-11",
		func(p *cachetest.Profile) { p.Control.Qualified = cachetest.QualifiedStrip }, []string{`Cache-Control: max-age=60, no-cache="Set-Cookie"`, "Set-Cookie: a=b"}, false, `
		+0s  GET /  Miss
		+1s  GET /  Hit  -set-cookie`},
	{`CL6 no-cache="X-Foo" revalidates if it is there`, cloudflare + "concepts/cache-control/", "2026-11-21", nil,
		[]string{`Cache-Control: max-age=60, no-cache="X-Foo"`, "X-Foo: 1", `ETag: "a"`}, false, `
		+0s  GET /  Miss
		+1s  GET /  Changed  >if-none-match="a"`},
	{`CL6 and not if it is absent`, cloudflare + "concepts/cache-control/", "2026-11-21", nil,
		[]string{`Cache-Control: max-age=60, no-cache="X-Foo"`}, false, `
		+0s  GET /  Miss
		+1s  GET /  Hit`},
	{"CL7 Surrogate-Control displaces Cache-Control", cloudflare + "concepts/cdn-cache-control/", "2026-11", nil,
		[]string{"Cache-Control: max-age=10", "Surrogate-Control: max-age=1"}, false, `
		+0s    GET /  Miss
		+100s  GET /  Hit`},
	{"CL8 Vary by a rule", cloudflare + "concepts/vary/", "2026-11",
		func(p *cachetest.Profile) {
			p.Vary = cachetest.Vary{Mode: cachetest.VaryByRule, Rules: map[string]cachetest.VaryRule{
				"accept-language": cachetest.VaryNormalize, "x-exact": cachetest.VaryPassthrough, "x-secret": cachetest.VaryBypass}}
		}, []string{"Cache-Control: max-age=60", "Vary: Accept-Language, X-Exact, X-Other"}, false, `
		+0s  GET / Accept-Language:en,de;q=0.5  Miss
		+1s  GET / Accept-Language:DE,en        Hit
		+2s  GET / Accept-Language:fr           Miss
		+3s  GET / Accept-Language:fr X-Exact:A  Miss
		+4s  GET / Accept-Language:fr X-Exact:a  Miss
		+5s  GET / Accept-Language:fr X-Other:a  Hit`},
	{"CL8 a field that bypasses", cloudflare + "concepts/vary/", "2026-11",
		func(p *cachetest.Profile) {
			p.Vary = cachetest.Vary{Mode: cachetest.VaryByRule, Rules: map[string]cachetest.VaryRule{"X-Secret": cachetest.VaryBypass}}
		}, []string{"Cache-Control: max-age=60", "Vary: X-Secret"}, false, `
		+0s  GET /  Bypass`},
	{"CL9 robots.txt", cloudflare + "concepts/default-cache-behavior/", "2026-11",
		func(p *cachetest.Profile) { p.Store.Extensions = cachetest.Cloudflare().Store.Extensions }, nil, false, `
		+0s  GET /robots.txt  Miss
		+1s  GET /robots.txt  Hit
		+2s  GET /humans.txt  Pass  cf-cache-status=DYNAMIC`},
	{"CL10 ranges", cloudflare + "reference/range-requests/", "2026-11", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s  GET  /                   Miss
		+1s  GET  / Range:bytes=5-2   Hit  416
		+2s  GET  / Range:bytes=      Hit  416
		+3s  HEAD / Range:bytes=0-1   Hit  206`},
	{"CL11 a recompressed response has a weak tag", cloudflare + "reference/etag-headers/", "2026-11", nil,
		[]string{"Cache-Control: max-age=60", `ETag: "a"`, "Content-Type: text/css"}, true, `
		+0s  GET /                       Miss  etag="a"
		+1s  GET / Accept-Encoding:gzip  Hit   etag=W/"a"  content-encoding=gzip`},
	{"CL12 clients see Vary", "no source: listed in Silent", "", nil, []string{"Cache-Control: max-age=60", "Vary: X-Tenant"}, false, `
		+0s  GET /  Miss  vary=X-Tenant`},
	{"CL13 purge", cloudflare + "how-to/purge-cache/", "2026-11", nil, []string{"Cache-Control: max-age=60", "Cache-Tag: orders,lists"}, false, `
		+0s  GET /a      Miss
		+1s  purge /a
		+2s  GET /a      Miss
		+3s  purge-tag lists
		+4s  GET /a      Miss`},
	{"CL13 a soft purge: stale windows count from then", cloudflare + "guides/invalidate-cache", "2026-11", nil,
		[]string{"Cache-Control: max-age=600, stale-while-revalidate=30"}, false, `
		+0s   GET /a  Miss
		+5s   invalidate /a
		+10s  GET /a  Updating
		+15s  GET /a  Hit
		+20s  invalidate-tag x
		+21s  GET /a  Hit
		+25s  invalidate /*
		+60s  GET /a  Changed`},
	{"CL15 no longer storable", cloudflare + "concepts/cache-responses/", "2026-11", nil, []string{"Cache-Control: no-store"}, false, `
		+0s   GET /  Bypass  cf-cache-status=BYPASS`},
}

var googleClaims = []claim{
	{"a response is served stale for a day while it is refreshed", google + "serving-stale-content", "2026-11-21", nil,
		[]string{"Cache-Control: max-age=60", `ETag: "a"`}, false, `
		+0s    GET /  Miss
		+30s   GET /  Hit       age=30
		+100s  GET /  Updating  200  x-cache-status=stale
		+101s  GET /  Hit`},
	{"and not for longer", google + "serving-stale-content", "2026-11-21", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s    GET /  Miss
		+25h   GET /  Changed`},
	{"stale-while-revalidate says otherwise", google + "serving-stale-content", "2026-11-21", nil,
		[]string{"Cache-Control: max-age=60, stale-while-revalidate=10"}, false, `
		+0s    GET /  Miss
		+65s   GET /  Updating
		+200s  GET /  Changed`},
	{"the setting can be 0", google + "serving-stale-content", "2026-11-21",
		func(p *cachetest.Profile) { p.TTL.Stale = 0 }, []string{"Cache-Control: max-age=60"}, false, `
		+0s    GET /  Miss
		+65s   GET /  Changed`},
	{"while the origin fails", google + "serving-stale-content", "2026-11-21", nil, []string{"Cache-Control: max-age=60"}, false, `
		+0s    GET /  Miss
		+10s   down
		+100s  GET /  Updating  200`},
	{"stale-if-error has no effect", google + "serving-stale-content", "2026-11-21",
		func(p *cachetest.Profile) { p.TTL.Stale = 0 }, []string{"Cache-Control: max-age=60, stale-if-error=0"}, false, `
		+0s    GET /  Miss
		+10s   down
		+100s  GET /  Stale  200`},
	{"a response without directives is not stored", google + "caching", "2026-11-21", nil, nil, false, `
		+0s  GET /  Bypass  x-cache-status=uncacheable
		+1s  GET /  Bypass`},
	{"a response with Set-Cookie is not stored", google + "caching", "2026-11-21", nil,
		[]string{"Cache-Control: public, max-age=60", "Set-Cookie: a=b"}, false, `
		+0s  GET /  Bypass
		+1s  GET /  Bypass`},
	{"Vary names a field that is not listed", google + "caching", "2026-11-21", nil,
		[]string{"Cache-Control: public, max-age=60", "Vary: Accept-Language"}, false, `
		+0s  GET /  Bypass`},
	{"Vary names listed fields", google + "caching", "2026-11-21", nil,
		[]string{"Cache-Control: public, max-age=60", "Vary: Origin, Accept-Encoding"}, false, `
		+0s  GET / Origin:https://a.example  Miss
		+1s  GET / Origin:https://b.example  Miss
		+2s  GET / Origin:https://a.example  Hit`},
	{"a request with no-cache gets what is stored", google + "caching", "2026-11-21", nil, []string{"Cache-Control: public, max-age=60"}, false, `
		+0s  GET /                         Miss
		+1s  GET / Cache-Control:no-cache  Hit`},
}

func TestVendorsClaims(t *testing.T) {
	for _, vendor := range []struct {
		name    string
		profile func() cachetest.Profile
		claims  []claim
	}{
		{"CloudFront", cachetest.CloudFront, cloudFrontClaims},
		{"Cloudflare", everything, cloudflareClaims},
		{"GoogleCloudCDN", cachetest.GoogleCloudCDN, googleClaims},
	} {
		for _, c := range vendor.claims {
			t.Run(vendor.name+"/"+c.name, func(t *testing.T) {
				t.Logf("%s, read %s", c.url, c.read)
				synctest.Test(t, func(t *testing.T) {
					p := vendor.profile()
					if c.change != nil {
						c.change(&p)
					}
					cachetest.Play(t, c, p, c.script)
				})
			})
		}
	}
}

func (c claim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, values := range headerOf(c.origin) {
		w.Header()[name] = values
	}
	if c.big {
		io.WriteString(w, strings.Repeat("0123456789", 200))
		return
	}
	io.WriteString(w, "answer for "+r.Host)
}

// CF13: a GET with content gets a 403.
func TestCF13(t *testing.T) {
	origin := cachetest.NewOrigin(http.NotFoundHandler())
	c := cachetest.New(origin, cachetest.CloudFront())
	c.Do(httptest.NewRequest("GET", "/", strings.NewReader("x"))).Want(t, cachetest.Refused)
	assert.Equal(t, 403, c.Last().Status)
	assert.Zero(t, origin.Requests())
}

// Where cookies are forwarded, concurrent requests are not collapsed: AWS,
// RequestAndResponseBehaviorCustomOrigin.html, read 2026-11.
func TestNoCollapseWithCookies(t *testing.T) {
	for _, forwarded := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := cachetest.CloudFront()
			if forwarded {
				p.Key.Cookies = []string{"a"}
			}
			origin := cachetest.NewOrigin(claim{origin: []string{"Cache-Control: max-age=60"}})
			origin.Slow(time.Second, 0)
			c := cachetest.New(origin, p)
			for range 5 {
				go c.Get("/")
			}
			time.Sleep(10 * time.Second)
			assert.Equal(t, map[bool]int{false: 1, true: 5}[forwarded], origin.Requests())
		})
	}
}

// Attempts: a GET is tried three times for 30 s each, another method once.
func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := cachetest.NewOrigin(&replies{})
		origin.Slow(time.Hour, 0)
		c := cachetest.New(origin, cachetest.CloudFront())
		start := time.Now()
		c.Get("/").Want(t, cachetest.Failed)
		assert.Equal(t, 3, origin.Requests())
		assert.Equal(t, 90*time.Second, time.Since(start))
		c.Do(httptest.NewRequest("POST", "/", nil)).Want(t, cachetest.Failed)
		assert.Equal(t, 4, origin.Requests())
	})
}

// What the origin compressed is decompressed for a client that does not accept
// it: Cloudflare, concepts/vary/, read 2026-11.
func TestDecompression(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	io.WriteString(zip, "plain")
	require.NoError(t, zip.Close())
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "max-age=60")
		h.Set("ETag", `"a"`)
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Type", "text/plain")
		w.Write(packed.Bytes())
	}), everything())
	got := c.Get("/").Want(t, cachetest.Miss, "plain")
	assert.Equal(t, `W/"a"`, got.Header.Get("ETag"))
	assert.Empty(t, got.Header.Get("Content-Encoding"))
	got = c.Get("/", "Accept-Encoding: gzip").Want(t, cachetest.Hit, packed.String())
	assert.Equal(t, `"a"`, got.Header.Get("ETag"))
}
