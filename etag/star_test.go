package etag_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// TestStarAmongOthers: who writes and sends a * does not want to overwrite,
// however a proxy on the way has joined or repeated it. For a read it is no *.
func TestStarAmongOthers(t *testing.T) {
	tests := []struct {
		name   string
		fields []string
		put    int
		get    int
	}{
		{"alone", []string{`If-None-Match: *`}, 412, 304},
		{"on two lines", []string{`If-None-Match: *`, `If-None-Match: *`}, 412, 200},
		{"twice", []string{`If-None-Match: *, *`}, 412, 200},
		{"with an empty element", []string{`If-None-Match: *,`}, 412, 200},
		{"beside another tag", []string{`If-None-Match: "x", *`}, 412, 200},
		{"C051 beside ours", []string{`If-None-Match: *, "v1"`}, 412, 200},
		{"junk that begins with one", []string{`If-None-Match: *junk`}, 200, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for method, want := range map[string]int{"PUT": tt.put, "GET": tt.get} {
				h := body("x")
				res := onWire(t, etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(h), append([]string{method}, tt.fields...)...)
				require.Equal(t, want, res.status, method)
				require.Equal(t, want == 200, h.runs == 1, method)
			}
			// Where nothing is there, nothing is overwritten.
			h := body("x")
			missing := etag.Version(func(*http.Request) (string, error) { return "", etag.ErrAbsent })
			require.Equal(t, 200, onWire(t, etag.Conditional{Revision: etag.NoRevision, Provider: missing}.Wrap(h), append([]string{"PUT"}, tt.fields...)...).status)
		})
	}
}
