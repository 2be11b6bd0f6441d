package lambdaadapter_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests named LNN each show that a defect which this adapter had is gone.

// The response writer tells that a 304 must carry the type.
func TestL1_The304AsksForItsContentType(t *testing.T) {
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		asks, ok := w.(interface{ NeedsContentTypeOn304() bool })
		if assert.True(t, ok) {
			assert.True(t, asks.NeedsContentTypeOn304())
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(304)
	})
	assert.Equal(t, map[string]string{"Content-Type": "application/json"}, a.Headers)
}

// What the adapter cannot make right it logs, once for a route.
func TestL1_A304WithoutContentTypeIsLoggedOnce(t *testing.T) {
	log := captureLog(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) })
	h := lambdaadapter.New(mux)
	for _, p := range []string{"/a/1", "/a/2", "/a/3"} {
		payload, err := json.Marshal(newEvent(path(p)))
		require.NoError(t, err)
		_, err = h.Invoke(t.Context(), payload)
		require.NoError(t, err)
	}
	assert.Equal(t, 1, strings.Count(log.String(), "a 304 has no Content-Type"))
	assert.Contains(t, log.String(), `route="GET /a/{id}"`)
}

// One failure is one event in the log, with attributes.
func TestL6_APanicIsOneEvent(t *testing.T) {
	var log bytes.Buffer
	a := lambdaadapter.Adapter{Logger: slog.New(slog.NewJSONHandler(&log, nil))}
	payload, err := json.Marshal(newEvent(path("/orders")))
	require.NoError(t, err)
	_, err = a.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })).Invoke(t.Context(), payload)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(log.String(), "\n"))
	var event struct{ Level, Msg, Method, Path, Panic, Stack string }
	require.NoError(t, json.Unmarshal(log.Bytes(), &event))
	assert.Equal(t, "ERROR", event.Level)
	assert.Equal(t, "lambdaadapter: the handler panicked", event.Msg)
	assert.Equal(t, "GET", event.Method)
	assert.Equal(t, "/orders", event.Path)
	assert.Equal(t, "boom", event.Panic)
	assert.Contains(t, event.Stack, "findings_test.go")
}

func TestL8_OnlyTheCookieThatIsNotUTF8IsDropped(t *testing.T) {
	log := captureLog(t)
	a := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"session=1", "name=\xe9", "theme=dark"}
	})
	assert.Equal(t, []string{"session=1", "theme=dark"}, a.Cookies)
	assert.Contains(t, log.String(), "field=Set-Cookie")
}

func TestL9_NoBodyInResponsesToHEAD(t *testing.T) {
	captureLog(t)
	bad := newEvent(method("HEAD"), field("x a", "1"))
	for name, a := range map[string]answer{
		"400": invoke(t, http.NotFoundHandler(), bad),
		"500": respond(t, func(http.ResponseWriter, *http.Request) { panic("boom") }, newEvent(method("HEAD"))),
	} {
		assert.Empty(t, a.body, name)
		assert.Equal(t, "no-store", a.Headers["Cache-Control"], name)
		assert.GreaterOrEqual(t, a.StatusCode, 400, name)
	}
}

// The memory for the payload is reserved once, when the encoding is known: two
// copies of the body at most are in memory, its own and the encoded one.
func TestL10_ThePayloadIsReservedOnce(t *testing.T) {
	body := bytes.Repeat([]byte{0xff, 0xd8, 0x00, 'x'}, 256<<10)
	h := lambdaadapter.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/webp")
		_, _ = w.Write(body)
	}))
	payload, err := json.Marshal(newEvent())
	require.NoError(t, err)
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = h.Invoke(b.Context(), payload)
		}
	})
	assert.Less(t, r.AllocedBytesPerOp(), int64(2_600_000))
	assert.LessOrEqual(t, r.AllocsPerOp(), int64(45))
}

func TestL13_ContentLengthIsForHEADOnly(t *testing.T) {
	hello := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }
	assert.NotContains(t, respond(t, hello, newEvent(functionURL)).Headers, "Content-Length")
	assert.Equal(t, "5", respond(t, hello, newEvent(functionURL, method("HEAD"))).Headers["Content-Length"])
}
