package cachecontrol_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

type (
	Policy    = cachecontrol.Policy
	Rules     = cachecontrol.Rules
	Extension = cachecontrol.Extension
)

const (
	minute = time.Minute
	zero   = cachecontrol.Zero

	cc  = "Cache-Control"
	cdn = "CDN-Cache-Control"

	bearer    = "Authorization: Bearer x"
	setCookie = "Set-Cookie: session=1"
)

// shared has a policy of every kind.
var shared = Rules{
	Policy:   Policy{Public: true, MaxAge: minute},
	Targeted: map[string]Policy{cdn: {MaxAge: 10 * minute}, "X-Empty": {}},
	ByStatus: map[int]Policy{
		301: {MaxAge: time.Hour},
		404: {MaxAge: 10 * time.Second},
		410: {},
		503: {NoCache: true},
	},
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // Rules.Logger has the log where it matters
	m.Run()
}

// ask sends a request with fields ("Name: value") to h behind a real server,
// since what counts is on the wire, and returns the response, its body read.
func ask(t *testing.T, h http.Handler, method string, fields ...string) *http.Response {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL, nil)
	require.NoError(t, err)
	setFields(r.Header, fields)
	res, err := srv.Client().Transport.RoundTrip(r)
	require.NoError(t, err)
	_, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res
}

// respond returns a handler that sets fields ("Name: value") and a status.
func respond(status int, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		setFields(w.Header(), fields)
		w.WriteHeader(status)
	})
}

func setFields(h http.Header, fields []string) {
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		h.Add(name, value)
	}
}

// preset is an outer layer that sets fields before the handler runs.
func preset(h http.Handler, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setFields(w.Header(), fields)
		h.ServeHTTP(w, r)
	})
}

// both returns Cache-Control and CDN-Cache-Control as they were sent, with a
// line for each value.
func both(res *http.Response) string {
	return strings.Join(res.Header.Values(cc), "\n") + " | " + strings.Join(res.Header.Values(cdn), "\n")
}

// logger returns a logger that writes to b, without times.
func logger(b *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}
