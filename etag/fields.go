package etag

// maxMembers is how many members of an If-Match or If-None-Match field are
// looked at. Further ones do not match: a request is refused or answered in
// full for them, never more than that.
const maxMembers = 256

// A tagList walks the members of a field of entity-tags over all its lines
// (RFC 9110, sections 5.3, 5.6.1 and 13.1.1), without copying. A comma inside
// quotes separates nothing; empty members are skipped.
type tagList struct {
	lines []string
	rest  string
	count int
	bad   bool // a member was not an entity-tag; next goes on behind it
	star  bool // such a member was a *
	stars bool // such a member began with one
}

// next returns the next member that is an entity-tag.
func (l *tagList) next() (Tag, bool) {
	for {
		l.rest = trimLeft(l.rest, ',')
		if l.rest == "" {
			if len(l.lines) == 0 || l.count >= maxMembers {
				return Tag{}, false
			}
			l.rest, l.lines = l.lines[0], l.lines[1:]
			continue
		}
		if l.count++; l.count > maxMembers {
			l.bad, l.rest, l.lines = true, "", nil
			return Tag{}, false
		}
		n, ok := scanTag(l.rest)
		tag := l.rest[:n]
		end := trimLeft(l.rest[n:], ' ')
		if ok && (end == "" || end[0] == ',') {
			l.rest = end
			return Tag{tag}, true
		}
		l.bad = true
		member := l.rest
		l.rest = skipMember(l.rest)
		if member[0] == '*' {
			l.stars = true
			l.star = l.star || trimSpace(member[:len(member)-len(l.rest)]) == "*"
		}
	}
}

// skipMember drops a malformed member: up to the next comma that does not
// stand in quotes. A quote that is never closed takes the rest of the line.
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

// isStar reports whether the field is *, alone on its one line. Beside anything
// else it is malformed.
func isStar(lines []string) bool {
	return len(lines) == 1 && (lines[0] == "*" || trimSpace(lines[0]) == "*")
}

func trimSpace(s string) string {
	s = trimLeft(s, ' ')
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// trimLeft drops white space and one more byte. It is on the way of every
// member, and strings.TrimLeft builds a set each time.
func trimLeft(s string, also byte) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == also) {
		s = s[1:]
	}
	return s
}
