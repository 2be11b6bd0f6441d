package realcaches_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/internal/cacheservers"
)

// A real cache and its profile.
type pair struct {
	name    string
	profile func() cachetest.Profile
	start   func(t *testing.T, p process) func(*http.Request) (*http.Response, error)
	but     map[string]string // steps in which they differ, and why
}

var pairs = []pair{
	{nginx, cachetest.Nginx, func(t *testing.T, p process) func(*http.Request) (*http.Response, error) {
		return p.start(t, cacheservers.Look(t, "nginx", "nginx-light"), "-p", p.Folder, "-e", "stderr", "-c", p.Write(t, "nginx.conf", nginxConfig))
	}, map[string]string{
		"stale-if-error: broken, and stale":     "Debian's nginx 1.22 obeys stale-if-error only where the origin does not answer, the measured 1.28 also for a 500",
		"long entity-tags: of 129 bytes, stale": "the profile has no limit for the length of a tag",
	}},
	{varnish, cachetest.Varnish, func(t *testing.T, p process) func(*http.Request) (*http.Response, error) {
		return p.start(t, cacheservers.Look(t, "varnishd", "varnish"), "-F", "-j", "none", "-T", "none", "-n", p.Folder, "-a", p.Socket,
			"-p", "default_ttl=0", "-s", "malloc,32m", "-f", p.Write(t, "orders.vcl", varnishConfig))
	}, map[string]string{
		"a failing origin: repaired, and still the same": "Varnish puts a note that an error is not for storing in place of what it had, the profile keeps it",
		"stale-if-error: repaired":                       "the same",
	}},
	{"Squid", cachetest.Squid, startSquid, map[string]string{
		"a list: stale, asked by one that holds it":                           "Squid 5.7 answers with the whole, the profile with a 304",
		"writes: by one that holds it":                                        "the same",
		"a 304 that names less in Vary: by hand: the Rebels get the Empire's": "Squid selects by the Vary of the 200, the profile by that of the 304",
		"stale-if-error: hanging up, and stale":                               "Squid 5.7 serves it stale for a 500, not for a closed connection",
	}},
	{"Traffic Server", cachetest.TrafficServer, startTrafficServer, map[string]string{
		"writes: the same, validated on every use":    "Traffic Server 9.2.9 does not store what says no-cache",
		"writes: by one that holds it":                "the same",
		"users: Leia's, in her own":                   "it forwards the client's condition where nothing is stored, the profile evaluates it",
		"writes: DELETE with an old tag among others": "the test's configuration allows DELETE, the profile has the default of ip_allow",
	}},
}

// Each real cache does at each step of the walk what its profile does: the same
// status, the same questions to the origin. A real cache runs on the real clock,
// so that a slow machine can disturb a single walk. A difference counts if three
// walks show it.
func TestProfilesAgree(t *testing.T) {
	for _, c := range pairs {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			differences := c.differences(t)
			for walks := 1; len(differences) > 0 && walks < 3; walks++ {
				again := c.differences(t)
				for name := range differences {
					if again[name] == "" {
						delete(differences, name)
					}
				}
			}
			assert.Empty(t, differences)
		})
	}
}

// differences walks through the real cache and through its profile, and returns
// the steps at which they differ without a listed reason.
func (c pair) differences(t *testing.T) map[string]string {
	t.Helper()
	o := newOrigin(t)
	p := newProcess(t, o)
	real := follow(t, c.start(t, p), o)
	differences := map[string]string{}
	synctest.Test(t, func(t *testing.T) {
		o := newOrigin(t)
		cache := cachetest.New(o, c.profile())
		simulated := follow(t, func(r *http.Request) (*http.Response, error) { return cache.Do(r).Response, nil }, o)
		same := 0
		for i, at := range real {
			if simulated[i].String() == at.String() {
				same++
				continue
			}
			if at.late {
				continue // the machine was too slow for a lifetime of a second
			}
			difference := fmt.Sprintf("the real one: %s; its profile: %s", at, simulated[i])
			why, listed := c.but[at.name]
			if !listed {
				differences[at.name] = difference
			}
			t.Logf("%s: %s (%s)", at.name, difference, why)
		}
		t.Logf("%s and its profile agree in %d of %d steps", c.name, same, len(real))
	})
	return differences
}

// A sight is what one step of the walk showed.
type sight struct {
	name   string
	status int
	origin []int
	late   bool // what was stored for it may have become stale
}

func (s sight) String() string { return fmt.Sprintf("%d, the origin said %v", s.status, s.origin) }

// follow sends the requests of the walk and judges nothing.
func follow(t *testing.T, send func(*http.Request) (*http.Response, error), o *origin) (seen []sight) {
	t.Helper()
	w := &walker{t: t, front: front{send: send}, origin: o, saved: map[string]answer{}, stored: map[string]map[string]time.Time{}}
	for _, scenario := range walk {
		for _, s := range scenario.steps {
			at := scenario.name + ": " + s.name
			if s.first != nil {
				require.NoError(t, s.first(o))
			}
			var a answer
			late := false
			for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
				asked := time.Now()
				a = w.send(at, s)
				late = !s.stale && w.outlived(s.path)
				if len(a.origin) > 0 {
					w.storedAt(s, asked)
				}
				if !s.stale || len(a.origin) > 0 || asked.Sub(began) > patience {
					break
				}
			}
			if s.save != "" {
				w.saved[s.save] = a
			}
			o.misdeeds()
			seen = append(seen, sight{at, a.status, a.origin, late})
		}
	}
	return seen
}

// squidConfig is a reverse proxy with Squid's own refresh_pattern.
const squidConfig = `
http_port LISTEN accel defaultsite=orders.test no-vhost
cache_peer HOST parent PORT 0 no-query no-digest originserver default name=origin connect-fail-limit=1000
cache_peer_access origin allow all
http_access allow all
cache_mem 32 MB
pid_filename FOLDER/pid
cache_log FOLDER/log
access_log none
coredump_dir FOLDER
shutdown_lifetime 0 seconds
negative_ttl 0 seconds
via off
forwarded_for delete
cache_effective_user USER
`

func startSquid(t *testing.T, p process) func(*http.Request) (*http.Response, error) {
	program := cacheservers.Look(t, "squid", "squid")
	address := cacheservers.FreeAddress(t)
	me, err := user.Current()
	require.NoError(t, err)
	name := me.Username
	if me.Uid == "0" {
		name = "proxy" // it refuses to run as root
		require.NoError(t, os.Chmod(p.Folder, 0o777))
	}
	config := p.Fill(t, squidConfig, "LISTEN", address, "USER", name)
	path := filepath.Join(p.Folder, "squid.conf")
	require.NoError(t, os.WriteFile(path, []byte(config), 0o644))
	return p.StartOn(t, "tcp", address, nil, program, "-N", "-f", path).Do
}

func startTrafficServer(t *testing.T, p process) func(*http.Request) (*http.Response, error) {
	program := cacheservers.Look(t, "traffic_server", "trafficserver")
	address := cacheservers.FreeAddress(t)
	ip, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(p.Folder, 0o777))
	for _, name := range []string{"etc", "run", "log", "cache"} {
		require.NoError(t, os.Mkdir(filepath.Join(p.Folder, name), 0o777))
		require.NoError(t, os.Chmod(filepath.Join(p.Folder, name), 0o777))
	}
	for name, content := range map[string]string{
		"runroot.yaml":   "prefix: /usr\nexec_prefix: /usr\nbindir: /usr/bin\nsbindir: /usr/sbin\nsysconfdir: FOLDER/etc\ndatadir: /usr/share\nincludedir: /usr/include\nlibdir: /usr/lib\nlibexecdir: /usr/lib/trafficserver/modules\nlocalstatedir: FOLDER/run\nruntimedir: FOLDER/run\nlogdir: FOLDER/log\ncachedir: FOLDER/cache\n",
		"remap.config":   "map / http://ORIGIN/\n",
		"storage.config": "FOLDER/cache 32M\n",
		"ip_allow.yaml":  "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n    methods: ALL\n",
		"plugin.config":  "",
		"records.config": "CONFIG proxy.config.http.server_ports STRING LISTEN\nCONFIG proxy.config.admin.user_id STRING #-1\n" +
			"CONFIG proxy.config.http.insert_age_in_response INT 1\nCONFIG proxy.config.http.insert_request_via_str INT 0\n" +
			"CONFIG proxy.config.url_remap.pristine_host_hdr INT 1\nCONFIG proxy.config.http.cache.required_headers INT 2\n" +
			"CONFIG proxy.config.exec_thread.autoconfig.enabled INT 0\nCONFIG proxy.config.exec_thread.limit INT 1\n" +
			"CONFIG proxy.config.cache.ram_cache.size INT 8388608\nCONFIG proxy.config.http.connect_attempts_max_retries INT 0\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(p.Folder, "etc", name), []byte(p.Fill(t, content, "LISTEN", port+":ip-in="+ip)), 0o644))
	}
	return p.StartOn(t, "tcp", address, []string{"TS_RUNROOT=" + filepath.Join(p.Folder, "etc", "runroot.yaml")}, program).Do
}
