package orders

import (
	"net/http"
	"strings"
)

// user returns the customer of the request's bearer token (RFC 6750, section
// 2.1), or "".
func (s *service) user(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return s.users[strings.TrimSpace(token)]
}

// authenticated lets known users through and answers others with 401.
func (s *service) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.user(r) == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="orders"`)
			problem(w, http.StatusUnauthorized, "Whose orders? Say so with a bearer token in Authorization."+s.hint)
			return
		}
		next.ServeHTTP(w, r)
	})
}
