package cachecontrol_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// These hold whatever the policy, the handler and an outer layer set, for
// thousands of combinations of them.
func TestInvariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	fields := []string{
		"", "", "", cc + ": public, max-age=5", cc + ": s-maxage=5", cc + ": max-age=5", cc + ": private", cc + ": no-store",
		cc + ": max-age=, @@", cdn + ": max-age=5", cdn + ": private", "Surrogate-Control: max-age=5", "Set-Cookie: a=b", "Vary: Origin", "Vary: *",
	}
	statuses := []int{200, 201, 203, 204, 206, 301, 304, 400, 404, 412, 428, 500, 503}
	for range 20000 {
		rules := randomRules(rng)
		status := statuses[rng.IntN(len(statuses))]
		own := []string{fields[rng.IntN(len(fields))], fields[rng.IntN(len(fields))]}
		authorized := rng.IntN(2) == 0
		outer := ""
		if rng.IntN(4) == 0 {
			outer = "public, max-age=86400, s-maxage=86400"
		}
		h := send(rules, status, own, authorized, outer)

		said, _ := cachecontrol.Parse(h.Values(cc))
		handlerSets := false // setting what is preset has no effect
		for _, field := range own {
			if value, ok := strings.CutPrefix(field, cc+": "); ok {
				handlerSets = value != rules.Policy.String()
			}
		}
		context := []any{"%+v\n%d %q authorized=%v outer=%q\n%v", rules, status, own, authorized, outer, h}

		// One user's response is nobody else's, unless somebody allows it.
		risky := authorized && !rules.ShareAuthorized || h.Get("Set-Cookie") != "" && !rules.ShareSetCookie
		if risky && !strings.Contains(strings.Join(own, "\n"), "public") {
			assert.False(t, said.Public && !said.Private, context...)
			assert.Zero(t, said.SMaxAge, context...)
			for _, name := range []string{cdn, "Surrogate-Control", "X-Cache-Control"} {
				if lines := h.Values(name); len(lines) > 0 {
					targeted, _ := cachecontrol.ParseDictionary(lines)
					assert.True(t, targeted.Private || targeted.NoStore, context...)
				}
			}
		}

		// An error is not fresh, unless it is named or the handler sets the field.
		if _, named := rules.ByStatus[status]; status >= 400 && !named && !handlerSets {
			assert.Equal(t, []string{"no-store"}, h.Values(cc), context...)
		}
		// Where the handler sets Cache-Control, the policy sets no targeted field beside it.
		if handlerSets && !strings.Contains(strings.Join(own, "\n"), cdn) && outer == "" {
			assert.NotContains(t, h, http.CanonicalHeaderKey(cdn), context...)
		}
		// What is sent can be read, and is never empty.
		for name, lines := range h {
			if strings.HasSuffix(name, "Cache-Control") && !handlerSets {
				require.Len(t, lines, 1, context...)
				assert.NotEmpty(t, lines[0], context...)
			}
		}
		// A 304 repeats what the 200 has (C075, C081).
		if status == 304 {
			assert.Equal(t, send(rules, 200, own, authorized, outer), h, context...)
		}
	}
}

// send runs a handler that sets its own fields under policy, and returns what
// would be on the wire.
func send(rules Rules, status int, own []string, authorized bool, outer string) http.Header {
	set := func(h http.Header, field string) {
		if name, value, ok := strings.Cut(field, ": "); ok {
			h.Set(name, value)
		}
	}
	h := rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, field := range own {
			set(w.Header(), field)
		}
		w.WriteHeader(status)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	if authorized {
		r.SetBasicAuth("a", "b")
	}
	w := httptest.NewRecorder()
	if outer != "" {
		w.Header().Set(cc, outer)
		w.Header().Set(cdn, outer)
	}
	h.ServeHTTP(w, r)
	return w.Result().Header
}

// randomRules returns valid Rules.
func randomRules(rng *rand.Rand) Rules {
	for {
		r := Rules{Policy: randomPolicy(rng), ShareAuthorized: rng.IntN(4) == 0, ShareSetCookie: rng.IntN(4) == 0}
		if rng.IntN(2) == 0 {
			r.Vary = []string{"Accept"}
		}
		if rng.IntN(2) == 0 {
			r.Targeted = map[string]Policy{cdn: randomPolicy(rng), "X-Cache-Control": randomPolicy(rng)}
		}
		if rng.IntN(2) == 0 {
			r.ByStatus = map[int]Policy{404: randomPolicy(rng), 301: randomPolicy(rng)}
		}
		if r.Valid() == nil {
			return r
		}
	}
}

func randomPolicy(rng *rand.Rand) Policy {
	flag := func() bool { return rng.IntN(4) == 0 }
	age := func() time.Duration {
		return []time.Duration{0, 0, 0, cachecontrol.Zero, time.Minute}[rng.IntN(5)]
	}
	return Policy{
		Public: flag(), Private: flag(), NoCache: flag(), NoStore: flag(), MustRevalidate: flag(),
		MaxAge: age(), SMaxAge: age(), StaleIfError: age(),
	}
}
