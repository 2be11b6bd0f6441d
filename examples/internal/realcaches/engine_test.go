package realcaches_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// A front is a cache in front of the origin.
type front struct {
	name string
	send func(*http.Request) (*http.Response, error)
	// words are what the cache calls its outcomes in X-Cache, and which of
	// ours each may stand for: no two caches make the same distinctions.
	words map[string][]cachetest.Outcome
	// noAge says that the cache leaves Age out.
	noAge bool
}

// An observation is what one step brought.
type observation struct {
	word   string // the cache's own
	status int
	age    string // "" where there was none
	origin []int
}

// An answer is a response, read.
type answer struct {
	observation
	header http.Header
	body   string
	method string
}

// deadline is how long a step may take: no cache needs a hundredth of it, and a
// machine that is busy with other things must not fail the test.
const deadline = time.Minute

// patience is how long a step waits for a cache to hold something for stale that
// some caches never hold for stale.
const patience = 4 * lifetime

// A walker leads one cache through the walk.
type walker struct {
	t      *testing.T
	front  front
	origin *origin
	saved  map[string]answer
	stored map[string]map[string]time.Time // by path and variant: not before this
}

// lead walks, and returns what was seen at each step of each scenario.
func lead(t *testing.T, f front, o *origin) []observation {
	w := &walker{t: t, front: f, origin: o, saved: map[string]answer{}, stored: map[string]map[string]time.Time{}}
	var seen []observation
	for _, scenario := range walk {
		for _, s := range scenario.steps {
			at := scenario.name + ": " + s.name
			if s.first != nil {
				if err := s.first(o); err != nil {
					t.Fatalf("%s: %v", at, err)
				}
			}
			expected := s.want
			if d, departs := s.but[f.name]; departs {
				expected = d.want
			}
			a := w.take(at, s, expected)
			for _, problem := range w.judge(s, expected, a) {
				t.Errorf("%s: %s", at, problem)
			}
			if s.save != "" {
				w.saved[s.save] = a
			}
			seen = append(seen, a.observation)
		}
	}
	return seen
}

// take sends the request of a step until its time has come.
func (w *walker) take(at string, s step, expected want) answer {
	w.t.Helper()
	for began := time.Now(); ; {
		asked := time.Now()
		a := w.send(at, s)
		hit := w.means(a.word, cachetest.Hit)
		late := w.outlived(s.path)
		if !hit {
			w.storedAt(s, asked)
		}
		switch {
		case time.Since(began) > deadline:
			return a
		case s.stale && hit:
			// Nobody but the cache knows when it holds something for stale, so
			// it is asked again. The real clock is the only one it has; in a
			// bubble of synctest this takes no time.
			time.Sleep(50 * time.Millisecond)
		case expected.outcome == cachetest.Hit && !hit && late:
			// The machine was so busy that the lifetime has passed since the
			// response was stored: it has been renewed just now.
		default:
			return a
		}
	}
}

// storedAt notes that the answer to a step may have been stored, and not before
// the time given.
func (w *walker) storedAt(s step, at time.Time) {
	var variant []string
	for _, field := range s.fields {
		if !strings.HasPrefix(field, "If-") {
			variant = append(variant, field)
		}
	}
	if w.stored[s.path] == nil {
		w.stored[s.path] = map[string]time.Time{}
	}
	w.stored[s.path][strings.Join(variant, "\n")] = at
}

// outlived reports whether any of what is stored for path may be stale.
func (w *walker) outlived(path string) bool {
	for _, at := range w.stored[path] {
		if time.Since(at) >= lifetime {
			return true
		}
	}
	return false
}

func (w *walker) send(at string, s step) answer {
	w.t.Helper()
	method := s.method
	if method == "" {
		method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, "http://orders.test"+s.path, strings.NewReader(s.body))
	if err != nil {
		w.t.Fatalf("%s: %v", at, err)
	}
	if s.body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, field := range s.fields {
		name, value, _ := strings.Cut(field, ": ")
		r.Header.Add(name, w.tags(value))
	}
	w.origin.take()
	response, err := w.front.send(r)
	if err != nil {
		w.t.Fatalf("%s: %v", at, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatalf("%s: %v", at, err)
	}
	return answer{
		observation{response.Header.Get("X-Cache"), response.StatusCode, response.Header.Get("Age"), w.origin.take()},
		response.Header, string(content), method,
	}
}

// tags puts entity-tags in for their names.
func (w *walker) tags(value string) string {
	for name, a := range w.saved {
		value = strings.ReplaceAll(value, "{"+name+"}", a.header.Get("ETag"))
	}
	return value
}

func (w *walker) means(word string, outcome cachetest.Outcome) bool {
	return slices.Contains(w.front.words[word], outcome)
}
