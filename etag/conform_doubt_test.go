package etag_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/etag"
)

// Where the middleware knows little, it does not take away what the handler
// knows, and lets nothing through that hangs on a comparison nobody made.
func TestConformDoubt(t *testing.T) {
	const part = "Range: bytes=0-3"
	check(t, []rule{
		{name: "C072 the provider failed", handler: naive, ask: []string{"GET", part, `If-Range: "a"`}, status: 200,
			provider: etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Validators{}, errors.New("down") })},
		// Its date says nothing about the version, so it is not asked by date.
		{name: "C075 a date of the handler's decides nothing", provider: version("a"), ask: []string{"GET", "If-Modified-Since: " + httpDate(hourAgo)}, status: 200,
			handler: func(w http.ResponseWriter, r *http.Request) {
				http.ServeContent(w, r, "a.txt", hourAgo, strings.NewReader("0123456789"))
			},
			fields: map[string]string{"Etag": `"a"`, "Last-Modified": ""}},
		{name: "C107 named twice", with: func(c *etag.Conditional) { c.VaryOn = []string{"Accept", "ACCEPT"} }, ask: []string{"GET"}, status: 200, fields: map[string]string{"Vary": "Accept"}},
	})
}
