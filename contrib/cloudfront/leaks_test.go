package cloudfront_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/contrib/cloudfront"
)

// hello greets the user of a session and says that everybody may have it: the
// mistake that a template must not make worse, and cannot mend.
var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=60")
	name := "stranger"
	if cookie, err := r.Cookie("session"); err == nil {
		name = cookie.Value
	}
	w.Write([]byte("hello " + name))
})

func session(name string) cachetest.Identity {
	return cachetest.Identity{Name: name, Set: func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "session", Value: name}) }}
}

// TestLeaksOfTemplates: what Lint calls a leak is one, by CheckLeaks over the
// same template, and a right template has none.
func TestLeaksOfTemplates(t *testing.T) {
	leaky := strings.Replace(right, "        CookiesConfig: {CookieBehavior: none}\n        Query", "        CookiesConfig: {CookieBehavior: all}\n        Query", 1)
	for name, row := range map[string]struct {
		source string
		rule   string
	}{
		"right":                       {right, ""},
		"cookies forwarded":           {leaky, "cookies-forwarded-not-keyed"},
		"AllViewer on what is cached": {strings.Replace(right, "OriginRequestPolicyId: !Ref Forward", "OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac", 1), "all-viewer-on-cached"},
	} {
		t.Run(name, func(t *testing.T) {
			template, err := cloudfront.Load(write(t, row.source), nil)
			require.NoError(t, err)
			d := cloudfront.Must(template, nil)

			err = cachetest.CheckLeaks(hello, d, []*http.Request{httptest.NewRequest("GET", "/", nil)}, session("alice"), session("bob"))

			if row.rule == "" {
				assert.NoError(t, err)
				assert.Empty(t, template.Lint())
				return
			}
			var leak *cachetest.LeakError
			require.ErrorAs(t, err, &leak)
			assert.Equal(t, row.rule, template.Lint()[0].Rule.ID)
		})
	}
}
