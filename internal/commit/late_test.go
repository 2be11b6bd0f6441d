package commit_test

import (
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/commit"
)

// A copy that is waiting for its source when the handler returns, writes
// nothing any more when the source goes on.
func TestLateCopy(t *testing.T) {
	for name, mode := range map[string]commit.Mode{"passing": commit.Pass, "held": commit.Hold} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			l := newLog(mode, commit.Pass)
			var cw commit.Writer
			l.limit = 100
			cw.Init(copies{rec}, l)
			w := cw.ResponseWriter()
			w.WriteHeader(200)
			pr, pw := io.Pipe()
			copied := make(chan error)
			go func() {
				_, err := io.Copy(w, pr)
				copied <- err
			}()
			write(pw, "in time")
			write(pw, "") // waits until the reader has come back for more
			cw.Finish()
			body := rec.Body.String()
			write(pw, "late")
			_ = pw.Close()
			require.Error(t, <-copied)
			assert.Equal(t, "in time", body)
			assert.Equal(t, body, rec.Body.String())
		})
	}
}

// copies is a server that copies by itself.
type copies struct{ *httptest.ResponseRecorder }

func (c copies) ReadFrom(src io.Reader) (int64, error) { return io.Copy(c.ResponseRecorder, src) }

// A file is handed to the server, also by way of its own WriteTo and within a
// limit, as http.ServeContent has it.
func TestFilesAreHandedOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("content"), 0o600))
	for how, copy := range map[string]func(io.Writer, *os.File) (int64, error){
		"io.Copy":  func(w io.Writer, f *os.File) (int64, error) { return io.Copy(w, f) },
		"io.CopyN": func(w io.Writer, f *os.File) (int64, error) { return io.CopyN(w, f, 4) },
	} {
		t.Run(how, func(t *testing.T) {
			f, err := os.Open(name)
			require.NoError(t, err)
			defer f.Close()
			l := newLog(commit.Pass, commit.Pass)
			var w commit.Writer
			w.Init(l, l)
			w.ResponseWriter().WriteHeader(200)
			n, err := copy(w.ResponseWriter(), f)
			require.NoError(t, err)
			assert.Contains(t, l.lines, `read from "`+"content"[:n]+`"`)
		})
	}
}
