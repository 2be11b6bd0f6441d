package lambdaadapter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPayload(t *testing.T) {
	for _, row := range []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"empty", func(http.ResponseWriter, *http.Request) {}, `{"statusCode":200,"headers":{}}`},
		{"text, HTML not escaped", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			w.(http.Flusher).Flush()
			io.WriteString(w, "<p>\"a\\b\"\n\x01&☃</p>")
		}, `{"statusCode":200,"headers":{},"body":"<p>\"a\\b\"\n\u0001&☃</p>"}`},
		{"octets", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/x")
			w.(http.Flusher).Flush()
			w.Write([]byte{0xff, 0xfe, 0xfd, 0xfc})
		}, `{"statusCode":200,"headers":{"Content-Type":"image/x"},"isBase64Encoded":true,"body":"//79/A=="}`},
		{"cookies apart, other fields as one, names in order", func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h["Vary"] = []string{"Accept", "Origin"}
			h["Set-Cookie"] = []string{`a="1, 2"`, "b=2; Expires=Mon, 02 Jan 2006 15:04:05 GMT"}
			h["Etag"] = []string{`"v1"`}
			w.WriteHeader(304)
		}, `{"statusCode":304,"headers":{"Etag":"\"v1\"","Vary":"Accept, Origin"},"cookies":["a=\"1, 2\"","b=2; Expires=Mon, 02 Jan 2006 15:04:05 GMT"]}`},
		{"304 with the handler's Content-Type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(304)
		}, `{"statusCode":304,"headers":{"Content-Type":"application/json"}}`},
		{"304 without one", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(304)
		}, `{"statusCode":304,"headers":{}}`},
		{"HEAD keeps its length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.Header().Set("Content-Length", "123456789")
		}, `{"statusCode":200,"headers":{"Content-Length":"123456789","Content-Type":"a/b"}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := "GET"
			if strings.HasPrefix(row.name, "HEAD") {
				m = "HEAD"
			}
			event, _ := json.Marshal(newEvent(method(m)))
			out, err := lambdaadapter.New(row.h).Invoke(t.Context(), event)
			require.NoError(t, err)
			assert.Equal(t, row.want, string(out))
		})
	}
}

// JSON cannot carry such a value. encoding/json would replace what is not UTF-8,
// and could make two entity-tags equal.
func TestDropsFieldsThatAreNotUTF8(t *testing.T) {
	log := captureLog(t)
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", "\"\xe9\"")
		w.Header()["X-Two"] = []string{"fine", "\xff"}
		w.Header()["Set-Cookie"] = []string{"a=\xff"}
		w.Header().Set("X-Kept", "é")
		w.WriteHeader(204)
	})
	assert.Equal(t, map[string]string{"X-Kept": "é"}, a.Headers)
	assert.Empty(t, a.Cookies)
	assert.Contains(t, log.String(), "field=Etag")
	assert.NotContains(t, log.String(), "\xff")
}

// Where a server breaks the connection off, a gateway would send a truncated
// response as if it were complete.
func TestShortBodyIs500(t *testing.T) {
	log := captureLog(t)
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.Header().Set("Cache-Control", "public, max-age=600")
		io.WriteString(w, "short")
	})
	assertBare500(t, a)
	assert.Contains(t, log.String(), "declared=10 written=5")
}

func TestSwitchingProtocolsIs500(t *testing.T) {
	log := captureLog(t)
	assertBare500(t, respond(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(101) }))
	assert.Contains(t, log.String(), "status=101")
}

func TestNilHandlerIsDefaultServeMux(t *testing.T) {
	a := invoke(t, nil, newEvent(path("/nobody/has/registered/this")))
	assert.Equal(t, 404, a.StatusCode)
}

func FuzzPayload(f *testing.F) {
	f.Add(200, "X-A", "b", []byte("hello"))
	f.Add(304, "Etag", `"\"`, []byte(nil))
	f.Add(200, "Content-Length", "3", []byte("\xff\x00\x7f"))
	f.Add(200, "content-length", "0", []byte("refused"))
	f.Add(404, "Set-Cookie", "a=\u2028<>&", []byte("\x01\x02\x1f\"\\\u2028\b\f\n\r\t"))
	f.Add(200, "Transfer-Encoding", "gzip", bytes.Repeat([]byte(`"`), 50))
	event, _ := json.Marshal(newEvent())
	f.Fuzz(func(t *testing.T, status int, name, value string, content []byte) {
		if status < 200 || status > 999 || !utf8.ValidString(value) {
			return
		}
		out, err := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()[name] = []string{value}
			w.WriteHeader(status)
			if _, err := w.Write(content); err != nil {
				content = nil // the status forbids it, or a declared length
			}
		})).Invoke(t.Context(), event)
		require.NoError(t, err)
		a := parse(t, out)
		if a.StatusCode == 500 && status != 500 {
			require.Equal(t, "Content-Length", http.CanonicalHeaderKey(name), "only a wrong length explains a 500")
			return
		}
		require.Equal(t, status, a.StatusCode)
		require.Len(t, a.body, len(content))
		require.True(t, bytes.Equal(content, a.body))
	})
}

func TestConcurrentInvocations(t *testing.T) {
	h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, _ := lambdaadapter.EventFromContext(r.Context())
		w.Header().Set("X-Path", r.URL.Path)
		w.Header().Set("X-Event", e.RequestContext.RequestID)
		io.Copy(w, r.Body)
		if strings.HasSuffix(r.URL.Path, "7") {
			panic(http.ErrAbortHandler)
		}
	}))
	captureLog(t)
	done := make(chan error)
	for i := range 100 {
		go func() {
			id := fmt.Sprint(i)
			e := newEvent(method("POST"), path("/"+id), textBody("body of "+id))
			e.RequestContext.RequestID = id
			payload, _ := json.Marshal(e)
			out, err := h.Invoke(t.Context(), payload)
			want := fmt.Sprintf(`"X-Event":"%s","X-Path":"/%s"},"body":"body of %s"`, id, id, id)
			if i%10 == 7 {
				want = `"statusCode":500`
			}
			if err == nil && !strings.Contains(string(out), want) {
				err = fmt.Errorf("%s is not in %s", want, out)
			}
			done <- err
		}()
	}
	for range 100 {
		assert.NoError(t, <-done)
	}
}

// The runtime reuses its buffer for the next event.
func TestKeepsNothingOfThePayload(t *testing.T) {
	payload, _ := json.Marshal(newEvent(method("POST"), path("/a"), field("x-a", "b"), textBody("body")))
	var kept *http.Request
	out, err := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept = r
		clear(payload)
		io.Copy(w, r.Body)
	})).Invoke(t.Context(), payload)
	require.NoError(t, err)
	assert.Equal(t, "body", string(parse(t, out).body))
	assert.Equal(t, "/a", kept.RequestURI)
	assert.Equal(t, "b", kept.Header.Get("X-A"))
}
