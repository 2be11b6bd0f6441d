package lambdaadapter_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everything answers with all that a handler can see of its request.
func everything(w http.ResponseWriter, r *http.Request) {
	seen := map[string]string{}
	note := func(what string, values ...any) {
		var b strings.Builder
		for _, v := range values {
			switch v.(type) {
			case string, []byte, []string, url.Values:
				fmt.Fprintf(&b, "%q ", v)
			default:
				fmt.Fprintf(&b, "%v ", v)
			}
		}
		seen[what] = b.String()
	}
	note("method", r.Method)
	note("request uri", r.RequestURI)
	note("url", r.URL.Scheme, r.URL.Opaque, r.URL.User, r.URL.Host, r.URL.Path, r.URL.RawPath, r.URL.EscapedPath(), r.URL.RawQuery, r.URL.ForceQuery, r.URL.Fragment)
	note("proto", r.Proto, r.ProtoMajor, r.ProtoMinor)
	note("host", r.Host)
	note("close", r.Close)
	note("transfer-encoding", r.TransferEncoding)
	note("content-length", r.ContentLength)
	note("get body", r.GetBody != nil)
	note("no body", r.Body == http.NoBody)
	note("tls", r.TLS != nil)
	note("pattern", r.Pattern, r.PathValue("id"))
	for name, values := range r.Header {
		note("header "+name, values)
	}
	note("cookies", r.Cookies())
	note("user agent, referer", r.UserAgent(), r.Referer())
	user, password, ok := r.BasicAuth()
	note("basic auth", user, password, ok)
	_, _, err := net.SplitHostPort(r.RemoteAddr)
	note("remote address has a port", err)
	_, seeks := r.Body.(io.Seeker)
	note("body seeks", seeks)
	if strings.Contains(r.URL.RawQuery, "form") {
		err = r.ParseMultipartForm(1 << 20)
		note("form", r.Form, r.PostForm, err)
	} else {
		part := make([]byte, 3)
		n, err := r.Body.Read(part[:0])
		note("empty read", n, err)
		_, err = io.ReadFull(r.Body, part)
		note("first octets", part, err)
		rest, err := io.ReadAll(r.Body)
		note("the rest", rest, err)
		n, err = r.Body.Read(part)
		note("after the end", n, err)
	}
	err = r.Body.Close()
	note("close body", err)
	if r.Body != http.NoBody {
		_, err = r.Body.Read(make([]byte, 1))
		note("after close", err)
	}
	json.NewEncoder(w).Encode(seen)
}

// Each row is a request as a client sends it. It goes to a real server, and, as the
// event that each gateway makes of it, through the adapter. The handler must see the
// same, except for what the row names, with the reason.
func TestRequestParity(t *testing.T) {
	const (
		joined  = "the gateway joins the lines of one name with commas"
		decoded = "an HTTP API delivers the path decoded; what needs no escape is not escaped again"
		query   = "the event does not tell an empty query from none"
		chunked = "the gateway collects chunks; their length is known in the end"
		params  = "the query arrives as parameters, decoded by a REST API: it is made of them again, grouped by name"
		crumbs  = "a request has one Cookie line"
	)
	mux := http.NewServeMux()
	mux.HandleFunc("/", everything)
	mux.HandleFunc("GET /items/{id}", everything)
	strict := http.NewServeMux()
	strict.HandleFunc("POST /strict/post", everything)
	mux.Handle("/strict/", strict)
	mux.HandleFunc("/tree/", everything)
	mux.HandleFunc("host.example/", everything)

	get := func(target string, fields ...string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: " + apiHost + "\r\n" + strings.Join(append(fields, "", ""), "\r\n")
	}
	post := func(target, contentType, body string, fields ...string) string {
		fields = append(fields, "Content-Type: "+contentType, fmt.Sprint("Content-Length: ", len(body)), "", body)
		return "POST " + target + " HTTP/1.1\r\nHost: " + apiHost + "\r\n" + strings.Join(fields, "\r\n")
	}
	for _, row := range []struct {
		name, raw string
		api, url  []string // what may differ at an HTTP API, at a Function URL
		why       string
		rest, alb []string // what may differ in payload format 1.0, and at a load balancer
	}{
		{name: "root", raw: get("/")},
		{name: "plain path", raw: get("/a/b.c")},
		{name: "path value", raw: get("/items/42")},
		{name: "path value with an escaped percent sign", raw: get("/items/100%25")},
		{name: "path value with spaces and umlauts", raw: get("/items/gr%C3%BC%20%C3%9F")},
		{name: "escaped question mark and hash", raw: get("/a%3Fb%23c")},
		{name: "escaped quotes and brackets", raw: get("/%22%3C%3E%5B%5D%5C%5E%60%7B%7C%7D")},
		{name: "sub-delimiters as such", raw: get("/a!$&'()*+,;=:@b")},
		{name: "plus sign", raw: get("/a+b")},
		{name: "tilde, dot, underscore", raw: get("/~user/_x/.well-known/y")},
		{name: "escaped letter", raw: get("/%61"), api: []string{"request uri", "url"}, why: decoded},
		{name: "escaped sub-delimiter", raw: get("/a%2Cb"), api: []string{"request uri", "url"}, why: decoded},
		{name: "escaped slash", raw: get("/items/a%2Fb"), api: []string{"request uri", "url", "pattern"}, why: decoded},
		{name: "escape in lower case", raw: get("/%c3%a9"), api: []string{"request uri", "url"}, why: decoded},
		{name: "escape that is not UTF-8", raw: get("/%E9"), api: []string{"request uri", "url"},
			why: "JSON carries UTF-8 only; what a gateway makes of such a path is not known"},
		{name: "NUL and newline escaped", raw: get("/a%00b%0Ac")},
		{name: "brackets as such", raw: get("/a[1]"), api: []string{"request uri", "url"}, why: decoded},
		{name: "colon in the first segment", raw: get("/a:b/c")},
		{name: "double slash at the start", raw: get("//evil.example/x")},
		{name: "double slash within", raw: get("/a//b")},
		{name: "dot segments", raw: get("/a/../b/./c")},
		{name: "slash that the mux adds", raw: get("/tree")},
		{name: "slash that the mux adds, with a query", raw: get("/tree?x=1")},
		{name: "method that the mux refuses", raw: get("/strict/post")},
		{name: "query", raw: get("/?a=1&b=2&a=3"), rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}, why: params},
		{name: "query with escapes", raw: get("/?q=%20%26%3D%2B%25&%C3%BC=+"), rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}, why: params},
		{name: "query with a question mark", raw: get("/?a=b?c=d"), rest: []string{"request uri", "url"}, why: params},
		{name: "query with semicolons", raw: get("/?form;a=1;b=2"), rest: []string{"request uri", "url", "form"}, why: params},
		{name: "query without a value", raw: get("/?flag"), rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}, why: params},
		{name: "query with a bad escape", raw: get("/?form&a=%zz"), rest: []string{"request uri", "url", "form"}, alb: []string{"request uri", "url"}, why: params},
		{name: "query with commas, quotes and brackets", raw: get(`/?filter[a]="x,y"&z={1}`), rest: []string{"request uri", "url"}, why: params},
		{name: "empty query", raw: get("/?"), api: []string{"request uri", "url"}, url: []string{"request uri", "url"}, why: query, rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}},
		{name: "query in an answer to a form", raw: get("/?form&a=1&a=2&b="), rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}, why: params},
		{name: "list of entity-tags", raw: get("/", `If-None-Match: "v1", W/"v2", "v,3"`)},
		{name: "If-Match", raw: get("/", `If-Match: "a,b"`)},
		{name: "dates", raw: get("/", "If-Modified-Since: Mon, 02 Jan 2006 15:04:05 GMT", "If-Range: Mon, 02 Jan 2006 15:04:05 GMT")},
		{name: "several ranges", raw: get("/", "Range: bytes=0-1, 4-5,-1")},
		{name: "negotiation", raw: get("/", "Accept: text/html;q=0.9, */*;q=0.1", "Accept-Language: de, en;q=0.5", "Accept-Encoding: gzip, br")},
		{name: "Cache-Control list", raw: get("/", "Cache-Control: no-cache, max-age=0")},
		{name: "Pragma alone", raw: get("/", "Pragma: no-cache")},
		{name: "Pragma beside Cache-Control", raw: get("/", "Pragma: no-cache", "Cache-Control: max-age=5")},
		{name: "Pragma of another kind", raw: get("/", "Pragma: x")},
		{name: "basic authentication", raw: get("/", "Authorization: Basic dXNlcjpwYXNzLHdvcmQ=")},
		{name: "digest authentication, with commas", raw: get("/", `Authorization: Digest username="a, b", uri="/"`)},
		{name: "user agent with commas", raw: get("/", "User-Agent: Mozilla/5.0 (KHTML, like Gecko)", "Referer: https://a.example/x,y")},
		{name: "JSON in a header", raw: get("/", `X-Data: {"a": "b, c", "d": [1,2]}`)},
		{name: "empty header", raw: get("/", "X-Empty:")},
		{name: "spaces around a header", raw: get("/", "X-Space:  \t a  b \t")},
		{name: "odd but legal header name", raw: get("/", "X-!#$%&'*+.^_`|~: 1")},
		{name: "UTF-8 header", raw: get("/", "X-Utf8: Grüße")},
		{name: "two lines of one name", raw: get("/", "X-Two: a", "X-Two: b, c"),
			api: []string{"header X-Two"}, url: []string{"header X-Two"}, why: joined},
		{name: "Connection: close", raw: get("/", "Connection: close"), api: []string{"close"}, url: []string{"close"}, rest: []string{"close"}, alb: []string{"close"},
			why: "the connection that the client means is the gateway's"},
		{name: "one cookie", raw: get("/", "Cookie: a=1")},
		{name: "three cookies", raw: get("/", `Cookie: a=1; b="x y"; c=`)},
		{name: "cookie with a comma", raw: get("/", "Cookie: a=1,2; b=3")},
		{name: "two cookie lines", raw: get("/", "Cookie: a=1", "Cookie: b=2"),
			api: []string{"header Cookie"}, url: []string{"header Cookie"}, why: crumbs, rest: []string{"header Cookie"}, alb: []string{"header Cookie"}},
		{name: "forwarding headers", raw: get("/", "X-Forwarded-For: 198.51.100.7, 203.0.113.20", "Forwarded: for=192.0.2.1;proto=https")},
		{name: "another host", raw: "GET /x HTTP/1.1\r\nHost: host.example\r\n\r\n"},
		{name: "host with a port", raw: "GET /x HTTP/1.1\r\nHost: host.example:8443\r\n\r\n"},
		{name: "host in IPv6", raw: "GET /x HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"},
		{name: "HEAD", raw: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"},
		{name: "OPTIONS", raw: "OPTIONS /a HTTP/1.1\r\nHost: a\r\nOrigin: https://b.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n"},
		{name: "DELETE", raw: "DELETE /a HTTP/1.1\r\nHost: a\r\nIf-Match: *\r\n\r\n"},
		{name: "method that nobody knows", raw: "PURGE /a HTTP/1.1\r\nHost: a\r\n\r\n"},
		{name: "lower-case method", raw: "get /a HTTP/1.1\r\nHost: a\r\n\r\n"},
		{name: "POST of JSON", raw: post("/", "application/json", `{"a":"<b> & \u003c \"c\""}`)},
		{name: "POST of text beyond ASCII", raw: post("/", "text/plain; charset=utf-8", "Grüße ☃ 𝄞\u2028")},
		{name: "POST of octets", raw: post("/", "application/octet-stream", "\x00\x01\xff\xfe\r\n")},
		{name: "POST of nothing", raw: post("/", "text/plain", "")},
		{name: "POST of a form", raw: post("/?form&a=0", "application/x-www-form-urlencoded", "a=1&b=x+y%26&a=2"), rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}, why: params},
		{name: "POST of a multipart form", raw: post("/?form", "multipart/form-data; boundary=xx",
			"--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1, 2\r\n--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.bin\"\r\n\r\n\x00\xff\r\n--xx--\r\n"), rest: []string{"request uri", "url"}, alb: []string{"request uri", "url"}, why: params},
		{name: "POST to a method pattern", raw: post("/strict/post", "text/plain", "x")},
		{name: "PUT with a precondition", raw: strings.Replace(post("/a", "application/json", "{}", `If-Match: "v1"`), "POST", "PUT", 1)},
		{name: "GET with a body", raw: strings.Replace(post("/a", "text/plain", "body"), "POST", "GET", 1)},
		{name: "large body", raw: post("/", "text/plain", strings.Repeat("0123456789", 20_000))},
		{name: "body in chunks", raw: "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
			api: []string{"content-length", "transfer-encoding", "header Content-Length"}, rest: []string{"content-length", "transfer-encoding", "header Content-Length"}, alb: []string{"content-length", "transfer-encoding", "header Content-Length"},
			url: []string{"content-length", "transfer-encoding", "header Content-Length"}, why: chunked},
	} {
		for _, via := range []struct {
			name    string
			event   source
			differs []string
		}{
			{"HTTP API", func(t *testing.T, raw string) any { return viaHTTPAPI(t, raw) }, row.api},
			{"Function URL", func(t *testing.T, raw string) any { return viaFunctionURL(t, raw) }, row.url},
			{"REST API", viaREST, row.rest},
			{"load balancer", viaALB, row.alb},
		} {
			t.Run(row.name+"/"+via.name, func(t *testing.T) {
				resp, body := overTheWire(t, mux, row.raw)
				out, err := lambdaadapter.New(mux).Invoke(t.Context(), mustMarshal(via.event(t, row.raw)))
				require.NoError(t, err)
				got := parseAny(t, out)
				assert.Equal(t, resp.StatusCode, got.status)
				for _, name := range []string{"Content-Type", "Allow", "Location"} {
					assert.Equal(t, resp.Header.Get(name), got.header.Get(name))
				}
				var want, have map[string]string
				if json.Unmarshal([]byte(body), &want) != nil {
					assert.Equal(t, body, string(got.body))
					return
				}
				assert.NoError(t, json.Unmarshal(got.body, &have))
				for _, what := range via.differs {
					assert.NotEmpty(t, row.why)
					assert.NotEqual(t, want[what], have[what], "%s agrees: take it off the list", what)
					delete(want, what)
					delete(have, what)
				}
				assert.Equal(t, want, have)
			})
		}
	}
}

// The adapter refuses with 400 what a server refuses before it calls the handler.
func TestBadRequestParity(t *testing.T) {
	ran := false
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })
	for _, row := range []struct {
		name, raw string
		event     func() any
	}{
		{"space in a header name", "GET / HTTP/1.1\r\nHost: a\r\nX A: 1\r\n\r\n", func() any { return newEvent(field("x a", "1")) }},
		{"header without a name", "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n", func() any { return newEvent(field("", "1")) }},
		{"control character in a header value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: a\x01b\r\n\r\n", func() any { return newEvent(field("x-a", "a\x01b")) }},
		{"space in the host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", func() any { return newEvent(field("host", "a b")) }},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", func() any { return newEvent(field("Host", "b")) }},
		{"bad escape in the path", "GET /100% HTTP/1.1\r\nHost: a\r\n\r\n", func() any { return newEvent(functionURL, path("/100%")) }},
		{"control character in the query", "GET /?\x01 HTTP/1.1\r\nHost: a\r\n\r\n", func() any {
			e := newEvent()
			e.RawQueryString = "\x01"
			return e
		}},
		{"control character in a cookie", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=\x01\r\n\r\n", func() any {
			e := newEvent()
			e.Cookies = []string{"a=\x01"}
			return e
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			ran = false
			resp, _ := overTheWire(t, h, row.raw)
			got := invoke(t, h, row.event())
			assert.Equal(t, 400, resp.StatusCode)
			assert.Equal(t, 400, got.StatusCode)
			assert.Equal(t, resp.Header.Get("Content-Type"), got.Headers["Content-Type"])
			assert.Equal(t, "no-store", got.Headers["Cache-Control"])
			assert.Contains(t, string(got.body), "400 Bad Request")
			assert.False(t, ran, "the handler ran")
		})
	}
}

// The intended differences from a server, which the package documentation has.
func TestStatedDifferencesOfTheRequest(t *testing.T) {
	r := get(t, newEvent(), func(r *http.Request) *http.Request { return r })
	assert.Equal(t, "203.0.113.20:0", r.RemoteAddr, "the client's port is not in the event")
	assert.Nil(t, r.TLS)
	assert.IsType(t, &http.Server{}, r.Context().Value(http.ServerContextKey), "httputil.ReverseProxy looks for it")
	assert.Nil(t, r.Context().Value(http.LocalAddrContextKey))
	_, isLambda := lambdaadapter.EventFromContext(r.Context())
	assert.True(t, isLambda)
}
