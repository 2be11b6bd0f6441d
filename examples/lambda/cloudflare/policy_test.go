package cloudflare_test

import (
	"net/http"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/lambda/cloudflare"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// origin is a handler whose answer has a version, and which may fail.
type origin struct {
	policy  cachecontrol.Rules
	version int
	broken  bool
	cookie  bool
}

func (o *origin) handler() http.Handler {
	version := etag.Version(func(*http.Request) (string, error) { return strconv.Itoa(o.version), nil })
	return o.policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: version}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if o.cookie {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		}
		if o.broken {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"version":` + strconv.Itoa(o.version) + `}`))
	})))
}

// withRule is a zone with the cache rule of main.tf: JSON is eligible, and what
// carries no lifetime is not kept.
func withRule() cachetest.Profile {
	profile := cachetest.Cloudflare()
	profile.Store.Extensions = nil
	profile.TTL.ByStatus = map[int]time.Duration{}
	profile.Report.ClientMaxAge = 0 // browser_ttl = respect_origin
	return profile
}

func status(response *http.Response) string { return response.Header.Get("Cf-Cache-Status") }

func TestPolicyIsValid(t *testing.T) {
	rules := cloudflare.Rules()

	require.NoError(t, rules.Valid())
	assert.Equal(t, "public, max-age=60", rules.Policy.String())
	assert.Zero(t, rules.Policy.SMaxAge, "it would switch stale-while-revalidate off")
}

func TestLifeOfAResponseAtCloudflare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &origin{policy: cloudflare.Rules(), version: 1}
		edge := cachetest.New(o.handler(), withRule())
		get := func() *http.Response { return edge.Get("/api/orders").Response }

		first := get()
		assert.Equal(t, "MISS", status(first))
		assert.Equal(t, "public, max-age=60", first.Header.Get("Cache-Control"))
		assert.Empty(t, first.Header.Get("Cloudflare-CDN-Cache-Control"), "it is for the edge alone")

		time.Sleep(5 * time.Minute)
		hit := get()
		assert.Equal(t, "HIT", status(hit))
		assert.Equal(t, "300", hit.Header.Get("Age"))

		time.Sleep(5*time.Minute + 30*time.Second)
		assert.Equal(t, "UPDATING", status(get()))
		edge.Wait()
		assert.Equal(t, "HIT", status(get()))

		time.Sleep(12 * time.Minute)
		assert.Equal(t, "REVALIDATED", status(get()))

		time.Sleep(12 * time.Minute)
		o.version = 2
		assert.Equal(t, "EXPIRED", status(get()))

		time.Sleep(12 * time.Minute)
		o.version, o.broken = 3, true
		stale := get()
		assert.Equal(t, "STALE", status(stale))
		assert.Equal(t, 200, stale.StatusCode)
	})
}

func TestWithoutTheRuleJSONIsDynamic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &origin{policy: cloudflare.Rules(), version: 1}
		edge := cachetest.New(o.handler(), cachetest.Cloudflare())

		assert.Equal(t, "DYNAMIC", status(edge.Get("/api/orders").Response))
		assert.Equal(t, "DYNAMIC", status(edge.Get("/api/orders").Response))
	})
}

func TestWhatCloudflareDoesNotKeep(t *testing.T) {
	for _, row := range []struct {
		name   string
		origin *origin
	}{
		{"what sets a cookie", &origin{policy: cloudflare.Rules(), cookie: true}},
		{"what is private", &origin{policy: cachecontrol.Rules{Policy: cachecontrol.Policy{Private: true, NoCache: true}}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				edge := cachetest.New(row.origin.handler(), withRule())

				edge.Get("/api/orders")

				assert.Equal(t, "BYPASS", status(edge.Get("/api/orders").Response))
			})
		})
	}
}

// The road not taken: the edge's lifetime as s-maxage.
func TestSMaxAgeSwitchesStaleWhileRevalidateOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &origin{policy: cachecontrol.Rules{Policy: cachecontrol.Policy{
			Public: true, MaxAge: time.Minute, SMaxAge: 10 * time.Minute, StaleWhileRevalidate: time.Minute,
		}}}
		edge := cachetest.New(o.handler(), withRule())
		edge.Get("/api/orders")

		time.Sleep(10*time.Minute + 30*time.Second)

		assert.Equal(t, "REVALIDATED", status(edge.Get("/api/orders").Response), "the client waited for the origin")
	})
}

func TestTerraform(t *testing.T) {
	zone, domain := readFile(t, "main.tf"), readFile(t, "api-domain/main.tf")
	for _, row := range []struct{ name, source, pattern string }{
		{"the record is proxied", zone, `"CNAME"\s+content = module\.api_domain\.target\s+proxied = true`},
		{"the validation's record is not", zone, `module\.api_domain\.validation\.content, "\."\)\s+proxied = false`},
		{"Full (strict)", zone, `setting_id = "ssl"\s+value\s*= "strict"`},
		{"HTTPS for clients", zone, `setting_id = "always_use_https"\s+value\s*= "on"`},
		{"TLS 1.2 for clients", zone, `setting_id = "min_tls_version"\s+value\s*= "1\.2"`},
		{"a cache rule", zone, `phase\s*= "http_request_cache_settings"`},
		{"which makes JSON eligible", zone, `cache\s*= true`},
		{"the origin decides for the edge", zone, `edge_ttl\s*= \{ mode = "bypass_by_default" \}`},
		{"and for browsers", zone, `browser_ttl\s*= \{ mode = "respect_origin" \}`},
		{"strong tags stay strong", zone, `respect_strong_etags = true`},
		{"private paths are left out", zone, `not starts_with\(http\.request\.uri\.path, \\"/api/me/\\"\)`},
		{"the secret is set", zone, `"X-Origin-Secret" = \{\s+operation = "set"`},
		{"the secret's value is the variable", zone, `value\s+= var\.origin_secret`},
		{"the secret is not shown", zone, `sensitive\s*= true`},
		{"the certificate is for the hostname", domain, `domain_name\s+= var\.hostname\s[^}]*validation_method = "DNS"`},
		{"the domain waits for the certificate", domain, `certificate_arn = aws_acm_certificate_validation\.api\.certificate_arn`},
		{"TLS 1.2 to the API", domain, `security_policy = "TLS_1_2"`},
		{"a regional endpoint", domain, `endpoint_type\s+= "REGIONAL"`},
		{"the mapping's API", domain, `api_id\s+= var\.http_api`},
		{"the mapping's domain", domain, `domain_name = aws_apigatewayv2_domain_name\.api\.id`},
		{"the mapping's stage, without a key", domain, `stage\s+= "\$default"\s[^}]*\n}`},
		{"the target for the record", domain, `domain_name_configuration\[0\]\.target_domain_name`},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Regexp(t, row.pattern, row.source) })
	}
	assert.NotContains(t, domain, "mapping_key", "it would prefix every path")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	source, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(source)
}
