package lambdaadapter

import (
	"encoding/base64"
	"log"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxPayload is the size in octets of the largest response that the Lambda
// runtime takes: 6 MiB and 100 octets for the envelope. A larger one ends the
// process.
const maxPayload = 6<<20 + 100

// encode returns the response in payload format 2.0. header and body must be
// what a server would send, as a recorder gives them.
func encode(status int, header http.Header, body []byte) []byte {
	names := make([]string, 0, 32)
	size := 64
	for name, values := range header {
		if !carriable(name, values) {
			continue
		}
		names = append(names, name)
		size += len(name) + 8
		for _, v := range values {
			size += len(v) + 8
		}
	}
	slices.Sort(names) // so that equal responses are equal payloads

	out := make([]byte, 0, size+len(body)+len(body)/4)
	out = append(out, `{"statusCode":`...)
	out = strconv.AppendInt(out, int64(status), 10)
	out = append(out, `,"headers":{`...)
	comma := false
	for _, name := range names {
		if name == "Set-Cookie" {
			continue // cannot be joined, RFC 9110, section 5.3; has a list of its own
		}
		if comma {
			out = append(out, ',')
		}
		comma = true
		out = append(out, '"')
		out = append(out, name...) // a token needs no escaping
		out = append(out, `":"`...)
		for i, v := range header[name] {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = appendEscaped(out, v)
		}
		out = append(out, '"')
	}
	out = append(out, '}')
	if slices.Contains(names, "Set-Cookie") {
		for i, v := range header["Set-Cookie"] {
			if i == 0 {
				out = append(out, `,"cookies":["`...)
			} else {
				out = append(out, `","`...)
			}
			out = appendEscaped(out, v)
		}
		out = append(out, `"]`...)
	}
	if len(body) > 0 {
		out = appendBody(out, body)
	}
	return append(out, '}')
}

// carriable reports whether JSON can carry the values. Those that are not UTF-8
// would arrive changed, two different entity-tags possibly as one; better none.
func carriable(name string, values []string) bool {
	for _, v := range values {
		if !utf8.ValidString(v) {
			log.Printf("lambdaadapter: dropped response header %s, which is not UTF-8", name)
			return false
		}
	}
	return true
}

// appendBody appends body as text where it is UTF-8 and that is not longer than
// base64: text that is mostly quotes or control characters is.
func appendBody(out, body []byte) []byte {
	const asText, asBase64 = `,"body":"`, `,"isBase64Encoded":true,"body":"`
	start := len(out)
	if utf8.Valid(body) {
		limit := start + len(asBase64) + base64.StdEncoding.EncodedLen(len(body))
		out = append(out, asText...)
		// By pieces, lest 6 MB become 36 before it turns out that they should not.
		for piece := range slices.Chunk(body, 16<<10) {
			out = appendEscaped(out, piece)
			if len(out) > limit {
				break
			}
		}
		if len(out) <= limit {
			return append(out, '"')
		}
		out = out[:start]
	}
	out = append(out, asBase64...)
	out = base64.StdEncoding.AppendEncode(out, body)
	return append(out, '"')
}

// escaped marks the octets that a JSON string cannot hold as such, RFC 8259,
// section 7. HTML's are not among them: nobody puts a payload into a page.
var escaped = func() (e [256]bool) {
	for c := range 0x20 {
		e[c] = true
	}
	e['"'], e['\\'] = true, true
	return e
}()

// appendEscaped appends s, which is UTF-8, as the inside of a JSON string.
func appendEscaped[T []byte | string](out []byte, s T) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i := range len(s) {
		c := s[i]
		if !escaped[c] {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, `\b`...)
		case '\f':
			out = append(out, `\f`...)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, `\u00`...)
			out = append(out, hex[c>>4], hex[c&15])
		}
	}
	return append(out, s[start:]...)
}

// plain returns an answer of the adapter's own. No cache may keep it: it says
// nothing about the resource.
func plain(status int, text string) []byte {
	return encode(status, http.Header{
		"Cache-Control": {"no-store"},
		"Content-Type":  {"text/plain; charset=utf-8"},
	}, []byte(text))
}

func tooLarge(method, path string) []byte {
	log.Printf("lambdaadapter: the response to %s %s is larger than the %d octets that Lambda takes", method, path, maxPayload)
	return plain(http.StatusInternalServerError,
		"500 Internal Server Error: the response is larger than AWS Lambda's limit of 6 MB")
}
