package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// TestMethods: freshness is for what a cache can use for the next request. The
// answer to a write is not, and what the policy forbids is forbidden all the
// same (RFC 9110, section 9.2.3).
func TestMethods(t *testing.T) {
	fresh := cachecontrol.Policy{
		Public: true, MaxAge: time.Minute, Vary: []string{"Accept"},
		Targeted: map[string]cachecontrol.Policy{"CDN-Cache-Control": {MaxAge: time.Hour}},
		ByStatus: map[int]cachecontrol.Policy{404: {MaxAge: time.Second}, 201: {NoStore: true}},
	}
	tests := []struct {
		name     string
		policy   cachecontrol.Policy
		method   string
		status   int
		want     string
		targeted string
	}{
		{"GET is the policy's", fresh, "GET", 200, "public, max-age=60", "max-age=3600"},
		{"HEAD is", fresh, "HEAD", 200, "public, max-age=60", "max-age=3600"},
		{"QUERY is (RFC 10008)", fresh, "QUERY", 200, "public, max-age=60", "max-age=3600"},
		{"GET of what is not there", fresh, "GET", 404, "max-age=1", ""},
		{"POST is not", fresh, "POST", 200, "", ""},
		{"PUT is not", fresh, "PUT", 200, "", ""},
		{"DELETE is not", fresh, "DELETE", 200, "", ""},
		{"OPTIONS is not", fresh, "OPTIONS", 200, "", ""},
		{"a status that is named no-store", fresh, "POST", 201, "no-store", ""},
		{"a status that is named fresh", fresh, "POST", 404, "no-store", ""},
		{"an error", fresh, "PUT", 500, "no-store", ""},
		{"no-store is for all", cachecontrol.Policy{NoStore: true}, "POST", 200, "no-store", ""},
		{"private is for all", cachecontrol.Policy{Private: true, NoCache: true}, "POST", 200, "private, no-cache", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(tt.status)
			})))
			defer srv.Close()
			req, err := http.NewRequest(tt.method, srv.URL, nil)
			require.NoError(t, err)

			res, err := http.DefaultClient.Do(req)

			require.NoError(t, err)
			res.Body.Close()
			require.Equal(t, tt.want, res.Header.Get("Cache-Control"))
			require.Equal(t, tt.targeted, res.Header.Get("CDN-Cache-Control"))
		})
	}
}
