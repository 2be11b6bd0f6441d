package lambdaadapter

// maxEscape is the length of the longest escape, such as \u0001.
const maxEscape = 6

// escapes has for each octet the second octet of its escape in a JSON string, or
// 0 if it needs none (RFC 8259, section 7). HTML's characters are not escaped: a
// payload does not appear in a page.
var escapes = func() (of [256]byte) {
	for c := range 0x20 {
		of[c] = 'u'
	}
	of['"'], of['\\'], of['\b'], of['\f'], of['\n'], of['\r'], of['\t'] = '"', '\\', 'b', 'f', 'n', 'r', 't'
	return of
}()

// escapedLen returns the length of s within a JSON string.
func escapedLen(s string) int {
	n := len(s)
	for i := range len(s) {
		switch escapes[s[i]] {
		case 0:
		case 'u':
			n += maxEscape - 1
		default:
			n++
		}
	}
	return n
}

// appendEscaped appends s, which is UTF-8, as the inside of a JSON string.
func appendEscaped(out []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		if escapes[s[i]] == 0 {
			continue
		}
		out = append(out, s[start:i]...)
		var escape [maxEscape]byte
		out = append(out, escape[:putEscape(escape[:], s[i])]...)
		start = i + 1
	}
	return append(out, s[start:]...)
}

// writeEscaped writes s, which is UTF-8, as the inside of a JSON string to dst.
// It returns false if that takes more than limit octets; dst has room for
// maxEscape more than limit.
//
// Writing by index is much faster than appending, since JSON within JSON has an
// escape every few octets. Where eight octets need none, they are copied at once.
func writeEscaped(dst, s []byte, limit int) (n int, ok bool) {
	const block = 8
	for len(s) >= block && n+block*maxEscape <= limit {
		b := (*[block]byte)(s)
		s = s[block:]
		if escapes[b[0]]|escapes[b[1]]|escapes[b[2]]|escapes[b[3]]|
			escapes[b[4]]|escapes[b[5]]|escapes[b[6]]|escapes[b[7]] == 0 {
			*(*[block]byte)(dst[n:]) = *b
			n += block
			continue
		}
		for _, c := range b {
			if escapes[c] == 0 {
				dst[n] = c
				n++
			} else {
				n += putEscape(dst[n:], c)
			}
		}
	}
	for _, c := range s {
		if n > limit {
			return 0, false
		}
		if escapes[c] == 0 {
			dst[n] = c
			n++
		} else {
			n += putEscape(dst[n:], c)
		}
	}
	return n, n <= limit
}

// putEscape writes the escape of c to the beginning of to, and returns its
// length.
func putEscape(to []byte, c byte) int {
	const hex = "0123456789abcdef"
	e := escapes[c]
	to[0], to[1] = '\\', e
	if e != 'u' {
		return 2
	}
	to[2], to[3], to[4], to[5] = '0', '0', hex[c>>4], hex[c&15]
	return maxEscape
}
