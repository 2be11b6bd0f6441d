package cachetest

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

var updatePlay bool

func init() {
	if testing.Testing() { // a server that uses the package gets no flag
		flag.BoolVar(&updatePlay, "cachetest.update", false, "rewrite the scripts of cachetest.Play by what happened")
	}
}

// Play sends the requests of a script through a cache in front of h, and
// compares what happens with what the script says. Each line is a request, or
// something that happens to the cache or the origin:
//
//	+0s    GET /a          Miss 200
//	+30s   GET /a          Hit age=30
//	+40s   GET /a Accept-Language:de   Miss text=Hallo  # a field of the request; text is in the content
//	+50s   purge /a        # or invalidate /a, purge-tag orders, invalidate-tag orders
//	+60s   down            # or down 30s, slow 2s, answer 503, answer 503 30s, up
//	+100s  GET /a          Stale
//
// A request line has a time since the beginning, a method, a path, fields of
// the request without spaces (Name:value), the expected [Outcome], and what
// else is expected: the status, age=N for the Age field, name=value for other
// fields of the response, -name for one that is not there, text=... for a part
// of the content, and >name=value or >-name for a field of the request that the
// origin got. White space in values is left out. A # begins a comment.
//
// If something differs, Play fails t and shows the script beside what happened,
// and the timeline. With the flag -cachetest.update it rewrites the script in
// the source file of the caller, where it has to be a literal in backquotes.
//
// In a bubble of testing/synctest Play sleeps until each line's time; elsewhere
// it calls [Cache.Advance], which ages what is stored but not the clock of the
// origin. The cache is returned.
func Play(t testing.TB, h http.Handler, source ProfileSource, script string) *Cache {
	t.Helper()
	origin := NewOrigin(h)
	p := &player{origin: origin, cache: New(origin, source), bubble: time.Now().Year() < 2020}
	lines := strings.Split(script, "\n")
	actual, differs := make([]string, len(lines)), false
	for i, line := range lines {
		happened, err := p.line(line)
		if err != nil {
			t.Fatalf("cachetest: Play: line %d, %q: %v", i+1, strings.TrimSpace(line), err)
		}
		actual[i] = happened
		differs = differs || happened != line
	}
	p.cache.Wait()
	switch {
	case !differs:
	case updatePlay:
		if err := rewrite(testFile(), script, strings.Join(actual, "\n")); err != nil {
			t.Errorf("cachetest: Play: %v", err)
		}
	default:
		t.Errorf("cachetest: Play: the script differs from what happened:\n%s\n%s", sideBySide(lines, actual), p.cache.Timeline())
	}
	return p.cache
}

// A player plays a script.
type player struct {
	origin *Origin
	cache  *Cache
	bubble bool
	passed time.Duration
}

// line plays one line, and returns the line that would match what happened.
func (p *player) line(line string) (string, error) {
	text, comment := line, ""
	if i := strings.Index(line, "#"); i >= 0 {
		text, comment = line[:i], line[i:]
	}
	words := strings.Fields(text)
	if len(words) > 0 && strings.HasPrefix(words[0], "+") {
		at, err := time.ParseDuration(words[0][1:])
		if err != nil {
			return "", err
		}
		p.pass(at - p.passed)
		words = words[1:]
	}
	if len(words) == 0 {
		return line, nil
	}
	if strings.ToUpper(words[0]) != words[0] {
		return line, p.event(words)
	}
	if len(words) < 2 || !strings.HasPrefix(words[1], "/") {
		return "", fmt.Errorf("want a method and a path")
	}
	fields, expected := words[2:], []string(nil)
	for i, word := range fields {
		if at := strings.IndexAny(word, ":="); at < 0 || word[at] != ':' {
			fields, expected = fields[:i], fields[i:]
			break
		}
	}
	got := p.cache.Do(newRequest("Play", words[0], words[1], fields))
	happened := described(got, expected)
	if strings.Join(happened, " ") == strings.Join(expected, " ") {
		return line, nil
	}
	request := strings.TrimRight(text, " ")
	if len(expected) > 0 { // keep the author's columns
		request = strings.TrimRight(text[:lastIndexOf(text, expected)], " ")
	}
	right := request + "  " + strings.Join(happened, " ")
	if comment != "" {
		right += "  " + comment
	}
	return right, nil
}

// described returns the actual value of each expectation.
func described(got *Response, expected []string) []string {
	happened := []string{string(got.Exchange.Outcome)}
	for i, want := range expected {
		from := got.Header
		name, value, isField := strings.Cut(want, "=")
		prefix := ""
		if rest, asked := strings.CutPrefix(name, ">"); asked {
			from, name, prefix = got.Exchange.OriginRequest, rest, ">"
		}
		name, absent := strings.CutPrefix(name, "-")
		switch _, err := strconv.Atoi(want); {
		case i == 0 && !isField && err != nil: // the outcome
		case err == nil:
			happened = append(happened, strconv.Itoa(got.StatusCode))
		case name == "text" && strings.Contains(got.Content, value):
			happened = append(happened, want)
		case name == "text":
			happened = append(happened, "text="+strings.Join(strings.Fields(got.Content), "_"))
		case absent && len(from.Values(name)) == 0:
			happened = append(happened, want)
		case isField || absent:
			happened = append(happened, prefix+name+"="+strings.Join(strings.Fields(strings.Join(from.Values(name), ",")), ""))
		default:
			happened = append(happened, want+"?")
		}
	}
	return happened
}

// lastIndexOf returns where the expectations begin in a line.
func lastIndexOf(text string, expected []string) int {
	at := len(text)
	for i := len(expected) - 1; i >= 0; i-- {
		at = strings.LastIndex(text[:at], expected[i])
	}
	return at
}

// event executes a line that is not a request.
func (p *player) event(words []string) error {
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	duration := func(i int) (time.Duration, error) {
		if arg(i) == "" {
			return 0, nil
		}
		return time.ParseDuration(arg(i))
	}
	switch words[0] {
	case "purge":
		p.cache.Purge(arg(1))
	case "invalidate":
		p.cache.Invalidate(arg(1))
	case "purge-tag":
		p.cache.PurgeTag(arg(1))
	case "invalidate-tag":
		p.cache.InvalidateTag(arg(1))
	case "up":
		p.origin.Up()
	case "down":
		d, err := duration(1)
		if err != nil {
			return err
		}
		p.origin.Down(d)
	case "slow":
		delay, err := duration(1)
		if err != nil {
			return err
		}
		d, err := duration(2)
		if err != nil {
			return err
		}
		p.origin.Slow(delay, d)
	case "answer":
		status, err := strconv.Atoi(arg(1))
		if err != nil {
			return err
		}
		d, err := duration(2)
		if err != nil {
			return err
		}
		p.origin.Answer(status, d)
	default:
		return fmt.Errorf("unknown event %q", words[0])
	}
	return nil
}

// pass advances the time by d.
func (p *player) pass(d time.Duration) {
	if d <= 0 {
		return
	}
	p.cache.Wait()
	p.passed += d
	if p.bubble {
		time.Sleep(d)
	} else {
		p.cache.Advance(d)
	}
}

// beside marks the lines that differ.
func sideBySide(script, actual []string) string {
	var b strings.Builder
	for i, line := range script {
		if line == actual[i] {
			fmt.Fprintf(&b, "    %s\n", line)
			continue
		}
		fmt.Fprintf(&b, "  - %s\n  + %s\n", line, actual[i])
	}
	return b.String()
}

// testFile returns the test's source file from which Play was called.
func testFile() string {
	for skip := 1; ; skip++ {
		_, name, _, ok := runtime.Caller(skip)
		if !ok || strings.HasSuffix(name, "_test.go") {
			return name
		}
	}
}

// rewrite replaces a script in a source file.
func rewrite(file, script, actual string) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if strings.Count(string(source), "`"+script+"`") != 1 {
		return fmt.Errorf("%s does not have the script once as a literal in backquotes", file)
	}
	return os.WriteFile(file, []byte(strings.Replace(string(source), "`"+script+"`", "`"+actual+"`", 1)), 0o644)
}
