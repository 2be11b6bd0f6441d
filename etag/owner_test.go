package etag_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// TestWhoOwnsWhichField holds every combination of a policy outside or none, a
// version, a hash or neither, a handler with fields of its own or none, and the
// final status: cachecontrol.Policy owns Cache-Control, etag.Conditional owns
// ETag, and the handler's word counts more than either's.
func TestWhoOwnsWhichField(t *testing.T) {
	const policyField, ownField, ownTag = "public, max-age=60", "max-age=5", `"own"`
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	modes := map[string]etag.Provider{"neither": nil, "version": version("v1"), "hash": etag.BodyHash{}}
	statuses := []int{200, 203, 204, 206, 301, 304, 404, 412, 428, 500, 503}

	cacheControl := func(hasPolicy bool, mode string, ownCC, ownETag bool, status int) string {
		switch {
		case ownCC:
			return ownField
		case hasPolicy && (status == 200 || status == 203 || status == 206 || status == 304):
			return policyField
		case hasPolicy && status >= 400:
			return "no-store"
		case hasPolicy, mode == "neither":
			return ""
		case status >= 400:
			return "no-store"
		case status == 200 || status == 203 || status == 304,
			status == 206 && (mode == "version" || ownETag):
			return "private, no-cache"
		}
		return ""
	}
	entityTag := func(mode string, ownCC, ownETag bool, status int) string {
		whole := status == 200 || status == 203
		switch {
		case ownETag:
			return `^"own"$`
		case mode == "version" && !ownCC && (whole || status == 206):
			return `^"v1"$`
		case mode == "version" && (whole || status == 206):
			return writeTag // a 304 would not know the Cache-Control
		case mode == "hash" && whole:
			return `^W/".{22}"$`
		}
		return `^$`
	}

	for _, hasPolicy := range []bool{false, true} {
		for mode, provider := range modes {
			for own := range 4 {
				for _, status := range statuses {
					ownCC, ownETag := own&1 != 0, own&2 != 0
					name := fmt.Sprintf("policy %t, %s, own Cache-Control %t, own ETag %t, %d", hasPolicy, mode, ownCC, ownETag, status)
					t.Run(name, func(t *testing.T) {
						var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if ownCC {
								w.Header().Set("Cache-Control", ownField)
							}
							if ownETag {
								w.Header().Set("ETag", ownTag)
							}
							w.WriteHeader(status)
							if status >= 200 && status != 204 && status != 304 {
								fmt.Fprint(w, "content")
							}
						})
						if provider != nil {
							h = etag.Conditional{Revision: etag.NoRevision, Provider: provider}.Wrap(h)
						}
						if hasPolicy {
							h = policy.Wrap(h)
						}

						res := onWire(t, h, "GET")

						require.Equal(t, status, res.status)
						require.Equal(t, cacheControl(hasPolicy, mode, ownCC, ownETag, status), res.header.Get("Cache-Control"))
						require.Regexp(t, entityTag(mode, ownCC, ownETag, status), res.header.Get("ETag"))
					})
				}
			}
		}
	}
}

// TestAnswersUnderAPolicy: the 304, 412, 428 and 503 that Conditional gives by
// itself have the policy's Cache-Control, or none that makes them fresh.
func TestAnswersUnderAPolicy(t *testing.T) {
	policy := cachecontrol.Rules{
		Policy:   cachecontrol.Policy{Public: true, MaxAge: time.Minute},
		Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour}},
	}
	down := etag.Version(func(*http.Request) (string, error) { return "", http.ErrServerClosed })
	tests := []struct {
		name     string
		provider etag.Provider
		method   string
		field    string
		status   int
		bare     string
		policy   string
		targeted string
	}{
		{"304", version("v1"), "GET", `If-None-Match: "v1"`, 304, "private, no-cache", "public, max-age=60", "max-age=3600"},
		{"412", version("v1"), "PUT", `If-Match: "v0"`, 412, "no-store", "no-store", ""},
		{"428", version("v1"), "PUT", `X: y`, 428, "no-store", "no-store", ""},
		{"503", down, "PUT", `If-Match: "v1"`, 503, "no-store", "no-store", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := etag.Conditional{Revision: etag.NoRevision, Provider: tt.provider, RequirePrecondition: true}.Wrap(body("x"))
			bare := onWire(t, h, tt.method, tt.field)
			require.Equal(t, tt.status, bare.status)
			require.Equal(t, tt.bare, bare.header.Get("Cache-Control"))

			res := onWire(t, policy.Wrap(h), tt.method, tt.field)
			require.Equal(t, tt.status, res.status)
			require.Equal(t, tt.policy, res.header.Get("Cache-Control"))
			require.Equal(t, tt.targeted, res.header.Get("CDN-Cache-Control"))
		})
	}
}

// TestIdentityUnderAPolicy: what is one user's is private, whatever the policy
// outside or the handler says.
func TestIdentityUnderAPolicy(t *testing.T) {
	policy := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	user := func(r *http.Request) string { return r.Header.Get("X-User") }
	for name, provider := range map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}} {
		t.Run(name, func(t *testing.T) {
			h := policy.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: provider, Identity: user}.Wrap(body("x")))
			a, b := onWire(t, h, "GET", "X-User: a"), onWire(t, h, "GET", "X-User: b")
			require.NotEqual(t, a.header.Get("ETag"), b.header.Get("ETag"))
			again := onWire(t, h, "GET", "X-User: a", "If-None-Match: "+a.header.Get("ETag"))
			require.Equal(t, 304, again.status)
			crossed := onWire(t, h, "GET", "X-User: b", "If-None-Match: "+a.header.Get("ETag"))
			require.Equal(t, 200, crossed.status)
			for _, res := range []reply{a, b, again} {
				require.Contains(t, res.header.Get("Cache-Control"), "private")
				require.NotContains(t, res.header.Get("Cache-Control"), "public")
				require.Empty(t, res.header.Get("Vary"))
			}
		})
	}
}

// An error has the Cache-Control that a policy outside names for its status.
func TestErrorThatThePolicyNames(t *testing.T) {
	notFound := cachecontrol.Rules{ByStatus: map[int]cachecontrol.Policy{404: {Public: true, MaxAge: 10 * time.Second}}}
	check(t, []rule{
		{name: "an error that the policy names", outside: notFound.Wrap, handler: saying(404), ask: []string{"GET"}, status: 404,
			fields: map[string]string{"Cache-Control": "public, max-age=10", "Etag": ""}},
	})
}

// Without a policy outside, too, no cache shares a response that is one user's,
// whatever a layer outside has set.
func TestIdentityWithoutAPolicy(t *testing.T) {
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Identity: func(*http.Request) string { return "ann" }}
	h := presetting("Cache-Control: public, private, max-age=60", "CDN-Cache-Control: max-age=600")(c.Wrap(saying(200)))
	full := inProcess(h, "GET")
	again := inProcess(h, "GET", "If-None-Match: "+full.Header.Get("ETag"))
	require.Equal(t, 304, again.StatusCode)
	for _, res := range []*http.Response{full, again} {
		require.Empty(t, res.Header.Get("CDN-Cache-Control"))
		require.Equal(t, "private, no-cache", res.Header.Get("Cache-Control"))
	}
}
