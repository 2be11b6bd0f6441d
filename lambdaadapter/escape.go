package lambdaadapter

// maxEscape is the length of the longest escape, such as \u0001.
const maxEscape = 6

// widths tells how many octets a JSON string needs for each octet (RFC 8259,
// section 7). HTML's characters are not escaped: a payload does not appear in a
// page.
var widths = func() (of [256]byte) {
	for c := range of {
		of[c] = 1
		if c < 0x20 {
			of[c] = 6
		}
	}
	for _, c := range `"\` + "\b\f\n\r\t" {
		of[c] = 2
	}
	return of
}()

// escapedLen returns the length of s within a JSON string.
func escapedLen(s string) int {
	n := 0
	for i := range len(s) {
		n += int(widths[s[i]])
	}
	return n
}

// appendEscaped appends s, which is UTF-8, as the inside of a JSON string.
func appendEscaped(out []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		if widths[s[i]] == 1 {
			continue
		}
		out = append(out, s[start:i]...)
		var escape [maxEscape]byte
		out = append(out, escape[:putEscape(&escape, s[i])]...)
		start = i + 1
	}
	return append(out, s[start:]...)
}

// writeEscaped writes s, which is UTF-8, as the inside of a JSON string to dst.
// It returns false if that takes more than limit octets; dst has room for
// maxEscape more than limit. Writing by index is much faster than appending:
// JSON within JSON has an escape every few octets.
func writeEscaped(dst, s []byte, limit int) (n int, ok bool) {
	for _, c := range s {
		if n > limit {
			return 0, false
		}
		if widths[c] == 1 {
			dst[n] = c
			n++
			continue
		}
		var escape [maxEscape]byte
		n += copy(dst[n:], escape[:putEscape(&escape, c)])
	}
	return n, n <= limit
}

// putEscape writes the escape of c and returns its length.
func putEscape(to *[maxEscape]byte, c byte) int {
	const hex = "0123456789abcdef"
	to[0] = '\\'
	switch c {
	case '"', '\\':
		to[1] = c
	case '\b':
		to[1] = 'b'
	case '\f':
		to[1] = 'f'
	case '\n':
		to[1] = 'n'
	case '\r':
		to[1] = 'r'
	case '\t':
		to[1] = 't'
	default:
		to[1], to[2], to[3], to[4], to[5] = 'u', '0', '0', hex[c>>4], hex[c&15]
		return maxEscape
	}
	return 2
}
