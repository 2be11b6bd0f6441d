package etag_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/etag"
)

// S25: after a write that sent its tag, the client can write again, and its read
// is revalidated.
func TestS25Wrote(t *testing.T) {
	current := "1"
	c := etag.Conditional{
		Provider: etag.Version(func(*http.Request) (string, error) { return current, nil }),
		Key:      []byte("k"), VaryOn: []string{"Accept", "X-Tenant"}, Identity: func(r *http.Request) string { return r.Header.Get("X-User") },
	}
	for _, method := range []string{"PUT", "PATCH", "POST"} {
		t.Run(method, func(t *testing.T) {
			current = "1"
			h := c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "GET" {
					_, _ = w.Write([]byte("x"))
					return
				}
				current += "1"
				assert.True(t, etag.Wrote(w, r, etag.Validators{Tag: etag.Strong(current)}))
				w.WriteHeader(http.StatusNoContent)
			}))
			who := []string{"X-User: ann", "X-Tenant: a", "Accept: text/plain"}
			ask := func(method string, fields ...string) *http.Response {
				return inProcess(h, method, append(fields, who...)...)
			}
			tag := ask("GET").Header.Get("ETag")
			for range 3 {
				res := ask(method, "If-Match: "+tag)
				assert.Equal(t, 204, res.StatusCode)
				assert.NotEqual(t, tag, res.Header.Get("ETag"))
				tag = res.Header.Get("ETag")
			}
			assert.Equal(t, tag, ask("GET").Header.Get("ETag"))
			assert.Equal(t, 304, ask("GET", "If-None-Match: "+tag).StatusCode)
			assert.Equal(t, 204, ask(method).StatusCode, "without a precondition, too")
		})
	}
}

func TestWroteRefuses(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("2")}
	future := etag.Collection(func(*http.Request) (int64, time.Time, error) { return 1, time.Now().Add(time.Hour), nil })
	young, _ := future.Validators(nil)
	for name, test := range map[string]struct {
		c      etag.Conditional
		v      etag.Validators
		method string
		field  string
	}{
		"DELETE":                  {etag.Conditional{Provider: version("1")}, v, "DELETE", "X: y"},
		"GET":                     {etag.Conditional{Provider: version("1")}, v, "GET", "X: y"},
		"a safe method of WebDAV": {etag.Conditional{Provider: version("1")}, v, "PROPFIND", "X: y"},
		"a PUT of a part":         {etag.Conditional{Provider: version("1")}, v, "PUT", "Content-Range: bytes 0-1/5"},
		"under a hash":            {etag.Conditional{Provider: etag.BodyHash{}}, v, "PUT", "X: y"},
		"M2: by its address":      {etag.Conditional{Provider: &etag.BodyHash{}}, v, "PUT", "X: y"},
		"no tag":                  {etag.Conditional{Provider: version("1")}, etag.Validators{}, "PUT", "X: y"},
		"absent":                  {etag.Conditional{Provider: version("1")}, etag.Absent(), "PUT", "X: y"},
		"a time in the future":    {etag.Conditional{Provider: version("1")}, young, "PUT", "X: y"},
	} {
		t.Run(name, func(t *testing.T) {
			h := test.c.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.False(t, etag.Wrote(w, r, test.v))
				w.WriteHeader(http.StatusNoContent)
			}))
			assert.Empty(t, inProcess(h, test.method, test.field).Header["Etag"])
		})
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { assert.False(t, etag.Wrote(w, r, v)) })
	assert.Empty(t, inProcess(bare, "PUT").Header["Etag"])
}
