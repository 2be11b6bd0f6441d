package handlercheck

import (
	"bytes"
	"net/http"
	"time"

	"github.com/freshen-go/freshen/internal/entitytag"
)

var (
	ruleRepeat      = newRule("repeat", "RFC 9110, section 8.8.1")
	ruleModifiedNow = newRule("last-modified-now", "RFC 9110, section 8.8.2.1")
)

// checkRepeat asks the same again. Validators that differ are dropped: every
// further question about them would fail for this one reason.
//
// In a bubble of testing/synctest a second passes in between, which costs
// nothing there: a validator that is made of the current time is the same for
// all requests of one moment.
func (c *inspection) checkRepeat() {
	when := "before"
	if c.standing {
		time.Sleep(time.Second)
		when = "1 s before"
	}
	again := c.ask(c.method)
	if again.panicked {
		return
	}
	c.compareRepeated(again)
	moved := again.header.Get("ETag") != c.base.header.Get("ETag") ||
		again.header.Get("Last-Modified") != c.base.header.Get("Last-Modified")
	if moved && c.standing && c.settled() {
		c.moved = true
		return
	}
	about := "over the same content"
	if c.unsteady {
		about = "over content that differs each time"
	}
	if again.status != c.base.status {
		c.fail(ruleRepeat, again, "%d, and %d %s", again.status, c.base.status, when)
		c.restless = true
	}
	c.checkModifiedNow(again)
	if was, is := c.base.header.Get("ETag"), again.header.Get("ETag"); was != is {
		c.fail(ruleRepeat, again, "ETag %s, and %s %s, %s", orNone(is), orNone(was), when, about)
		c.tag, c.restless = "", true
	}
	if was, is := c.base.header.Get("Last-Modified"), again.header.Get("Last-Modified"); was != is {
		if c.modified != "" { // else reported by checkModifiedNow
			c.fail(ruleRepeat, again, "Last-Modified %s, and %s %s, %s", orNone(is), orNone(was), when, about)
		}
		c.modified, c.restless = "", true
	}
	if c.unsteady && entitytag.IsStrong(c.tag) {
		c.fail(ruleStrongTag, again, "the strong tag %s for different content: %s", c.tag, Difference(again.body, c.base.body))
	}
}

// compareRepeated notes what differs between two unconditional answers.
func (c *inspection) compareRepeated(again *answer) {
	c.unsteady = c.unsteady || !bytes.Equal(again.body, c.base.body)
	for name, lines := range c.base.header {
		if !sameLines(lines, again.header[name]) {
			c.shifting[name] = true
		}
	}
}

// settled reports whether validators that changed while a second passed stay
// the same from now on: a validator of a time so recent that another change may
// have the same one is marked, and changes once.
func (c *inspection) settled() bool {
	time.Sleep(3 * time.Second)
	one := c.ask(c.method)
	time.Sleep(time.Second)
	two := c.ask(c.method)
	return one.header.Get("ETag") == two.header.Get("ETag") && one.header.Get("Last-Modified") == two.header.Get("Last-Modified")
}

// checkModifiedNow reports a Last-Modified that is the time of the response.
// Where the first one is of the present second, a resource may just have been
// changed: then it waits for the next second, less than 1 s, and looks again.
func (c *inspection) checkModifiedNow(again *answer) {
	isNow := func(a *answer) bool {
		t, err := http.ParseTime(a.header.Get("Last-Modified"))
		return err == nil && t.Unix() == a.at.Unix()
	}
	if c.modified == "" || !isNow(c.base) {
		return
	}
	if again.at.Unix() == c.base.at.Unix() {
		time.Sleep(time.Until(again.at.Truncate(time.Second).Add(time.Second)))
		again = c.ask(c.method)
		if again.panicked {
			return
		}
	}
	if !isNow(again) || again.at.Unix() == c.base.at.Unix() {
		return
	}
	c.compareRepeated(again)
	if c.shifting["Etag"] {
		c.tag = ""
	}
	c.modified, c.restless, c.timed = "", true, true
	c.fail(ruleModifiedNow, again, "Last-Modified: %s is the time of each response, so that it never matches; send the time of the last change",
		again.header.Get("Last-Modified"))
}
