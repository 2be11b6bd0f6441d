package cachecontrol_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachecontrol"
)

// Policy.Wrap is itself the middleware that chi and alice take.
var _ func(http.Handler) http.Handler = Policy{}.Wrap

// Fields can be added to a Policy in a minor version, as long as nobody writes
// literals without keys, which a field without a name for others rules out,
// and nobody compares.
func TestPolicyCanGrow(t *testing.T) {
	policy := reflect.TypeFor[Policy]()
	assert.False(t, policy.Comparable())
	assert.False(t, policy.Field(0).IsExported())
	assert.Zero(t, policy.Field(0).Type.Size(), "and it costs nothing")
}

// discard is a ResponseWriter whose header map costs nothing to fill again.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func TestOneAllocationARequest(t *testing.T) {
	p := shared
	p.Vary = []string{"Accept"}
	for name, tt := range map[string]struct {
		policy Policy
		status int
		header http.Header
	}{
		"a 200":                        {p, 200, nil},
		"a 304":                        {p, 304, nil},
		"an error":                     {p, 500, nil},
		"an error that is named":       {Policy{MaxAge: minute, ByStatus: map[int]Policy{404: {MaxAge: minute}}}, 404, nil},
		"one that is not to be shared": {p, 200, http.Header{"Authorization": {"Bearer x"}}},
		"no policy":                    {Policy{}, 200, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := tt.policy.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.status) }))
			w := &discard{http.Header{}}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = tt.header
			allocs := testing.AllocsPerRun(100, func() {
				clear(w.header)
				h.ServeHTTP(w, r)
			})
			assert.LessOrEqual(t, allocs, 1.0)
		})
	}
}

func TestParseOfAnOrdinaryFieldAllocatesNothing(t *testing.T) {
	lines := []string{"public, max-age=60, s-maxage=600, stale-while-revalidate=30, must-revalidate"}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = cachecontrol.Parse(lines) }))
}
