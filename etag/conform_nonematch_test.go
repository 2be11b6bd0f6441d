package etag_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// covering is a provider whose version depends on the content of the request
// as well, which a middleware outside has digested into a field.
var covering = etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
	return etag.Validators{Tag: etag.Strong(r.Header.Get("Content-Sum")), CoversContent: true}, nil
})

// If-None-Match, RFC 9110, section 13.1.2.
func TestConformIfNoneMatch(t *testing.T) {
	weak := known(`W/"a"`, hourAgo)
	check(t, []rule{
		{name: "C046 * and GET of what exists", ask: []string{"GET", `If-None-Match: *`}, status: 304},
		{name: "C046 * and PUT of what exists", ask: []string{"PUT", `If-None-Match: *`}, status: 412},
		{name: "C046 * and PUT of what exists without a tag", provider: unlabeled, ask: []string{"PUT", `If-None-Match: *`}, status: 412},
		{name: "C046 * and PUT of what does not exist", provider: gone, handler: saying(201), ask: []string{"PUT", `If-None-Match: *`}, status: 201},
		{name: "C046 * and GET of what does not exist", provider: gone, handler: saying(404), ask: []string{"GET", `If-None-Match: *`}, status: 404},
		{name: "C047 a weak tag in a PUT", ask: []string{"PUT", `If-None-Match: W/"a"`}, status: 412},
		{name: "C047 a weak tag in a GET", ask: []string{"GET", `If-None-Match: W/"a"`}, status: 304},
		{name: "C047 a weak tag of the resource", provider: weak, ask: []string{"PUT", `If-None-Match: "a"`}, status: 412},
		{name: "C047 weak on both sides", provider: weak, ask: []string{"GET", `If-None-Match: W/"a"`}, status: 304},
		{name: "C048 GET", ask: []string{"GET", `If-None-Match: "a"`}, status: 304},
		{name: "C048 HEAD", ask: []string{"HEAD", `If-None-Match: "a"`}, status: 304},
		{name: "C048 POST", ask: []string{"POST", `If-None-Match: "a"`}, status: 412},
		{name: "C048 PUT", ask: []string{"PUT", `If-None-Match: "a"`}, status: 412},
		{name: "C048 DELETE", ask: []string{"DELETE", `If-None-Match: "a"`}, status: 412},
		{name: "C049 no tag", provider: unlabeled, ask: []string{"GET", `If-None-Match: "a"`}, status: 200},
		{name: "C049 only a date", provider: known("", hourAgo), ask: []string{"GET", `If-None-Match: "a"`}, status: 200},
		{name: "C049 no tag, PUT", provider: unlabeled, ask: []string{"PUT", `If-None-Match: "a"`}, status: 200},
		{name: "C050 junk", ask: []string{"GET", `If-None-Match: junk`}, status: 200},
		{name: "C050 the current tag without quotes", ask: []string{"GET", `If-None-Match: a`}, status: 200},
		{name: "C050 an open quote", ask: []string{"GET", `If-None-Match: "a`}, status: 200},
		{name: "C050 no comma between", ask: []string{"GET", `If-None-Match: "a" "b"`}, status: 200},
		{name: "C050 junk on PUT", ask: []string{"PUT", `If-None-Match: a`}, status: 200},
		{name: "C051 * before a tag", ask: []string{"GET", `If-None-Match: *, "x"`}, status: 200},
		{name: "C051 * behind the current tag", ask: []string{"GET", `If-None-Match: "a", *`}, status: 200},
		{name: "C051 * over two lines", ask: []string{"GET", `If-None-Match: "x"`, `If-None-Match: *`}, status: 200},
		{name: "C051 *junk", ask: []string{"GET", `If-None-Match: *junk`}, status: 200},
		{name: "C052 a star in quotes is a tag", ask: []string{"GET", `If-None-Match: "*"`}, status: 200},
		{name: "C052 a star in quotes, that of the resource", provider: known(`"*"`, hourAgo), ask: []string{"GET", `If-None-Match: "*"`}, status: 304},
		{name: "C053 QUERY that matches", provider: covering, ask: []string{"QUERY", `If-None-Match: "7"`, "Content-Sum: 7"}, status: 304},
		{name: "C053 QUERY that does not match", provider: covering, ask: []string{"QUERY", `If-None-Match: "7"`, "Content-Sum: 8"}, status: 200,
			fields: map[string]string{"Etag": `"8"`}},
		{name: "C053 QUERY and a false If-Match", provider: covering, ask: []string{"QUERY", `If-Match: "7"`, "Content-Sum: 8"}, status: 412},
		{name: "C135 QUERY whose content the validators do not cover", ask: []string{"QUERY", `If-None-Match: "a"`}, status: 200,
			fields: map[string]string{"Etag": "", "Last-Modified": ""}},
		{name: "C135 QUERY and a hash of the answer", provider: etag.BodyHash{}, ask: []string{"QUERY", `If-None-Match: *`}, status: 200,
			fields: map[string]string{"Etag": ""}},
	})
}

// C135: two contents of a QUERY, two tags.
func TestConformQueryContents(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: covering}.Wrap(saying(200))
	tags := map[string]bool{}
	for _, content := range []string{"select 1", "select 2"} {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
		got := onWire(t, h, "QUERY", "Content-Sum: "+sum, "", content)
		require.Equal(t, 200, got.status)
		tags[got.header.Get("ETag")] = true
	}
	require.Len(t, tags, 2)
}

// If-Modified-Since, RFC 9110, section 13.1.3.
func TestConformIfModifiedSince(t *testing.T) {
	at := func(d time.Duration) string { return "If-Modified-Since: " + httpDate(hourAgo.Add(d)) }
	dated := known("", hourAgo)
	check(t, []rule{
		{name: "C054 beside another tag, resource without a tag", provider: dated, ask: []string{"GET", `If-None-Match: "x"`, at(0)}, status: 200},
		{name: "C054 beside an empty If-None-Match", ask: []string{"GET", `If-None-Match: `, at(0)}, status: 200},
		{name: "C054 beside a malformed If-None-Match", ask: []string{"GET", `If-None-Match: a`, at(0)}, status: 200},
		{name: "C055 PUT", ask: []string{"PUT", at(0)}, status: 200},
		{name: "C055 POST", ask: []string{"POST", at(0)}, status: 200},
		{name: "C055 DELETE", ask: []string{"DELETE", at(0)}, status: 200},
		{name: "C056 junk", ask: []string{"GET", "If-Modified-Since: foo"}, status: 200},
		{name: "C056 two dates in a line", ask: []string{"GET", at(0) + ", " + httpDate(hourAgo)}, status: 200},
		{name: "C056 two lines", ask: []string{"GET", at(0), at(0)}, status: 200},
		{name: "C057 only a tag is known", provider: known(`"a"`, time.Time{}), ask: []string{"GET", at(0)}, status: 200},
		{name: "C057 nothing is known", provider: unlabeled, ask: []string{"GET", at(0)}, status: 200},
		{name: "C058 the same second", ask: []string{"GET", at(0)}, status: 304},
		{name: "C058 the same second, only a date", provider: dated, ask: []string{"GET", at(0)}, status: 304},
		{name: "C058 HEAD", ask: []string{"HEAD", at(0)}, status: 304},
		{name: "C058 a later date", ask: []string{"GET", at(time.Second)}, status: 304},
		{name: "C058 a second before", ask: []string{"GET", at(-time.Second)}, status: 200},
		{name: "C059 later than the server's clock", ask: []string{"GET", at(24 * 365 * time.Hour)}, status: 304},
		{name: "C060 a length behind the date", ask: []string{"GET", at(0) + "; length=8"}, status: 200},
		{name: "C061 a number", ask: []string{"GET", "If-Modified-Since: 4102444800"}, status: 200},
		{name: "C061 RFC 3339", ask: []string{"GET", "If-Modified-Since: 2100-01-01T00:00:00Z"}, status: 200},
		{name: "C061 a day that does not exist", ask: []string{"GET", "If-Modified-Since: Mon, 31 Feb 2100 00:00:00 GMT"}, status: 200},
	})
}
