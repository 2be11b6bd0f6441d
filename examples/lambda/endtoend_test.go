package main_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/examples/lambda/internal/front"
	"github.com/freshen-go/freshen/examples/lambda/internal/originsecret"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	secret      = "a-secret-for-the-tests"
	otherSecret = "the-secret-of-a-rotation"
)

// bootstraps holds what has been built, by package, in a folder of the run.
var bootstraps = struct {
	sync.Mutex
	folder string
	built  map[string]string
}{built: map[string]string{}}

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "bootstraps")
	if err != nil {
		panic(err)
	}
	bootstraps.folder = folder
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// buildBootstrap builds a package once, as it is built for Lambda, for this
// machine.
func buildBootstrap(t *testing.T, pkg string) string {
	t.Helper()
	bootstraps.Lock()
	defer bootstraps.Unlock()
	if path, ok := bootstraps.built[pkg]; ok {
		return path
	}
	path := filepath.Join(bootstraps.folder, strconv.Itoa(len(bootstraps.built)), "bootstrap")
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	bootstraps.built[pkg] = path
	return path
}

// A deployment is a function behind the local front, over HTTP.
type deployment struct {
	url         string
	client      *http.Client
	environment *front.Environment
}

func deploy(t *testing.T, bootstrap string, originHeader http.Header) *deployment {
	t.Helper()
	environment, err := front.Start(front.Function{
		Bootstrap: bootstrap,
		Env:       map[string]string{"ORIGIN_SECRET": secret, "ORIGIN_SECRET_OTHER": otherSecret},
		Log:       functionLog{t},
	})
	require.NoError(t, err)
	t.Cleanup(environment.Close)
	server := httptest.NewServer(&front.Gateway{Invoker: environment, OriginHeader: originHeader})
	t.Cleanup(server.Close)
	// What comes is compared byte by byte, so the client decodes nothing.
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	return &deployment{url: server.URL, client: client, environment: environment}
}

func behindCDN() http.Header { return http.Header{originsecret.Header: {secret}} }

type functionLog struct{ t *testing.T }

func (l functionLog) Write(p []byte) (int, error) {
	l.t.Logf("function: %s", bytes.TrimSpace(p))
	return len(p), nil
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request; fields are names and values in turn.
func (d *deployment) ask(t *testing.T, method, target string, body []byte, fields ...string) answer {
	t.Helper()
	request, err := http.NewRequest(method, d.url+target, bytes.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(fields); i += 2 {
		request.Header.Add(fields[i], fields[i+1])
	}
	response, err := d.client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, response.Header, content}
}

func (d *deployment) get(t *testing.T, target string, fields ...string) answer {
	t.Helper()
	return d.ask(t, http.MethodGet, target, nil, fields...)
}

// seen is what the probe says of a request.
type seen struct {
	PID                                        int
	Method, RequestURI, Path, Host, RemoteAddr string
	Query                                      map[string][]string
	Header                                     http.Header
}

func (a answer) seen(t *testing.T) (s seen) {
	t.Helper()
	require.Equal(t, 200, a.status, string(a.body))
	require.NoError(t, json.Unmarshal(a.body, &s), string(a.body))
	return s
}

func TestOrdersInLambda(t *testing.T) {
	d := deploy(t, buildBootstrap(t, "."), behindCDN())
	const list = "/api/orders?search=C-3PO"

	whole := d.get(t, list)
	require.Equal(t, 200, whole.status)
	tag := whole.header.Get("ETag")
	require.NotEmpty(t, tag)
	assert.Contains(t, whole.header.Get("Cache-Control"), "public, max-age=100, stale-while-revalidate=60, stale-if-error=3600")
	assert.NotEmpty(t, whole.body)

	for _, row := range []struct {
		name   string
		fields []string
		status int
	}{
		{"its tag", []string{"If-None-Match", tag}, 304},
		{"its tag as a strong one", []string{"If-None-Match", strings.TrimPrefix(tag, "W/")}, 304},
		{"in a list", []string{"If-None-Match", `"a,b", ` + tag + `, "c"`}, 304},
		{"on a second line", []string{"If-None-Match", `"a"`, "If-None-Match", tag}, 304},
		{"any", []string{"If-None-Match", "*"}, 304},
		{"another tag", []string{"If-None-Match", `W/"another"`}, 200},
	} {
		t.Run("If-None-Match: "+row.name, func(t *testing.T) {
			got := d.get(t, list, row.fields...)

			assert.Equal(t, row.status, got.status)
			assert.Equal(t, tag, got.header.Get("ETag"))
			assert.Equal(t, whole.header.Get("Cache-Control"), got.header.Get("Cache-Control"))
			if row.status == 304 {
				assert.Empty(t, got.body)
				assert.NotContains(t, got.header, "Content-Type")
			} else {
				assert.Equal(t, whole.body, got.body)
			}
		})
	}
	t.Run("HEAD", func(t *testing.T) {
		got := d.ask(t, http.MethodHead, list, nil)
		assert.Equal(t, 200, got.status)
		assert.Equal(t, tag, got.header.Get("ETag"))
	})
	t.Run("an order has a strong tag", func(t *testing.T) {
		tag := d.get(t, "/api/orders/1").header.Get("ETag")
		assert.True(t, strings.HasPrefix(tag, `"`), tag)
		assert.Equal(t, 304, d.get(t, "/api/orders/1", "If-None-Match", tag).status)
	})
	t.Run("the seed takes no writes", func(t *testing.T) {
		placed := d.ask(t, http.MethodPost, "/api/orders", []byte(`{"customer":"Leia","item":"R2-D2","quantity":1}`), "Content-Type", "application/json")
		assert.Equal(t, 501, placed.status, string(placed.body))
		assert.Equal(t, "no-store", placed.header.Get("Cache-Control"))
		edited := d.ask(t, http.MethodPut, "/api/orders/1", []byte(`{"customer":"Leia","item":"R2-D2","quantity":1}`),
			"Content-Type", "application/json", "If-Match", d.get(t, "/api/orders/1").header.Get("ETag"))
		assert.Equal(t, 501, edited.status, string(edited.body))
		stale := d.ask(t, http.MethodPut, "/api/orders/1", []byte(`{}`), "Content-Type", "application/json", "If-Match", `"old"`)
		assert.Equal(t, 412, stale.status, string(stale.body))
	})
	t.Run("one's own orders are private", func(t *testing.T) {
		assert.Equal(t, 401, d.get(t, "/api/me/orders").status)
		mine := d.get(t, "/api/me/orders", "Authorization", "Bearer leia-token")
		assert.Equal(t, 200, mine.status)
		assert.Contains(t, mine.header.Get("Cache-Control"), "private")
	})
	assert.Equal(t, 1, d.environment.Starts())
}

// The conformance check, all the way over HTTP and events to the real binary.
func TestFunctionKeepsTheRules(t *testing.T) {
	target, err := url.Parse(deploy(t, buildBootstrap(t, "."), behindCDN()).url)
	require.NoError(t, err)
	function := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(response *http.Response) error {
			response.Header.Del("Apigw-Requestid") // the gateway's, another on each response
			return nil
		},
	}
	for _, row := range []struct {
		target, token string
		status        int
	}{
		{"/api/orders?search=C-3PO", "", 200},
		{"/api/orders?search=nothing", "", 200},
		{"/api/orders/1", "", 200},
		{"/api/orders/0", "", 404},
		{"/api/me/orders", "leia-token", 200},
		{"/api/me/orders", "", 401},
	} {
		t.Run(row.target+" "+row.token, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, row.target, nil)
			if row.token != "" {
				request.Header.Set("Authorization", "Bearer "+row.token)
			}

			assert.NoError(t, cachetest.TestHandler(function, request, cachetest.Status(row.status), cachetest.Strict()))
		})
	}
}

func TestEveryEnvironmentGivesTheSameTags(t *testing.T) {
	bootstrap := buildBootstrap(t, ".")
	one, other := deploy(t, bootstrap, behindCDN()), deploy(t, bootstrap, behindCDN())

	for _, target := range []string{"/api/orders", "/api/orders?search=c-3po", "/api/orders/1", "/api/report"} {
		a, b := one.get(t, target), other.get(t, target)

		assert.NotEmpty(t, a.header.Get("ETag"), target)
		assert.Equal(t, a.header.Get("ETag"), b.header.Get("ETag"), target)
		assert.Equal(t, a.body, b.body, target)
		assert.Equal(t, 304, other.get(t, target, "If-None-Match", a.header.Get("ETag")).status, target)
	}
}

func TestNobodyWalksRoundTheCDN(t *testing.T) {
	d := deploy(t, buildBootstrap(t, "."), nil)

	for _, fields := range [][]string{nil, {originsecret.Header, "guess"}, {"If-None-Match", "*"}} {
		got := d.get(t, "/api/orders/1", fields...)
		assert.Equal(t, 403, got.status)
		assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
		assert.Empty(t, got.header.Get("ETag"))
	}
}

func TestFunctionRefusesToStart(t *testing.T) {
	bootstrap := buildBootstrap(t, ".")
	for _, row := range []struct{ name, secret, databaseURL, users, why string }{
		{"without a secret", "", "", "", "ORIGIN_SECRET"},
		{"with a database that it does not know", secret, "mysql://user:password@db/orders", "", "DATABASE_URL"},
		{"with users that it cannot read", secret, "", "password", "USERS"},
	} {
		t.Run(row.name, func(t *testing.T) {
			cmd := exec.Command(bootstrap)
			cmd.Env = []string{"ORIGIN_SECRET=" + row.secret, "DATABASE_URL=" + row.databaseURL, "USERS=" + row.users, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:1"}

			output, err := cmd.CombinedOutput()

			require.Error(t, err)
			assert.Contains(t, string(output), row.why)
			assert.NotContains(t, string(output), "password")
		})
	}
}

func TestRequestsArriveWhole(t *testing.T) {
	d := deploy(t, buildBootstrap(t, "./testdata/probe"), nil)

	for _, row := range []struct{ target, requestURI, path string }{
		{"/100%25", "/100%25", "/100%"},
		{"/a%3Fb%23c", "/a%3Fb%23c", "/a?b#c"},
		{"/caf%C3%A9/", "/caf%C3%A9/", "/café/"},
		{"/a%20b?x=%26&y=1%2B1", "/a%20b?x=%26&y=1%2B1", "/a b"},
	} {
		t.Run(row.target, func(t *testing.T) {
			got := d.get(t, row.target).seen(t)

			assert.Equal(t, row.requestURI, got.RequestURI)
			assert.Equal(t, row.path, got.Path)
		})
	}
	t.Run("tags with commas, in a list", func(t *testing.T) {
		whole := d.get(t, "/tagged")
		tag := whole.header.Get("ETag")
		assert.Equal(t, 304, d.get(t, "/tagged", "If-None-Match", `"a,b", `+tag).status)
		assert.Equal(t, 200, d.get(t, "/tagged", "If-None-Match", `"a,b", "c"`).status)
		assert.Equal(t, []string{`"a,b", "c"`}, d.get(t, "/", "If-None-Match", `"a,b", "c"`).seen(t).Header["If-None-Match"])
	})
	t.Run("who asked, and whom", func(t *testing.T) {
		got := d.get(t, "/").seen(t)
		assert.Equal(t, strings.TrimPrefix(d.url, "http://"), got.Host)
		assert.Regexp(t, `^127\.0\.0\.1:\d+$`, got.RemoteAddr)
	})
	t.Run("cookies", func(t *testing.T) {
		sent := d.get(t, "/", "Cookie", "a=1; b=2").seen(t)
		assert.Equal(t, []string{"a=1; b=2"}, sent.Header["Cookie"])
		set := d.get(t, "/cookies", "Cookie", "a=1; b=2")
		assert.Equal(t, []string{"a=1!; Path=/; HttpOnly", "b=2!; Path=/; HttpOnly"}, set.header["Set-Cookie"])
	})
}

func TestBodiesPassUnharmed(t *testing.T) {
	d := deploy(t, buildBootstrap(t, "./testdata/probe"), nil)
	random := rand.New(rand.NewPCG(1, 2))
	binary := make([]byte, 4_500_000)
	for i := range binary {
		binary[i] = byte(random.Uint32())
	}
	text := bytes.Repeat([]byte("plain text, as prose is\n"), 5_000_000/24)
	process := d.get(t, "/").seen(t).PID

	t.Run("4.5 MB of binary each way", func(t *testing.T) {
		got := d.ask(t, http.MethodPost, "/echo", binary, "Content-Type", "application/octet-stream")
		require.Equal(t, 200, got.status)
		assert.True(t, bytes.Equal(binary, got.body))
	})
	t.Run("5 MB of plain text each way", func(t *testing.T) {
		got := d.ask(t, http.MethodPost, "/echo", text, "Content-Type", "text/plain; charset=utf-8")
		require.Equal(t, 200, got.status)
		assert.True(t, bytes.Equal(text, got.body))
	})
	t.Run("gzip", func(t *testing.T) {
		got := d.get(t, "/gzip", "Accept-Encoding", "gzip")
		assert.Equal(t, "gzip", got.header.Get("Content-Encoding"))
		unzipped, err := gzip.NewReader(bytes.NewReader(got.body))
		require.NoError(t, err)
		content, err := io.ReadAll(unzipped)
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat("fresh ", 1000), string(content))
	})
	t.Run("a request that Lambda does not take", func(t *testing.T) {
		got := d.ask(t, http.MethodPost, "/echo", make([]byte, 5_000_000), "Content-Type", "application/octet-stream")
		assert.Equal(t, 413, got.status)
	})
	t.Run("a response that Lambda does not take", func(t *testing.T) {
		got := d.get(t, "/text?bytes=6300000")
		assert.Equal(t, 500, got.status)
		assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
		assert.NotContains(t, string(got.body), "Internal Server Error\"}", "the adapter's answer, not the gateway's")
	})
	assert.Equal(t, process, d.get(t, "/").seen(t).PID)
	assert.Equal(t, 1, d.environment.Starts())
}

func TestPanicLeavesTheEnvironmentAlive(t *testing.T) {
	d := deploy(t, buildBootstrap(t, "./testdata/probe"), nil)
	before := d.get(t, "/").seen(t).PID

	got := d.get(t, "/panic")

	assert.Equal(t, 500, got.status)
	assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
	assert.Equal(t, before, d.get(t, "/").seen(t).PID)
	assert.Equal(t, 1, d.environment.Starts())
}

func TestEnvironmentComesBackAfterItsProcessExited(t *testing.T) {
	d := deploy(t, buildBootstrap(t, "./testdata/probe"), nil)
	before := d.get(t, "/").seen(t).PID

	assert.Equal(t, 500, d.get(t, "/exit").status)

	assert.NotEqual(t, before, d.get(t, "/").seen(t).PID)
	assert.Equal(t, 2, d.environment.Starts())
}

// While the secret is rotated, the function accepts what the CDN sends before
// and after.
func TestTheFunctionAcceptsTwoSecrets(t *testing.T) {
	for sent, want := range map[string]int{secret: 200, otherSecret: 200, secret + otherSecret: 403, "": 403} {
		d := deploy(t, buildBootstrap(t, "."), http.Header{originsecret.Header: {sent}})

		assert.Equal(t, want, d.get(t, "/api/orders?search=C-3PO").status, "%q", sent)
	}
}
