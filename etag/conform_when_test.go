package etag_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// When preconditions are evaluated, RFC 9110, section 13.2.1.
func TestConformWhen(t *testing.T) {
	authenticated := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	own := func(status int) http.HandlerFunc { return saying(status, `ETag: "a"`) }
	hash := etag.BodyHash{}
	rules := []rule{
		{name: "C024 a known user", outside: authenticated, ask: []string{"GET", `If-None-Match: "a"`, "Authorization: Basic YTpi"}, status: 304},
	}
	for _, status := range []int{301, 302, 400, 401, 403, 404, 410, 500, 502, 503} {
		n := strconv.Itoa(status)
		rules = append(rules,
			rule{name: "C023 a hash over " + n, provider: hash, handler: own(status), ask: []string{"GET", `If-None-Match: "a"`}, status: status, ran: true})
	}
	for _, status := range []int{201, 202, 203, 204, 205, 206, 207, 226} {
		n := strconv.Itoa(status)
		h := own(status)
		if status == 205 {
			h = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"a"`)
				w.WriteHeader(205)
			}
		}
		rules = append(rules, rule{name: "C028 " + n + " does not become 304", provider: hash, handler: h, ask: []string{"GET", `If-None-Match: "a"`}, status: status})
	}
	check(t, rules)

	t.Run("C024 checks outside come first", func(t *testing.T) {
		h := authenticated(etag.Conditional{Revision: etag.NoRevision, Provider: known(`"a"`, hourAgo)}.Wrap(http.NotFoundHandler()))
		require.Equal(t, 401, onWire(t, h, "GET", `If-None-Match: "a"`).status)
		require.Equal(t, 401, onWire(t, h, "PUT", `If-Match: "old"`).status)
	})
	t.Run("C025 CONNECT", func(t *testing.T) {
		v := etag.Validators{Tag: etag.Strong("a")}
		require.Equal(t, etag.Proceed, etag.Evaluate("CONNECT", http.Header{"If-None-Match": {"*"}}, v))
		require.Equal(t, etag.Proceed, etag.Evaluate("CONNECT", http.Header{"If-Match": {`"old"`}}, v))
	})
}
