package realcaches_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/freshen-go/freshen/cachetest"
)

// walkSimulator leads the plain profile through the walk, on a fake clock.
func walkSimulator(t *testing.T, report func(string, []observation)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOrigin(t)
		profile := cachetest.RFC9111()
		profile.Report.Field = "X-Cache"
		f := front{name: simulator, words: map[string][]cachetest.Outcome{}}
		for outcome := range profile.Report.Values {
			profile.Report.Values[outcome] = string(outcome)
			f.words[string(outcome)] = []cachetest.Outcome{outcome}
		}
		cache := cachetest.New(o, profile)
		f.send = func(r *http.Request) (*http.Response, error) { return cache.Do(r).Response, nil }
		report(simulator, lead(t, f, o))
		o.checkLog(t)
	})
}
