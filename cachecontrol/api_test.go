package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Wrap is itself the middleware that chi and alice take.
var (
	_ func(http.Handler) http.Handler = Policy{}.Wrap
	_ func(http.Handler) http.Handler = Rules{}.Wrap
)

// Fields can be added in a minor version, as long as nobody writes literals
// without keys or compares.
func TestTypesCanGrow(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Policy](), reflect.TypeFor[Rules]()} {
		assert.False(t, typ.Comparable())
		assert.False(t, typ.Field(0).IsExported())
		assert.Zero(t, typ.Field(0).Type.Size(), "the field costs nothing")
	}
}

// discard is a ResponseWriter without a memory.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func TestAllocations(t *testing.T) {
	rules := shared
	rules.Vary = []string{"Accept"}
	for name, tt := range map[string]struct {
		rules  Rules
		status int
		header http.Header
		want   float64
	}{
		"a 200":                        {rules, 200, nil, 1},
		"a 304":                        {rules, 304, nil, 1},
		"an error":                     {rules, 500, nil, 2},
		"an error that is named":       {rules, 404, nil, 2},
		"one that is not to be shared": {rules, 200, http.Header{"Authorization": {"Bearer x"}}, 2},
		"one policy":                   {Rules{Policy: shared.Policy}, 200, nil, 1},
		"one policy, an error":         {Rules{Policy: shared.Policy}, 500, nil, 1},
		"no policy":                    {Rules{}, 200, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := tt.rules.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.status) }))
			w := &discard{http.Header{}}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = tt.header
			allocs := testing.AllocsPerRun(100, func() {
				clear(w.header) // filling the map again allocates nothing
				h.ServeHTTP(w, r)
			})
			assert.InDelta(t, tt.want, allocs, 0)
		})
	}
}

func TestParseOfAnOrdinaryFieldAllocatesNothing(t *testing.T) {
	lines := []string{"public, max-age=60, s-maxage=600, stale-while-revalidate=30, must-revalidate"}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = cachecontrol.Parse(lines) }))
}
