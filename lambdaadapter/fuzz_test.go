package lambdaadapter_test

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
)

// Whatever arrives, the adapter does not panic; what it serves is an HTTP request,
// and reaches the handler as a server's request would; what it answers is a legal
// payload.
func FuzzInvoke(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no events in testdata")
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event)
	}
	for _, s := range []string{
		`{}`, `null`, `[]`, `{"version":"2.0"}`,
		`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`,
		`{"version":"2.0","type":"REQUEST","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`,
		`{"version":"2.0","rawPath":"//\u0000?#%","rawQueryString":"?#%zz","headers":{"":"","Host":"[","host":"]"},"cookies":["",";"],"requestContext":{"stage":"/","domainName":"x.lambda-url.y","http":{"method":"*","sourceIp":"::","protocol":"HTTP/9.9"}}}`,
		`{"version":"2.0","rawPath":"/","body":"=","isBase64Encoded":true,"requestContext":{"domainName":"a b","http":{"method":"GET"}}}`,
		`{"Records":[{"eventSource":"aws:sqs"}]}`,
	} {
		f.Add([]byte(s))
	}
	log.SetOutput(io.Discard) // the accessor of core logs what it cannot use
	f.Cleanup(func() { log.SetOutput(os.Stderr) })

	f.Fuzz(func(t *testing.T, payload []byte) {
		var served *http.Request
		h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served = r
			w.Header().Set("X-Uri", r.RequestURI)
			io.Copy(w, r.Body)
		}))
		out, err := h.Invoke(t.Context(), payload)
		if err != nil {
			if served != nil || out != nil {
				t.Fatal("an error after the handler ran")
			}
			return
		}
		var answer struct {
			StatusCode int               `json:"statusCode"`
			Headers    map[string]string `json:"headers"`
		}
		if err := json.Unmarshal(out, &answer); err != nil || answer.StatusCode < 200 {
			t.Fatalf("not a payload (%v): %s", err, out)
		}
		if served == nil {
			if answer.StatusCode != 400 {
				t.Fatalf("status %d and the handler did not run", answer.StatusCode)
			}
			return
		}
		var event struct {
			Version, Type, HTTPMethod string
			RequestContext            *struct {
				ConnectionID string
				HTTP         struct{ Method string }
			}
		}
		err = json.Unmarshal(payload, &event)
		if err != nil || event.RequestContext == nil || event.Type != "" || event.RequestContext.ConnectionID != "" {
			t.Fatalf("served %s", payload)
		}
		method := event.HTTPMethod
		if event.Version == "2.0" {
			method = event.RequestContext.HTTP.Method
		}
		if served.Method != method || method == "" || !strings.HasPrefix(served.RequestURI, "/") || served.Body == nil ||
			served.URL.Host != "" || served.URL.Scheme != "" || served.Header.Get("Host") != "" || len(served.Header["Cookie"]) > 1 {
			t.Fatalf("not a server's request: %+v", served)
		}
		if u, err := url.ParseRequestURI(served.RequestURI); err != nil || *u != *served.URL {
			t.Fatalf("URL %#v is not that of %q", served.URL, served.RequestURI)
		}
		for name := range served.Header {
			if strings.HasPrefix(strings.ToLower(name), "x-golambdaproxy") {
				t.Fatalf("header %q came through", name)
			}
		}
	})
}
