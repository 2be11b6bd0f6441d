package etag_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// TestSavings: a 304 reports the content and the handler time that it saved, by
// the full responses of its route.
func TestSavings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last observe.Event
		slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(40 * time.Millisecond)
			_, _ = w.Write(make([]byte, 500))
			_, _ = io.WriteString(w, strings.Repeat("x", 300))
			_, _ = io.Copy(w, strings.NewReader(strings.Repeat("y", 200)))
		})
		mux := func(p etag.Provider) http.Handler {
			c := etag.Conditional{Provider: p, Observe: func(_ *http.Request, e observe.Event) { last = e }}
			mux := http.NewServeMux()
			mux.Handle("GET /a", c.Wrap(slow))
			mux.Handle("GET /b", c.Wrap(slow))
			return mux
		}
		send := func(h http.Handler, method, path, tag string) (status int, now string) {
			var fields []string
			if tag != "" {
				fields = []string{"If-None-Match: " + tag}
			}
			res := inProcess(h, method+" "+path, fields...)
			return res.StatusCode, res.Header.Get("ETag")
		}

		h := mux(version("7"))
		_, tag := send(h, "GET", "/a", "")
		assert.Zero(t, last.BytesSaved)
		assert.Equal(t, 40*time.Millisecond, last.HandlerTime)
		status, _ := send(h, "GET", "/a", tag)
		assert.Equal(t, 304, status)
		assert.EqualValues(t, 1000, last.BytesSaved)
		assert.Equal(t, 40*time.Millisecond, last.TimeSaved)
		send(h, "HEAD", "/a", tag)
		assert.Zero(t, last.BytesSaved, "a 304 to HEAD saves no content")
		assert.Equal(t, 40*time.Millisecond, last.TimeSaved)
		send(h, "GET", "/b", tag)
		assert.Equal(t, observe.OutcomeNotModified, last.Outcome)
		assert.Zero(t, last.BytesSaved, "nothing is known of this route yet")

		hashed := mux(etag.BodyHash{})
		_, tag = send(hashed, "GET", "/a", "")
		send(hashed, "GET", "/a", tag)
		assert.Equal(t, observe.OutcomeNotModified, last.Outcome)
		assert.EqualValues(t, 1000, last.BytesSaved)
		assert.Zero(t, last.TimeSaved, "the handler ran")
	})
}
