package handlercheck_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// A defect is a handler that gets one thing wrong.
type defect struct {
	name    string
	handler http.Handler
	request *http.Request // GET /articles/1 if nil
	strict  bool          // only the strict level reports it
	rules   string
}

// TestDefectsAreReportedByName injects into a correct handler, one at a time,
// what deployed middlewares get wrong. Each must be reported by the rule it
// breaks and by no other.
func TestDefectsAreReportedByName(t *testing.T) {
	for _, test := range slices.Concat(
		defectsOfIfNoneMatch(), defectsOfIfModifiedSince(), defectsOfIfMatch(), defectsOfNotModified(), defectsOfHead(),
		defectsOfRange(), defectsOfErrors(), defectsOfValidators(), defectsOfPolicies(), defectsOfVary(), defectsOfUsers(),
	) {
		t.Run(test.name, func(t *testing.T) {
			r := test.request
			if r == nil {
				r = getRequest("/articles/1")
			}
			found := check(t, test.handler, r, strict)
			assert.Equal(t, test.rules, strings.Join(rules(found), " "), "%v", found)
			want := ""
			if !test.strict {
				want = byDefault(test.rules)
			}
			found = check(t, test.handler, r, handlercheck.Options{})
			assert.Equal(t, want, strings.Join(rules(found), " "), "at the default level: %v", found)
		})
	}
}

// strictRules are reported at the strict level alone.
var strictRules = []string{
	"content-fields-on-412", "date-formats", "etag-backslash", "freshness-on-412", "head-range", "if-match-lines",
	"if-match-malformed", "if-none-match-lines", "vary-authorization", "vary-lines", "vary-merge",
}

// byDefault returns the rules that the default level reports too.
func byDefault(all string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(all), func(r string) bool { return slices.Contains(strictRules, r) }), " ")
}

// TestDefectsIfRangeBySecond is a row of the table that needs a clock: a date in
// the present second is no strong validator (C022).
func TestDefectsIfRangeBySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := article()
		s.modified = time.Now()
		h := asked(s, func(h http.Header) {
			if h.Get("If-Range") == time.Now().UTC().Format(http.TimeFormat) {
				h.Del("If-Range") // a date that is Last-Modified
			}
		})
		found := check(t, h, getRequest("/articles/1"), strict)
		assert.Equal(t, []string{"if-range"}, rules(found), "%v", found)
		time.Sleep(time.Second)
		assert.Empty(t, check(t, h, getRequest("/articles/1"), strict))
	})
}

// TestDefectsCoverEveryRule: a rule that no injected defect breaks is not known
// to work.
func TestDefectsCoverEveryRule(t *testing.T) {
	tests, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var text []byte
	for _, name := range tests {
		table, err := os.ReadFile(name)
		require.NoError(t, err)
		text = append(text, table...)
	}
	var tables string
	for _, row := range regexp.MustCompile(`rules:\s+"([^"]+)"`).FindAllSubmatch(text, -1) {
		tables += " " + string(row[1]) + " "
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	known := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, r := range regexp.MustCompile(`= newRule\("([^"]+)"`).FindAllSubmatch(text, -1) {
			known++
			assert.Contains(t, tables, " "+string(r[1])+" ", "no defect for the rule %s", r[1])
		}
	}
	assert.Greater(t, known, 75)
}

func withoutTag() resource {
	s := article()
	s.tag, s.modified = "", time.Time{}
	return s
}

// hashing is a middleware as there are many: it buffers, and makes the tag of
// whatever was written.
func hashing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		inner := r.Clone(r.Context())
		inner.Header.Del("If-None-Match")
		inner.Header.Del("If-Match")
		h.ServeHTTP(rec, inner)
		s := article()
		s.tag = fmt.Sprintf(`"%x"`, sha256.Sum256(rec.Body.Bytes()))
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("ETag", s.tag)
		s.modified = time.Time{}
		if status := s.precondition(r); status != http.StatusOK {
			for _, name := range []string{"Content-Length", "Content-Type", "Content-Range"} {
				w.Header().Del(name)
			}
			if status == http.StatusPreconditionFailed {
				w.Header()["Cache-Control"] = []string{"no-store"}
				for _, name := range []string{"Expires", "Cdn-Cache-Control", "Content-Location"} {
					w.Header().Del(name)
				}
			}
			w.WriteHeader(status)
			return
		}
		w.WriteHeader(rec.Code)
		if r.Method != http.MethodHead {
			_, _ = w.Write(rec.Body.Bytes())
		}
	})
}

// failing is an origin whose database is down. confirming: a middleware before
// it knows better, and says 304.
func failing(fields http.Header, confirming bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range fields {
			w.Header()[name] = values
		}
		if confirming && r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	})
}

// plain is a handler with these fields and without a validator.
func plain(more ...string) http.Handler {
	return fields(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "content") }), more...)
}

// choosing answers differently where the field contains value, and does not say
// so in Vary.
func choosing(name, value string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = fmt.Fprint(w, strings.Contains(r.Header.Get(name), value))
	})
}

// byField answers by a request field, and says that it varies by another.
func byField(name, vary string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := article()
		s.content = "for " + r.Header.Get(name)
		s.tag = fmt.Sprintf(`"%x"`, r.Header.Get(name))
		s.fields.Set("Vary", vary)
		s.ServeHTTP(w, r)
	})
}

// forTheAuthorized answers 401 to others. confirming: the precondition is
// evaluated first.
func forTheAuthorized(policy string, confirming bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := article()
		s.fields, s.lifetime = http.Header{"Cache-Control": {policy}}, 0
		if r.Header.Get("Authorization") == "" && !(confirming && s.precondition(r) == http.StatusNotModified) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r)
	})
}
