package conformwalk

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A server without a middleware fails each row in which the middleware answers.
func TestTheWalkFindsWhatIsMissing(t *testing.T) {
	mux := http.NewServeMux()
	rows := Rows()
	for _, row := range rows {
		mux.HandleFunc(row.Path(), func(w http.ResponseWriter, r *http.Request) {
			status, fields, content := row.Run(r.Header.Get("Range"))
			for _, f := range fields {
				w.Header().Add(Split(f))
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, content)
		})
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	names := map[string]bool{}
	for _, row := range rows {
		assert.False(t, names[row.Name], "two rows have the name %q", row.Name)
		names[row.Name] = true
		if err := row.walk(server.Listener.Addr().String()); row.Status == 304 || row.Status == 412 || row.Status == 428 {
			assert.Error(t, err, row.Name)
		}
	}
}
