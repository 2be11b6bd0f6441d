package etag_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// Inside a handler the same holds: a young date must not be handed out, since
// another write in its second could not be told from it.
func TestSettleWindowInsideHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := moment{time.Now()}
		for name, p := range map[string]etag.Provider{"a date": known("", m.at), "of ours": m.modified()} {
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				v, _ := p.Validators(r)
				etag.CheckPreconditions(w, r, v)
			})
			require.Empty(t, inProcess(h, "GET").Header["Last-Modified"], name)
			if name == "of ours" {
				require.Regexp(t, `^W/".*!"$`, inProcess(h, "GET").Header.Get("ETag"))
			}
		}
		time.Sleep(2 * time.Second)
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, _ := m.modified().Validators(r)
			etag.CheckPreconditions(w, r, v)
		})
		require.NotEmpty(t, inProcess(h, "GET").Header["Last-Modified"])
		require.Regexp(t, `^W/"[0-9_]+"$`, inProcess(h, "GET").Header.Get("ETag"))
	})
}
