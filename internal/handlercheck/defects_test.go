package handlercheck_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/handlercheck"
)

// TestDefectsAreReportedByName injects into a correct handler, one at a time,
// what deployed middlewares get wrong. Each must be reported by the rule it
// breaks and by no other.
func TestDefectsAreReportedByName(t *testing.T) {
	weak := func() resource { s := article(); s.tag = `W/"7"`; return s }
	tagged := func(tag string) http.Handler { s := article(); s.tag = tag; return s }
	with := func(name, value string) http.Handler {
		s := article()
		s.fields.Set(name, value)
		return s
	}
	modified := func(value string) http.Handler {
		return respond(article(), func(_ *http.Request, _ int, h http.Header) int { h.Set("Last-Modified", value); return 0 })
	}
	noExpires := func(cacheControl string) http.Handler {
		s := article()
		s.fields.Set("Cache-Control", cacheControl)
		s.lifetime = 0
		return s
	}
	on := func(status int, edit func(h http.Header)) http.Handler {
		return respond(article(), func(_ *http.Request, s int, h http.Header) int {
			if s == status {
				edit(h)
			}
			return 0
		})
	}
	without := func(status int, name string) http.Handler { return on(status, func(h http.Header) { h.Del(name) }) }
	become := func(to int, when func(r *http.Request, status int) bool) http.Handler {
		return respond(article(), func(r *http.Request, status int, h http.Header) int {
			if when(r, status) {
				return to
			}
			return 0
		})
	}
	// reading is a handler that reads the field name in another way, by
	// changing what the correct one reads.
	reading := func(h http.Handler, name string, read func(lines []string) []string) http.Handler {
		return asked(h, func(h http.Header) {
			if lines, ok := h[name]; ok {
				if lines = read(lines); lines == nil {
					h.Del(name)
				} else {
					h[name] = lines
				}
			}
		})
	}
	only := func(keep func(value string) bool) func([]string) []string {
		return func(lines []string) []string {
			if keep(strings.Join(lines, ", ")) {
				return lines
			}
			return []string{`"none of them"`}
		}
	}
	authorized := getRequest("/articles/1")
	authorized.Header.Set("Authorization", "Bearer a")
	preferring := getRequest("/articles/1")
	preferring.Header.Set("X-Tenant", "a")

	for _, test := range []struct {
		name    string
		handler http.Handler
		request *http.Request // GET /articles/1 if nil
		strict  bool          // only the strict level reports it
		rules   string
	}{
		// If-None-Match
		{name: "a second field line is ignored (C099)", rules: "if-none-match-lines",
			handler: reading(article(), "If-None-Match", func(l []string) []string { return l[:1] })},
		{name: "only the last field line is read (C099)", rules: "if-none-match-lines",
			handler: reading(article(), "If-None-Match", func(l []string) []string { return l[len(l)-1:] })},
		{name: "the field is compared as one string (C012, C031, C046, C099)",
			rules:   "if-none-match-comma if-none-match-lines if-none-match-list if-none-match-star if-none-match-weak",
			handler: reading(article(), "If-None-Match", only(func(v string) bool { return v == article().tag }))},
		{name: "weak comparison is missed (C012)", rules: "if-none-match-weak",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "W/", "W")}
			})},
		{name: "weak comparison is missed, the tag is weak (C012)", rules: "if-none-match-weak",
			handler: reading(weak(), "If-None-Match", only(func(v string) bool { return v == "*" || strings.Contains(v, `W/"7"`) }))},
		{name: "lists are missed (C031)", rules: "if-none-match-comma if-none-match-lines if-none-match-list",
			handler: reading(weak(), "If-None-Match", only(func(v string) bool { return !strings.Contains(v, ",") }))},
		{name: "commas inside quotes split (C100)", rules: "if-none-match-comma",
			handler: reading(weak(), "If-None-Match", func(l []string) []string {
				all := strings.Join(l, ", ")
				if strings.Contains(all, `"a,b"`) {
					return nil
				}
				return []string{strings.ReplaceAll(all, "cachetest,", `x", "`)}
			})},
		{name: "* is a tag (C046)", rules: "if-none-match-star",
			handler: reading(article(), "If-None-Match", only(func(v string) bool { return v != "*" }))},
		{name: `"*" is a star (C052)`, rules: "if-none-match-other",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				if l[0] == `"*"` {
					return []string{"*"}
				}
				return l
			})},
		{name: "* among other members is a star (C051)", strict: true, rules: "if-none-match-malformed",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				if strings.HasPrefix(l[0], "*") {
					return []string{"*"}
				}
				return l
			})},
		{name: "tags without quotes are tags (C050)", strict: true, rules: "if-none-match-malformed",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				if l[0] == "v1,a" {
					return []string{`"v1,a"`}
				}
				return l
			})},
		{name: "w/ is W/ (C014)", strict: true, rules: "if-none-match-malformed",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "w/", "W/")}
			})},
		{name: "comparison ignores case (C013)", rules: "if-none-match-other",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "V1,A", "v1,a")}
			})},
		{name: "a prefix is enough", rules: "if-none-match-other",
			handler: reading(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "v1,acachetest", "v1,a")}
			})},
		{name: "any tag is a match", rules: "if-none-match-other precedence",
			handler: become(304, func(r *http.Request, status int) bool { return status == 200 && r.Header.Get("If-None-Match") != "" })},
		{name: "malformed is a 400 (C050)", rules: "if-none-match-malformed",
			handler: become(400, func(r *http.Request, _ int) bool {
				return r.Header.Get("If-None-Match") == "cachetest" && r.Header["If-Modified-Since"] == nil
			})},
		{name: "a long list is a 431 (C105)", rules: "if-none-match-long",
			handler: become(431, func(r *http.Request, _ int) bool { return len(r.Header.Get("If-None-Match")) > 8000 })},
		{name: "the tag is never evaluated", rules: "if-none-match",
			handler: asked(article(), func(h http.Header) {
				if h["If-None-Match"] != nil {
					h.Set("If-None-Match", `"none"`)
				}
			})},

		// If-Modified-Since
		{name: "the date is never evaluated (C058)", rules: "if-modified-since",
			handler: reading(article(), "If-Modified-Since", func([]string) []string { return nil })},
		{name: "the date is asked beside a tag that does not match (C054, C066)", rules: "date-beside-if-none-match",
			handler: become(304, func(r *http.Request, status int) bool {
				return status == 200 && r.Header["If-None-Match"] != nil && r.Header.Get("If-Modified-Since") == article().modified.UTC().Format(http.TimeFormat)
			})},
		{name: "an older date hides the match (C065)", rules: "date-beside-if-none-match",
			handler: become(200, func(r *http.Request, status int) bool {
				return status == 304 && strings.Contains(r.Header.Get("If-Modified-Since"), "1970")
			})},
		{name: "an empty If-None-Match is none (C054)", strict: true, rules: "date-beside-if-none-match",
			handler: asked(article(), func(h http.Header) {
				if h.Get("If-None-Match") == "" {
					h.Del("If-None-Match")
				}
			})},
		{name: "a date in the future does not count (C059)", strict: true, rules: "if-modified-since",
			handler: become(200, func(r *http.Request, status int) bool {
				return status == 304 && strings.Contains(r.Header.Get("If-Modified-Since"), "2100") && r.Header.Get("If-None-Match") == ""
			})},
		{name: "only one format of date is read (C102)", rules: "date-formats",
			handler: reading(article(), "If-Modified-Since", only(func(v string) bool { return strings.HasSuffix(v, "GMT") && len(v) == 29 }))},
		{name: "dates are compared as text (C058)", strict: true, rules: "date-formats if-modified-since",
			handler: reading(article(), "If-Modified-Since", only(func(v string) bool { return v == article().modified.UTC().Format(http.TimeFormat) }))},
		{name: "a broken date is a match (C056, C061)", rules: "if-modified-since-malformed",
			handler: become(304, func(r *http.Request, status int) bool {
				return status == 200 && r.Header.Get("If-Modified-Since") == "cachetest" && r.Header["If-None-Match"] == nil
			})},
		{name: "the length of Internet Explorer is cut off (C060)", strict: true, rules: "if-modified-since-malformed",
			handler: reading(article(), "If-Modified-Since", func(l []string) []string {
				v, _, _ := strings.Cut(l[0], ";")
				l[0] = v
				return l
			})},
		{name: "UTC is GMT (C104)", strict: true, rules: "if-modified-since-malformed",
			handler: reading(article(), "If-Modified-Since", func(l []string) []string {
				return []string{strings.Replace(strings.Join(l, " "), "UTC", "GMT", 1)}
			})},
		{name: "any date is a match (C057)", rules: "if-modified-since-earlier if-modified-since-malformed",
			handler: become(304, func(r *http.Request, status int) bool {
				return status == 200 && r.Header["If-Modified-Since"] != nil && r.Header["If-None-Match"] == nil
			})},

		// If-Match, If-Unmodified-Since
		{name: "If-Match is not for reads (C034)", rules: "if-match",
			handler: reading(article(), "If-Match", func([]string) []string { return nil })},
		{name: "a weak tag satisfies If-Match (C033)", rules: "if-match-weak",
			handler: reading(article(), "If-Match", func(l []string) []string { l[0] = strings.Replace(l[0], "W/", "", 1); return l })},
		{name: "a malformed If-Match is none (C037, C038)", rules: "if-match-malformed",
			handler: reading(article(), "If-Match", func(l []string) []string {
				if l[0] == "cachetest" || strings.HasPrefix(l[0], "*,") {
					return nil
				}
				return l
			})},
		{name: "If-Match: * fails (C030)", rules: "if-match-star",
			handler: become(412, func(r *http.Request, status int) bool {
				return r.Header.Get("If-Match") == "*" && r.Header["If-None-Match"] == nil
			})},
		{name: "a second line of If-Match is ignored (C099)", rules: "if-match-lines",
			handler: reading(article(), "If-Match", func(l []string) []string { return l[:1] })},
		{name: "If-None-Match comes before If-Match (C064)", rules: "precedence",
			handler: asked(article(), func(h http.Header) {
				if h["If-None-Match"] != nil {
					h.Del("If-Match")
				}
			})},
		{name: "a true If-Match is all (C063)", rules: "precedence",
			handler: asked(article(), func(h http.Header) {
				if h.Get("If-Match") == article().tag {
					h.Del("If-None-Match")
				}
			})},
		{name: "If-Unmodified-Since is not ignored beside If-Match (C039)", rules: "precedence",
			handler: become(412, func(r *http.Request, status int) bool {
				return r.Header["If-Match"] != nil && r.Header["If-Unmodified-Since"] != nil
			})},
		{name: "If-Unmodified-Since is never evaluated (C043)", rules: "if-unmodified-since",
			handler: reading(article(), "If-Unmodified-Since", func([]string) []string { return nil })},
		{name: "a broken If-Unmodified-Since fails (C040, C067)", rules: "if-unmodified-since-malformed precedence",
			handler: become(412, func(r *http.Request, status int) bool { return r.Header.Get("If-Unmodified-Since") == "cachetest" })},
		{name: "an equal date fails (C042)", rules: "if-unmodified-since",
			handler: become(412, func(r *http.Request, status int) bool {
				return r.Header.Get("If-Unmodified-Since") == article().modified.UTC().Format(http.TimeFormat)
			})},
		{name: "the epoch is no date (C044)", rules: "if-unmodified-since",
			handler: reading(article(), "If-Unmodified-Since", func(l []string) []string {
				if strings.Contains(l[0], "01 Jan 1970") {
					return nil
				}
				return l
			})},
		{name: "If-Unmodified-Since without a date fails (C041)", rules: "if-unmodified-since",
			handler: respond(func() http.Handler { s := article(); s.modified = time.Time{}; return s }(),
				func(r *http.Request, _ int, h http.Header) int {
					if strings.Contains(r.Header.Get("If-Unmodified-Since"), "1970") && r.Header["If-Match"] == nil {
						return 412
					}
					return 0
				})},
		{name: "a 412 that may be stored (C089)", rules: "freshness-on-412",
			handler: on(412, func(h http.Header) { h.Set("Cache-Control", "public, max-age=100") })},
		{name: "a 412 with the 200's length", rules: "content-length",
			handler: on(412, func(h http.Header) { h.Set("Content-Length", "22") })},
		{name: "a 412 with the 200's coding", rules: "content-fields-on-412",
			handler: on(412, func(h http.Header) { h.Set("Content-Encoding", "gzip") })},

		// 304
		{name: "the 304 loses ETag (C075)", rules: "etag-on-304", handler: without(304, "ETag")},
		{name: "the 304 loses Cache-Control (C075)", rules: "cache-control-on-304", handler: without(304, "Cache-Control")},
		{name: "the 304 loses Content-Location (C075)", rules: "content-location-on-304", handler: without(304, "Content-Location")},
		{name: "the 304 loses Expires (C075)", rules: "expires-on-304", handler: without(304, "Expires")},
		{name: "the 304 loses Vary (C075)", rules: "vary-on-304", handler: without(304, "Vary")},
		{name: "the 304 has a narrower Vary (C106)", rules: "vary-on-304", handler: on(304, func(h http.Header) { h.Set("Vary", "Origin") })},
		{name: "the 304 loses the targeted field (C129)", rules: "targeted-on-304", handler: without(304, "CDN-Cache-Control")},
		{name: "the 304 loses Cache-Groups (C129)", rules: "cache-groups-on-304", handler: without(304, "Cache-Groups")},
		{name: "the 304 loses CORS (C085)", rules: "cors-on-304", handler: without(304, "Access-Control-Allow-Origin")},
		{name: "the 304 has an error's policy (C081)", rules: "cache-control-on-304",
			handler: on(304, func(h http.Header) { h.Set("Cache-Control", "no-store") })},
		{name: "the 304 echoes the request (C080)", rules: "etag-on-304",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if v := r.Header.Get("If-None-Match"); status == 304 && v != "" {
					h.Set("ETag", v)
				}
				return 0
			})},
		{name: "the 304 weakens a strong tag (C082)", rules: "etag-on-304",
			handler: on(304, func(h http.Header) { h.Set("ETag", "W/"+h.Get("ETag")) })},
		{name: "the 304 has another Last-Modified", rules: "last-modified-on-304",
			handler: on(304, func(h http.Header) { h.Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat)) })},
		{name: "the 304 has Content-Type (C076)", strict: true, rules: "content-fields-on-304",
			handler: on(304, func(h http.Header) { h.Set("Content-Type", "application/json") })},
		{name: "the 304 has Content-Encoding (C076)", rules: "content-fields-on-304",
			handler: on(304, func(h http.Header) { h.Set("Content-Encoding", "gzip") })},
		{name: "the 304 has Content-Length: 0 (C079)", rules: "content-fields-on-304",
			handler: on(304, func(h http.Header) { h.Set("Content-Length", "0") })},
		{name: "the 304 has content (C078)", rules: "content-on-304",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				article().ServeHTTP(w, r)
				if article().precondition(r) == 304 {
					_, _ = io.WriteString(w, "written after the 304")
				}
			})},
		{name: "the 304 has a new nonce (C086)", rules: "csp-nonce-on-304",
			handler: respond(article(), func(_ *http.Request, _ int, h http.Header) int {
				h.Set("Content-Security-Policy", fmt.Sprintf("script-src 'nonce-%d'", rand.Uint64()))
				return 0
			})},
		{name: "the 304 is a 412 (C048)", rules: "if-modified-since if-none-match", handler: become(412, func(_ *http.Request, status int) bool { return status == 304 })},

		// HEAD
		{name: "HEAD has another tag (C143)", rules: "head-etag",
			handler: respond(article(), func(r *http.Request, _ int, h http.Header) int {
				if r.Method == http.MethodHead {
					h.Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(nil))[:20]+`"`)
				}
				return 0
			})},
		{name: "HEAD loses Cache-Control", rules: "head-fields",
			handler: respond(article(), func(r *http.Request, _ int, h http.Header) int {
				if r.Method == http.MethodHead {
					h.Del("Cache-Control")
				}
				return 0
			})},
		{name: "HEAD has the length of nothing", rules: "head-fields",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if r.Method == http.MethodHead && status == 200 {
					h.Set("Content-Length", "0")
				}
				return 0
			})},
		{name: "HEAD is not allowed", rules: "head-status",
			handler: respond(article(), func(r *http.Request, _ int, h http.Header) int {
				if r.Method == http.MethodHead {
					return http.StatusMethodNotAllowed
				}
				return 0
			})},
		{name: "HEAD does not know If-None-Match", rules: "head-if-none-match",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					r = r.Clone(r.Context())
					r.Header.Del("If-None-Match")
				}
				article().ServeHTTP(w, r)
			})},
		{name: "HEAD knows Range (C073)", rules: "head-range",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if r.Method == http.MethodHead && r.Header.Get("Range") != "" && status == 200 {
					return http.StatusPartialContent
				}
				return 0
			})},

		// Range
		{name: "the 206 has another tag (C074)", rules: "range-etag", handler: on(206, func(h http.Header) { h.Set("ETag", `"part"`) })},
		{name: "the 206 has a hash of the part (C074)", rules: "range-etag range-if-none-match", handler: hashing(withoutTag())},
		{name: "the 206 has no tag (C074)", rules: "range-etag", handler: without(206, "ETag")},
		{name: "the 206 loses Vary (C074)", rules: "range-fields", handler: without(206, "Vary")},
		{name: "the 206 loses Cache-Control (C074)", rules: "range-fields", handler: without(206, "Cache-Control")},
		{name: "the 206 does not say which part", rules: "range-content", handler: without(206, "Content-Range")},
		{name: "Range is an error", rules: "range",
			handler: become(500, func(_ *http.Request, status int) bool { return status == 206 })},
		{name: "Range comes before If-None-Match (C068)", rules: "range-if-none-match",
			handler: asked(article(), func(h http.Header) {
				if h.Get("Range") != "" {
					h.Del("If-None-Match")
				}
			})},
		{name: "If-Range is compared weakly (C070)", rules: "if-range",
			handler: reading(article(), "If-Range", func(l []string) []string { return []string{strings.TrimPrefix(l[0], "W/")} })},
		{name: "If-Range is ignored (C072)", rules: "if-range",
			handler: reading(article(), "If-Range", func([]string) []string { return nil })},
		{name: "a later date satisfies If-Range (C071)", rules: "if-range",
			handler: asked(article(), func(h http.Header) {
				if t, err := http.ParseTime(h.Get("If-Range")); err == nil && t.After(article().modified) {
					h.Del("If-Range")
				}
			})},

		// errors
		{name: "an error has a tag (C121)", rules: "validator-on-error", handler: failing(http.Header{"Etag": {`"v1"`}}, false)},
		{name: "an error has a tag and is confirmed (C023)", rules: "precondition-on-error validator-on-error",
			handler: failing(http.Header{"Etag": {`"v1"`}}, true)},
		{name: "an error is fresh (C121)", rules: "freshness-on-error",
			handler: failing(http.Header{"Cache-Control": {"public, max-age=86400"}}, false)},
		{name: "an error is fresh in a CDN (C121)", rules: "freshness-on-error",
			handler: failing(http.Header{"Cdn-Cache-Control": {"max-age=86400"}}, false)},
		{name: "an error expires tomorrow (C121)", rules: "freshness-on-error",
			handler: failing(http.Header{"Expires": {time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat)}}, false)},
		{name: "an error is 304 by condition (C023)", rules: "precondition-on-error", handler: failing(nil, true)},
		{name: "no content is 304 by condition (C028)", rules: "precondition-on-error",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(map[bool]int{true: 304, false: 204}[r.Header.Get("If-None-Match") == "*"])
			})},
		{name: "K22: a 401 for everybody", rules: "status", handler: restricted(article())},
		{name: "K22: a 404", rules: "status", handler: http.NotFoundHandler()},
		{name: "a redirect for the moment is fresh", rules: "freshness-on-error",
			handler: respond(http.RedirectHandler("/login", http.StatusFound),
				func(_ *http.Request, _ int, h http.Header) int { h.Set("Cache-Control", "max-age=60"); return 0 })},
		{name: "304 without a condition (C028)", rules: "unconditional",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) })},
		{name: "a handler that writes nothing makes the middleware panic", rules: "panic",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var body []byte // what the inner handler wrote
				w.Header().Set("ETag", strconv.Quote(string(body[:1])))
			})},
		{name: "a panic behind a precondition", rules: "panic",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if l := r.Header["If-None-Match"]; len(l) > 1 {
					panic("two lines")
				}
				article().ServeHTTP(w, r)
			})},

		// validators
		{name: "a tag without quotes (C001)", rules: "etag-syntax", handler: tagged("v1")},
		{name: "a quote inside the tag (C001)", rules: "etag-syntax", handler: tagged(`"a"b"`)},
		{name: "white space inside the tag (C001)", rules: "etag-syntax", handler: tagged(`"a b"`)},
		{name: "w/ in lower case (C001)", rules: "etag-syntax", handler: tagged(`w/"a"`)},
		{name: "a backslash in the tag (C003)", rules: "etag-backslash", handler: tagged(`"a\b"`)},
		{name: "a tag of 129 bytes", rules: "etag-length", handler: tagged(`"` + strings.Repeat("x", 127) + `"`)},
		{name: "two ETag lines (C016)", rules: "etag-lines",
			handler: on(200, func(h http.Header) { h.Add("ETag", `"another"`) })},
		{name: "a tag a process, or of a field that is never twice the same (C145)", rules: "repeat",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.tag = fmt.Sprintf(`"%d"`, rand.Uint64()) // as a hash with the process's own seed
				s.ServeHTTP(w, r)
			})},
		{name: "a date a process", rules: "repeat",
			handler: func() http.Handler {
				n := 0
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n++
					s := article()
					s.tag, s.modified = "", s.modified.Add(time.Duration(n%2)*time.Minute) // two instances
					s.ServeHTTP(w, r)
				})
			}()},
		{name: "content that is never twice the same under a hash", rules: "repeat",
			handler: hashing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "no-cache")
				_, _ = fmt.Fprint(w, rand.Uint64())
			}))},
		{name: "one strong tag for different bytes (C004)", rules: "strong-tag",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.content = fmt.Sprintf("%020d", rand.Uint64())
				s.ServeHTTP(w, r)
			})},
		{name: "another tag under a condition (C016)", rules: "etag-on-200",
			handler: respond(article(), func(r *http.Request, status int, h http.Header) int {
				if status == 200 && r.Header["If-None-Match"] != nil {
					h.Set("ETag", `"v0"`)
				}
				return 0
			})},
		{name: "Last-Modified in the future (C017)", rules: "last-modified-future",
			handler: modified(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))},
		{name: "K11: Last-Modified is now", rules: "last-modified-now",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := resource{content: "content", modified: time.Now(), fields: http.Header{"Cache-Control": {"no-cache"}}}
				s.ServeHTTP(w, r)
			})},
		{name: "Last-Modified of the zero time (C021)", rules: "last-modified-unknown",
			handler: modified(time.Time{}.Format(http.TimeFormat))},
		{name: "Last-Modified in another format (C018)", rules: "last-modified-syntax",
			handler: modified(time.Now().Add(-time.Hour).UTC().Format(time.RFC1123Z))},

		// Cache-Control and its siblings
		{name: "a validator without Cache-Control (C118)", rules: "explicit-cache-control",
			handler: func() http.Handler {
				s := article()
				s.fields.Del("Cache-Control")
				s.lifetime = 0
				return s
			}()},
		{name: "public and private (C115)", rules: "cache-control-conflict", handler: with("Cache-Control", "public, private, max-age=100")},
		{name: "two lifetimes (C115)", rules: "cache-control-conflict", handler: with("Cache-Control", "max-age=100, max-age=0")},
		{name: "a quoted lifetime (C112)", rules: "cache-control-syntax", handler: with("Cache-Control", `max-age="100"`)},
		{name: "a negative lifetime (C112)", rules: "cache-control-syntax", handler: with("Cache-Control", "max-age=-1")},
		{name: "a lifetime that overflows (C113)", rules: "cache-control-syntax", handler: noExpires("max-age=99999999999")},
		{name: "names of fields without quotes (C114)", rules: "cache-control-syntax",
			handler: with("Cache-Control", "max-age=100, private=Set-Cookie")},
		{name: "must-understand without no-store (C116)", rules: "cache-control-conflict",
			handler: with("Cache-Control", "must-understand, max-age=100")},
		{name: "stale and never stale (C124)", rules: "cache-control-conflict",
			handler: with("Cache-Control", "max-age=100, must-revalidate, stale-if-error=60")},
		{name: "K13: no-store and max-age in two lines", rules: "cache-control-conflict",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("Cache-Control", "no-store")
				w.Header().Add("Cache-Control", "public, max-age=60")
			})},
		{name: "K13: no-store and public", rules: "cache-control-conflict", handler: plain("Cache-Control", "public, no-store")},
		{name: "K14: s-maxage and stale-while-revalidate", rules: "cache-control-conflict",
			handler: plain("Cache-Control", "s-maxage=60, stale-while-revalidate=600")},
		{name: "K14: s-maxage and stale-if-error", rules: "cache-control-conflict",
			handler: plain("Cache-Control", "max-age=10, s-maxage=60, stale-if-error=600")},
		{name: "K17: Date an hour ahead", rules: "date", handler: plain("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))},
		{name: "K17: Date an hour ago", rules: "date", handler: plain("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))},
		{name: "K17: Date in another format", rules: "date", handler: plain("Date", "today")},
		{name: "K17: Date suppressed", rules: "date",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header()["Date"] = nil })},
		{name: "groups that are not strings (C131)", rules: "cache-groups-syntax", handler: with("Cache-Groups", "articles")},
		{name: "stale-while-revalidate without its time (C123)", rules: "cache-control-syntax",
			handler: with("Cache-Control", "max-age=100, stale-while-revalidate")},
		{name: "immutable without a lifetime (C125)", rules: "immutable-without-lifetime",
			handler: noExpires("no-cache, immutable")},
		{name: "Expires disagrees with max-age (C119)", rules: "expires-disagrees",
			handler: with("Expires", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))},
		{name: "a targeted field that is no dictionary (C127)", rules: "targeted-syntax", handler: with("CDN-Cache-Control", "max-age=600,")},
		{name: "an empty targeted field (C128)", rules: "targeted-syntax", handler: with("CDN-Cache-Control", "")},
		{name: "invalidation of groups by a read (C132)", rules: "invalidation-on-safe-method",
			handler: with("Cache-Group-Invalidation", `"articles"`)},

		// Vary
		{name: "Vary is appended to (C107)", rules: "vary-merge", handler: with("Vary", "Accept, Origin, accept")},
		{name: "Vary has more than * (C107)", rules: "vary-merge vary-star", handler: with("Vary", "*, Accept")},
		{name: "Vary names Authorization (C111)", rules: "vary-authorization", handler: with("Vary", "Accept, Origin, Authorization")},
		{name: "a tag by a field that Vary does not name (C106)", rules: "vary-missing", handler: byField("X-Tenant", "Accept"), request: preferring},
		{name: "content by language, and no Vary (C106)", rules: "vary-missing", handler: byField("Accept-Language", "Accept")},
		{name: "No-Vary-Search with params and except (C133)", rules: "no-vary-search",
			handler: with("No-Vary-Search", `params=("utm_source"), except=("q")`)},
		{name: "a tag by a parameter that does not matter (C134)", rules: "no-vary-search",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.tag = fmt.Sprintf(`"%x"`, r.URL.RawQuery)
				s.fields.Set("No-Vary-Search", `key-order, params=("utm_source" "utm_medium")`)
				s.ServeHTTP(w, r)
			})},
		{name: "CORS by Origin, and no Vary (C106)", rules: "vary-missing",
			handler: respond(byField("Accept", "Accept"), func(r *http.Request, _ int, h http.Header) int {
				if o := r.Header.Get("Origin"); o != "" {
					h.Set("Access-Control-Allow-Origin", o)
				}
				return 0
			})},
		{name: "Vary only where the field was sent (C108)", rules: "vary-missing",
			handler: respond(byField("Accept-Language", "Accept-Language"), func(r *http.Request, _ int, h http.Header) int {
				if r.Header.Get("Accept-Language") == "" {
					h.Del("Vary")
				}
				return 0
			})},
		{name: "one strong tag for two languages (C008)", rules: "strong-tag",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.content = "for " + r.Header.Get("Accept-Language")
				s.fields.Set("Vary", "Accept-Language")
				s.ServeHTTP(w, r)
			})},
		{name: "one strong tag for gzip and identity (C007)", rules: "strong-tag",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := article()
				s.fields.Set("Vary", "Accept-Encoding")
				if r.Header.Get("Accept-Encoding") == "gzip" {
					s.fields.Set("Content-Encoding", "gzip")
					s.content = "compressed"
				}
				respond(s, func(_ *http.Request, status int, h http.Header) int {
					if status == 304 {
						h.Del("Content-Encoding")
					}
					return 0
				}).ServeHTTP(w, r)
			})},
		{name: "a compressor adds a suffix and does not know it again (C109)", rules: "variant-if-none-match",
			handler: func() http.Handler {
				s := article()
				s.fields.Set("Vary", "Accept-Encoding")
				return respond(s, func(r *http.Request, status int, h http.Header) int {
					if r.Header.Get("Accept-Encoding") == "gzip" && status == 200 {
						h.Set("ETag", `"v1,a-gzip"`)
						h.Set("Content-Encoding", "gzip")
					}
					return 0
				})
			}()},

		{name: "K15: Vary: * and max-age", rules: "vary-star",
			handler: plain("Cache-Control", "max-age=60", "Vary", "*")},
		{name: "K16: by User-Agent", rules: "vary-missing", handler: byField("User-Agent", "Accept")},
		{name: "K16: mobile pages", rules: "vary-missing", handler: choosing("User-Agent", "Mobile")},
		{name: "K16: pages for crawlers", rules: "vary-missing", handler: choosing("User-Agent", "bot")},
		{name: "K16: by Sec-CH-UA-Mobile", rules: "vary-missing", handler: choosing("Sec-CH-UA-Mobile", "?1")},
		{name: "K16: by Save-Data", rules: "vary-missing", handler: choosing("Save-Data", "on")},
		{name: "K16: by X-Forwarded-Proto", rules: "vary-missing", handler: choosing("X-Forwarded-Proto", "https")},
		{name: "K16: by X-Forwarded-Host", rules: "vary-missing", handler: byField("X-Forwarded-Host", "Accept")},
		{name: "K16: part of a page for htmx", rules: "vary-missing", handler: choosing("HX-Request", "true")},
		{name: "K16: JSON for scripts", rules: "vary-missing", handler: choosing("X-Requested-With", "XMLHttpRequest")},
		{name: "K16: by country", rules: "vary-missing", handler: byField("CloudFront-Viewer-Country", "Accept")},
		{name: "K16: a permanent redirect to HTTPS without Vary", rules: "vary-missing",
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Forwarded-Proto") == "http" {
					http.Redirect(w, r, "https://example.com/", http.StatusMovedPermanently)
				}
			})},

		// who asks
		{name: "K12: a cookie on a public answer", rules: "set-cookie-shared",
			handler: plain("Cache-Control", "public, max-age=60", "Set-Cookie", "session=1")},
		{name: "K12: a cookie on a fresh answer", rules: "set-cookie-shared",
			handler: plain("Cache-Control", "max-age=60", "Set-Cookie", "session=1")},
		{name: "K12: a cookie, and a lifetime for CDNs", rules: "set-cookie-shared",
			handler: plain("Cache-Control", "private, no-cache", "CDN-Cache-Control", "max-age=60", "Set-Cookie", "session=1")},
		{name: "K19: one tag for a user and for nobody", rules: "tag-shared", request: authorized,
			handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				resource{content: "for " + user(r), tag: `"7"`, fields: http.Header{"Cache-Control": {"private, no-cache"}}}.ServeHTTP(w, r)
			})},
		{name: "an authorized answer is public (C117)", rules: "authorization-shared", request: authorized, handler: forTheAuthorized("public, max-age=60", false)},
		{name: "an authorized answer has s-maxage (C117)", rules: "authorization-shared", request: authorized, handler: forTheAuthorized("s-maxage=60", false)},
		{name: "304 for those who may not read (C024)", rules: "checks-before-preconditions", request: authorized, handler: forTheAuthorized("private, no-cache", true)},
	} {
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
	"if-match-malformed", "if-none-match-lines", "vary-authorization", "vary-merge",
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
	var text []byte
	for _, name := range []string{"defects_test.go", "options_test.go", "change_test.go", "writes_test.go"} {
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
