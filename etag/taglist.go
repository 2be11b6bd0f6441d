package etag

import "github.com/freshen-go/freshen/internal/field"

// maxMembers is how many members of an If-Match or If-None-Match field are
// compared. A field with more of them decides in favor of the stored state: a
// read is answered in full, and a write fails, since a member that was not
// compared could have matched.
const maxMembers = 1000

// A tagList iterates over the members of a field of entity-tags, over all its
// lines (RFC 9110, sections 5.3, 5.6.1 and 13.1.1), without copying. A comma
// within quotes does not separate members. Empty members are skipped.
type tagList struct {
	lines []string
	rest  string
	count int

	malformed bool // a member was not an entity-tag; the next ones are read all the same
	star      bool // such a member was *
	starLike  bool // such a member began with *
	tooLong   bool // there were more members than are compared
}

// next returns the next member that is an entity-tag.
func (l *tagList) next() (Tag, bool) {
	rest := l.rest
	for {
		rest = trimLeft(rest, ',')
		if rest == "" {
			if len(l.lines) == 0 {
				l.rest = ""
				return Tag{}, false
			}
			rest, l.lines = l.lines[0], l.lines[1:]
			continue
		}
		if l.count++; l.count > maxMembers {
			l.tooLong, l.rest, l.lines = true, "", nil
			return Tag{}, false
		}
		n, ok := scanTag(rest)
		if ok {
			if l.rest = trimLeft(rest[n:], ' '); l.rest == "" || l.rest[0] == ',' {
				return Tag{wire: rest[:n]}, true
			}
		}
		l.malformed = true
		member := rest
		rest = skipMember(rest)
		if member[0] == '*' {
			l.starLike = true
			l.star = l.star || field.Trim(member[:len(member)-len(rest)]) == "*"
		}
	}
}

// skipMember drops a malformed member: up to the next comma outside quotes. A
// quote that is never closed takes the rest of the line.
func skipMember(s string) string {
	quoted := false
	for i := range len(s) {
		switch s[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return s[i:]
			}
		}
	}
	return ""
}

// isStar reports whether the field is *, alone on its one line. Next to anything
// else a * is malformed.
func isStar(lines []string) bool {
	return len(lines) == 1 && (lines[0] == "*" || field.Trim(lines[0]) == "*")
}

// trimLeft drops white space and one more byte. Every member passes through
// here, and strings.TrimLeft builds a set each time.
func trimLeft(s string, also byte) string {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == also || s[i] == '\t') {
		i++
	}
	return s[i:]
}
