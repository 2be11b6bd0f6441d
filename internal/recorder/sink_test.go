package recorder_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/internal/recorder"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sink collects what a recorder sends.
type sink struct {
	status int
	header http.Header
	parts  []string
	err    error
}

func (s *sink) Head(status int, header http.Header) error {
	s.status, s.header = status, header
	return nil
}

func (s *sink) Write(p []byte) (int, error) {
	s.parts = append(s.parts, string(p))
	return len(p), s.err
}

func stream(method string) (*recorder.Recorder, *sink) {
	rec, s := recorder.New(httptest.NewRequest(method, "/", nil)), &sink{}
	rec.StreamTo(s)
	return rec, s
}

func TestSinkGetsTheHeaderWhenAServerSendsIt(t *testing.T) {
	t.Run("at the end", func(t *testing.T) {
		rec, s := stream("GET")
		_, _ = io.WriteString(rec, strings.Repeat("x", 2048))
		assert.Zero(t, s.status)
		_, _, body := rec.Result()
		assert.Equal(t, 200, s.status)
		assert.Equal(t, "2048", s.header.Get("Content-Length"))
		assert.Len(t, strings.Join(s.parts, ""), 2048)
		assert.Empty(t, body)
	})
	t.Run("beyond the buffer", func(t *testing.T) {
		rec, s := stream("GET")
		_, _ = io.WriteString(rec, strings.Repeat("x", 2049))
		assert.Equal(t, 200, s.status)
		assert.NotContains(t, s.header, "Content-Length")
		assert.Len(t, strings.Join(s.parts, ""), 2049)
	})
	t.Run("at a flush", func(t *testing.T) {
		rec, s := stream("GET")
		rec.WriteHeader(404)
		assert.Zero(t, s.status)
		require.NoError(t, rec.FlushError())
		assert.Equal(t, 404, s.status)
		_, _ = io.WriteString(rec, "a")
		assert.Empty(t, s.parts)
		require.NoError(t, rec.FlushError())
		assert.Equal(t, []string{"a"}, s.parts)
		rec.Result()
		assert.Equal(t, []string{"a"}, s.parts)
	})
	t.Run("HEAD", func(t *testing.T) {
		rec, s := stream("HEAD")
		_, _ = io.WriteString(rec, "hello")
		rec.Result()
		assert.Equal(t, "5", s.header.Get("Content-Length"))
		assert.Empty(t, s.parts)
	})
	t.Run("ReadFrom with a declared length", func(t *testing.T) {
		rec, s := stream("GET")
		rec.Header().Set("Content-Length", "3000")
		n, err := rec.ReadFrom(strings.NewReader(strings.Repeat("x", 4000)))
		require.NoError(t, err)
		assert.EqualValues(t, 4000, n)
		rec.Result()
		assert.Len(t, strings.Join(s.parts, ""), 3000)
		assert.False(t, rec.Truncated())
	})
}

// A sink's error reaches the handler, and nothing is sent after it.
func TestSinkThatFails(t *testing.T) {
	rec, s := stream("GET")
	s.err = errors.New("gone")
	_, _ = io.WriteString(rec, "a")
	require.ErrorIs(t, rec.FlushError(), s.err)
	_, err := rec.Write(make([]byte, 5000))
	require.ErrorIs(t, err, s.err)
	rec.Result()
	assert.Equal(t, []string{"a"}, s.parts)
}

func TestAbandon(t *testing.T) {
	rec := recorder.New(httptest.NewRequest("GET", "/", nil))
	_, _ = io.WriteString(rec, "a")
	rec.Abandon()
	_, err := io.WriteString(rec, "b")
	require.Error(t, err)
	require.Error(t, rec.FlushError())
}
