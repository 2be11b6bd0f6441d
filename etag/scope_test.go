package etag_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// S3: whose state it is, is part of what a write compares; negotiation and the
// build are not.
func TestS3Scope(t *testing.T) {
	by := func(name string) func(*etag.Conditional) {
		return func(c *etag.Conditional) { c.VaryOn = []string{name} }
	}
	identity := func(c *etag.Conditional) { c.Identity = func(r *http.Request) string { return r.Header.Get("X-User") } }
	for name, test := range map[string]struct {
		with  func(*etag.Conditional)
		field string
		scope bool
	}{
		"Identity":        {identity, "X-User", true},
		"a tenant":        {by("X-Tenant"), "X-Tenant", true},
		"Cookie":          {by("Cookie"), "Cookie", true},
		"Accept":          {by("Accept"), "Accept", false},
		"Accept-Language": {by("Accept-Language"), "Accept-Language", false},
		"Accept-Encoding": {by("Accept-Encoding"), "Accept-Encoding", false},
		"a selector":      {func(c *etag.Conditional) { c.Negotiate = []etag.Selector{etag.Language("en", "de")} }, "Accept-Language", false},
	} {
		for _, revision := range []string{etag.NoRevision, "r1"} {
			t.Run(name+", "+revision, func(t *testing.T) {
				c := etag.Conditional{Revision: revision, Provider: version("1"), RequirePrecondition: true}
				test.with(&c)
				h := c.Wrap(body("x"))
				tag := inProcess(h, "GET", test.field+": de").Header.Get("ETag")
				made := `"1.aaaaaaaaaaaaaaaaaaaaaa"`
				require.Equal(t, 200, inProcess(h, "PUT", test.field+": de", "If-Match: "+tag).StatusCode, "one's own")
				want := 200
				if test.scope {
					want = 412
				}
				for _, tag := range []string{tag, made, `"1"`} {
					assert.Equal(t, want, inProcess(h, "PUT", test.field+": en", "If-Match: "+tag).StatusCode, tag)
				}
				// A deploy between the read and the write is no conflict.
				c.Revision = "r2"
				assert.Equal(t, 200, inProcess(c.Wrap(body("x")), "PUT", test.field+": de", "If-Match: "+tag).StatusCode)
				assert.Equal(t, 412, inProcess(h, "PUT", test.field+": de", "If-Match: *", "If-None-Match: "+tag).StatusCode)
				assert.Equal(t, 412, inProcess(h, "PUT", test.field+": de", `If-Match: "2"`).StatusCode)
			})
		}
	}
}

// A tag of one scope is not a form of the version without it, and the reverse.
func TestScopeIsNotForm(t *testing.T) {
	of := func(user string) etag.Conditional {
		return etag.Conditional{Revision: etag.NoRevision, Provider: version("1"), Identity: func(*http.Request) string { return user }}
	}
	none := etag.Conditional{Revision: "r", Provider: version("1")}
	scoped := inProcess(of("ann").Wrap(body("x")), "GET").Header.Get("ETag")
	formed := inProcess(none.Wrap(body("x")), "GET").Header.Get("ETag")
	assert.Equal(t, 412, inProcess(none.Wrap(body("x")), "PUT", "If-Match: "+scoped).StatusCode)
	assert.Equal(t, 412, inProcess(of("ann").Wrap(body("x")), "PUT", "If-Match: "+formed).StatusCode)
	assert.Equal(t, 412, inProcess(of("bob").Wrap(body("x")), "PUT", "If-Match: "+scoped).StatusCode)
	assert.Equal(t, 200, inProcess(of("bob").Wrap(body("x")), "GET", "If-None-Match: "+scoped).StatusCode)
}

// A foreign tag that looks as if it had a form is not taken apart.
func TestForeignTagHasNoForm(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: known(`"1"`, hourAgo)}.Wrap(body("x"))
	assert.Equal(t, 412, inProcess(h, "PUT", `If-Match: "1.aaaaaaaaaaaaaaaaaaaaaa"`).StatusCode)
	assert.Equal(t, 200, inProcess(h, "PUT", `If-Match: "1"`).StatusCode)
}
