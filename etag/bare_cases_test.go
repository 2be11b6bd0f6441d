package etag_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/recorder/recordertest"
)

// A bareCase is a behavior and the request that it answers.
type bareCase struct {
	recordertest.Case
	fields   []string // "Name: value"
	content  string
	only     string // a protocol
	declared bool   // the handler declares a length
}

// bareCases are those of the recorder's, and the ones that need a real server.
func bareCases(t *testing.T) (all []bareCase) {
	for _, c := range recordertest.All() {
		b := bareCase{Case: c, declared: strings.Contains(c.Name, "length")}
		if strings.Contains(c.Name, "ReadFrom") && c.Name != "ReadFrom a large source" {
			b.only = "HTTP/1.1" // it asserts io.ReaderFrom, which the ResponseWriter of HTTP/2 is not
		}
		all = append(all, b)
	}
	for _, group := range [][]bareCase{statusCases(), streamCases(), panicCases(), copyCases(t), chunkCases(), requestCases(), rangeCases()} {
		all = append(all, group...)
	}
	return all
}

type serve = func(http.ResponseWriter, *http.Request, recordertest.Note)

func plainCase(name string, s serve) bareCase {
	return bareCase{Case: recordertest.Case{Name: name, Serve: s}}
}

// forAll makes the case one for a method.
func (c bareCase) forAll(method string) bareCase {
	c.Method = method
	c.Name += ", " + method
	return c
}

func statusCases() (all []bareCase) {
	for _, status := range []int{200, 204, 304, 404, 500} {
		c := plainCase("status "+http.StatusText(status)+" and nothing else", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.WriteHeader(status)
		})
		all = append(all, c.forAll("GET"), c.forAll("HEAD"), c.forAll("POST"))
	}
	for _, status := range []int{200, 204, 404} {
		all = append(all, plainCase("three early hints, then "+http.StatusText(status), func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			for _, link := range []string{"</a.css>; rel=preload", "</b.css>; rel=preload", "</c.css>; rel=preload"} {
				w.Header().Add("Link", link)
				w.WriteHeader(http.StatusEarlyHints)
			}
			w.Header().Set("X-Final", "1")
			w.WriteHeader(status)
			n, err := io.WriteString(w, "final")
			note("write", n, err)
		}))
	}
	return append(all,
		plainCase("early hints after the header are superfluous", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.WriteHeader(200)
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = io.WriteString(w, "final")
		}),
		plainCase("a second status after a Write", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			_, _ = io.WriteString(w, "final")
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "!")
		}))
}

func streamCases() (all []bareCase) {
	flushes := map[string]func(http.ResponseWriter) error{
		"Flusher": func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
		"ResponseController": func(w http.ResponseWriter) error {
			return http.NewResponseController(w).Flush()
		},
	}
	for by, flush := range flushes {
		all = append(all,
			plainCase("flushed before the body, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				note("flush", flush(w))
				_, _ = io.WriteString(w, "<html>")
			}),
			plainCase("flushed within the body, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				_, _ = io.WriteString(w, "<ht")
				note("flush", flush(w))
				_, _ = io.WriteString(w, "ml>")
			}),
			plainCase("flushed after the body, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				_, _ = io.WriteString(w, "<html>")
				note("flush", flush(w))
			}),
			plainCase("flushed on a 500, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				w.WriteHeader(500)
				_, _ = io.WriteString(w, "sorry")
				note("flush", flush(w))
			}),
			plainCase("flushed with a declared trailer, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				w.Header().Set("Trailer", "X-Sum")
				_, _ = io.WriteString(w, "hello")
				note("flush", flush(w))
				w.Header().Set("X-Sum", "42")
			}),
			plainCase("flushed with a trailer by prefix, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				_, _ = io.WriteString(w, "hello")
				note("flush", flush(w))
				w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
			}),
			plainCase("flushed with a declared length, by "+by, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
				w.Header().Set("Content-Length", "10")
				_, _ = io.WriteString(w, "hello")
				note("flush", flush(w))
				_, _ = io.WriteString(w, "world")
			}))
	}
	for _, c := range all {
		all = append(all, c.forAll("HEAD"), c.forAll("POST"))
	}
	return append(all,
		plainCase("a declared trailer on a long body", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, strings.Repeat("x", 9000))
			w.Header().Set("X-Sum", "42")
		}),
		plainCase("a trailer by prefix on a long body", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			_, _ = io.WriteString(w, strings.Repeat("x", 9000))
			w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
		}),
		plainCase("deadlines in an hour", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			rc := http.NewResponseController(w)
			note("read", rc.SetReadDeadline(time.Now().Add(time.Hour)))
			note("write", rc.SetWriteDeadline(time.Now().Add(time.Hour)))
			_, _ = io.WriteString(w, "in time")
		}),
		plainCase("a write deadline that has passed", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			note("write", http.NewResponseController(w).SetWriteDeadline(longAgo))
			_, _ = io.WriteString(w, strings.Repeat("x", 9000))
		}),
		bareCase{Case: recordertest.Case{Name: "a read deadline that has passed", Method: "POST",
			Serve: func(w http.ResponseWriter, r *http.Request, note recordertest.Note) {
				note("read", http.NewResponseController(w).SetReadDeadline(longAgo))
				_, err := io.Copy(io.Discard, r.Body)
				note("timeout", errors.Is(err, os.ErrDeadlineExceeded))
				w.WriteHeader(http.StatusRequestTimeout)
			}}, content: strings.Repeat("x", 1<<20), only: "HTTP/1.1"}, // HTTP/2 sees to it a little later
	)
}

func panicCases() (all []bareCase) {
	for _, value := range []any{"boom", http.ErrAbortHandler} {
		name := "a panic"
		if value == http.ErrAbortHandler {
			name = "ErrAbortHandler"
		}
		all = append(all,
			plainCase(name+" before the header", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
				w.Header().Set("X-A", "1")
				panic(value)
			}),
			plainCase(name+" after a short body", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
				_, _ = io.WriteString(w, "hello")
				panic(value)
			}),
			plainCase(name+" after a declared body", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
				w.Header().Set("Content-Length", "5")
				_, _ = io.WriteString(w, "hel")
				panic(value)
			}),
			plainCase(name+" after a flush", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
				_, _ = io.WriteString(w, "hello")
				w.(http.Flusher).Flush()
				panic(value)
			}),
			plainCase(name+" after early hints", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
				w.WriteHeader(http.StatusEarlyHints)
				panic(value)
			}))
	}
	return all
}

func copyCases(t *testing.T) (all []bareCase) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, recordertest.Binary(150_000), 0o600))
	for _, length := range []string{"", "150000"} {
		c := plainCase("a file copied, declared length "+length, func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			f, err := os.Open(name)
			note("open", err)
			defer f.Close()
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			n, err := io.Copy(w, f)
			note("copy", n, err)
		})
		c.declared = length != ""
		all = append(all, c, c.forAll("POST"))
	}
	return append(all,
		plainCase("http.ServeFile", func(w http.ResponseWriter, r *http.Request, _ recordertest.Note) { http.ServeFile(w, r, name) }),
		plainCase("http.ServeFile", func(w http.ResponseWriter, r *http.Request, _ recordertest.Note) { http.ServeFile(w, r, name) }).forAll("HEAD"),
		plainCase("an empty source copied, then an error", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			n, err := io.Copy(w, strings.NewReader(""))
			note("copy", n, err)
			http.Error(w, "nothing there", 502)
		}),
		plainCase("a source that fails at once, then an error", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			n, err := io.Copy(w, iotest.ErrReader(errors.New("gone")))
			note("copy", n, err)
			http.Error(w, "gone", 502)
		}),
		plainCase("a source that fails after some bytes", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			n, err := io.Copy(w, io.MultiReader(strings.NewReader("some"), iotest.ErrReader(errors.New("gone"))))
			note("copy", n, err)
			panic(http.ErrAbortHandler)
		}),
		plainCase("a source that gives one byte at a time", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			n, err := io.Copy(w, iotest.OneByteReader(strings.NewReader("<html>"+strings.Repeat("y", 3000))))
			note("copy", n, err)
		}),
		plainCase("WriteString by its own interface", func(w http.ResponseWriter, _ *http.Request, note recordertest.Note) {
			n, err := w.(io.StringWriter).WriteString("hello")
			note("write", n, err)
		}))
}

// chunkCases have their Content-Type sniffed from bodies that come in pieces.
func chunkCases() (all []bareCase) {
	for _, body := range []string{"<!DOCTYPE html><title>a</title>", "\x89PNG\r\n\x1a\n0000", "\x1f\x8b\x08gzip", `{"a": 1}`, "plain", strings.Repeat(" ", 600) + "<html>"} {
		for _, size := range []int{1, 3, 511, 4096} {
			all = append(all, plainCase("sniffing "+body[:4]+" in pieces of "+time.Duration(size).String()[:1], func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
				for rest := body; rest != ""; {
					n := min(size, len(rest))
					_, _ = io.WriteString(w, rest[:n])
					rest = rest[n:]
				}
			}))
		}
	}
	return all
}

func requestCases() (all []bareCase) {
	echo := func(w http.ResponseWriter, r *http.Request, note recordertest.Note) {
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		n, err := io.Copy(w, r.Body)
		note("echo", n, err)
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "REPORT"} {
		c := plainCase("request body echoed", echo).forAll(method)
		c.content = "some content"
		all = append(all, c)
	}
	unread := plainCase("request body not read", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
		w.WriteHeader(http.StatusForbidden)
	}).forAll("PUT")
	unread.content = "some content"
	expect := plainCase("100-continue", echo).forAll("PUT")
	expect.content, expect.fields = "some content", []string{"Expect: 100-continue"}
	duplex := plainCase("full duplex", func(w http.ResponseWriter, r *http.Request, note recordertest.Note) {
		rc := http.NewResponseController(w)
		_ = rc.EnableFullDuplex() // of no use on HTTP/2
		_, _ = io.WriteString(w, "before ")
		note("flush", rc.Flush())
		n, err := io.Copy(w, r.Body)
		note("echo", n, err)
	}).forAll("POST")
	duplex.content = "some content"
	return append(all, unread, expect, duplex,
		plainCase("OPTIONS", func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.Header().Set("Allow", "GET")
			w.WriteHeader(204)
		}).forAll("OPTIONS"))
}

// rangeCases have a handler that serves ranges by itself.
func rangeCases() (all []bareCase) {
	content := func(w http.ResponseWriter, r *http.Request, _ recordertest.Note) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "a.txt", longAgo, strings.NewReader("0123456789"))
	}
	for _, fields := range [][]string{
		{"Range: bytes=2-4"},
		{"Range: bytes=2-4,6-7"},
		{"Range: bytes=99-"},
		{"Range: lines=1"},
		{"If-Range: \"v1\""},
	} {
		c := plainCase("ServeContent, "+strings.Join(fields, ", "), content)
		c.fields = fields
		all = append(all, c)
		if fields[0][:5] != "Range" { // which a HEAD has ignored: C073 has its own test
			all = append(all, c.forAll("HEAD"))
		}
	}
	return all
}
