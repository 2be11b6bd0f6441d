package handlercheck_test

import (
	"net/http"
	"strings"
)

// defectsOfIfNoneMatch are about If-None-Match.
func defectsOfIfNoneMatch() []defect {
	return []defect{
		{name: "a second field line is ignored (C099)", rules: "if-none-match-lines",
			handler: readingField(article(), "If-None-Match", func(l []string) []string { return l[:1] })},
		{name: "only the last field line is read (C099)", rules: "if-none-match-lines",
			handler: readingField(article(), "If-None-Match", func(l []string) []string { return l[len(l)-1:] })},
		{name: "the field is compared as one string (C012, C031, C046, C099)",
			rules:   "if-none-match-comma if-none-match-lines if-none-match-list if-none-match-star if-none-match-weak",
			handler: readingField(article(), "If-None-Match", onlyIf(func(v string) bool { return v == article().tag }))},
		{name: "weak comparison is missed (C012)", rules: "if-none-match-weak",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "W/", "W")}
			})},
		{name: "weak comparison is missed, the tag is weak (C012)", rules: "if-none-match-weak",
			handler: readingField(weakArticle(), "If-None-Match", onlyIf(func(v string) bool { return v == "*" || strings.Contains(v, `W/"7"`) }))},
		{name: "lists are missed (C031)", rules: "if-none-match-comma if-none-match-lines if-none-match-list",
			handler: readingField(weakArticle(), "If-None-Match", onlyIf(func(v string) bool { return !strings.Contains(v, ",") }))},
		{name: "commas inside quotes split (C100)", rules: "if-none-match-comma",
			handler: readingField(weakArticle(), "If-None-Match", func(l []string) []string {
				all := strings.Join(l, ", ")
				if strings.Contains(all, `"a,b"`) {
					return nil
				}
				return []string{strings.ReplaceAll(all, "cachetest,", `x", "`)}
			})},
		{name: "* is a tag (C046)", rules: "if-none-match-star",
			handler: readingField(article(), "If-None-Match", onlyIf(func(v string) bool { return v != "*" }))},
		{name: `"*" is a star (C052)`, rules: "if-none-match-other",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				if l[0] == `"*"` {
					return []string{"*"}
				}
				return l
			})},
		{name: "* among other members is a star (C051)", strict: true, rules: "if-none-match-malformed",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				if strings.HasPrefix(l[0], "*") {
					return []string{"*"}
				}
				return l
			})},
		{name: "tags without quotes are tags (C050)", strict: true, rules: "if-none-match-malformed",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				if l[0] == "v1,a" {
					return []string{`"v1,a"`}
				}
				return l
			})},
		{name: "w/ is W/ (C014)", strict: true, rules: "if-none-match-malformed",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "w/", "W/")}
			})},
		{name: "comparison ignores case (C013)", rules: "if-none-match-other",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "V1,A", "v1,a")}
			})},
		{name: "a prefix is enough", rules: "if-none-match-other",
			handler: readingField(article(), "If-None-Match", func(l []string) []string {
				return []string{strings.ReplaceAll(strings.Join(l, ", "), "v1,acachetest", "v1,a")}
			})},
		{name: "any tag is a match", rules: "if-none-match-other precedence",
			handler: becoming(304, func(r *http.Request, status int) bool { return status == 200 && r.Header.Get("If-None-Match") != "" })},
		{name: "malformed is a 400 (C050)", rules: "if-none-match-malformed",
			handler: becoming(400, func(r *http.Request, _ int) bool {
				return r.Header.Get("If-None-Match") == "cachetest" && r.Header["If-Modified-Since"] == nil
			})},
		{name: "a long list is a 431 (C105)", rules: "if-none-match-long",
			handler: becoming(431, func(r *http.Request, _ int) bool { return len(r.Header.Get("If-None-Match")) > 8000 })},
		{name: "the tag is never evaluated", rules: "if-none-match",
			handler: asked(article(), func(h http.Header) {
				if h["If-None-Match"] != nil {
					h.Set("If-None-Match", `"none"`)
				}
			})},
	}
}

// defectsOfIfModifiedSince are about If-Modified-Since.
func defectsOfIfModifiedSince() []defect {
	return []defect{
		{name: "the date is never evaluated (C058)", rules: "if-modified-since",
			handler: readingField(article(), "If-Modified-Since", func([]string) []string { return nil })},
		{name: "the date is asked beside a tag that does not match (C054, C066)", rules: "date-beside-if-none-match",
			handler: becoming(304, func(r *http.Request, status int) bool {
				return status == 200 && r.Header["If-None-Match"] != nil && r.Header.Get("If-Modified-Since") == article().modified.UTC().Format(http.TimeFormat)
			})},
		{name: "an older date hides the match (C065)", rules: "date-beside-if-none-match",
			handler: becoming(200, func(r *http.Request, status int) bool {
				return status == 304 && strings.Contains(r.Header.Get("If-Modified-Since"), "1970")
			})},
		{name: "an empty If-None-Match is none (C054)", strict: true, rules: "date-beside-if-none-match",
			handler: asked(article(), func(h http.Header) {
				if h.Get("If-None-Match") == "" {
					h.Del("If-None-Match")
				}
			})},
		{name: "a date in the future does not count (C059)", strict: true, rules: "if-modified-since",
			handler: becoming(200, func(r *http.Request, status int) bool {
				return status == 304 && strings.Contains(r.Header.Get("If-Modified-Since"), "2100") && r.Header.Get("If-None-Match") == ""
			})},
		{name: "only one format of date is read (C102)", rules: "date-formats",
			handler: readingField(article(), "If-Modified-Since", onlyIf(func(v string) bool { return strings.HasSuffix(v, "GMT") && len(v) == 29 }))},
		{name: "dates are compared as text (C058)", strict: true, rules: "date-formats if-modified-since",
			handler: readingField(article(), "If-Modified-Since", onlyIf(func(v string) bool { return v == article().modified.UTC().Format(http.TimeFormat) }))},
		{name: "a broken date is a match (C056, C061)", rules: "if-modified-since-malformed",
			handler: becoming(304, func(r *http.Request, status int) bool {
				return status == 200 && r.Header.Get("If-Modified-Since") == "cachetest" && r.Header["If-None-Match"] == nil
			})},
		{name: "the length of Internet Explorer is cut off (C060)", strict: true, rules: "if-modified-since-malformed",
			handler: readingField(article(), "If-Modified-Since", func(l []string) []string {
				v, _, _ := strings.Cut(l[0], ";")
				l[0] = v
				return l
			})},
		{name: "UTC is GMT (C104)", strict: true, rules: "if-modified-since-malformed",
			handler: readingField(article(), "If-Modified-Since", func(l []string) []string {
				return []string{strings.Replace(strings.Join(l, " "), "UTC", "GMT", 1)}
			})},
		{name: "any date is a match (C057)", rules: "if-modified-since-earlier if-modified-since-malformed",
			handler: becoming(304, func(r *http.Request, status int) bool {
				return status == 200 && r.Header["If-Modified-Since"] != nil && r.Header["If-None-Match"] == nil
			})},
	}
}
