package recordertest

import (
	"io"
	"net/http"
)

func statuses() []Case {
	cases := []Case{
		{Name: "handler writes nothing", Serve: func(http.ResponseWriter, *http.Request, Note) {}},
		{Name: "HEAD, handler writes nothing", Method: "HEAD", Serve: func(http.ResponseWriter, *http.Request, Note) {}},
		{Name: "empty Write gives 200", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			n, err := w.Write(nil)
			note("write", n, err)
			w.WriteHeader(404)
		}},
		{Name: "first WriteHeader wins", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(201)
			w.WriteHeader(500)
		}},
		{Name: "WriteHeader after Write is too late", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			io.WriteString(w, "x")
			w.WriteHeader(404)
		}},
		{Name: "103 then 200", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			w.WriteHeader(103)
			w.Header().Set("X-Late", "1")
			w.WriteHeader(200)
			io.WriteString(w, "done")
		}},
		{Name: "100 and 102 then implicit 200", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(100)
			w.WriteHeader(102)
			io.WriteString(w, "done")
		}},
		{Name: "103 and nothing else", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) { w.WriteHeader(103) }},
		{Name: "104 then 404", Serve: func(w http.ResponseWriter, _ *http.Request, _ Note) {
			w.WriteHeader(104)
			w.WriteHeader(404)
		}},
	}
	for _, code := range []int{0, -1, 99, 1000} {
		cases = append(cases, Case{Name: "invalid status " + itoa(code), Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			func() {
				defer func() { note("panic", recover()) }()
				w.WriteHeader(code)
			}()
			w.WriteHeader(202)
			w.WriteHeader(code) // superfluous: not even checked
		}})
	}
	for _, code := range []int{200, 201, 202, 203, 204, 205, 206, 226, 300, 301, 304, 308, 400, 401, 403, 404, 405, 410, 412, 416, 418, 428, 429, 451,
		500, 501, 502, 503, 504, 511, 599, 600, 999} {
		for _, method := range []string{"GET", "HEAD"} {
			cases = append(cases, Case{Name: method + " " + itoa(code) + " with a body", Method: method, Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
				w.Header().Set("ETag", `"v1"`)
				w.WriteHeader(code)
				n, err := io.WriteString(w, `{"a":1}`)
				note("write", n, err)
			}})
		}
	}
	for _, code := range []int{200, 204, 205, 304, 404} {
		cases = append(cases, Case{Name: itoa(code) + " with every representation field", Serve: func(w http.ResponseWriter, _ *http.Request, note Note) {
			h := w.Header()
			h.Set("Content-Type", "application/json")
			h.Set("Content-Length", "7")
			h.Set("Content-Encoding", "identity")
			h.Set("Content-Language", "en")
			h.Set("Content-Location", "/a")
			h.Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
			h.Set("Cache-Control", "max-age=10")
			h.Set("Vary", "Accept")
			w.WriteHeader(code)
			n, err := io.WriteString(w, `{"a":1}`)
			note("write", n, err)
		}})
	}
	return cases
}
