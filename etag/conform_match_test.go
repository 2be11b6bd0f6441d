package etag_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// If-Unmodified-Since, RFC 9110, section 13.1.4.
func TestConformIfUnmodifiedSince(t *testing.T) {
	at := func(d time.Duration) string { return "If-Unmodified-Since: " + httpDate(hourAgo.Add(d)) }
	check(t, []rule{
		{name: "C043 a state too young for Last-Modified", provider: etag.LastModified(func(*http.Request) (time.Time, error) { return time.Now(), nil }),
			ask: []string{"PUT", at(0)}, status: 412},
	})
}
