package lambdaadapter_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each event in testdata was written by hand from the documented format. The file
// of the same name has the request that the handler must see, as a client would
// send it, after a line with the address of the client.
func TestGoldenEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 12)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			event, err := os.ReadFile(file)
			require.NoError(t, err)
			want, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".request")
			require.NoError(t, err)
			out, err := lambdaadapter.New(http.HandlerFunc(writeRequest)).Invoke(t.Context(), event)
			require.NoError(t, err)
			var a struct {
				Body            string
				IsBase64Encoded bool
			}
			require.NoError(t, json.Unmarshal(out, &a))
			assert.False(t, a.IsBase64Encoded)
			assert.Equal(t, string(want), a.Body)
		})
	}
}

func TestGoldenClaims(t *testing.T) {
	event, err := os.ReadFile("testdata/authorizer-claims.json")
	require.NoError(t, err)
	invoke(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		e, ok := lambdaadapter.EventFromContext(r.Context())
		if !assert.True(t, ok) {
			return
		}
		assert.Equal(t, "alice", e.RequestContext.Authorizer.JWT.Claims["sub"], "not mallory, who sent a header")
		assert.Equal(t, []string{"orders:read"}, e.RequestContext.Authorizer.JWT.Scopes)
		assert.Equal(t, "orders", e.StageVariables["table"])
	}), event)
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
