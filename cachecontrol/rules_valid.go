package cachecontrol

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/freshen-go/freshen/internal/field"
)

// Valid returns an error if a policy of r is invalid, or if r contradicts
// itself: [*FieldError] errors, joined. [Rules.Wrap] panics with that error.
func (r Rules) Valid() error {
	var c checker
	c.rules(&r)
	return c.err()
}

func (c *checker) rules(r *Rules) {
	policy := c.in("Policy.")
	policy.policy(&r.Policy, extension)
	policy.responses(&r.Policy)
	c.join(policy)
	for _, name := range r.Vary {
		c.find(!field.IsToken(name), "Vary", "RFC 9110, section 12.5.5", "contains %q, which is not a field name", name)
	}
	c.find(r.Policy.Private && r.ShareAuthorized, "ShareAuthorized", "RFC 9111, section 3.5", "contradicts Policy.Private")
	c.find(r.Policy.Private && r.ShareSetCookie, "ShareSetCookie", "RFC 9111, section 7.3", "contradicts Policy.Private")
	c.targeted(r.Targeted)
	for _, status := range slices.Sorted(maps.Keys(r.ByStatus)) {
		name := fmt.Sprintf("ByStatus[%d]", status)
		c.status(name, status)
		named := r.ByStatus[status]
		inner := c.in(name + ".")
		inner.policy(&named, extension)
		inner.responses(&named)
		c.join(inner)
	}
}

func (c *checker) targeted(policies map[string]Policy) {
	seen := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		path := fmt.Sprintf("Targeted[%q]", name)
		canonical := http.CanonicalHeaderKey(name)
		c.find(!field.IsToken(name), path, "RFC 9110, section 5.1", "is not a field name")
		c.find(reserved[canonical], path, "RFC 9213, section 2", "is a field with another meaning")
		c.find(seen[canonical], path, "RFC 9110, section 5.1", "appears twice, differing only in case")
		seen[canonical] = true

		target := policies[name]
		inner := c.in(path + ".")
		inner.policy(&target, member)
		inner.responses(&target)
		c.join(inner)
	}
}

// reserved has fields that cannot be targeted fields.
var reserved = map[string]bool{
	"Cache-Control": true, "Expires": true, "Pragma": true, "Age": true, "Date": true,
	"Vary": true, "Etag": true, "Last-Modified": true, "Set-Cookie": true,
	"Content-Length": true, "Content-Type": true, "Content-Encoding": true, "Location": true,
}

// status checks a status that has a policy of its own.
func (c *checker) status(name string, status int) {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusPartialContent, http.StatusNotModified:
		c.find(true, name, "RFC 9110, section 15.4.5", "is covered by Policy: 304 repeats the Cache-Control of 200")
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		c.find(true, name, "RFC 6585, section 3", "is the response to one request's precondition and is never stored")
	default:
		c.find(status < 200 || status > 599, name, "RFC 9110, section 15", "is not a final status (want 200 to 599)")
	}
}
