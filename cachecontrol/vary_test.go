package cachecontrol_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// C107: Vary is merged, and on every final response (C106, C108).
func TestVaryIsMerged(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules []string
		own   []string // lines of the handler
		want  []string
	}{
		{"none", nil, nil, nil},
		{"the handler's alone", nil, []string{"Accept"}, []string{"Accept"}},
		{"the rules' alone", []string{"accept-language", "Accept"}, nil, []string{"Accept-Language, Accept"}},
		{"a name in another case", []string{"Accept"}, []string{"accept"}, []string{"accept"}},
		{"another name", []string{"Accept"}, []string{"Origin"}, []string{"Origin, Accept"}},
		{"some of them", []string{"Accept", "Origin"}, []string{"Cookie, origin"}, []string{"Cookie, origin, Accept"}},
		{"several lines become one", []string{"Accept"}, []string{"Origin", "Cookie"}, []string{"Origin, Cookie, Accept"}},
		{"all there, over several lines", []string{"Cookie", "Origin"}, []string{"Origin", "Cookie"}, []string{"Origin, Cookie"}},
		{"a name within a name", []string{"Accept"}, []string{"Accept-Language"}, []string{"Accept-Language, Accept"}},
		{"M5: empty members are dropped", []string{"Accept"}, []string{"", " , ", "Origin ,"}, []string{"Origin, Accept"}},
		{"a name twice in the rules", []string{"accept", "Accept", "ACCEPT"}, nil, []string{"Accept"}},
		{"the handler's * absorbs", []string{"Accept"}, []string{"*"}, []string{"*"}},
		{"a * in a list absorbs", []string{"Accept"}, []string{"Origin, *"}, []string{"*"}},
		{"the rules' * absorbs", []string{"Accept", "*"}, []string{"Origin"}, []string{"*"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fields []string
			for _, line := range tt.own {
				fields = append(fields, "Vary: "+line)
			}
			for _, status := range []int{200, 204, 301, 304, 404, 500} {
				res := ask(t, Rules{Policy: Policy{MaxAge: minute}, Vary: tt.rules}.Wrap(respond(status, fields...)), "GET")
				assert.Equal(t, tt.want, res.Header.Values("Vary"), "%d", status)
			}
		})
	}
}

func TestVaryOfAnOuterLayerIsKept(t *testing.T) {
	h := preset(Rules{Policy: Policy{MaxAge: minute}, Vary: []string{"Accept"}}.Wrap(respond(200)), "Vary: Origin")
	assert.Equal(t, []string{"Origin, Accept"}, ask(t, h, "GET").Header.Values("Vary"))
}
