package cachetest_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/cachetest"
)

// with is a handler that sets fields and then lets net/http serve the content
// and evaluate conditions.
func with(content string, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, content, fields...) })
}

func serve(w http.ResponseWriter, r *http.Request, content string, fields ...string) {
	w.Header().Set("Cache-Control", "no-cache")
	for i := 0; i < len(fields); i += 2 {
		w.Header().Set(fields[i], fields[i+1])
	}
	http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader(content))
}

// byHand is a handler that evaluates If-None-Match by itself and sends these
// fields with a 304. Its 200 has the tag "v1" and some more fields.
func byHand(match func(inm string) bool, with304 ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if inm := strings.Join(r.Header["If-None-Match"], ", "); inm != "" && match(inm) {
			for i := 0; i < len(with304); i += 2 {
				w.Header().Set(with304[i], with304[i+1])
			}
			w.WriteHeader(http.StatusNotModified)
			return
		}
		r.Header.Del("If-None-Match")
		for i := 0; i < len(full); i += 2 {
			w.Header().Set(full[i], full[i+1])
		}
		http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("content"))
	})
}

var full = []string{"ETag", `"v1"`, "Cache-Control", "max-age=60", "Vary", "Accept, Origin", "Access-Control-Allow-Origin", "*"}

// lacking returns the fields of full but for one.
func lacking(name string) []string {
	var all []string
	for i := 0; i < len(full); i += 2 {
		if full[i] != name {
			all = append(all, full[i], full[i+1])
		}
	}
	return all
}

// memberOf finds "v1" in a list, as a careful author does.
func memberOf(inm string) bool {
	for tag := range strings.SplitSeq(inm, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == `"v1"` || tag == "*" {
			return true
		}
	}
	return false
}

// choosing is a handler whose content depends on a request field.
func choosing(choose func(r *http.Request) string, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, choose(r), fields...) })
}

// TestInventedDefects is a set of handlers as people write them, each with one
// invented defect, apart from the table in internal/handlercheck. Each is found
// at the default level, by the rule that names the defect.
func TestInventedDefects(t *testing.T) {
	authorized := getRequest("/")
	authorized.Header.Set("Authorization", "Bearer alice")
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	asHandler := func(f func(w http.ResponseWriter, r *http.Request)) http.Handler { return http.HandlerFunc(f) }
	handler := func(options ...cachetest.HandlerOption) func(http.Handler, *http.Request) error {
		return func(h http.Handler, r *http.Request) error { return cachetest.TestHandler(h, r, options...) }
	}
	ran, state := 0, ""
	change := func(h http.Handler, r *http.Request) error {
		return cachetest.TestChange(h, r, map[string]func(){"edit": func() { state += "!" }})
	}
	writing := func(h http.Handler, _ *http.Request) error {
		put := httptest.NewRequest(http.MethodPut, "/", strings.NewReader("second"))
		return cachetest.TestWrites(h, put, func() { state = "first" })
	}
	defects := []struct {
		rule, name string
		h          func() http.Handler
		request    *http.Request
		check      func(http.Handler, *http.Request) error // TestHandler without options if nil
	}{
		// entity-tags
		{"repeat", "a tag of nanoseconds", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				serve(w, r, "content", "ETag", fmt.Sprintf(`"%d"`, time.Now().UnixNano()))
			})
		}, nil, nil},
		{"repeat", "a tag of seconds", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				serve(w, r, "content", "ETag", fmt.Sprintf(`"%x"`, time.Now().Unix()))
			})
		}, nil, nil},
		{"repeat", "a random tag", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				serve(w, r, "content", "ETag", fmt.Sprintf(`"%x"`, rand.Uint64()))
			})
		}, nil, nil},
		{"repeat", "a hash of a body with the time in it", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				content := "generated at " + time.Now().String()
				serve(w, r, content, "ETag", fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(content)))[:20]+`"`)
			})
		}, nil, nil},
		{"etag-syntax", "no quotes", func() http.Handler { return with("content", "ETag", "v1") }, nil, nil},
		{"etag-syntax", "a space", func() http.Handler { return with("content", "ETag", `"version 1"`) }, nil, nil},
		{"etag-length", "a token as the tag", func() http.Handler { return with("content", "ETag", `"`+strings.Repeat("ey", 100)+`"`) }, nil, nil},
		{"etag-lines", "Add in place of Set", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("ETag", `"v1"`)
				w.Header().Add("ETag", `"v1-gzip"`)
				serve(w, r, "content")
			})
		}, nil, nil},
		{"strong-tag", "another order of a map each time", func() http.Handler {
			n := 0
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				n++
				serve(w, r, []string{"ab", "ba"}[n%2], "ETag", `"v1"`)
			})
		}, nil, nil},
		{"strong-tag", "one tag for two languages", func() http.Handler {
			return choosing(func(r *http.Request) string { return r.Header.Get("Accept-Language") }, "ETag", `"v1"`, "Vary", "Accept-Language")
		}, nil, nil},
		{"strong-tag", "one tag for two codings", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				content := "content"
				w.Header().Set("Vary", "Accept-Encoding")
				if r.Header.Get("Accept-Encoding") == "gzip" && r.Header.Get("If-None-Match") == "" {
					w.Header().Set("Content-Encoding", "gzip")
					content = "compressed"
				}
				serve(w, r, content, "ETag", `"v1"`)
			})
		}, nil, nil},
		{"variant-if-none-match", "a suffix that is not known again", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				serve(rec, r, "content", "ETag", `"v1"`, "Vary", "Accept-Encoding")
				for name, lines := range rec.Header() {
					w.Header()[name] = lines
				}
				if r.Header.Get("Accept-Encoding") == "gzip" && rec.Code == 200 {
					w.Header().Set("ETag", `"v1-gzip"`)
				}
				w.WriteHeader(rec.Code)
				_, _ = w.Write(rec.Body.Bytes())
			})
		}, nil, nil},
		{"tag-shared", "one tag for two users", func() http.Handler {
			return choosing(func(r *http.Request) string { return "for " + user(r) }, "ETag", `W/"7"`, "Cache-Control", "private, no-cache")
		}, nil, handler(cachetest.As(users...))},

		// dates
		{"last-modified-now", "the time of the response", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "no-cache")
				http.ServeContent(w, r, "x.txt", time.Now(), strings.NewReader("content"))
			})
		}, nil, nil},
		{"last-modified-syntax", "a local time", func() http.Handler {
			return with("content", "Last-Modified", "Mon, 01 Feb 1999 10:00:00 +0100")
		}, nil, nil},
		{"last-modified-unknown", "the zero time", func() http.Handler {
			return with("content", "Last-Modified", time.Time{}.Format(http.TimeFormat))
		}, nil, nil},
		{"last-modified-future", "tomorrow", func() http.Handler { return with("content", "Last-Modified", in(24*time.Hour)) }, nil, nil},
		{"date", "a clock that is an hour ahead", func() http.Handler { return with("content", "Date", in(time.Hour)) }, nil, nil},
		{"date", "no Date", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Date"] = nil
				serve(w, r, "content")
			})
		}, nil, nil},
		{"if-modified-since-earlier", "before and after exchanged", func() http.Handler {
			modified := time.Date(1999, 6, 1, 12, 0, 0, 0, time.UTC)
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "no-cache")
				w.Header().Set("Last-Modified", modified.Format(http.TimeFormat))
				if t, err := http.ParseTime(r.Header.Get("If-Modified-Since")); err == nil && !t.After(modified) {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				_, _ = io.WriteString(w, "content")
			})
		}, nil, nil},
		{"date-beside-if-none-match", "the date decides where the tag differs", func() http.Handler {
			modified := time.Date(1999, 6, 1, 12, 0, 0, 0, time.UTC)
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				if t, err := http.ParseTime(r.Header.Get("If-Modified-Since")); err == nil && !modified.After(t) {
					r.Header.Set("If-None-Match", `"v1"`)
				}
				serve(w, r, "content", "ETag", `"v1"`, "Last-Modified", modified.Format(http.TimeFormat))
			})
		}, nil, nil},

		// If-None-Match and the 304 by hand
		{"if-none-match-list", "compared as one string", func() http.Handler {
			return byHand(func(inm string) bool { return inm == `"v1"` }, full...)
		}, nil, nil},
		{"if-none-match-weak", "a weakened tag is another", func() http.Handler {
			return byHand(func(inm string) bool { return memberOf(strings.ReplaceAll(inm, "W/", "w/")) }, full...)
		}, nil, nil},
		{"if-none-match-other", "any tag will do", func() http.Handler { return byHand(func(string) bool { return true }, full...) }, nil, nil},
		{"if-none-match-other", "part of a tag will do", func() http.Handler {
			return byHand(func(inm string) bool { return inm == "*" || strings.Contains(inm, "v1") }, full...)
		}, nil, nil},
		{"etag-on-304", "a 304 without ETag", func() http.Handler { return byHand(memberOf, lacking("ETag")...) }, nil, nil},
		{"cache-control-on-304", "a 304 without Cache-Control", func() http.Handler { return byHand(memberOf, lacking("Cache-Control")...) }, nil, nil},
		{"vary-on-304", "a 304 without Vary", func() http.Handler { return byHand(memberOf, lacking("Vary")...) }, nil, nil},
		{"vary-on-304", "a 304 with a narrower Vary", func() http.Handler {
			return byHand(memberOf, append(lacking("Vary"), "Vary", "Origin")...)
		}, nil, nil},
		{"cors-on-304", "a 304 without CORS", func() http.Handler { return byHand(memberOf, lacking("Access-Control-Allow-Origin")...) }, nil, nil},
		{"content-fields-on-304", "a 304 with Content-Encoding", func() http.Handler {
			return byHand(memberOf, append(lacking(""), "Content-Encoding", "gzip")...)
		}, nil, nil},
		{"content-fields-on-304", "a 304 with Content-Length: 0", func() http.Handler {
			return byHand(memberOf, append(lacking(""), "Content-Length", "0")...)
		}, nil, nil},
		{"content-on-304", "written after the 304", func() http.Handler {
			h := byHand(memberOf, full...)
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				matched := memberOf(strings.Join(r.Header["If-None-Match"], ","))
				if h.ServeHTTP(w, r); matched {
					_, _ = io.WriteString(w, "not modified")
				}
			})
		}, nil, nil},
		{"csp-nonce-on-304", "a new nonce for the stored page", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				serve(w, r, "content", "ETag", `"v1"`, "Content-Security-Policy", fmt.Sprintf("script-src 'nonce-%x'", rand.Uint64()))
			})
		}, nil, nil},
		{"handler-runs-on-304", "a 304 from a hash of the body", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) { ran++; serve(w, r, "content", "ETag", `"v1"`) })
		}, nil, handler(cachetest.Spares(func() int { return ran }))},
		{"if-match", "If-Match is ignored", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("If-Match")
				serve(w, r, "content", "ETag", `"v1"`)
			})
		}, nil, nil},

		// errors
		{"validator-on-error", "a middleware tags errors", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("ETag", `"e"`)
				w.WriteHeader(http.StatusInternalServerError)
			})
		}, nil, nil},
		{"freshness-on-error", "a 404 for a day", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", "public, max-age=86400")
				w.WriteHeader(http.StatusNotFound)
			})
		}, nil, nil},
		{"status", "a wrong path in the test", func() http.Handler { return http.NewServeMux() }, nil, nil},
		{"revalidates", "tags that were switched off", func() http.Handler { return with("content") }, nil, handler(cachetest.Revalidates())},

		// policies
		{"cache-control-conflict", "public and private", func() http.Handler { return with("c", "Cache-Control", "public, private, max-age=60") }, nil, nil},
		{"cache-control-conflict", "no-store in a second line", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("Cache-Control", "public, max-age=60")
				w.Header().Add("Cache-Control", "no-store")
			})
		}, nil, nil},
		{"cache-control-conflict", "stale responses that s-maxage forbids", func() http.Handler {
			return with("c", "Cache-Control", "s-maxage=60, stale-while-revalidate=3600")
		}, nil, nil},
		{"cache-control-syntax", "a lifetime with a unit", func() http.Handler { return with("c", "Cache-Control", "max-age=1h") }, nil, nil},
		{"immutable-without-lifetime", "immutable alone", func() http.Handler { return with("c", "Cache-Control", "public, immutable") }, nil, nil},
		{"expires-disagrees", "Expires in an hour, max-age a minute", func() http.Handler {
			return with("c", "Cache-Control", "max-age=60", "Expires", in(time.Hour))
		}, nil, nil},
		{"explicit-cache-control", "a misspelled directive", func() http.Handler {
			return with("c", "ETag", `"v1"`, "Cache-Control", "public, maxage=60")
		}, nil, nil},
		{"targeted-syntax", "capitals for the CDN", func() http.Handler { return with("c", "CDN-Cache-Control", "Max-Age=60") }, nil, nil},
		{"set-cookie-shared", "a session's cookie on a public page", func() http.Handler {
			return with("c", "Cache-Control", "public, max-age=60", "Set-Cookie", "session=1")
		}, nil, nil},
		{"vary-star", "Vary: * on a page for an hour", func() http.Handler { return with("c", "Cache-Control", "max-age=3600", "Vary", "*") }, nil, nil},
		{"authorization-shared", "public, and for one user", func() http.Handler {
			return choosing(func(r *http.Request) string { return "for " + user(r) }, "Cache-Control", "public, max-age=60")
		}, authorized, nil},
		{"checks-before-preconditions", "304 before authentication", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				if user(r) == "" && r.Header.Get("If-None-Match") != `"v1"` {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				serve(w, r, "content", "ETag", `"v1"`, "Cache-Control", "private, no-cache")
			})
		}, authorized, nil},

		// negotiation, HEAD and ranges
		{"vary-missing", "by User-Agent", func() http.Handler {
			return choosing(func(r *http.Request) string { return fmt.Sprint(strings.Contains(r.UserAgent(), "Mobile")) })
		}, nil, nil},
		{"vary-missing", "by Accept-Language", func() http.Handler {
			return choosing(func(r *http.Request) string { return r.Header.Get("Accept-Language") })
		}, nil, nil},
		{"vary-missing", "CORS by Origin", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				if o := r.Header.Get("Origin"); o != "" {
					w.Header().Set("Access-Control-Allow-Origin", o)
				}
				serve(w, r, "content")
			})
		}, nil, nil},
		{"vary-missing", "links by X-Forwarded-Host", func() http.Handler {
			return choosing(func(r *http.Request) string { return "https://" + r.Header.Get("X-Forwarded-Host") + "/next" })
		}, nil, nil},
		{"head-status", "no HEAD", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					w.WriteHeader(http.StatusMethodNotAllowed)
					return
				}
				serve(w, r, "content")
			})
		}, nil, nil},
		{"head-etag", "the hash of nothing for HEAD", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) { serve(w, r, "content", "ETag", `"`+r.Method+`"`) })
		}, nil, nil},
		{"range-etag", "another tag for a part", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				tag := `"v1"`
				if r.Header.Get("Range") != "" && r.Header.Get("If-Range") == "" && r.Header.Get("If-None-Match") == "" {
					tag = `"v1-part"`
				}
				serve(w, r, "content", "ETag", tag)
			})
		}, nil, nil},

		// changes and writes
		{"change-unseen", "a tag that never changes", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) { serve(w, r, "content"+state, "ETag", `"v1"`) })
		}, nil, change},
		{"write-304", "a 304 to PUT", func() http.Handler {
			return asHandler(func(w http.ResponseWriter, r *http.Request) {
				tag := fmt.Sprintf("%q", state)
				switch {
				case r.Method == http.MethodPut && r.Header.Get("If-None-Match") == tag:
					w.WriteHeader(http.StatusNotModified)
				case r.Method == http.MethodPut:
					body, _ := io.ReadAll(r.Body)
					state = string(body)
				default:
					serve(w, r, state, "ETag", tag)
				}
			})
		}, nil, writing},
	}
	assert.GreaterOrEqual(t, len(defects), 49)
	for _, defect := range defects {
		t.Run(defect.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				check, r := defect.check, defect.request
				if check == nil {
					check = handler()
				}
				if r == nil {
					r = getRequest("/")
				}
				err := check(defect.h(), r)
				assert.Contains(t, brokenRules(t, err), defect.rule)
				assert.LessOrEqual(t, len(brokenRules(t, err)), 5, "few findings beside the one that matters: %v", err)
			})
		})
	}
}
