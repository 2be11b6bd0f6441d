package lambdaadapter_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each event in testdata was written by hand from the documented format. Beside
// it is the request that the handler must see, as a client would send it, after
// a line with the address of the client.
func TestGoldenEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 7)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			event, err := os.ReadFile(file)
			require.NoError(t, err)
			want, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".request")
			require.NoError(t, err)
			a := invoke(t, http.HandlerFunc(writeRequest), event)
			assert.Equal(t, string(want), string(a.body))
		})
	}
}

func writeRequest(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "from %s\n", r.RemoteAddr)
	fmt.Fprintf(w, "%s %s %s\n", r.Method, r.RequestURI, r.Proto)
	fmt.Fprintf(w, "Host: %s\n", r.Host)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header[name] {
			fmt.Fprintf(w, "%s: %s\n", name, v)
		}
	}
	io.WriteString(w, "\n")
	io.Copy(w, r.Body)
}
