package main_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/freshen-go/freshen/examples/internal/cacheservers"
	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A response is fresh for a moment here, so that nobody waits for its 100
// seconds. The gateway adds the CDN's secret in these tests.
const varnishConfig = `vcl 4.1;
backend function { .host = "127.0.0.1"; .port = "PORT"; }
sub vcl_backend_response {
	set beresp.ttl = 100ms;
	set beresp.grace = 0s;
	set beresp.keep = 1h;
}
`

const nginxConfig = `daemon off;
master_process off;
pid FOLDER/pid;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path FOLDER/body;
	proxy_temp_path FOLDER/proxy;
	fastcgi_temp_path FOLDER/fastcgi;
	uwsgi_temp_path FOLDER/uwsgi;
	scgi_temp_path FOLDER/scgi;
	proxy_cache_path FOLDER/cache keys_zone=orders:1m inactive=1h use_temp_path=off;
	server {
		listen unix:FOLDER/http;
		location / {
			proxy_pass http://127.0.0.1:PORT;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_cache orders;
			proxy_cache_key $request_uri;
			proxy_cache_revalidate on;
			proxy_ignore_headers Cache-Control Expires;
			proxy_cache_valid 200 1s;
		}
	}
}
`

// originLog remembers the status of each answer of the function.
type originLog struct {
	mu       sync.Mutex
	statuses []int
}

func (l *originLog) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		l.mu.Lock()
		l.statuses = append(l.statuses, recorder.Code)
		l.mu.Unlock()
		result := recorder.Result()
		for name, values := range result.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		w.Write(recorder.Body.Bytes())
	})
}

func (l *originLog) take() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.statuses
	l.statuses = nil
	return taken
}

// A gateway that adds text/plain where a response has no Content-Type, and that
// writes 304s as they are, stands between the function and a cache. The type of
// the stored response must not change when the cache revalidates it.
func TestL1_CachesRevalidateThroughARawGateway(t *testing.T) {
	for _, cache := range []struct {
		name, program, packet, config string
		args                          func(p cacheservers.Process, config string) []string
	}{
		{"Varnish", "varnishd", "varnish", varnishConfig, func(p cacheservers.Process, config string) []string {
			return []string{"-F", "-j", "none", "-n", p.Folder, "-a", p.Socket, "-f", config, "-s", "malloc,32m"}
		}},
		{"nginx", "nginx", "nginx-light", nginxConfig, func(p cacheservers.Process, config string) []string {
			return []string{"-p", p.Folder, "-e", "stderr", "-c", config}
		}},
	} {
		t.Run(cache.name, func(t *testing.T) {
			program := cacheservers.Look(t, cache.program, cache.packet)
			environment, err := front.Start(front.Function{
				Bootstrap: buildBootstrap(t, "."),
				Env:       map[string]string{"ORIGIN_SECRET": secret},
				Log:       functionLog{t},
			})
			require.NoError(t, err)
			t.Cleanup(environment.Close)
			var origin originLog
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			t.Cleanup(func() { listener.Close() })
			go front.ServeRaw(listener, origin.wrap(&front.Gateway{Invoker: environment, OriginHeader: behindCDN()}))
			p := cacheservers.New(t, listener.Addr().String())
			client := p.Start(t, program, cache.args(p, p.Write(t, "config", cache.config))...)
			d := &deployment{url: "http://cache.test", client: client}

			revalidates(t, d, &origin, "/api/orders?search=C-3PO")
		})
	}
}

func revalidates(t *testing.T, d *deployment, origin *originLog, target string) {
	t.Helper()
	first := d.get(t, target)
	require.Equal(t, 200, first.status)
	require.Equal(t, []int{200}, origin.take())
	tag := first.header.Get("ETag")
	require.NotEmpty(t, tag)

	// Stale after a moment, the copy is validated by a 304 of the function, and a
	// client that sends no condition gets the whole content.
	for range 2 {
		var revalidated answer
		for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			revalidated = d.get(t, target)
			if asked := origin.take(); len(asked) > 0 && asked[0] == 304 {
				break
			}
			require.Less(t, time.Since(began), time.Minute, "the cache does not ask")
		}
		assert.Equal(t, 200, revalidated.status)
		assert.Equal(t, first.body, revalidated.body)
		assert.Equal(t, tag, revalidated.header.Get("ETag"))
		assert.Equal(t, "application/json", revalidated.header.Get("Content-Type"), "a 304 must not change it")
		assert.Equal(t, "application/json", d.get(t, target).header.Get("Content-Type"), "nor what is stored")
		assert.Equal(t, first.header.Get("Cache-Control"), revalidated.header.Get("Cache-Control"))
		origin.take()
	}
}
