package realcaches_test

import (
	"testing"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/internal/cacheservers"
)

// One process in the foreground, without workers: there is one to end. Without
// proxy_cache_revalidate nginx would fetch everything anew.
const nginxConfig = `
daemon off;
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
		listen unix:SOCKET;
		location / {
			proxy_pass http://ORIGIN;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $host;
			proxy_cache orders;
			proxy_cache_key $host$request_uri;
			proxy_cache_revalidate on;
			add_header X-Cache $upstream_cache_status always;
		}
	}
}
`

func walkNginx(t *testing.T, report func(string, []observation)) {
	t.Parallel()
	program := cacheservers.Look(t, "nginx", "nginx-light")
	o := newOrigin(t)
	p := newProcess(t, o)
	f := front{
		name: nginx,
		send: p.start(t, program, "-p", p.Folder, "-e", "stderr", "-c", p.Write(t, "nginx.conf", nginxConfig)),
		words: map[string][]cachetest.Outcome{
			"HIT":         {cachetest.Hit},
			"MISS":        {cachetest.Miss, cachetest.Bypass}, // stored or not
			"EXPIRED":     {cachetest.Changed, cachetest.Bypass},
			"REVALIDATED": {cachetest.Revalidated},
			"STALE":       {cachetest.Stale},
			"":            {cachetest.Pass}, // methods that it does not cache have no word
		},
		noAge: true,
	}
	report(nginx, lead(t, f, o))
	o.checkLog(t)
}
