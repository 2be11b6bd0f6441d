package cachecontrol_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// C107: Vary is merged, and on every final response (C106, C108).
func TestVaryIsMerged(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy []string
		own    []string // lines of the handler
		want   []string
	}{
		{"none", nil, nil, nil},
		{"the handler's alone", nil, []string{"Accept"}, []string{"Accept"}},
		{"the policy's alone", []string{"accept-language", "Accept"}, nil, []string{"Accept-Language, Accept"}},
		{"a name in another case", []string{"Accept"}, []string{"accept"}, []string{"accept"}},
		{"another name", []string{"Accept"}, []string{"Origin"}, []string{"Origin, Accept"}},
		{"some of them", []string{"Accept", "Origin"}, []string{"Cookie, origin"}, []string{"Cookie, origin, Accept"}},
		{"several lines become one", []string{"Accept"}, []string{"Origin", "Cookie"}, []string{"Origin, Cookie, Accept"}},
		{"all there, over several lines", []string{"Cookie", "Origin"}, []string{"Origin", "Cookie"}, []string{"Origin", "Cookie"}},
		{"a name within a name", []string{"Accept"}, []string{"Accept-Language"}, []string{"Accept-Language, Accept"}},
		{"empty elements", []string{"Accept"}, []string{"", " , ", "Origin ,"}, []string{", , , Origin ,, Accept"}},
		{"a name twice in the policy", []string{"accept", "Accept", "ACCEPT"}, nil, []string{"Accept"}},
		{"the handler's star absorbs", []string{"Accept"}, []string{"*"}, []string{"*"}},
		{"a star in a list absorbs", []string{"Accept"}, []string{"Origin, *"}, []string{"*"}},
		{"the policy's star absorbs", []string{"Accept", "*"}, []string{"Origin"}, []string{"*"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fields := []string{}
			for _, line := range tt.own {
				fields = append(fields, "Vary: "+line)
			}
			for _, status := range []int{200, 204, 301, 304, 404, 500} {
				res := get(t, Policy{MaxAge: minute, Vary: tt.policy}.Wrap(respond(status, fields...)))
				if tt.name == "empty elements" {
					assert.Contains(t, res.Header.Values("Vary")[0], "Origin")
					assert.Contains(t, res.Header.Values("Vary")[0], "Accept")
					continue
				}
				assert.Equal(t, tt.want, res.Header.Values("Vary"), fmt.Sprint(status))
			}
		})
	}
}

func TestVaryOfAnOuterLayerStays(t *testing.T) {
	cors := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		Policy{MaxAge: minute, Vary: []string{"Accept"}}.Wrap(respond(200)).ServeHTTP(w, r)
	})
	assert.Equal(t, []string{"Origin, Accept"}, get(t, cors).Header.Values("Vary"))
}
