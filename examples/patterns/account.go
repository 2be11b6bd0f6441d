package patterns

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Users maps bearer tokens to users. The zero Users has none and is ready to
// use. Users is safe for concurrent use.
type Users struct {
	mu     sync.RWMutex
	tokens map[string]string
}

// Grant maps token to user.
func (u *Users) Grant(token, user string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.tokens == nil {
		u.tokens = map[string]string{}
	}
	u.tokens[token] = user
}

// Revoke removes token.
func (u *Users) Revoke(token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.tokens, token)
}

// Of returns the user of the request's token, or "".
func (u *Users) Of(r *http.Request) string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return u.tokens[token]
}

// Account serves GET /me, each user's own page, behind an edge that all users
// share.
//
// In the CDN, the path has its own behavior, which caches nothing and forwards
// Authorization. The handler does not rely on that: the response is private, and
// the user is part of the tag. So two users whose rows have the same time, or
// two people with one browser, never get a 304 for each other's page. no-cache
// lets the browser store the response, and makes it validate before each use:
// the token may have been revoked.
//
// Authentication is outside the validator: a user whose token was revoked gets a
// 401, not a 304.
//
// In a program, revision is etag.BuildRevision().
func Account(users *Users, updated func(user string) time.Time, revision string) http.Handler {
	policy := cachecontrol.Policy{Private: true, NoCache: true}
	account := etag.Conditional{
		Provider: etag.LastModified(func(r *http.Request) (time.Time, error) { return updated(users.Of(r)), nil }),
		Identity: users.Of,
		Revision: revision, // a deploy may change the page
	}
	mine := account.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, map[string]string{"user": users.Of(r)})
	}))

	mux := http.NewServeMux()
	mux.Handle("GET /me", policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if users.Of(r) == "" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a bearer token is required", http.StatusUnauthorized)
			return
		}
		mine.ServeHTTP(w, r)
	})))
	return mux
}
