package cachetest_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/freshen-go/freshen/cachetest"
)

// TestMeasured has what random walks through the real caches of Debian (nginx
// 1.22, Varnish 7.1, Squid 5.7, Traffic Server 9.2) showed where the published
// results of the public test suite say nothing. Each row has one cause.
func TestMeasured(t *testing.T) {
	// The query is the origin's 200: "cc" its Cache-Control, "tag" its ETag,
	// "status" another status.
	origin := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, query := w.Header(), r.URL.Query()
		for name, key := range map[string]string{"Cache-Control": "cc", "Etag": "tag"} {
			if v := query.Get(key); v != "" {
				h.Set(name, v)
			}
		}
		if tag := query.Get("tag"); tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if status, err := strconv.Atoi(query.Get("status")); err == nil {
			w.WriteHeader(status)
		}
		_, _ = w.Write([]byte("content"))
	})
	for _, test := range []struct {
		name    string
		profile cachetest.Profile
		script  string
	}{
		{"nginx sends a response that it may not store whole", cachetest.Nginx(), `
			+0s  GET /?cc=no-cache&tag="1"   If-None-Match:"1"  Bypass 200 >-if-none-match
			+0s  GET /?cc=max-age=0&tag="1"  If-None-Match:"1"  Bypass 200 >-if-none-match
		`},
		{"nginx evaluates conditions where the response states no lifetime", cachetest.Nginx(), `
			+0s  GET /?tag="1"  If-None-Match:"1"  Bypass 304 >-if-none-match
		`},
		{"nginx does not store what is not fresh", cachetest.Nginx(), `
			+0s  GET /?cc=max-age=0&tag="1"  Bypass 200
			+1s  GET /?cc=max-age=0&tag="1"  Bypass 200 >-if-none-match
			+0s  GET /?tag="1"               Bypass 200
			+1s  GET /?tag="1"               Bypass 200 >-if-none-match
		`},
		{"nginx validates a 200 alone", cachetest.Nginx(), `
			+0s  GET /?cc=max-age=2&tag="1"             Miss 200
			+5s  GET /?cc=max-age=2&tag="1"             Revalidated 200
			+5s  GET /?cc=max-age=2&tag="1"&status=404  Miss 404
			+9s  GET /?cc=max-age=2&tag="1"&status=404  Changed 404 >-if-none-match
		`},
		{"nginx serves stale on errors by stale-while-revalidate", cachetest.Nginx(), `
			+0s   GET /?cc=max-age=2,stale-while-revalidate=60&tag="1"  Miss 200
			+5s   GET /?cc=max-age=2,stale-while-revalidate=60&tag="1"  Revalidated 200
			+6s   down
			+10s  GET /?cc=max-age=2,stale-while-revalidate=60&tag="1"  Stale 200
		`},
		{"nginx reports 502 whatever the directives", cachetest.Nginx(), `
			+0s  GET /?cc=max-age=60,s-maxage=2  Miss 200
			+5s  down
			+6s  GET /?cc=max-age=60,s-maxage=2  Failed 502
		`},
		{"Varnish does not store what is not fresh", cachetest.Varnish(), `
			+0s  GET /?cc=max-age=0&tag="1"  Bypass 200
			+1s  GET /?cc=max-age=0&tag="1"  Bypass 200 >-if-none-match
		`},
		{"Varnish evaluates conditions for what it does not store", cachetest.Varnish(), `
			+0s  GET /?cc=max-age=0&tag="1"  If-None-Match:"1"  Bypass 304
		`},
		{"Varnish validates a 200 alone", cachetest.Varnish(), `
			+0s  GET /?cc=max-age=2&tag="1"&status=410  Miss 410
			+5s  GET /?cc=max-age=2&tag="1"&status=410  Changed 410 >-if-none-match
		`},
		{"Squid passes on what the origin sends for a Range", cachetest.Squid(), `
			+0s  GET /?cc=max-age=60  Range:bytes=0-1  Miss 200 text=content
			+1s  GET /?cc=max-age=60  Range:bytes=0-1  Hit 206
		`},
		{"Squid asks for the whole where the request says no-cache", cachetest.Squid(), `
			+0s  GET /?cc=max-age=60&tag="1"                          Miss 200
			+1s  GET /?cc=max-age=60&tag="1"  Cache-Control:no-cache  Changed 200 >-if-none-match
			+2s  GET /?cc=max-age=60&tag="1"  Pragma:no-cache         Changed 200 >-if-none-match
		`},
		{"Traffic Server does not store the response to a Range", cachetest.TrafficServer(), `
			+0s  GET /?cc=max-age=60  Range:bytes=0-1  Bypass 200 text=content
			+1s  GET /?cc=max-age=60                   Miss 200
			+1s  GET /?cc=max-age=60  Range:bytes=0-1  Hit 206
		`},
		{"Traffic Server does not store what states no lifetime", cachetest.TrafficServer(), `
			+0s  GET /?tag="1"  Bypass 200
			+1s  GET /?tag="1"  Bypass 200 >-if-none-match
		`},
		{"Traffic Server disregards Pragma", cachetest.TrafficServer(), `
			+0s  GET /?cc=max-age=60                   Miss 200
			+1s  GET /?cc=max-age=60  Pragma:no-cache  Hit 200
		`},
		{"Traffic Server sends a weak tag as a strong one", cachetest.TrafficServer(), `
			+0s  GET /?cc=max-age=2&tag=W/"1"  Miss 200
			+5s  GET /?cc=max-age=2&tag=W/"1"  Changed 200 >if-none-match="1"
		`},
		{"Traffic Server asks for a request with Authorization", cachetest.TrafficServer(), `
			+0s  GET /?cc=max-age=60                                      Miss 200
			+1s  GET /?cc=max-age=60                   Authorization:Leia Miss 200
			+2s  GET /?cc=max-age=60,public                               Miss 200
			+3s  GET /?cc=max-age=60,public            Authorization:Leia Hit 200
			+4s  GET /?cc=max-age=60,s-maxage=9&tag="1"                    Miss 200
			+5s  GET /?cc=max-age=60,s-maxage=9&tag="1" Authorization:Leia Revalidated 200
		`},
		{"Traffic Server turns an error into a 304", cachetest.TrafficServer(), `
			+0s  GET /?cc=max-age=60&tag="1"&status=404                     Miss 404
			+1s  GET /?cc=max-age=60&tag="1"&status=404  If-None-Match:"1"  Hit 304
		`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { cachetest.Play(t, origin, test.profile, test.script) })
		})
	}
}

// nginx keeps a stale response if the response that replaces it may not be
// stored.
func TestMeasuredNginxKeepsWhatItHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		control := "max-age=2, stale-if-error=60"
		origin := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", control)
			w.Header().Set("Etag", `"`+control+`"`)
		})
		cdn := cachetest.New(origin, cachetest.Nginx()).Report(t)
		cdn.Get("/").Want(t, cachetest.Miss)
		cdn.Invalidate("/")
		control = "no-store"
		for range 2 {
			cdn.Get("/").Want(t, cachetest.Bypass)
			if got := cdn.Last().OriginRequest.Get("If-None-Match"); got != `"max-age=2, stale-if-error=60"` {
				t.Errorf("the origin was asked with %q", got)
			}
		}
	})
}
