package handlercheck

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleChangeUnseen   = newRule("change-unseen", "RFC 9110, section 8.8.1")
	ruleChangeNoEffect = newRule("change-no-effect", "cachetest")
	ruleUnsteady       = newRule("unsteady", "cachetest")
)

// settleTime is longer than the time for which a validator may stay the same on
// purpose: a time in whole seconds is marked as young for two seconds.
const settleTime = 2500 * time.Millisecond

// Change reads r from h, makes each change in the order of the names, reads
// again, and returns every change after which a client or a cache that holds an
// older response would have it confirmed by a 304. r is a template and is not
// changed.
func Change(h http.Handler, r *http.Request, changes map[string]func(), o Options) ([]Finding, error) {
	if r.Method != "" && r.Method != http.MethodGet {
		return nil, fmt.Errorf("sends only GET (method %q)", r.Method)
	}
	if len(changes) == 0 {
		return nil, errors.New("requires a change")
	}
	if err := o.Valid(); err != nil {
		return nil, err
	}
	c := &changeCheck{asker: newAsker(h, r, o)}
	c.run(changes)
	return c.reported(), nil
}

// changeCheck is one run of [Change].
type changeCheck struct {
	*asker
	standing bool            // the clock does not move by itself: a bubble of testing/synctest
	shifting map[string]bool // fields that differ from one answer to the next
	held     []heldAnswer    // the answers so far, the latest last
}

// heldAnswer is what a client may hold.
type heldAnswer struct {
	*answer
	after string // the change before it; "" at first
}

func (c *changeCheck) run(changes map[string]func()) {
	before := time.Now()
	first := c.read("")
	c.standing = time.Now().Equal(before)
	if first == nil || !c.learn(first) {
		return
	}
	c.held = append(c.held, heldAnswer{answer: first})
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if c.standing {
			// As little as a clock can be read: times in whole seconds stay the
			// same, finer ones do not.
			time.Sleep(time.Millisecond)
		}
		changes[name]()
		after := c.read(name)
		if after == nil {
			return
		}
		c.compare(name, after)
		c.held = append(c.held, heldAnswer{after, name})
	}
	c.compareIdentities()
	c.compareLater()
}

// read asks unconditionally, nil after a panic.
func (c *changeCheck) read(change string) *answer {
	a := c.askAfter(change)
	if a.panicked {
		return nil
	}
	return a
}

func (c *changeCheck) askAfter(change string, lines ...fieldLine) *answer {
	how := ""
	if change != "" {
		how = fmt.Sprintf(" after %q", change)
	}
	return c.askEdited(how, func(*http.Request) {}, http.MethodGet, lines...)
}

// learn asks again before anything changes, and reports findings that make
// every comparison void.
func (c *changeCheck) learn(first *answer) bool {
	want := c.options.Status
	if want == 0 {
		want = http.StatusOK
	}
	if first.status != want {
		c.fail(ruleStatus, first, "%d, want %d: the check proves nothing", first.status, want)
		return false
	}
	if condition(first) == nil {
		c.fail(ruleRevalidates, first, "no validator: neither ETag nor Last-Modified, so the check proves nothing")
		return false
	}
	again := c.read("")
	if again == nil {
		return false
	}
	if !sameContent(first, again) {
		c.fail(ruleUnsteady, again, "the content differs each time, so that nothing can be compared: %s", Difference(first.body, again.body))
		return false
	}
	c.shifting = map[string]bool{}
	for name := range first.header {
		c.shifting[name] = !sameLines(first.header[name], again.header[name])
	}
	for name := range again.header {
		c.shifting[name] = c.shifting[name] || first.header[name] == nil
	}
	return true
}

// condition returns the line by which a client revalidates a, nil without a
// validator.
func condition(a *answer) *fieldLine {
	if tag := a.header.Get("ETag"); entitytag.Valid(tag) {
		return &fieldLine{"If-None-Match", tag}
	}
	if date := a.header.Get("Last-Modified"); date != "" {
		return &fieldLine{"If-Modified-Since", date}
	}
	return nil
}

// compare asks with the validator of every answer so far whether it is still
// current, and reports one that is confirmed although it has moved.
func (c *changeCheck) compare(change string, now *answer) {
	last := c.held[len(c.held)-1]
	if now.status == last.status && c.moved(last.answer, now, now) == "" &&
		sameLines(now.header["Etag"], last.header["Etag"]) && sameLines(now.header["Last-Modified"], last.header["Last-Modified"]) {
		c.fail(ruleChangeNoEffect, now, "the response is the same as before: the change proves nothing")
		return
	}
	for i, old := range slices.Backward(c.held) {
		line := condition(old.answer)
		if line == nil || now.status == old.status && c.moved(old.answer, now, now) == "" {
			continue // it is the current one, or cannot be asked for
		}
		if !c.confirmed(change, old.answer, now, *line) {
			continue
		}
		// A validator may stay the same for a moment, if it then changes by
		// itself.
		time.Sleep(settleTime)
		later := c.read(change)
		if later == nil || !c.confirmed(change, old.answer, later, *line) {
			return
		}
		since := "before it"
		if i < len(c.held)-1 {
			since = "before any change"
			if old.after != "" {
				since = fmt.Sprintf("after %q", old.after)
			}
		}
		c.fail(ruleChangeUnseen, now, "%s: %s is confirmed by a 304, although it is of the response %s: %s",
			line.name, line.value, since, c.moved(old.answer, later, later))
		return // one cause is enough for one change
	}
}

// confirmed reports whether the validator of old is answered by a 304 that
// leaves a client with something else than now.
func (c *changeCheck) confirmed(change string, old, now *answer, line fieldLine) bool {
	b := c.askAfter(change, line)
	return !b.panicked && b.status == http.StatusNotModified && (now.status != old.status || c.moved(old, now, b) != "")
}

// moved describes what differs between two answers, "" if nothing that matters.
// A field that the 304 repeats with its new value replaces the stored one, and
// so does no harm; the caller passes now itself where there is no 304.
func (c *changeCheck) moved(old, now, notModified *answer) string {
	if now.status != old.status {
		return fmt.Sprintf("%d, now %d", old.status, now.status)
	}
	if !sameContent(old, now) {
		return "the content was " + strings.Replace(Difference(old.body, now.body), " and ", ", now ", 1)
	}
	names := slices.Sorted(maps.Keys(old.header))
	names = append(names, slices.Sorted(maps.Keys(now.header))...)
	for _, name := range names {
		if c.shifting[name] || ofEachAnswer[name] || sameLines(old.header[name], now.header[name]) {
			continue
		}
		if notModified != now && sameLines(notModified.header[name], now.header[name]) {
			continue
		}
		return fmt.Sprintf("%s was %s, now %s", name, orNone(strings.Join(old.header[name], ", ")), orNone(strings.Join(now.header[name], ", ")))
	}
	return ""
}

// ofEachAnswer are the fields of a message, not of a representation.
var ofEachAnswer = map[string]bool{
	"Age": true, "Cache-Status": true, "Date": true, "Etag": true, "Expires": true, "Last-Modified": true, "Server-Timing": true,
	"Set-Cookie": true, "Via": true,
}

// compareIdentities asks as other users.
func (c *changeCheck) compareIdentities() {
	mine := c.held[len(c.held)-1].answer
	line := condition(mine)
	if line == nil || mine.status != http.StatusOK {
		return
	}
	for _, id := range c.options.Identities {
		set := id.Set
		if set == nil {
			set = func(*http.Request) {}
		}
		a := c.askEdited(" as "+id.Name, set, http.MethodGet)
		if a.panicked || a.status == mine.status && c.moved(mine, a, a) == "" {
			continue
		}
		b := c.askEdited(" as "+id.Name, set, http.MethodGet, *line)
		if !b.panicked && b.status == http.StatusNotModified {
			c.fail(ruleTagShared, b, "304 for what another user holds: %s", c.moved(mine, a, b))
		}
	}
}

// compareLater reads once more when nothing has changed, in a bubble some time
// later: a validator that is made of the clock seems to see every change.
func (c *changeCheck) compareLater() {
	one := c.read("")
	for range 2 { // what was settling the first time has settled the second time
		if c.standing {
			time.Sleep(settleTime)
		}
		two := c.read("")
		if one == nil || two == nil {
			return
		}
		if sameLines(one.header["Etag"], two.header["Etag"]) && sameLines(one.header["Last-Modified"], two.header["Last-Modified"]) {
			return
		}
		one = two
	}
	c.fail(ruleRepeat, one, "the validator (ETag: %s, Last-Modified: %s) changes without a change of the data",
		orNone(one.header.Get("ETag")), orNone(one.header.Get("Last-Modified")))
}
