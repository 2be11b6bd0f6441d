package realcaches_test

import (
	"testing"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/internal/cacheservers"
)

// Without grace Varnish serves nothing stale, and what is kept serves to ask
// with. Varnish has no field of its own to say what it did. Its built-in rules
// follow after ours.
const varnishConfig = `vcl 4.1;
backend origin { .host = "HOST"; .port = "PORT"; }
sub vcl_backend_response {
	set beresp.grace = 0s;
	set beresp.keep = 1h;
	set beresp.http.X-Cache = "MISS";
	if (beresp.was_304) {
		set beresp.http.X-Cache = "REVALIDATED";
	}
}
sub vcl_deliver {
	if (obj.uncacheable) {
		set resp.http.X-Cache = "PASS";
	} else if (obj.hits > 0) {
		set resp.http.X-Cache = "HIT";
	}
}
`

func walkVarnish(t *testing.T, report func(string, []observation)) {
	t.Parallel()
	program := cacheservers.Look(t, "varnishd", "varnish")
	o := newOrigin(t)
	p := newProcess(t, o)
	f := front{
		name: varnish,
		// It need not give up rights that it may not have, nor be administered.
		send: p.start(t, program, "-F", "-j", "none", "-T", "none", "-n", p.Folder, "-a", p.Socket,
			"-s", "malloc,32m", "-f", p.Write(t, "orders.vcl", varnishConfig)),
		words: map[string][]cachetest.Outcome{
			"HIT":         {cachetest.Hit},
			"MISS":        {cachetest.Miss, cachetest.Changed}, // it does not tell them apart
			"REVALIDATED": {cachetest.Revalidated},
			"PASS":        {cachetest.Pass, cachetest.Bypass},
			"":            {cachetest.Bypass}, // its own errors
		},
	}
	report(varnish, lead(t, f, o))
	o.checkLog(t)
}
