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
	shared := cachecontrol.Rules{Policy: public, ShareAuthorized: true}
	revalidated := cachecontrol.Rules{Policy: cachecontrol.Policy{Public: true, NoCache: true}, ShareAuthorized: true}
	requests := []*http.Request{getRequest("/inbox")}

	keyed := cachetest.CloudFront()
	keyed.Key.Headers = []string{"Authorization"}
	profiles := map[string]cachetest.Profile{
		"RFC 9111": cachetest.RFC9111(), "CloudFront": keyed, "Cloudflare": cachetest.Cloudflare(),
	}
	for name, p := range profiles {
		t.Run(name, func(t *testing.T) {
			byUsers := etag.Conditional{Revision: etag.NoRevision, Provider: one, Identity: user}
			assert.NoError(t, cachetest.CheckLeaks(restricted(public.Wrap(byUsers.Wrap(byUser))), p, requests, users...))
			hashed := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}
			assert.NoError(t, cachetest.CheckLeaks(restricted(public.Wrap(hashed.Wrap(byUser))), p, requests, users...))
			byTenants := etag.Conditional{Revision: etag.NoRevision, Provider: one, VaryOn: []string{"X-Tenant"}}
			assert.NoError(t, cachetest.CheckLeaks(public.Wrap(byTenants.Wrap(byTenant)), p, requests, tenants...))
		})
	}
	t.Run("revalidated in a shared cache, by Identity", func(t *testing.T) {
		byUsers := etag.Conditional{Revision: etag.NoRevision, Provider: one, Identity: user}
		assert.NoError(t, cachetest.CheckLeaks(restricted(revalidated.Wrap(byUsers.Wrap(byUser))), cachetest.RFC9111(), requests, users...))
	})
	t.Run("a browser that changes hands, by Identity", func(t *testing.T) {
		byUsers := etag.Conditional{Revision: etag.NoRevision, Provider: one, Identity: user}
		assert.NoError(t, cachetest.CheckLeaks(byUsers.Wrap(byUser), cachetest.Browser(), requests, users...))
	})

	// And the mistakes are found: the same without the safeguard.
	t.Run("without Identity", func(t *testing.T) {
		h := restricted(revalidated.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: one}.Wrap(byUser)))
		assert.Len(t, leaks(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests, users...)), 1)
	})
	t.Run("shared by the route's word", func(t *testing.T) {
		h := restricted(shared.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: one}.Wrap(byUser)))
		assert.Len(t, leaks(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests, users...)), 1)
	})
	t.Run("without VaryOn", func(t *testing.T) {
		h := public.Wrap(etag.Conditional{Revision: etag.NoRevision, Provider: one}.Wrap(byTenant))
		assert.Len(t, leaks(t, cachetest.CheckLeaks(h, cachetest.RFC9111(), requests, tenants...)), 1)
	})
}
