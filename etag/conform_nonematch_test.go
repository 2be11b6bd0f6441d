package etag_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"

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
	check(t, []rule{
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

// Conditions beside an If-None-Match that matches.
func TestNoneMatchBesideOthers(t *testing.T) {
	check(t, []rule{
		{name: "* on a second line, the current tag on the first", ask: []string{"GET", `If-None-Match: "a"`, "If-None-Match: *"}, status: 200},
		{name: "junk on a second line, the current tag on the first", ask: []string{"GET", `If-None-Match: "a"`, "If-None-Match: junk"}, status: 304},
		{name: "the current tag alone beside a false date", ask: []string{"GET", `If-None-Match: "a"`, "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, status: 412},
	})
}
