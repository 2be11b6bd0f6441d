package handlercheck_test

import (
	"net/http"
	"strings"
)

func weakArticle() resource { s := article(); s.tag = `W/"7"`; return s }

func taggedArticle(tag string) http.Handler { s := article(); s.tag = tag; return s }

func articleWith(name, value string) http.Handler {
	s := article()
	s.fields.Set(name, value)
	return s
}

func varyOnTwoLines() http.Handler {
	s := article()
	s.fields["Vary"] = []string{"Accept", "Origin"}
	return s
}

func modifiedAt(value string) http.Handler {
	return respond(article(), func(_ *http.Request, _ int, h http.Header) int { h.Set("Last-Modified", value); return 0 })
}

func withoutExpires(cacheControl string) http.Handler {
	s := article()
	s.fields.Set("Cache-Control", cacheControl)
	s.lifetime = 0
	return s
}

func onStatus(status int, edit func(h http.Header)) http.Handler {
	return respond(article(), func(_ *http.Request, s int, h http.Header) int {
		if s == status {
			edit(h)
		}
		return 0
	})
}

func withoutOn(status int, name string) http.Handler {
	return onStatus(status, func(h http.Header) { h.Del(name) })
}

func becoming(to int, when func(r *http.Request, status int) bool) http.Handler {
	return respond(article(), func(r *http.Request, status int, h http.Header) int {
		if when(r, status) {
			return to
		}
		return 0
	})
}

// readingField is a handler that reads the field name in another way, by
// changing what the correct one reads.
func readingField(h http.Handler, name string, read func(lines []string) []string) http.Handler {
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

func onlyIf(keep func(value string) bool) func([]string) []string {
	return func(lines []string) []string {
		if keep(strings.Join(lines, ", ")) {
			return lines
		}
		return []string{`"none of them"`}
	}
}

// authorized is a request with credentials.
func authorized() *http.Request {
	r := getRequest("/articles/1")
	r.Header.Set("Authorization", "Bearer a")
	return r
}

// preferring is a request for a tenant.
func preferring() *http.Request {
	r := getRequest("/articles/1")
	r.Header.Set("X-Tenant", "a")
	return r
}
