package recordertest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// set is a case whose handler fills the header and writes a little text.
func set(name string, fill func(h http.Header)) Case {
	return Case{Name: name, Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
		fill(w.Header())
		io.WriteString(w, "hello")
	}}
}

func headers() []Case {
	return []Case{
		{Name: "header changed after WriteHeader", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("X-A", "before")
			w.Header().Add("X-B", "1")
			w.WriteHeader(200)
			w.Header().Set("X-A", "after")
			w.Header().Add("X-B", "2")
			w.Header().Set("X-C", "late")
			w.Header().Del("X-B")
		}},
		{Name: "header changed after Write, through a map kept from before", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			h := w.Header()
			h["X-A"] = []string{"before"}
			io.WriteString(w, "x")
			h["X-A"][0] = "after"
			h.Set("X-C", "late")
		}},
		{Name: "header first touched after WriteHeader", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(200)
			w.Header().Set("X-C", "late")
		}},
		set("two values of one field", func(h http.Header) { h["X-Multi"] = []string{"a", "b, c"} }),
		set("two cookies", func(h http.Header) {
			h.Add("Set-Cookie", "a=1; Path=/; Expires=Mon, 02 Jan 2006 15:04:05 GMT")
			h.Add("Set-Cookie", "b=2; HttpOnly")
		}),
		set("two Vary and two Link lines", func(h http.Header) {
			h["Vary"] = []string{"Accept", "Accept-Encoding"}
			h["Link"] = []string{"</a>; rel=next", "</b>; rel=prev"}
		}),
		set("nil value", func(h http.Header) { h["X-Nil"] = nil }),
		set("empty slice of values", func(h http.Header) { h["X-None"] = []string{} }),
		set("empty value", func(h http.Header) { h.Set("X-Empty", "") }),
		set("nil among others: ETag and Vary", func(h http.Header) { h["Etag"], h["Vary"] = nil, nil }),
		set("CR and LF in a value", func(h http.Header) { h.Set("X-Split", "a\r\nX-Injected: 1\nb") }),
		set("CR alone in a value", func(h http.Header) { h.Set("X-Split", "a\rb") }),
		set("CR and LF in a cookie", func(h http.Header) { h.Add("Set-Cookie", "a=1\r\nSet-Cookie: evil=1") }),
		set("spaces around a value", func(h http.Header) { h.Set("X-Space", " \t a b \t") }),
		set("tab within a value", func(h http.Header) { h.Set("X-Tab", "a\tb") }),
		set("name with a space", func(h http.Header) { h["X Space"] = []string{"1"} }),
		set("name with a colon", func(h http.Header) { h["X-A: 1\r\nX-B"] = []string{"1"} }),
		set("empty name", func(h http.Header) { h[""] = []string{"1"} }),
		set("name beyond ASCII", func(h http.Header) { h["X-Ä"] = []string{"1"} }),
		set("name of odd token characters", func(h http.Header) { h["X-!#$%&'*+.^_`|~"] = []string{"1"} }),
		set("lower-case name", func(h http.Header) { h["x-lower"] = []string{"1"} }),
		set("one name in three cases", func(h http.Header) {
			h["x-a"], h["X-a"], h["X-A"] = []string{"3"}, []string{"2", "2b"}, []string{"1"}
		}),
		set("lower-case Content-Type does not stop sniffing", func(h http.Header) { h["content-type"] = []string{"text/x"} }),
		set("UTF-8 value", func(h http.Header) { h.Set("X-Utf8", "Grüße ☃") }),
		set("ETag weak and strong", func(h http.Header) { h["Etag"] = []string{`W/"a,b"`} }),
		set("quotes, backslashes, angle brackets", func(h http.Header) { h.Set("X-Q", `"a\"b" <c> & 'd'`) }),
		set("long value", func(h http.Header) { h.Set("X-Long", strings.Repeat("a", 4000)) }),
		set("two hundred fields", func(h http.Header) {
			for i := range 200 {
				h.Set("X-"+itoa(i), itoa(i))
			}
		}),
		set("Date set by the handler", func(h http.Header) { h.Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT") }),
		set("CORS fields", func(h http.Header) {
			h.Set("Access-Control-Allow-Origin", "https://a.example")
			h.Set("Access-Control-Expose-Headers", "ETag")
			h.Add("Vary", "Origin")
		}),
		set("hop-by-hop fields", func(h http.Header) {
			h.Set("Keep-Alive", "timeout=5")
			h.Set("Proxy-Connection", "keep-alive")
			h.Set("Upgrade", "h2c")
			h.Set("Te", "trailers")
		}),
		set("Connection names another field", func(h http.Header) {
			h.Set("Connection", "X-Hop, close")
			h.Set("X-Hop", "1")
			h.Set("X-End", "2")
		}),
		set("announced trailer", func(h http.Header) { h.Set("Trailer", "X-Sum") }),
		{Name: "announced trailer with a value, before and after", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("Trailer", "X-Sum, X-Early")
			w.Header().Set("X-Early", "1")
			io.WriteString(w, "hello")
			w.Header().Set("X-Sum", "42")
		}},
		{Name: "trailer by prefix", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			io.WriteString(w, "hello")
			w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
		}},
		set("trailer by prefix, set before the body", func(h http.Header) { h.Set(http.TrailerPrefix+"X-Sum", "42") }),
	}
}
