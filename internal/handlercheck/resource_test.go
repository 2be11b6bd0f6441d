package handlercheck_test

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// resource is an origin that does everything right, written by hand from RFC
// 9110 and without any package of this module. The defects are put around it.
type resource struct {
	content  string
	tag      string // as it stands in the field; "" for none
	modified time.Time
	fields   http.Header   // sent with 200, 206 and 304
	lifetime time.Duration // if set, Expires is that far away
}

// article is the resource with a strong tag and a date; the other tests change
// copies of it.
func article() resource {
	return resource{
		content:  `{"title":"Freshening"}`,
		tag:      `"v1,a"`,
		modified: time.Date(1999, 12, 31, 12, 0, 0, 0, time.UTC), // before a bubble's now, too
		lifetime: 100 * time.Second,
		fields: http.Header{
			"Cache-Control":               {"public, max-age=100"},
			"Cdn-Cache-Control":           {"max-age=600"},
			"Content-Location":            {"/articles/1.json"},
			"Vary":                        {"Accept, Origin"},
			"Access-Control-Allow-Origin": {"https://app.example"},
			"Cache-Groups":                {`"articles"`},
		},
	}
}

func (s resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only reads", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	if s.tag != "" {
		h.Set("ETag", s.tag)
	}
	status := s.precondition(r)
	if status == http.StatusPreconditionFailed {
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		return
	}
	if s.lifetime > 0 {
		h.Set("Expires", time.Now().Add(s.lifetime).UTC().Format(http.TimeFormat))
	}
	for name, values := range s.fields {
		h[name] = slices.Clone(values)
	}
	if !s.modified.IsZero() {
		h.Set("Last-Modified", s.modified.UTC().Format(http.TimeFormat))
	}
	if status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	h.Set("Content-Type", "application/json")
	content := s.content
	var from, to int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err == nil &&
		r.Method == http.MethodGet && from <= to && to < len(content) && s.ifRange(r) {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(content)))
		status, content = http.StatusPartialContent, content[from:to+1]
	}
	h.Set("Content-Length", fmt.Sprint(len(content)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(content))
}

// precondition is RFC 9110, section 13.2.2, steps 1 to 4.
func (s resource) precondition(r *http.Request) int {
	strong := func(tag string) bool { return tag == s.tag && strings.HasPrefix(tag, `"`) }
	weak := func(tag string) bool {
		return s.tag != "" && strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(s.tag, "W/")
	}

	if lines, ok := r.Header["If-Match"]; ok {
		if !listed(lines, strong) {
			return http.StatusPreconditionFailed
		}
	} else if t, ok := s.date(r, "If-Unmodified-Since"); ok && s.modified.Truncate(time.Second).After(t) {
		return http.StatusPreconditionFailed
	}
	if lines, ok := r.Header["If-None-Match"]; ok {
		if listed(lines, weak) {
			return http.StatusNotModified
		}
	} else if t, ok := s.date(r, "If-Modified-Since"); ok && !s.modified.Truncate(time.Second).After(t) {
		return http.StatusNotModified
	}
	return http.StatusOK
}

func (s resource) ifRange(r *http.Request) bool {
	v := r.Header.Get("If-Range")
	return v == "" || v == s.tag && strings.HasPrefix(v, `"`)
}

// date is a date that counts: one legal line, and something to compare it with.
func (s resource) date(r *http.Request, name string) (time.Time, bool) {
	if len(r.Header.Values(name)) != 1 || s.modified.IsZero() {
		return time.Time{}, false
	}
	t, err := http.ParseTime(r.Header.Get(name))
	return t, err == nil
}

var (
	oneTag  = regexp.MustCompile(`(?:W/)?"[^"\x00-\x20\x7f]*"`)
	tagList = regexp.MustCompile(`^[ \t,]*(?:` + oneTag.String() + `[ \t]*(?:,[ \t,]*|$))+$`)
)

// listed says whether the field is * or a list of tags with one that matches.
func listed(lines []string, match func(string) bool) bool {
	value := strings.Join(lines, ",")
	return value == "*" || tagList.MatchString(value) && slices.ContainsFunc(oneTag.FindAllString(value, -1), match)
}

// respond changes what a handler answers: edit is called once, before the first
// byte, and may change the fields.
func respond(h http.Handler, edit func(r *http.Request, status int, h http.Header) int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&edited{ResponseWriter: w, edit: func(status int, h http.Header) int { return edit(r, status, h) }}, r)
	})
}

type edited struct {
	http.ResponseWriter
	edit  func(int, http.Header) int
	wrote bool
}

func (e *edited) WriteHeader(status int) {
	if !e.wrote {
		e.wrote = true
		e.ResponseWriter.WriteHeader(cmp.Or(e.edit(status, e.Header()), status))
	}
}

func (e *edited) Write(p []byte) (int, error) {
	e.WriteHeader(http.StatusOK)
	return e.ResponseWriter.Write(p)
}

// asked changes what a handler is asked.
func asked(h http.Handler, edit func(h http.Header)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		edit(r.Header)
		h.ServeHTTP(w, r)
	})
}
