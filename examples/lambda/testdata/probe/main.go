// Probe is a Lambda function for the end-to-end tests: its routes show what
// arrives, or misbehave.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/lambdaadapter"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/", request)
	mux.HandleFunc("GET /cookies", cookies)
	mux.HandleFunc("GET /gzip", compressed)
	mux.HandleFunc("POST /echo", echo)
	mux.HandleFunc("GET /text", text)
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	mux.HandleFunc("GET /exit", func(http.ResponseWriter, *http.Request) { os.Exit(7) })
	mux.Handle("GET /tagged", etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) {
		return "v,1", nil
	})}.Wrap(http.HandlerFunc(request)))
	mux.HandleFunc("GET /events", events)
	mux.HandleFunc("GET /release", func(http.ResponseWriter, *http.Request) { released <- true })
	mux.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("on purpose")
	})
	mux.HandleFunc("GET /meet", meet)
	mux.HandleFunc("GET /goexit", func(http.ResponseWriter, *http.Request) { runtime.Goexit() })
	adapter := lambdaadapter.Adapter{Stream: os.Getenv("STREAM") != ""}
	log.Fatal(adapter.ListenAndServe("127.0.0.1:8080", mux))
}

// released receives when a request asks for the end of the events.
var released = make(chan bool)

// events sends three server-sent events, and ends when another request asks for
// it.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for i := range 3 {
		fmt.Fprintf(w, "data: %d\n\n", i)
		if http.NewResponseController(w).Flush() != nil {
			return
		}
	}
	select {
	case <-released:
	case <-r.Context().Done():
	}
}

// met is a meeting of two requests in one process.
var met = make(chan string)

// meet answers when another request has come to the same process.
func meet(w http.ResponseWriter, r *http.Request) {
	own := r.FormValue("id")
	select {
	case met <- own:
		fmt.Fprint(w, own, " was first, in ", os.Getpid())
	case other := <-met:
		fmt.Fprint(w, own, " met ", other, ", in ", os.Getpid())
	case <-r.Context().Done():
	}
}

// request answers with what arrived.
func request(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{
		"pid":        os.Getpid(),
		"method":     r.Method,
		"requestURI": r.RequestURI,
		"path":       r.URL.Path,
		"query":      r.URL.Query(),
		"host":       r.Host,
		"remoteAddr": r.RemoteAddr,
		"header":     r.Header,
	})
}

func cookies(w http.ResponseWriter, r *http.Request) {
	for _, cookie := range r.Cookies() {
		http.SetCookie(w, &http.Cookie{Name: cookie.Name, Value: cookie.Value + "!", Path: "/", HttpOnly: true})
	}
}

func compressed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Vary", "Accept-Encoding")
	zip := gzip.NewWriter(w)
	defer zip.Close()
	io.WriteString(zip, strings.Repeat("fresh ", 1000))
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	io.Copy(w, r.Body)
}

// text answers with as many bytes as ?bytes= asks for.
func text(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(r.FormValue("bytes"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(bytes.Repeat([]byte("x"), size))
}
