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
	rest := l.rest
	for {
		rest = trimLeft(rest, ',')
		if rest == "" {
			if len(l.lines) == 0 || l.count >= maxMembers {
				l.rest = ""
				return Tag{}, false
			}
			rest, l.lines = l.lines[0], l.lines[1:]
			continue
		}
		if l.count++; l.count > maxMembers {
			l.bad, l.rest, l.lines = true, "", nil
			return Tag{}, false
		}
		n, ok := scanTag(rest)
		if ok {
			if l.rest = trimLeft(rest[n:], ' '); l.rest == "" || l.rest[0] == ',' {
				return Tag{rest[:n]}, true
			}
		}
		l.bad = true
		member := rest
		rest = skipMember(rest)
		if member[0] == '*' {
			l.stars = true
			l.star = l.star || trimSpace(member[:len(member)-len(rest)]) == "*"
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
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == also || s[i] == '\t') {
		i++
	}
	return s[i:]
}
