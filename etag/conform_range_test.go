package etag_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// ranges serves "0123456789" in ranges, by the standard library, which
// evaluates If-Range itself by the ETag that it finds in the header map.
func ranges(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "digits.txt", time.Time{}, strings.NewReader("0123456789"))
}

// naive serves a range without a look at If-Range: it leaves conditions to us.
func naive(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Range") == "" {
		_, _ = w.Write([]byte("0123456789"))
		return
	}
	w.Header().Set("Content-Range", "bytes 0-3/10")
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write([]byte("0123"))
}

// Range and If-Range, RFC 9110, sections 13.1.5 and 14.2.
func TestConformRange(t *testing.T) {
	const part = "Range: bytes=0-3"
	strong := map[string]string{"Etag": `"a"`}
	hash := etag.BodyHash{}
	check(t, []rule{
		{name: "C068 a matching tag comes before the range", handler: ranges, ask: []string{"GET", part, `If-None-Match: "a"`}, status: 304},
		{name: "C068 a false If-Match comes before the range", handler: ranges, ask: []string{"GET", part, `If-Match: "old"`}, status: 412},
		{name: "C068 a hash: the whole content is needed to tell", provider: hash, handler: naive, ask: []string{"GET", part, `If-None-Match: W/"` + digitsSum + `"`}, status: 304, ran: true},
		{name: "C068 a hash that does not match", provider: hash, handler: naive, ask: []string{"GET", part, `If-None-Match: "old"`}, status: 200},
		{name: "C070 the same, by the standard library", handler: ranges, ask: []string{"GET", part, `If-Range: "a"`}, status: 206, fields: strong},
		{name: "C070 a hash is weak", provider: hash, handler: naive, ask: []string{"GET", part, `If-Range: W/"` + digitsSum + `"`}, status: 200},
		{name: "C070 a hash said to be strong can be told from the whole only", provider: hash, handler: naive,
			with: func(c *etag.Conditional) { c.AssertStrong = true }, ask: []string{"GET", part, `If-Range: "` + digitsSum + `"`}, status: 200},
		{name: "C073 HEAD, a hash", provider: hash, handler: naive, ask: []string{"HEAD", part}, status: 200},
		{name: "C073 HEAD, the standard library", handler: ranges, ask: []string{"HEAD", part}, status: 200},
		{name: "C074 no hash of a part", provider: hash, handler: naive, ask: []string{"GET", part}, status: 200, fields: map[string]string{"Etag": `W/"` + digitsSum + `"`}},
	})
	t.Run("C072 the handler does not see the range", func(t *testing.T) {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: known(`"a"`, hourAgo)}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Empty(t, r.Header["Range"])
			assert.Empty(t, r.Header["If-Range"])
			assert.Equal(t, []string{"kept"}, r.Header["X-Other"])
		}))
		outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			assert.Equal(t, "bytes=0-3", r.Header.Get("Range"), "the caller's request is as it was")
		})
		require.Equal(t, 200, onWire(t, outside, "GET", part, `If-Range: "old"`, "X-Other: kept").status)
	})
}

// digitsSum is the tag of the digits that ranges and naive serve.
const digitsSum = "hNiYd/DUBB77a/kaFvAkjw"
