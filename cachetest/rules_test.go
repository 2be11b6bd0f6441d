package cachetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// A rule is one row of the tables: a rule of RFC 9111 (or of the RFC that the
// section names), as a walk of requests through a cache. Every profile walks
// every row that concerns it; where one does not do what the rule says, the row
// says which of its listed departures that is.
type rule struct {
	section string
	name    string
	walk    []*step
	only    string            // "shared", "private" or "targeted"; "": every cache
	departs map[string]string // profile to the beginning of its departure's text
}

// A step is one request, what the origin would say to it, and what must be
// seen.
type step struct {
	wait        time.Duration
	method      string
	path        string
	lines       []string // of the request's header
	status      int      // of the origin's answer
	reply       []string // its header
	content     string   // its body, "step 0" if empty
	down        bool
	slow        time.Duration
	want        string // "hit", "fetched", "validated", "updating", "refused"
	of          int    // whose body is served
	wantStatus  int
	wantContent string
	has         []string // "Age: 10" of the response, "-Age" for absent
	asked       []string // the same of what the origin gets
}

func send(method string, lines ...string) *step {
	return &step{method: method, path: "/r.js", lines: lines, status: 200, of: -1}
}
func get(lines ...string) *step { return send("GET", lines...) }

func (s *step) after(seconds int) *step      { s.wait = time.Duration(seconds) * time.Second; return s }
func (s *step) at(path string) *step         { s.path = path; return s }
func (s *step) origin(lines ...string) *step { s.reply = lines; return s }
func (s *step) says(status int, lines ...string) *step {
	s.status, s.reply = status, lines
	return s
}
func (s *step) body(b string) *step         { s.content = b; return s }
func (s *step) fails() *step                { s.down = true; return s }
func (s *step) takes(seconds int) *step     { s.slow = time.Duration(seconds) * time.Second; return s }
func (s *step) hit(of int) *step            { s.want, s.of = "hit", of; return s }
func (s *step) fetched() *step              { s.want = "fetched"; return s }
func (s *step) validated(of int) *step      { s.want, s.of = "validated", of; return s }
func (s *step) checked() *step              { s.want = "validated"; return s } // and changed
func (s *step) updating(of int) *step       { s.want, s.of = "updating", of; return s }
func (s *step) stale(of int) *step          { s.want, s.of = "stale", of; return s }
func (s *step) refused() *step              { s.want, s.wantStatus = "refused", 504; return s }
func (s *step) gives(status int) *step      { s.wantStatus = status; return s }
func (s *step) shows(lines ...string) *step { s.has = lines; return s }
func (s *step) asks(lines ...string) *step  { s.asked = lines; return s }
func (s *step) giving(b string) *step       { s.wantContent = b; return s }

// stored is the usual beginning: a response that is fresh for 100 s.
func stored(lines ...string) *step {
	return get().origin(append([]string{"Cache-Control: max-age=100"}, lines...)...).fetched()
}

func (r rule) in(profile, departure string) rule {
	if r.departs == nil {
		r.departs = map[string]string{}
	}
	r.departs[profile] = departure
	return r
}

func (r rule) shared() rule  { r.only = "shared"; return r }
func (r rule) private() rule { r.only = "private"; return r }

func row(section, name string, walk ...*step) rule {
	return rule{section: section, name: name, walk: walk}
}

var momentPattern = regexp.MustCompile(`\{now([+-]\d+)?\}`)

// moments puts dates in place of {now}, {now-100}.
func moments(line string) string {
	return momentPattern.ReplaceAllStringFunc(line, func(m string) string {
		offset, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(m, "{now"), "}"))
		return time.Now().Add(time.Duration(offset) * time.Second).UTC().Format(http.TimeFormat)
	})
}

func headerOf(lines []string) http.Header {
	h := make(http.Header)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		h.Add(name, moments(strings.TrimSpace(value)))
	}
	return h
}

// deviation walks through the rule and tells the first difference, "" for none.
func (r rule) deviation(p cachetest.Profile) string {
	var current *step
	var number int
	var got []http.Header
	c := cachetest.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Clone())
		time.Sleep(current.slow)
		if current.down {
			panic(http.ErrAbortHandler)
		}
		for name, values := range headerOf(current.reply) {
			w.Header()[name] = values
		}
		if current.status == http.StatusNotModified && !conditional(r.Header) {
			w.WriteHeader(http.StatusOK)
		}
		w.WriteHeader(current.status)
		if current.content == "" {
			fmt.Fprintf(w, "step %d", number)
		} else {
			io.WriteString(w, current.content)
		}
	}), p)
	for number, current = range r.walk {
		time.Sleep(current.wait)
		got = nil
		request := httptest.NewRequest(current.method, current.path, nil)
		request.Header = headerOf(current.lines)
		response := c.Do(request)
		c.Wait()
		if d := current.compare(number, response, got); d != "" {
			log := c.Log()
			return fmt.Sprintf("step %d: %s\n%s", number, d, log[len(log)-1])
		}
	}
	return ""
}

func (s *step) compare(number int, response *cachetest.Response, got []http.Header) string {
	validated := len(got) > 0 && conditional(got[0])
	content, _ := io.ReadAll(response.Body)
	want := ""
	switch s.want {
	case "hit", "refused":
		if len(got) > 0 {
			return "the origin was asked"
		}
	case "fetched":
		if len(got) == 0 || validated {
			return fmt.Sprintf("not asked for the whole: %v", got)
		}
		if want = s.content; want == "" {
			want = fmt.Sprintf("step %d", number)
		}
	case "validated":
		if !validated {
			return fmt.Sprintf("not validated: %v", got)
		}
	case "updating", "stale":
		if len(got) == 0 {
			return "the origin was not asked"
		}
	}
	if s.of >= 0 {
		want = fmt.Sprintf("step %d", s.of)
	}
	if s.wantContent != "" {
		want = s.wantContent
	}
	status := s.wantStatus
	if status == 0 {
		status = 200
		if s.want == "fetched" {
			status = s.status
		}
	}
	if response.StatusCode != status {
		return fmt.Sprintf("status %d, not %d", response.StatusCode, status)
	}
	if s.method == "HEAD" || s.want == "refused" || status == 304 || status == 204 {
		want = ""
	}
	if (want != "" || s.of >= 0) && string(content) != want {
		return fmt.Sprintf("content %q, not %q", content, want)
	}
	if d := differs(s.has, response.Header); d != "" {
		return "response: " + d
	}
	if len(s.asked) > 0 {
		if d := differs(s.asked, got[0]); d != "" {
			return "origin's request: " + d
		}
	}
	return ""
}

func conditional(h http.Header) bool {
	return h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != ""
}

func differs(lines []string, h http.Header) string {
	for _, line := range lines {
		if absent, ok := strings.CutPrefix(line, "-"); ok {
			if len(h.Values(absent)) > 0 {
				return fmt.Sprintf("%s is there: %q", absent, h.Values(absent))
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if value = moments(strings.TrimSpace(value)); strings.Join(h.Values(name), ", ") != value {
			return fmt.Sprintf("%s is %q, not %q", name, h.Values(name), value)
		}
	}
	return ""
}

var rules = slices.Concat(storageRules, freshnessRules, varyRules, requestRules, validationRules,
	headRules, staleRules, invalidationRules, rangeRules, targetedRules)

// profiles are those that walk through the rules.
var profiles = []struct {
	name string
	kind []string // of rules that concern it
	make func() cachetest.Profile
	also string // a departure that needs another configuration to be seen
}{
	{"RFC9111", []string{"shared", "targeted"}, cachetest.RFC9111, ""},
	{"Browser", []string{"private"}, cachetest.Browser, ""},
	{"CloudFront", []string{"shared"}, cachetest.CloudFront, "a MinTTL"}, // TestCloudFrontLifetimes
	{"Cloudflare", []string{"shared", "targeted"}, cachetest.Cloudflare, ""},
}

// The rules of RFC 9111, and each profile's departures from them: exactly the
// listed ones, and each of those is seen at least once.
func TestRules(t *testing.T) {
	names := map[string]bool{}
	for _, r := range rules {
		require.False(t, names[r.section+r.name], "two rows have the name %q", r.name)
		names[r.section+r.name] = true
	}
	for _, profile := range profiles {
		t.Run(profile.name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, r := range rules {
				if r.only != "" && !slices.Contains(profile.kind, r.only) {
					continue
				}
				t.Run(r.section+" "+r.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						deviation := r.deviation(profile.make())
						departure := r.departs[profile.name]
						if departure == "" {
							assert.Empty(t, deviation)
							return
						}
						assert.NotEmpty(t, deviation, "it does what the rule says")
						assert.True(t, slices.ContainsFunc(profile.make().Departures, func(d cachetest.Departure) bool {
							return strings.HasPrefix(d.Text, departure)
						}), "the departure is not listed: %s", departure)
						seen[departure] = true
					})
				})
			}
			if profile.also != "" {
				seen[profile.also] = true
			}
			for _, d := range profile.make().Departures {
				assert.True(t, slices.ContainsFunc(keys(seen), func(s string) bool { return strings.HasPrefix(d.Text, s) }),
					"no rule shows the departure: %s", d.Text)
			}
		})
	}
	t.Logf("%d rules", len(rules))
}

func keys(m map[string]bool) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	return list
}
