package etag_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A goroutine that goes on writing after its handler returned reaches no
// response any more: not its own, which has gone out, and not the one of
// another request, which may use the same buffer by now. With -race this is
// also the test that it touches no pooled buffer.
func TestLateGoroutineReachesNothing(t *testing.T) {
	var late sync.WaitGroup
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := strings.Repeat(r.URL.Path+" ", 50)
		_, _ = io.WriteString(w, text[:20])
		late.Go(func() {
			<-r.Context().Done() // the handler has returned
			for range 100 {
				w.Header().Set("X-Late", "1")
				w.WriteHeader(http.StatusTeapot)
				_, err := io.WriteString(w, "LATE")
				if !assert.Error(t, err) {
					return
				}
				_, err = w.Write([]byte("LATE"))
				assert.Error(t, err)
				_, err = io.Copy(w, strings.NewReader("LATE"))
				assert.Error(t, err)
				assert.Error(t, http.NewResponseController(w).Flush())
			}
		})
		_, _ = io.WriteString(w, text[20:])
	})
	onEveryWire(t, h, func(t *testing.T, client *http.Client, address string) {
		for i := range 20 {
			path := fmt.Sprintf("/number-%d", i)
			res, err := client.Get(address + path)
			require.NoError(t, err)
			got, err := io.ReadAll(res.Body)
			res.Body.Close()
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Empty(t, res.Header.Get("X-Late"))
			require.Equal(t, strings.Repeat(path+" ", 50), string(got))
		}
		late.Wait()
	})
}
