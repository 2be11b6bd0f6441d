package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
)

var quiet = log.New(io.Discard, "", 0)

// A behavior is something that a handler or its client can rely on with a server
// of net/http.
type behavior struct {
	name  string
	holds func(a adapter) bool
	// apart runs it in a process of its own: an adapter that runs handlers in
	// goroutines of its own does not survive their panics.
	apart bool
}

// sees returns a handler that answers with what it sees of its request.
func sees(look func(r *http.Request) any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(look(r))
	})
}

// differential holds if the client gets from the adapter what it gets from a
// server.
func differential(name, raw string, h http.Handler, what func(r response) any) behavior {
	return behavior{name: name, holds: func(a adapter) bool {
		want, err := overTheWire(h, raw)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		got, err := invoke(a.wrap(h), newEvent(a.format, raw))
		return err == nil && same(what(want), what(got))
	}}
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

func body(r response) any   { return r.body }
func status(r response) any { return r.status }
func field(name string) func(r response) any {
	return func(r response) any { return strings.Join(r.header[name], ", ") }
}

func get(target string, fields ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: " + apiHost + "\r\n" + strings.Join(append(fields, "", ""), "\r\n")
}

// behaviors lists what is compared: first of the request, then of the response,
// then of failures.
func behaviors() []behavior {
	header := func(name string) http.Handler {
		return sees(func(r *http.Request) any { return r.Header[name] })
	}
	responds := func(f func(w http.ResponseWriter)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { f(w) })
	}
	image := bytes.Repeat([]byte{0xff, 0xd8, 0x00, 'x'}, 1000)
	return []behavior{
		differential("a list in If-None-Match is one value", get("/", `If-None-Match: "v1", W/"v2"`), header("If-None-Match"), body),
		differential("an entity-tag may contain a comma", get("/", `If-Match: "a,b"`), header("If-Match"), body),
		differential("a list of ranges is one value", get("/", "Range: bytes=0-1, 4-5"), header("Range"), body),
		differential("dates are not split", get("/", "If-Range: Mon, 02 Jan 2006 15:04:05 GMT"), header("If-Range"), body),
		differential("cookies are one line", get("/", "Cookie: a=1; b=2; c=3"), header("Cookie"), body),
		differential("Host is the Host header", "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			sees(func(r *http.Request) any { return []any{r.Host, r.Header["Host"]} }), body),
		differential("RemoteAddr has a port", get("/"), sees(func(r *http.Request) any {
			_, _, err := net.SplitHostPort(r.RemoteAddr)
			return err == nil
		}), body),
		differential("URL has no scheme and host", get("/a?b=c"),
			sees(func(r *http.Request) any {
				return []string{r.URL.Scheme, r.URL.Host, r.URL.Path, r.URL.RawQuery, r.RequestURI}
			}), body),
		differential("a percent sign in the path", get("/100%25"), sees(func(r *http.Request) any { return r.URL.Path }), body),
		differential("an escaped question mark in the path", get("/what%3Fa?b=c"),
			sees(func(r *http.Request) any { return []string{r.URL.Path, r.URL.RawQuery} }), body),
		differential("a query parameter that appears twice", get("/?a=1&a=2&b=%26"), sees(func(r *http.Request) any { return r.URL.Query() }), body),
		differential("the length of the body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
			sees(func(r *http.Request) any { return []any{r.ContentLength, r.Header["Content-Length"]} }), body),
		differential("an empty body is http.NoBody", get("/"), sees(func(r *http.Request) any { return r.Body == http.NoBody }), body),

		differential("a handler that writes nothing is a 200", get("/"), responds(func(http.ResponseWriter) {}), status),
		differential("the first WriteHeader wins", get("/"), responds(func(w http.ResponseWriter) {
			w.WriteHeader(201)
			w.WriteHeader(500)
		}), status),
		differential("WriteHeader freezes the header", get("/"), responds(func(w http.ResponseWriter) {
			w.WriteHeader(200)
			w.Header().Set("X-Late", "1")
		}), field("X-Late")),
		differential("an informational status is not the final one", get("/"), responds(func(w http.ResponseWriter) {
			w.WriteHeader(102)
			w.WriteHeader(404)
		}), status),
		differential("no body on a 304", get("/"), responds(func(w http.ResponseWriter) {
			w.WriteHeader(304)
			_, _ = io.WriteString(w, "body")
		}), body),
		differential("no body on HEAD, but its length", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", responds(func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "body")
		}), func(r response) any { return []any{len(r.body), r.header.Get("Content-Length")} }),
		differential("Content-Type is sniffed over several writes", get("/"), responds(func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "<ht")
			_, _ = io.WriteString(w, "ml>")
		}), field("Content-Type")),
		differential("a nil Content-Type is not sniffed", get("/"), responds(func(w http.ResponseWriter) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "<html>")
		}), field("Content-Type")),
		differential("line breaks in a header value", get("/"), responds(func(w http.ResponseWriter) {
			w.Header().Set("X-Split", "a\r\nX-Injected: 1")
			w.WriteHeader(200)
		}), field("X-Split")),
		differential("two cookies", get("/"), responds(func(w http.ResponseWriter) {
			w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
			w.WriteHeader(200)
		}), func(r response) any { return r.header["Set-Cookie"] }),
		differential("a binary body without configuration", get("/"), responds(func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/x-own")
			_, _ = w.Write(image)
		}), body),
		differential("Flush is supported", get("/"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, http.NewResponseController(w).Flush())
		}), body),

		failure("a panic is a 500, and the process lives", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "half")
			panic("boom")
		}),
		failure("http.ErrAbortHandler is a 500, and the process lives", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}),
		failure("a body that ends early is not sent as complete", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		}),
		{name: "a response over Lambda's limit is a 500, and the process lives", holds: func(a adapter) bool {
			if a.format == "function-url" {
				return true // a stream has no such limit
			}
			out, err := a.wrap(responds(func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "text/plain")
				_, _ = w.Write(bytes.Repeat([]byte("x"), 7<<20))
			})).Invoke(context.Background(), newEvent(a.format, get("/")))
			return err == nil && len(out) <= 6<<20+100
		}},
		{name: "malformed base64 is a 400", holds: func(a adapter) bool {
			payload := bytes.Replace(newEvent(a.format, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
				[]byte(`"aGVsbG8="`), []byte(`"!!!"`), 1)
			ran := false
			got, err := invoke(a.wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				ran = err == nil
			})), payload)
			return err == nil && got.status == 400 && !ran
		}},
		{name: "the message of a queue is not served as a GET of the root", holds: func(a adapter) bool {
			ran := false
			_, err := invoke(a.wrap(responds(func(http.ResponseWriter) { ran = true })), []byte(`{"Records":[{"eventSource":"aws:sqs","body":"x"}]}`))
			return err != nil && !ran && !errors.Is(err, errPanic)
		}},
	}
}

// failure holds if a handler that fails becomes a response of status 500.
func failure(name string, f func(w http.ResponseWriter)) behavior {
	return behavior{name: name, apart: true, holds: func(a adapter) bool {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { f(w) })
		got, err := invoke(a.wrap(h), newEvent(a.format, get("/")))
		return err == nil && got.status >= 500
	}}
}
