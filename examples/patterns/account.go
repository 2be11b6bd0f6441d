package patterns

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Users knows who a bearer token stands for. The zero Users knows nobody. Safe
// for concurrent use.
type Users struct {
	mu     sync.RWMutex
	tokens map[string]string
}

// Grant makes token stand for user.
func (u *Users) Grant(token, user string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.tokens == nil {
		u.tokens = map[string]string{}
	}
	u.tokens[token] = user
}

// Revoke takes a token back.
func (u *Users) Revoke(token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.tokens, token)
}

// Of is the user who asks, or "".
func (u *Users) Of(r *http.Request) string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return u.tokens[token]
}

// Account serves GET /me: one's own, behind an edge that everybody shares.
//
// At the CDN the path has a behavior of its own, which caches nothing and
// forwards Authorization. The handler does not rely on it: the answer says
// private, and the tag holds who asked, so that two users whose rows carry one
// date, or a browser that changes hands, are never told 304 for the other's
// page. no-cache lets the browser keep the answer and makes it ask each time:
// the token may have been revoked.
//
// Authentication goes outside the validator. A revoked user who still holds a
// tag gets 401 and not 304.
//
// revision is etag.BuildRevision() in a program.
func Account(users *Users, updated func(user string) time.Time, revision string) http.Handler {
	policy := cachecontrol.Policy{Private: true, NoCache: true}
	account := etag.Conditional{
		Provider: etag.LastModified(func(r *http.Request) (time.Time, error) { return updated(users.Of(r)), nil }),
		Identity: users.Of,
		Revision: revision, // a deploy may change what an account looks like
	}
	mine := account.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, map[string]string{"user": users.Of(r)})
	}))

	mux := http.NewServeMux()
	mux.Handle("GET /me", policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if users.Of(r) == "" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "Who are you?", http.StatusUnauthorized)
			return
		}
		mine.ServeHTTP(w, r)
	})))
	return mux
}
