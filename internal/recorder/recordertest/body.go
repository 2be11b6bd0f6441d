package recordertest

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
)

// text is a case that writes its parts one after the other, for GET or HEAD.
func text(name, method string, parts ...string) Case {
	return Case{Name: name, Method: method, Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
		for _, p := range parts {
			n, err := io.WriteString(w, p)
			note("write", n, err)
		}
	}}
}

// Binary returns n octets that are not text, always the same.
func Binary(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	return b
}

func bodies() []Case {
	k := func(n int) string { return strings.Repeat("k", n) }
	cases := []Case{
		text("one write", "GET", "hello"),
		text("three writes", "GET", "a", "b", "c"),
		text("2047 octets", "GET", k(2047)),
		text("2048 octets", "GET", k(2048)),
		text("2049 octets", "GET", k(2049)),
		text("2048 octets in two writes", "GET", k(2000), k(48)),
		text("2049 octets in two writes", "GET", k(2048), k(1)),
		text("5000 octets in ten writes", "GET", strings.SplitAfter(strings.Repeat(k(499)+"\n", 10), "\n")...),
		text("100 KiB", "GET", k(100<<10)),
		text("HEAD, one write", "HEAD", "hello"),
		text("HEAD, 2048 octets", "HEAD", k(2048)),
		text("HEAD, 2049 octets", "HEAD", k(2049)),
		text("HEAD, 2049 octets in two writes", "HEAD", k(2048), k(1)),
		text("POST", "POST", "created"),
		text("OPTIONS", "OPTIONS", ""),
		text("DELETE", "DELETE", ""),
		text("control characters", "GET", "a\x00\x01\x1f\x7f\"\\\b\f\n\r\tb"),
		text("HTML", "GET", "<html><body>&amp;<script>'\"</script></body></html>"),
		text("JSON", "GET", `{"a":"<b>\u003c&","c":[1,2,3]}`),
		text("line and paragraph separators", "GET", "a\u2028b\u2029c"),
		text("beyond the basic plane", "GET", "𝄞 😀 \U0010ffff"),
		text("replacement character as such", "GET", "\uFFFD"),
		text("byte order mark", "GET", "\uFEFFhello"),
		text("UTF-8 cut between writes", "GET", "\xe2\x98", "\x83"),
		text("invalid UTF-8", "GET", "abc\xff\xfe"),
		text("surrogate in UTF-8", "GET", "\xed\xa0\x80"),
		text("overlong UTF-8", "GET", "\xc0\xaf"),
	}
	binary := Binary(70_000)
	return append(cases,
		Case{Name: "binary", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("Content-Type", "image/png")
			w.Write(binary)
		}},
		Case{Name: "gzip", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			w.Write(append([]byte{0x1f, 0x8b, 8}, binary[:900]...))
		}},
		Case{Name: "caller reuses its slice", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			p := []byte("first ")
			w.Write(p)
			copy(p, "second")
			w.Write(p)
		}},
		Case{Name: "ReadFrom a small source", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("hello"))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom an empty source, then an error", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(""))
			note("read", n, err)
			http.Error(w, "nothing there", 502)
		}},
		Case{Name: "ReadFrom a large source", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := io.Copy(w, bytes.NewReader(binary))
			note("copied", n, err)
		}},
		Case{Name: "ReadFrom 512 octets", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(k(512)))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom after a write", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			io.WriteString(w, "<html>")
			n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(k(700)))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom with a declared length", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Length", "70000")
			n, err := w.(io.ReaderFrom).ReadFrom(bytes.NewReader(binary))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom for HEAD with a declared length", Method: "HEAD", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Length", "70000")
			n, err := w.(io.ReaderFrom).ReadFrom(bytes.NewReader(binary))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom on a 304", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.WriteHeader(304)
			n, err := w.(io.ReaderFrom).ReadFrom(bytes.NewReader(binary))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom beyond the declared length", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Length", "1000")
			n, err := w.(io.ReaderFrom).ReadFrom(bytes.NewReader(binary[:3000]))
			note("read", n, err)
		}},
		Case{Name: "ReadFrom far beyond the declared length", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Length", "5")
			n, err := w.(io.ReaderFrom).ReadFrom(bytes.NewReader(binary[:3000]))
			note("read", n, err)
		}, Broken: true},
	)
}

func lengths() []Case {
	declare := func(name, method, length string, broken bool, parts ...string) Case {
		c := text(name, method, parts...)
		write := c.Serve
		c.Broken = broken
		c.Serve = func(w http.ResponseWriter, r *http.Request, note Note) {
			w.Header().Set("Content-Length", length)
			write(w, r, note)
		}
		return c
	}
	return []Case{
		declare("declared length, kept", "GET", "5", false, "hello"),
		declare("declared length of zero", "GET", "0", false),
		declare("declared length, exceeded by a later write", "GET", "5", false, "hello", "!"),
		declare("declared length, every write after an excess fails", "GET", "5", true, "hello!", "a", ""),
		declare("declared length, not reached", "GET", "10", true, "hello"),
		declare("declared length, large", "GET", "4000", false, strings.Repeat("x", 4000)),
		declare("declared length, HEAD without a body", "HEAD", "12345", false),
		declare("declared length, HEAD with the body", "HEAD", "5", false, "hello"),
		declare("declared length, HEAD exceeded", "HEAD", "5", false, "hello!", "a"),
		declare("invalid length", "GET", "five", false, "hello"),
		declare("negative length", "GET", "-5", false, "hello"),
		{Name: "two equal lengths", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header()["Content-Length"] = []string{"5", "5"}
			io.WriteString(w, "hello")
		}},
		{Name: "length set to nil", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header()["Content-Length"] = nil
			io.WriteString(w, "hello")
		}},
		{Name: "length removed after WriteHeader", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(200)
			w.Header().Del("Content-Length")
			n, err := io.WriteString(w, "hello!")
			note("write", n, err)
			io.WriteString(w, "")
		}, Broken: true},
	}
}
