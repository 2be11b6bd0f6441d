package versiontest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/versiontest"
)

func TestGoodVersionsPass(t *testing.T) {
	s := newStore()
	k := versiontest.New(s.system("stamps", s.stamped), versiontest.Options{})
	require.NoError(t, k.Run(t.Context(), 2000))
	require.NoError(t, k.Run(t.Context(), 2000)) // what was remembered stays
	require.NoError(t, k.Finish(t.Context()))
	report := k.Report()
	assert.GreaterOrEqual(t, report.Checks, 4000)
	assert.Zero(t, report.Wrong)
	assert.Zero(t, report.Untagged)
	assert.Greater(t, report.NotModified, 400)
	assert.Greater(t, report.Commits, 400)
	assert.Greater(t, report.Rollbacks, 20)
	assert.Contains(t, versiontest.Table(report), "stamps")
}

// scoped calls f for each row of the request's scopes.
func (s *store) scoped(r *http.Request, f func(key int, row row)) {
	for _, key := range slices.Sorted(maps.Keys(s.rows)) {
		if slices.Contains(versiontest.Scopes(r), s.rows[key].scope) {
			f(key, s.rows[key])
		}
	}
}

func TestBadVersionsAreFound(t *testing.T) {
	for name, version := range map[string]func(s *store, r *http.Request) string{
		"count and newest sequence number": func(s *store, r *http.Request) string {
			count, newest := 0, int64(0)
			s.scoped(r, func(_ int, row row) { count, newest = count+1, max(newest, row.seq) })
			return fmt.Sprint(count, "_", newest)
		},
		"newest sequence number": func(s *store, r *http.Request) string {
			newest := int64(0)
			s.scoped(r, func(_ int, row row) { newest = max(newest, row.seq) })
			return fmt.Sprint("v", newest)
		},
		"digest without confirmation": func(s *store, r *http.Request) string {
			var b strings.Builder
			s.scoped(r, func(key int, row row) { fmt.Fprint(&b, key, row) })
			return "v" + b.String()
		},
		"the version of the first scope only": func(s *store, r *http.Request) string {
			return fmt.Sprint("v", s.stamps[versiontest.Scopes(r)[0]])
		},
		"a version that stands still": func(*store, *http.Request) string { return "v" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			err := versiontest.Test(t.Context(), s.system(name, func(r *http.Request) string { return version(s, r) }), versiontest.Options{Checks: 20_000})
			var wrong *versiontest.WrongError
			require.ErrorAs(t, err, &wrong)
			assert.NotEqual(t, wrong.Held, wrong.Now)
			assert.NotEmpty(t, wrong.Interleaving)
			assert.Contains(t, err.Error(), "stands for two bodies")
		})
	}
}

func TestTwoNodesAreFound(t *testing.T) {
	s := newStore()
	system := s.system("version of the primary, body of a replica", s.stamped)
	system.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		render(w, r, s.lagging)
	})
	k := versiontest.New(system, versiontest.Options{Continue: true})
	require.NoError(t, k.Run(t.Context(), 5000))
	require.NoError(t, k.Finish(t.Context()))
	assert.Positive(t, k.Report().Wrong)
}

func TestASystemThatCannotBeTested(t *testing.T) {
	s := newStore()
	broken := errors.New("no connection")
	for name, c := range map[string]struct {
		change func(*versiontest.System)
		want   string
	}{
		"no transactions": {func(y *versiontest.System) {
			y.Begin = func(context.Context) (versiontest.Tx, error) { return nil, broken }
		}, "no transaction has committed (last error: no connection)"},
		"no tags": {func(y *versiontest.System) {
			y.Provider = etag.Version(func(*http.Request) (string, error) { return "", broken })
		}, "no 304 in"},
		"a handler that fails": {func(y *versiontest.System) {
			y.Handler = http.NotFoundHandler()
		}, "status 404 (want 200 or 304)"},
	} {
		t.Run(name, func(t *testing.T) {
			system := s.system(name, s.stamped)
			c.change(&system)
			assert.ErrorContains(t, versiontest.Test(t.Context(), system, versiontest.Options{}), c.want)
		})
	}
	assert.PanicsWithValue(t, "versiontest: System requires Begin, Provider and Handler", func() {
		versiontest.New(versiontest.System{}, versiontest.Options{})
	})
}

// A version that returns is exact where the handler confirms.
func TestConfirmedDigestPasses(t *testing.T) {
	s := newStore()
	digest := func(r *http.Request) string {
		var b strings.Builder
		s.scoped(r, func(key int, row row) { fmt.Fprint(&b, key, row) })
		return "v" + b.String()
	}
	system := s.system("digest, confirmed", digest)
	system.Confirmed = true
	system.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		v, err := etag.Version(func(r *http.Request) (string, error) { return digest(r), nil }).Validators(r)
		if err == nil {
			etag.Confirm(w, v)
		}
		render(w, r, s.rows)
	})
	require.NoError(t, versiontest.Test(t.Context(), system, versiontest.Options{Checks: 5000}))
}
