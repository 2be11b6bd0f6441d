package cachetest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// A dice turns the fuzzer's input into choices. When the input has ended, every
// choice is 0.
type dice struct{ data []byte }

func (d *dice) pick(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % n
}

func (d *dice) seconds() int { return []int{0, 1, 5, 10, 30, 60, 100, 200}[d.pick(8)] }

// A generation is one response of the origin, as numbers and flags. The test
// compares the cache with these, and does not parse header fields as the cache
// does.
type generation struct {
	at                                             time.Time
	who                                            string // of the request's Authorization
	language                                       string
	age                                            int // of Age
	maxAge                                         int // -1: none, as below
	sMaxAge                                        int
	expires                                        int // after Date
	swr, sie                                       int
	public, private, noStore, noCache, must, proxy bool
}

func (g *generation) control() string {
	list := []string{"x-filler"}
	flag := func(name string, set bool) {
		if set {
			list = append(list, name)
		}
	}
	delta := func(name string, seconds int) {
		if seconds >= 0 {
			list = append(list, fmt.Sprintf("%s=%d", name, seconds))
		}
	}
	flag("public", g.public)
	flag("private", g.private)
	flag("no-store", g.noStore)
	flag("no-cache", g.noCache)
	flag("must-revalidate", g.must)
	flag("proxy-revalidate", g.proxy)
	delta("max-age", g.maxAge)
	delta("s-maxage", g.sMaxAge)
	delta("stale-while-revalidate", g.swr)
	delta("stale-if-error", g.sie)
	return strings.Join(list, ", ")
}

func (g *generation) lifetime() int {
	switch {
	case g.sMaxAge >= 0:
		return g.sMaxAge
	case g.maxAge >= 0:
		return g.maxAge
	}
	return g.expires
}

func (g *generation) ageAt(now time.Time) int { return g.age + int(now.Sub(g.at)/time.Second) }

// neverStale reports whether a directive forbids a shared cache to serve the
// response stale.
func (g *generation) neverStale() bool { return g.must || g.proxy || g.sMaxAge >= 0 || g.noCache }

// A world is the origin of the fuzz test, and what it has sent so far.
type world struct {
	dice        *dice
	generations []*generation
	version     int
	failing     int
}

// ServeHTTP answers with a generation of its own: its number is in X-Gen, and,
// if there is one, in the content. Everything that the oracle needs is on the
// 304 too, so that X-Gen tells what a freshened response goes by.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	d := w.dice
	optional := func() int {
		if d.pick(2) == 0 {
			return -1
		}
		return d.seconds()
	}
	bits := d.pick(256)
	g := &generation{
		at: time.Now(), who: r.Header.Get("Authorization"), language: r.Header.Get("Accept-Language"),
		age: d.seconds() % 31, maxAge: optional(), sMaxAge: -1, expires: d.seconds(), swr: optional(), sie: optional(),
		public: bits&1 != 0, private: bits&6 == 6, noStore: bits&24 == 24, noCache: bits&96 == 96,
	}
	switch d.pick(6) {
	case 1:
		g.must = true
	case 2:
		g.proxy = true
	case 3:
		g.sMaxAge = d.seconds()
	}
	w.generations = append(w.generations, g)
	number := len(w.generations) - 1

	h := rw.Header()
	h.Set("X-Gen", strconv.Itoa(number))
	h.Set("Cache-Control", g.control())
	h.Set("Age", strconv.Itoa(g.age))
	h.Set("Expires", g.at.Add(time.Duration(g.expires)*time.Second).UTC().Format(http.TimeFormat))
	h.Set("Vary", "X-Nothing")
	if r.URL.Path == "/language" {
		h.Set("Vary", "Accept-Language")
	}
	tag := fmt.Sprintf(`"%s-%d-%s-%s"`, r.URL.Path, w.version, g.who, g.language)
	h.Set("ETag", tag)
	switch w.failing {
	case 1:
		rw.WriteHeader(503)
	case 2:
		panic(http.ErrAbortHandler)
	case 3:
		rw.WriteHeader(404)
	default:
		if r.Method != "POST" && r.Header.Get("If-None-Match") == tag {
			rw.WriteHeader(304)
			return
		}
	}
	fmt.Fprint(rw, number)
}

// FuzzPlainProfile: for any sequence of requests, a shared cache serves nothing
// longer than the directives allow, gives no user's response to another user,
// and sends the right Age.
func FuzzPlainProfile(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("a response is stored, found, stale, validated, changed, and lost again"))
	for seed := range uint64(400) { // each a life of sixty requests
		random := rand.New(rand.NewPCG(seed, 9111))
		data := make([]byte, 800)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) { fuzzLife(t, &dice{data}) })
	})
}

// foreground is the last exchange with a client.
func foreground(c *cachetest.Cache) cachetest.Exchange {
	log := c.Log()
	for log[len(log)-1].Background {
		log = log[:len(log)-1]
	}
	return log[len(log)-1]
}

func fuzzLife(t *testing.T, d *dice) {
	w := &world{dice: d}
	c := cachetest.New(w, cachetest.RFC9111())
	invalidBefore := map[string]int{} // path to the first generation that may still be there
	for step := 0; step < 60 && len(d.data) > 0; step++ {
		time.Sleep(time.Duration(d.seconds()) * time.Second)
		path := []string{"/plain", "/language"}[d.pick(2)]
		r := httptest.NewRequest([]string{"GET", "GET", "GET", "HEAD", "POST"}[d.pick(5)], path, nil)
		if who := []string{"", "alice", "bob"}[d.pick(3)]; who != "" {
			r.Header.Set("Authorization", who)
		}
		if language := []string{"", "de", "en"}[d.pick(3)]; language != "" {
			r.Header.Set("Accept-Language", language)
		}
		maxAge, minFresh, maxStale, noCache, onlyIfCached := -1, -1, -1, false, false
		switch n := d.seconds(); d.pick(12) {
		case 1:
			maxAge = n
			r.Header.Set("Cache-Control", fmt.Sprintf("max-age=%d", n))
		case 2:
			minFresh = n
			r.Header.Set("Cache-Control", fmt.Sprintf("min-fresh=%d", n))
		case 3:
			maxStale = n
			r.Header.Set("Cache-Control", fmt.Sprintf("max-stale=%d", n))
		case 4:
			maxStale = 1 << 30
			r.Header.Set("Cache-Control", "max-stale")
		case 5:
			noCache = true
			r.Header.Set("Cache-Control", "no-cache")
		case 6:
			onlyIfCached = true
			r.Header.Set("Cache-Control", "only-if-cached")
		}
		if d.pick(4) == 0 {
			w.version++
		}
		w.failing = max(0, d.pick(8)-4)

		before, now := len(w.generations), time.Now()
		response := c.Do(r)
		c.Wait()
		logged := foreground(c)
		asked := logged.Asked()
		content := body(t, response)
		complain := func(format string, arguments ...any) {
			t.Helper()
			t.Errorf("step %d: %s\n%v %v\n%v\n%q\nas stored: %+v", step, fmt.Sprintf(format, arguments...),
				logged, r.Header, response.Header, content, w.generations)
		}

		age, err := strconv.Atoi(response.Header.Get("Age"))
		if err != nil && response.Header.Get("Age") != "" || age < 0 {
			complain("Age is %q", response.Header.Get("Age"))
		}
		if r.Method == "POST" {
			if !asked {
				complain("a POST was answered without the origin")
			}
			if response.StatusCode < 400 {
				invalidBefore[path] = len(w.generations)
			}
			continue
		}
		if onlyIfCached && asked {
			complain("only-if-cached, and the origin was asked")
		}
		if response.StatusCode == 504 && (onlyIfCached || w.failing == 2) || response.StatusCode == 502 {
			continue
		}
		number, err := strconv.Atoi(response.Header.Get("X-Gen"))
		if err != nil {
			complain("X-Gen is missing")
			return
		}
		meta := w.generations[number]

		// Whose content it is.
		if content != "" {
			n, err := strconv.Atoi(content)
			if err != nil {
				complain("the content is not the number of a generation")
				return
			}
			if made := w.generations[n]; n < before { // made for an earlier request
				if made.private || made.noStore {
					complain("a private or no-store response was used again")
				}
				if made.who != "" && !made.public && made.sMaxAge < 0 && !made.must {
					complain("what was made for %s was used again", made.who)
				}
				if n < invalidBefore[path] {
					complain("it was invalidated")
				}
				if path == "/language" && made.language != r.Header.Get("Accept-Language") {
					complain("it is in %q", made.language)
				}
			}
		}

		// How stale it is.
		failed := asked && w.failing > 0 && number < before
		if asked && !failed {
			continue
		}
		trueAge := meta.ageAt(now)
		if age != trueAge {
			complain("Age is %d, it is %d old", age, trueAge)
		}
		overdue := trueAge - meta.lifetime()
		switch {
		case meta.noCache:
			complain("no-cache was used without validation")
		case noCache:
			complain("the request says no-cache")
		case failed:
			if w.failing == 3 || meta.neverStale() || meta.sie < overdue {
				complain("served in place of an error, %d s overdue", overdue)
			}
		case overdue < 0:
			if maxAge >= 0 && trueAge > maxAge || minFresh > -overdue {
				complain("fresh, but not as the request wants it")
			}
		case meta.neverStale():
			complain("%d s overdue, in spite of its directives", overdue)
		case overdue <= maxStale:
		case overdue < meta.swr && maxAge < 0 && minFresh < 0:
		default:
			complain("%d s overdue", overdue)
		}
	}
}
