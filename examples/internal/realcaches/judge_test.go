package realcaches_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/cachetest"
)

// telling are the fields that a client judges stored content by: a 304 may
// neither lose nor change them.
var telling = []string{"Etag", "Cache-Control", "Vary", "Content-Type"}

// judge lists what is not as expected.
func (w *walker) judge(s step, e want, a answer) (problems []string) {
	found := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	if !w.means(a.word, e.outcome) {
		found("%s says %q, which is not %s", w.front.name, a.word, e.outcome)
	}
	if a.status != e.status {
		found("status %d, expected %d: %.200s", a.status, e.status, a.body)
	}
	var origin []int
	if e.origin != 0 {
		origin = []int{e.origin}
	}
	if !slices.Equal(a.origin, origin) {
		found("the origin answered %v, expected %v", a.origin, origin)
	}
	for _, problem := range w.origin.misdeeds() {
		found("%s", problem)
	}

	if (a.status == http.StatusNotModified || a.method == http.MethodHead) && a.body != "" {
		found("content where there can be none: %.200s", a.body)
	}
	if e.has != "" && !strings.Contains(a.body, e.has) {
		found("no %q in %.200s", e.has, a.body)
	}
	if e.hasNot != "" && strings.Contains(a.body, e.hasNot) {
		found("%q in %.200s", e.hasNot, a.body)
	}
	if e.same != "" {
		before := w.saved[e.same]
		if a.body != before.body {
			found("other content than %q: %.200s", e.same, a.body)
		}
		for _, name := range telling {
			if !slices.Equal(a.header[name], before.header[name]) {
				found("%s is %q, with %q it was %q", name, a.header[name], e.same, before.header[name])
			}
		}
	}
	if e.differs != "" {
		before := w.saved[e.differs]
		if a.body == before.body {
			found("the content of %q", e.differs)
		}
		if a.header.Get("ETag") == before.header.Get("ETag") {
			found("the entity-tag of %q", e.differs)
		}
	}

	// nginx never asks with a longer one; all but the one made to show this are
	// freshen's.
	if tag := a.header.Get("ETag"); len(tag) > 128 && s.path != tagOf129 {
		found("an entity-tag of %d bytes", len(tag))
	}
	age, err := strconv.Atoi(a.age)
	switch {
	case w.front.noAge && a.age == "":
	case w.front.noAge:
		found("Age: %s, though it sends none", a.age)
	case e.outcome != cachetest.Hit && a.age == "":
	case err != nil || age < 0:
		found("Age: %q", a.age)
	case e.outcome == cachetest.Hit:
		// A tolerant parser: what it could not read, is not there.
		if said, _ := cachecontrol.Parse(a.header["Cache-Control"]); time.Duration(age)*time.Second > said.MaxAge {
			found("Age: %d, and still taken for fresh with %s", age, said)
		}
	}
	return problems
}
