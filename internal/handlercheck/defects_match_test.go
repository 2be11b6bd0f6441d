package handlercheck_test

import (
	"net/http"
	"strings"
	"time"
)

// defectsOfIfMatch are about If-Match, If-Unmodified-Since.
func defectsOfIfMatch() []defect {
	return []defect{
		{name: "If-Match is not for reads (C034)", rules: "if-match",
			handler: readingField(article(), "If-Match", func([]string) []string { return nil })},
		{name: "a weak tag satisfies If-Match (C033)", rules: "if-match-weak",
			handler: readingField(article(), "If-Match", func(l []string) []string { l[0] = strings.Replace(l[0], "W/", "", 1); return l })},
		{name: "a malformed If-Match is none (C037, C038)", rules: "if-match-malformed",
			handler: readingField(article(), "If-Match", func(l []string) []string {
				if l[0] == "cachetest" || strings.HasPrefix(l[0], "*,") {
					return nil
				}
				return l
			})},
		{name: "If-Match: * fails (C030)", rules: "if-match-star",
			handler: becoming(412, func(r *http.Request, status int) bool {
				return r.Header.Get("If-Match") == "*" && r.Header["If-None-Match"] == nil
			})},
		{name: "a second line of If-Match is ignored (C099)", rules: "if-match-lines",
			handler: readingField(article(), "If-Match", func(l []string) []string { return l[:1] })},
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
			handler: becoming(412, func(r *http.Request, status int) bool {
				return r.Header["If-Match"] != nil && r.Header["If-Unmodified-Since"] != nil
			})},
		{name: "If-Unmodified-Since is never evaluated (C043)", rules: "if-unmodified-since",
			handler: readingField(article(), "If-Unmodified-Since", func([]string) []string { return nil })},
		{name: "a broken If-Unmodified-Since fails (C040, C067)", rules: "if-unmodified-since-malformed precedence",
			handler: becoming(412, func(r *http.Request, status int) bool { return r.Header.Get("If-Unmodified-Since") == "cachetest" })},
		{name: "an equal date fails (C042)", rules: "if-unmodified-since",
			handler: becoming(412, func(r *http.Request, status int) bool {
				return r.Header.Get("If-Unmodified-Since") == article().modified.UTC().Format(http.TimeFormat)
			})},
		{name: "the epoch is no date (C044)", rules: "if-unmodified-since",
			handler: readingField(article(), "If-Unmodified-Since", func(l []string) []string {
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
			handler: onStatus(412, func(h http.Header) { h.Set("Cache-Control", "public, max-age=100") })},
		{name: "a 412 with the 200's length", rules: "content-length",
			handler: onStatus(412, func(h http.Header) { h.Set("Content-Length", "22") })},
		{name: "a 412 with the 200's coding", rules: "content-fields-on-412",
			handler: onStatus(412, func(h http.Header) { h.Set("Content-Encoding", "gzip") })},
	}
}
