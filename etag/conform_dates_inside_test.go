package etag_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/etag"
)

// A handler that evaluates by itself may read If-None-Match as absent where it
// is there, and then takes the date, which does not count beside it.
func TestConformDateInside(t *testing.T) {
	dated := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", hourAgo, strings.NewReader("0123456789"))
	}
	since := "If-Modified-Since: " + httpDate(hourAgo)
	var rules []rule
	for name, p := range map[string]etag.Provider{"version": version("a"), "hash": etag.BodyHash{}} {
		rules = append(rules,
			rule{name: "C054 an empty If-None-Match, " + name, provider: p, handler: dated, ask: []string{"GET", "If-None-Match: ", since}, status: 200},
			rule{name: "C054 an empty line before another, " + name, provider: p, handler: dated, ask: []string{"GET", "If-None-Match: ", `If-None-Match: "x"`, since}, status: 200},
			rule{name: "C054 * beside a tag, " + name, provider: p, handler: dated, ask: []string{"GET", `If-None-Match: *, "x"`, since}, status: 200},
			rule{name: "C054 another tag, " + name, provider: p, handler: dated, ask: []string{"GET", `If-None-Match: "x"`, since}, status: 200})
	}
	check(t, rules)
}
