package cachetest_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/etag"
)

// TestFreshenDoesNotLeak: Identity and VaryOn keep users apart wherever the
// policy lets a cache keep the response.
func TestFreshenDoesNotLeak(t *testing.T) {
	one := etag.Version(func(*http.Request) (string, error) { return "7", nil }) // for all of them
	byUser := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "for "+user(r)) })
	byTenant := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "for "+tenant(r)) })
	public := cachecontrol.Policy{Public: true, MaxAge: time.Minute}
	shared := public
	shared.ShareAuthorized = true
	revalidated := cachecontrol.Policy{Public: true, NoCache: true, ShareAuthorized: true}
	requests := []*http.Request{getRequest("/inbox")}

	profiles := map[string]cachetest.Profile{
		"RFC 9111": cachetest.RFC9111(), "CloudFront": cachetest.CloudFront(), "Cloudflare": cachetest.Cloudflare(),
	}
	for name, p := range profiles {
		t.Run(name, func(t *testing.T) {
			users := etag.Conditional{Provider: one, Identity: user}
			assert.NoError(t, cachetest.CheckLeaks(restricted(public.Wrap(users.Wrap(byUser))), p, requests, asUser("alice"), asUser("bob")))
			hashed := etag.Conditional{Provider: etag.BodyHash{}}
			assert.NoError(t, cachetest.CheckLeaks(restricted(public.Wrap(hashed.Wrap(byUser))), p, requests, asUser("alice"), asUser("bob")))
			tenants := etag.Conditional{Provider: one, VaryOn: []string{"X-Tenant"}}
			assert.NoError(t, cachetest.CheckLeaks(public.Wrap(tenants.Wrap(byTenant)), p, requests, asTenant("a"), asTenant("b")))
		})
	}
	t.Run("revalidated in a shared cache, by Identity", func(t *testing.T) {
		users := etag.Conditional{Provider: one, Identity: user}
		assert.NoError(t, cachetest.CheckLeaks(restricted(revalidated.Wrap(users.Wrap(byUser))), cachetest.RFC9111(), requests, asUser("alice"), asUser("bob")))
	})
	t.Run("a browser that changes hands, by Identity", func(t *testing.T) {
		users := etag.Conditional{Provider: one, Identity: user}
		assert.NoError(t, cachetest.CheckLeaks(users.Wrap(byUser), cachetest.Browser(), requests, asUser("alice"), asUser("bob")))
	})

	// And the mistakes are found: the same without the safeguard.
	t.Run("without Identity", func(t *testing.T) {
		h := restricted(revalidated.Wrap(etag.Conditional{Provider: one}.Wrap(byUser)))
		assert.Equal(t, []string{"leak-body"}, brokenRules(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests, asUser("alice"), asUser("bob"))))
	})
	t.Run("shared by the route's word", func(t *testing.T) {
		h := restricted(shared.Wrap(etag.Conditional{Provider: one}.Wrap(byUser)))
		assert.Equal(t, []string{"leak-body", "leak-status"}, brokenRules(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests, asUser("alice"), asUser("bob"))))
	})
	t.Run("without VaryOn", func(t *testing.T) {
		h := public.Wrap(etag.Conditional{Provider: one}.Wrap(byTenant))
		assert.Equal(t, []string{"leak-body"}, brokenRules(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests, asTenant("a"), asTenant("b"))))
	})
}
