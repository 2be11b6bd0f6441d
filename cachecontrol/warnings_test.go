package cachecontrol_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// S21: settings that are valid but do not do what they seem to do are logged by
// Wrap, once for a configuration.
func TestS21Warnings(t *testing.T) {
	of := func(p Policy) Rules { return Rules{Policy: p} }
	with := func(name string, p Policy) Rules {
		return Rules{Policy: Policy{Private: true}, Targeted: map[string]Policy{name: p}}
	}
	fresh := Policy{Public: true, MaxAge: minute}
	for _, tt := range []struct {
		name  string
		rules Rules
		want  []string // the beginnings of the messages
	}{
		{"nothing", Rules{}, nil},
		{"stale-while-revalidate beside max-age", of(Policy{Public: true, MaxAge: minute, StaleWhileRevalidate: minute}), nil},
		{"s-maxage beside stale-while-revalidate", of(Policy{SMaxAge: minute, StaleWhileRevalidate: minute}), []string{"Policy.SMaxAge forbids shared caches to use the response stale"}},
		{"M6: max-age and must-revalidate", of(Policy{MaxAge: minute, MustRevalidate: true}), nil},
		{"proxy-revalidate beside stale-if-error", of(Policy{MaxAge: minute, ProxyRevalidate: true, StaleIfError: minute}), []string{"Policy.ProxyRevalidate forbids shared caches"}},
		{"proxy-revalidate beside private", of(Policy{Private: true, ProxyRevalidate: true}), []string{"Policy.ProxyRevalidate has no effect with Private"}},
		{"stale-while-revalidate without a lifetime", of(Policy{Public: true, StaleWhileRevalidate: minute}), []string{"Policy.StaleWhileRevalidate has no effect without MaxAge"}},
		{"stale-if-error without a lifetime", of(Policy{StaleIfError: minute}), []string{"Policy.StaleIfError has no effect without MaxAge"}},
		{"stale-while-revalidate and a lifetime of zero", of(Policy{MaxAge: zero, StaleWhileRevalidate: minute}), nil},
		{"by status", Rules{ByStatus: map[int]Policy{404: {StaleIfError: minute}}}, []string{"ByStatus[404].StaleIfError has no effect without MaxAge"}},
		{"a targeted policy", with(cdn, Policy{StaleWhileRevalidate: minute}), []string{`Targeted["CDN-Cache-Control"].StaleWhileRevalidate has no effect without MaxAge`}},
		{"a targeted field alone", Rules{Targeted: map[string]Policy{cdn: {MaxAge: minute}}}, []string{"Targeted leaves caches that do not support its fields"}},
		{"a misspelled targeted field", with("CDN-CacheControl", Policy{MaxAge: minute}), []string{`Targeted["CDN-CacheControl"] is not a field that any known CDN supports: did you mean CDN-Cache-Control?`}},
		{"two letters exchanged", with("CND-Cache-Control", Policy{MaxAge: minute}), []string{`Targeted["CND-Cache-Control"] is not a field that any known CDN supports: did you mean CDN-Cache-Control?`}},
		{"a targeted field of no known name", with("X-Edge", Policy{MaxAge: minute}), []string{`Targeted["X-Edge"] is not named like a targeted field`}},
		{"a targeted field of one's own", with("X-Edge-Cache-Control", Policy{MaxAge: minute}), nil},
		{"a known targeted field in any case", with("surrogate-control", Policy{MaxAge: minute}), nil},
		{"sharing without public", Rules{Policy: Policy{MaxAge: minute}, ShareAuthorized: true}, []string{"ShareAuthorized has no effect without Policy.Public"}},
		{"M6: sharing with must-revalidate", Rules{Policy: Policy{MaxAge: minute, MustRevalidate: true}, ShareAuthorized: true}, nil},
		{"sharing with s-maxage", Rules{Policy: Policy{SMaxAge: minute}, ShareAuthorized: true}, nil},
		{"Vary on * and on Authorization (C111)", Rules{Vary: []string{"*", "authorization"}}, []string{"Vary of * prevents caches", "Vary of Authorization lets shared caches"}},
		{"Vary on what CDNs ignore", Rules{Policy: fresh, Vary: []string{"Accept-Encoding", "Accept-Language", "accept-language"}}, []string{"Vary of Accept-Language is ignored by Amazon CloudFront and Cloudflare unless"}},
		{"Vary on what CDNs ignore, in a targeted policy", Rules{Policy: Policy{Private: true}, Targeted: map[string]Policy{cdn: {MaxAge: minute}}, Vary: []string{"Accept"}}, []string{"Vary of Accept is ignored by Amazon CloudFront"}},
		{"Vary of what is not shared", Rules{Policy: Policy{Private: true, MaxAge: minute}, Vary: []string{"Accept-Language"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log strings.Builder
			tt.rules.Logger = logger(&log)
			require.NoError(t, tt.rules.Valid())
			for range 3 {
				tt.rules.Wrap(http.NotFoundHandler())
			}
			lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			if len(tt.want) == 0 {
				assert.Empty(t, log.String())
				return
			}
			require.Len(t, lines, len(tt.want))
			for i, line := range lines {
				assert.Contains(t, strings.ReplaceAll(line, `\"`, `"`), `level=WARN msg="cachecontrol: `+tt.want[i])
				assert.Contains(t, line, `section="RFC `)
			}
		})
	}
}
