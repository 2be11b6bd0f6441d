package etag_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// isEntityTag is the grammar of RFC 9110, section 8.8.3, in another way than
// the package has it, and by bytes, which package regexp is not.
func isEntityTag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, c := range []byte(s[1 : len(s)-1]) {
		if c < '!' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{``, `""`, `W/""`, `"a"`, `W/"a"`, `w/"a"`, `"a`, `"a" `, `"a,b"`, "\"\xe9\"", "\"\x7f\"", `W/`, `*`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tag, err := etag.Parse(s)
		if err != nil {
			if !tag.IsZero() {
				t.Fatalf("%q: an error and a tag", s)
			}
			if isEntityTag(s) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if tag.String() != s || !isEntityTag(s) || tag.IsWeak() != strings.HasPrefix(s, "W/") {
			t.Fatalf("%q became %v", s, tag)
		}
		if !tag.WeakMatch(tag) || tag.StrongMatch(tag) == tag.IsWeak() {
			t.Fatalf("%v does not match itself", tag)
		}
		tag.Opaque()
	})
}

func FuzzVersion(f *testing.F) {
	for _, v := range versions()[:100] {
		f.Add(v, v+"x")
	}
	f.Fuzz(func(t *testing.T, v, w string) {
		a, b := etag.Strong(v), etag.Strong(w)
		if (a == b) != (v == w) {
			t.Fatalf("%q and %q: %v and %v", v, w, a, b)
		}
		for _, tag := range []etag.Tag{a, etag.Weak(v)} {
			s := tag.String()
			if !generated.MatchString(s) || len(s) > etag.MaxLen {
				t.Fatalf("%q became %s", v, s)
			}
			if !strings.Contains(s, "~") && tag.Opaque() != v {
				t.Fatalf("%q became %s and %q", v, s, tag.Opaque())
			}
			if parsed, err := etag.Parse(s); err != nil || parsed.String() != s {
				t.Fatalf("%s is not read back: %v", s, err)
			}
			// The clients' ways to send it back, of which the version must not
			// be taken for another.
			for _, coding := range []string{"-gzip", "-br", "-zstd", ";gzip"} {
				if strings.HasSuffix(s, coding+`"`) {
					t.Fatalf("%q ends like a coding", s)
				}
			}
		}
	})
}

// reference reads a list of entity-tags by the grammar, member by member, the
// slow and plain way. It says whether every member is well-formed.
func reference(lines []string) (tags []string, ok bool) {
	ok = true
	for _, line := range lines {
		for line = strings.Trim(line, " \t,"); line != ""; line = strings.TrimLeft(line, " \t,") {
			end := len(line) // of the member
			quoted := false
			for i := range len(line) {
				if line[i] == '"' {
					quoted = !quoted
				} else if line[i] == ',' && !quoted {
					end = i
					break
				}
			}
			member := strings.Trim(line[:end], " \t")
			line = line[end:]
			if isEntityTag(member) {
				tags = append(tags, member)
			} else {
				ok = false
			}
		}
	}
	return tags, ok
}

func FuzzFields(f *testing.F) {
	for _, seed := range [][2]string{
		{`"a"`, ``}, {`"x", "a"`, `"y"`}, {`*`, ``}, {`*`, `"a"`}, {`*junk`, ``}, {`"b" "a"`, ``}, {`junk, "a"`, ``}, {`"a", junk`, ``}, {`"a`, `"a"`},
		{`, ,"a",`, "\t"}, {`W/"a"`, `w/"a"`}, {`"a,b"`, `"x,"a",y"`}, {``, ``}, {`" "`, `"a"`},
	} {
		f.Add(seed[0], seed[1], true)
		f.Add(seed[0], seed[1], false)
	}
	strong, weak := etag.Validators{Tag: etag.Strong("a")}, etag.Validators{Tag: etag.Weak("a")}
	f.Fuzz(func(t *testing.T, one, two string, both bool) {
		lines := []string{one}
		if both {
			lines = append(lines, two)
		}
		tags, ok := reference(lines)
		if len(tags) > 200 || strings.Count(one+two, ",") > 200 {
			t.Skip() // the bound on members
		}
		star := len(lines) == 1 && strings.Trim(one, " \t") == "*"
		has := func(wanted ...string) bool {
			for _, tag := range tags {
				for _, w := range wanted {
					if tag == w {
						return true
					}
				}
			}
			return false
		}
		h := http.Header{"If-Match": lines}
		if got, want := etag.Evaluate("PUT", h, strong) == etag.Proceed, star || ok && has(`"a"`); got != want {
			t.Errorf("If-Match: %q: %v", lines, got)
		}
		if got := etag.Evaluate("PUT", h, weak) == etag.Proceed; got != star {
			t.Errorf("If-Match: %q and a weak tag: %v", lines, got)
		}
		h = http.Header{"If-None-Match": lines}
		for _, v := range []etag.Validators{strong, weak} {
			got := etag.Evaluate("GET", h, v)
			if got == etag.NotModified && !star && !has(`"a"`, `W/"a"`) {
				t.Errorf("If-None-Match: %q: 304 for no reason", lines)
			}
			if got != etag.NotModified && (star || ok && has(`"a"`, `W/"a"`)) {
				t.Errorf("If-None-Match: %q: no 304", lines)
			}
			// A write fails where a read is not modified, and where a * is among
			// other members.
			put := etag.Evaluate("PUT", h, v)
			if put != etag.FailedPrecondition && got == etag.NotModified ||
				put == etag.FailedPrecondition && got != etag.NotModified && !strings.Contains(one+two, "*") {
				t.Errorf("If-None-Match: %q: GET %v, PUT %v", lines, got, put)
			}
		}
		if etag.Evaluate("GET", http.Header{"Range": {"bytes=0-1"}, "If-Range": lines}, weak) != etag.ProceedWhole {
			t.Errorf("If-Range: %q holds for a weak tag", lines)
		}
	})
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "", "junk", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Thu, 01 Jan 1970 00:00:00 GMT", "Sunday, 06-Nov-99 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Mon, 29 Feb 2100 00:00:00 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		late, early := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)
		is := func(name string, at time.Time) bool {
			return etag.Evaluate("GET", http.Header{name: {s}}, etag.Validators{LastModified: at}) != etag.Proceed
		}
		date := is("If-Modified-Since", early)
		if date != is("If-Unmodified-Since", late) && is("If-Modified-Since", late) == false {
			t.Fatalf("%q is a date for one field only", s)
		}
		if !date {
			return
		}
		// The value means one second, which we look for by halving.
		lo, hi := early.Unix(), late.Unix()
		for lo < hi {
			mid := lo + (hi-lo+1)/2
			if is("If-Modified-Since", time.Unix(mid, 0)) {
				lo = mid
			} else {
				hi = mid - 1
			}
		}
		at := time.Unix(lo, 0).UTC()
		trimmed := strings.Trim(s, " \t")
		_, rest, _ := strings.Cut(trimmed, " ")
		for _, layout := range []string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
			if _, want, _ := strings.Cut(at.Format(layout), " "); rest == want {
				return
			}
		}
		t.Fatalf("%q was read as %v", s, at)
	})
}

// FuzzRequest sends arbitrary fields through the middleware: it never panics,
// and says 304 to nobody who does not name the current tag.
func FuzzRequest(f *testing.F) {
	f.Add("If-None-Match", `"a"`, "If-Range", `"a"`)
	f.Add("If-Match", `*`, "Range", `bytes=0-1`)
	f.Add("If-Modified-Since", "Sun, 06 Nov 2094 08:49:37 GMT", "If-None-Match", `*`)
	served, tags := map[string]http.Handler{}, map[string]string{}
	for name, p := range map[string]etag.Provider{"version": version("v"), "hash": etag.BodyHash{}} {
		served[name] = etag.Conditional{Provider: p, Revision: "r", VaryOn: []string{"Accept"}}.Wrap(saying(200))
		tags[name] = strings.TrimPrefix(inProcess(served[name], "GET").Header.Get("ETag"), "W/")
	}
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		names := func(tag string) bool {
			return strings.Contains(value1, tag[:len(tag)-1]) || strings.Contains(value2, tag[:len(tag)-1]) ||
				strings.Trim(value1, " \t") == "*" || strings.Trim(value2, " \t") == "*"
		}
		for which, h := range served {
			if res := inProcess(h, "GET", name1+": "+value1, name2+": "+value2); res.StatusCode == 304 && !names(tags[which]) {
				t.Errorf("%s: 304 for %s: %q, %s: %q", which, name1, value1, name2, value2)
			}
		}
	})
}
