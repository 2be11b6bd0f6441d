package recorder_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshen-go/freshen/internal/recorder"
	"github.com/freshen-go/freshen/internal/recorder/recordertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The fields of a real response that a recorder's does not have.
//
// The sender of the message adds Date, so it is compared only where the handler
// set it. The others describe one connection (RFC 9110, section 7.6.1); "X-Hop" is
// named by the handler's Connection field.
var notRecorded = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Upgrade", "X-Hop"}

// Each behavior runs through a real server and through the recorder. Status,
// header, body, whether the body is complete, and what the handler saw must be
// equal.
//
// Conformance C078 and C079: the cases of status 304 and 204.
func TestAgreesWithServer(t *testing.T) {
	for _, c := range recordertest.All() {
		t.Run(c.Name, func(t *testing.T) {
			h, notesOnServer := c.Handler()
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.Start()
			req, err := http.NewRequest(c.RequestMethod(), srv.URL+"/dir/", nil)
			require.NoError(t, err)
			req.Header.Set("Accept-Encoding", "identity")
			client := &http.Transport{DisableKeepAlives: true}
			resp, err := client.RoundTrip(req)
			var body []byte
			if err == nil {
				body, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			srv.Close() // waits for the handler, whose notes are read below

			h, notes := c.Handler()
			rec, panicked, _ := recorder.Serve(h, httptest.NewRequest(c.RequestMethod(), "/dir/", nil))
			status, header, got := rec.Result()

			assert.Equal(t, notesOnServer(), notes(), "what the handler saw")
			if c.Broken {
				require.Error(t, err, "the case claims that the server breaks off")
				assert.True(t, panicked != nil || rec.Truncated(), "the recorder should know that the response is broken")
				return
			}
			require.NoError(t, err)
			assert.Nil(t, panicked)
			assert.False(t, rec.Truncated())
			for _, name := range notRecorded {
				resp.Header.Del(name)
			}
			if header["Date"] == nil {
				resp.Header.Del("Date")
			}
			assert.Equal(t, resp.StatusCode, status)
			assert.Equal(t, resp.Header, header)
			assert.Equal(t, string(body), string(got))
		})
	}
}

func TestUnsupportedControls(t *testing.T) {
	rec := recorder.New(httptest.NewRequest("GET", "/", nil))
	rc := http.NewResponseController(rec)
	assert.ErrorIs(t, rc.SetReadDeadline(time.Now()), http.ErrNotSupported)
	assert.ErrorIs(t, rc.SetWriteDeadline(time.Now()), http.ErrNotSupported)
	_, _, err := rc.Hijack()
	assert.ErrorIs(t, err, http.ErrNotSupported)
}

// A goroutine that outlives its handler must not change what is being sent. With
// -race this tests the lock too.
func TestWritesAfterReturnAreRefused(t *testing.T) {
	release, late := make(chan struct{}), make(chan error)
	rec, panicked, _ := recorder.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "in time")
		go func() {
			<-release
			w.WriteHeader(500)
			_, err := w.Write([]byte("late"))
			late <- err
			_, err = io.WriteString(w, "late")
			late <- err
			_, err = w.(io.ReaderFrom).ReadFrom(strings.NewReader("late"))
			late <- err
			late <- http.NewResponseController(w).Flush()
		}()
	}), httptest.NewRequest("GET", "/", nil))
	require.Nil(t, panicked)
	status, header, body := rec.Result()
	close(release)
	for range 4 {
		require.Error(t, <-late)
	}
	assert.Equal(t, 200, status)
	assert.Equal(t, "in time", string(body))
	assert.Equal(t, "7", header.Get("Content-Length"))
	status, _, body = rec.Result()
	assert.Equal(t, 200, status, "a second Result is the same")
	assert.Equal(t, "in time", string(body))
}

func TestWritesRaceWithResult(t *testing.T) {
	for range 50 {
		rec := recorder.New(httptest.NewRequest("GET", "/", nil))
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for range 20 {
					io.WriteString(rec, "x")
				}
			})
		}
		_, _, body := rec.Result()
		n := len(body)
		wg.Wait()
		_, _, body = rec.Result()
		assert.Len(t, body, n)
	}
}

func TestLimit(t *testing.T) {
	for name, row := range map[string]struct {
		method string
		limit  int64
		parts  []string
		want   string
		over   bool
	}{
		"within":                    {"GET", 5, []string{"hello"}, "hello", false},
		"over at once":              {"GET", 4, []string{"hello"}, "", true},
		"over by the second":        {"GET", 5, []string{"hello", "!"}, "hello", true},
		"no limit":                  {"GET", 0, []string{"hello", "!"}, "hello!", false},
		"HEAD keeps nothing anyway": {"HEAD", 4, []string{"hello"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			rec := recorder.New(httptest.NewRequest(row.method, "/", nil))
			rec.SetLimit(row.limit)
			var err error
			for _, p := range row.parts {
				_, err = io.WriteString(rec, p)
			}
			_, _, body := rec.Result()
			assert.Equal(t, row.over, rec.TooLarge())
			assert.Equal(t, row.over, err != nil)
			assert.Equal(t, row.want, string(body))
		})
	}
	t.Run("through ReadFrom with a declared length", func(t *testing.T) {
		rec := recorder.New(httptest.NewRequest("GET", "/", nil))
		rec.SetLimit(1000)
		rec.Header().Set("Content-Length", "3000")
		_, err := rec.ReadFrom(strings.NewReader(strings.Repeat("x", 3000)))
		assert.Error(t, err)
		assert.True(t, rec.TooLarge())
	})
}

func TestL1_ContentTypeOn304(t *testing.T) {
	rec := recorder.New(httptest.NewRequest("GET", "/", nil))
	assert.False(t, rec.NeedsContentTypeOn304(), "net/http removes it")
	rec.Header().Set("Content-Type", "application/json")
	rec.WriteHeader(304)
	_, header, _ := rec.Result()
	assert.NotContains(t, header, "Content-Type")

	rec = recorder.New(httptest.NewRequest("GET", "/", nil))
	rec.KeepContentTypeOn304()
	assert.True(t, rec.NeedsContentTypeOn304())
	rec.Header().Set("Content-Type", "application/json\r\nX: y")
	rec.WriteHeader(304)
	_, header, _ = rec.Result()
	assert.Equal(t, []string{"application/json  X: y"}, header["Content-Type"])
}

func TestL5_ServeReportsGoexit(t *testing.T) {
	ended, returned := make(chan bool, 1), make(chan bool, 1)
	go func() {
		defer func() { returned <- false }()
		rec := recorder.New(httptest.NewRequest("GET", "/", nil))
		rec.OnGoexit(func() { ended <- true })
		rec.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() }), httptest.NewRequest("GET", "/", nil))
		returned <- true
	}()
	assert.False(t, <-returned)
	assert.True(t, <-ended)
}

func TestL10_DeclaredLengthIsReserved(t *testing.T) {
	for _, row := range []struct {
		name            string
		declared, limit int64
		parts, want     int
	}{
		{"declared", 4096, 0, 4, 4096},
		{"declared beyond the limit", 1 << 40, 5000, 4, 5000},
		{"declared without a limit", 1 << 40, 0, 4, 8 << 20},
		{"one write", -1, 0, 1, 1024},
	} {
		t.Run(row.name, func(t *testing.T) {
			rec := recorder.New(httptest.NewRequest("GET", "/", nil))
			rec.SetLimit(row.limit)
			if row.declared >= 0 {
				rec.Header().Set("Content-Length", strconv.FormatInt(row.declared, 10))
			}
			for range row.parts {
				_, err := rec.Write(make([]byte, 1024))
				require.NoError(t, err)
			}
			_, _, body := rec.Result()
			assert.Equal(t, row.want, cap(body))
		})
	}
}

func TestServeReportsPanics(t *testing.T) {
	serve := func(v any) (any, []byte) {
		_, panicked, stack := recorder.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			panic(v)
		}), httptest.NewRequest("GET", "/", nil))
		return panicked, stack
	}
	panicked, stack := serve("boom")
	assert.Equal(t, "boom", panicked)
	assert.Contains(t, string(stack), "recorder_test.go", "the trace leads to the panic")

	panicked, stack = serve(http.ErrAbortHandler)
	assert.Equal(t, http.ErrAbortHandler, panicked)
	assert.Contains(t, string(stack), "recorder_test.go")
}

// An invalid length on a response to HEAD is the one difference from net/http,
// which sends it, and clients refuse it.
func TestInvalidLengthForHEAD(t *testing.T) {
	rec := recorder.New(httptest.NewRequest("HEAD", "/", nil))
	rec.Header().Set("Content-Length", "five")
	_, header, _ := rec.Result()
	assert.NotContains(t, header, "Content-Length")
}
