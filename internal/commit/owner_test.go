package commit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/commit"
)

type owning struct{ pass }

func (owning) SetsOn200() bool { return true }
func (owning) ForcePrivate()   {}
func (owning) SetsCookie()     {}

func wrapFor(h commit.Hook, rw http.ResponseWriter) http.ResponseWriter {
	var w commit.Writer
	w.Init(rw, h)
	return w.ResponseWriter()
}

func TestOwnerOf(t *testing.T) {
	b := httptest.NewRecorder()
	for name, row := range map[string]struct {
		rw    http.ResponseWriter
		owned bool
	}{
		"nothing outside":              {b, false},
		"another layer":                {within{b, b}, false},
		"a layer that owns nothing":    {wrapFor(pass{}, b), false},
		"the owner":                    {wrapFor(owning{}, b), true},
		"the owner, further out":       {wrapFor(pass{}, wrapFor(owning{}, b)), true},
		"the owner, beyond a layer":    {within{b, wrapFor(owning{}, b)}, true},
		"beyond two layers and ours":   {within{b, wrapFor(pass{}, within{b, wrapFor(owning{}, b)})}, true},
		"hidden by one without Unwrap": {base{wrapFor(owning{}, b)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, row.owned, commit.OwnerOf(row.rw) != nil)
		})
	}
}
