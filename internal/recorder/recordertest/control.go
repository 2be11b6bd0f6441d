package recordertest

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

func sniffing() []Case {
	return []Case{
		text("sniffs HTML", "GET", "<!DOCTYPE html><p>hi"),
		text("sniffs over several writes", "GET", "<ht", "ml>", "<body>"),
		text("sniffs a PNG", "GET", "\x89PNG\r\n\x1a\n...."),
		text("sniffs JSON as text", "GET", `{"a":1}`),
		text("sniffs octets", "GET", "\x00\x01\x02\x03"),
		text("sniffs for HEAD over several writes", "HEAD", "<ht", "ml>"),
		text("sniffs 512 octets only", "GET", strings.Repeat(" ", 511), "x\x00\x01"),
		set("Content-Type set to nil", func(h http.Header) { h["Content-Type"] = nil }),
		set("Content-Type empty", func(h http.Header) { h.Set("Content-Type", "") }),
		set("no sniffing of an encoded body", func(h http.Header) { h.Set("Content-Encoding", "gzip") }),
		set("sniffing with an empty Content-Encoding", func(h http.Header) { h.Set("Content-Encoding", "") }),
		set("Transfer-Encoding identity", func(h http.Header) { h.Set("Transfer-Encoding", "identity") }),
		set("Transfer-Encoding chunked", func(h http.Header) { h.Set("Transfer-Encoding", "chunked") }),
		set("Transfer-Encoding chunked and a length", func(h http.Header) {
			h.Set("Transfer-Encoding", "chunked")
			h.Set("Content-Length", "5")
		}),
		{Name: "Flush before the body: no Content-Type, no length", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.(http.Flusher).Flush()
			w.Header().Set("X-Late", "1")
			w.WriteHeader(500)
			io.WriteString(w, "<html>")
		}},
		{Name: "Flush within the body sniffs what there is", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			io.WriteString(w, "<ht")
			w.(http.Flusher).Flush()
			io.WriteString(w, "ml>")
		}},
		{Name: "Flush on a 404", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.WriteHeader(404)
			note("flush", http.NewResponseController(w).Flush())
		}},
		{Name: "Flush on HEAD", Method: "HEAD", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
		}},
		{Name: "server-sent events", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			w.Header().Set("Content-Type", "text/event-stream")
			for range 3 {
				io.WriteString(w, "data: x\n\n")
				note("flush", http.NewResponseController(w).Flush())
			}
		}},
	}
}

func controls() []Case {
	return []Case{
		{Name: "full duplex", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			note("full duplex", http.NewResponseController(w).EnableFullDuplex())
		}},
		{Name: "panic before anything", Broken: true, Serve: func(http.ResponseWriter, *http.Request, Note) { panic("boom") }},
		{Name: "panic after the header", Broken: true, Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(200)
			panic(errors.New("boom"))
		}},
		{Name: "panic after the body", Broken: true, Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("Cache-Control", "public, max-age=600")
			w.Header().Set("ETag", `"v1"`)
			io.WriteString(w, strings.Repeat("x", 5000))
			panic("boom")
		}},
		{Name: "panic with ErrAbortHandler", Broken: true, Serve: func(http.ResponseWriter, *http.Request, Note) { panic(http.ErrAbortHandler) }},
		{Name: "panic with nil", Broken: true, Serve: func(http.ResponseWriter, *http.Request, Note) { panic(nil) }},
		{Name: "recovered panic", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			defer func() {
				recover()
				http.Error(w, "sorry", 500)
			}()
			panic("boom")
		}},
		{Name: "written by another goroutine", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				io.WriteString(w, "hello")
			}()
			<-done
		}},
	}
}

// library has cases that let the standard library write the answer.
func library() []Case {
	modified := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	cases := []Case{
		{Name: "http.Error", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Content-Encoding", "gzip")
			http.Error(w, "no such order", 404)
		}},
		{Name: "http.NotFound", Serve: func(w http.ResponseWriter, r *http.Request, _ Note) { http.NotFound(w, r) }},
		{Name: "http.Redirect", Serve: func(w http.ResponseWriter, r *http.Request, _ Note) {
			http.Redirect(w, r, "/käse?a=b&c=<d>", http.StatusSeeOther)
		}},
		{Name: "http.SetCookie", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "x y", Path: "/", MaxAge: 10, SameSite: http.SameSiteLaxMode})
		}},
		{Name: "http.StripPrefix without a match", Serve: func(w http.ResponseWriter, r *http.Request, _ Note) {
			http.StripPrefix("/other", http.NotFoundHandler()).ServeHTTP(w, r)
		}},
		{Name: "http.TimeoutHandler in time", Serve: func(w http.ResponseWriter, r *http.Request, _ Note) {
			http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-A", "1")
				io.WriteString(w, "in time")
			}), time.Hour, "late").ServeHTTP(w, r)
		}},
		{Name: "bufio around the writer", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			b := bufio.NewWriterSize(w, 16)
			io.WriteString(b, strings.Repeat("<html>", 20))
			note("flush", b.Flush())
		}},
		{Name: "a recorded answer replayed", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			rec := httptest.NewRecorder()
			http.Error(rec, "inner", 418)
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			w.Write(rec.Body.Bytes())
		}},
	}
	for name, field := range map[string][2]string{
		"ServeContent":                       {"", ""},
		"ServeContent, Range":                {"Range", "bytes=2-4"},
		"ServeContent, Range out of reach":   {"Range", "bytes=99-"},
		"ServeContent, If-None-Match":        {"If-None-Match", `"x", "v1"`},
		"ServeContent, If-None-Match, other": {"If-None-Match", `"x"`},
		"ServeContent, If-Match, other":      {"If-Match", `"x"`},
		"ServeContent, If-Modified-Since":    {"If-Modified-Since", modified.Format(http.TimeFormat)},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			cases = append(cases, Case{Name: name + ", " + method, Method: method, Serve: func(w http.ResponseWriter, r *http.Request, _ Note) {
				r = r.Clone(r.Context())
				if field[0] != "" {
					r.Header.Set(field[0], field[1])
				}
				w.Header().Set("ETag", `"v1"`)
				w.Header().Set("Cache-Control", "max-age=5")
				http.ServeContent(w, r, "a.json", modified, strings.NewReader(`{"hello":1}`))
			}})
		}
	}
	return cases
}
