package lambdaadapter

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// limit returns the size in octets of the largest response that is accepted.
// For Lambda it is 6 MiB and 100 octets for the envelope: the runtime refuses a
// larger one and ends the process. A load balancer accepts 1 MiB.
func (f format) limit() int64 {
	if f == alb {
		return 1 << 20
	}
	return 6<<20 + 100
}

// manyValues reports whether the response has a list of values for each field.
// Without it, it has one value, and the cookies in a list of their own.
func (e *event) manyValues() bool {
	switch e.format {
	case restAPI, httpAPI1:
		return true
	case alb:
		return e.multiHeaders != nil // the target group is configured for it
	}
	return false
}

// plain returns an answer of the adapter's own. No cache may store it: it is not
// about the resource.
func (e *event) plain(status int, text string) []byte {
	return e.encode(status, plainHeader(), e.plainBody(text))
}

// plainHead is plain without the body.
func (e *event) plainHead(status int) []byte { return e.encode(status, plainHeader(), nil) }

func plainHeader() http.Header {
	return http.Header{
		"Cache-Control": {"no-store"},
		"Content-Type":  {"text/plain; charset=utf-8"},
	}
}

func (e *event) plainBody(text string) []byte {
	if e.method == http.MethodHead { // RFC 9110, section 9.3.2
		return nil
	}
	return []byte(text)
}

// encode is event.encode with what it cannot express in the log.
func (x *exchange) encode(status int, header http.Header, body []byte) []byte {
	if x.event.method != http.MethodHead {
		// The gateway knows the length, and a Function URL passes the field on under
		// another name.
		delete(header, "Content-Length")
	}
	x.dropUnencodable(header)
	if status == http.StatusNotModified && header["Content-Type"] == nil && x.event.format != alb {
		x.warnOnce("type", "lambdaadapter: a 304 has no Content-Type; API Gateway may add text/plain, "+
			"and a CDN then changes the type of the response that it has stored "+
			"(use etag.Conditional, or write the 304 with the Content-Type of the 200)")
	}
	if x.event.format == alb && !x.event.manyValues() && len(header["Set-Cookie"]) > 1 {
		cookies := header["Set-Cookie"]
		header["Set-Cookie"] = cookies[len(cookies)-1:]
		x.warnOnce("cookies", "lambdaadapter: sent only the last of several cookies "+
			"(enable lambda.multi_value_headers.enabled on the target group)")
	}
	return x.event.encode(status, header, body)
}

// dropUnencodable removes what JSON cannot carry. A value that is not UTF-8 would
// arrive changed, and two different entity-tags possibly as one. Cookies are
// independent of one another; the lines of another field are one list.
func (x *exchange) dropUnencodable(header http.Header) {
	for name, values := range header {
		if !slices.ContainsFunc(values, notUTF8) {
			continue
		}
		if name == "Set-Cookie" {
			values = slices.DeleteFunc(slices.Clone(values), notUTF8)
		} else {
			values = nil
		}
		if header[name] = values; len(values) == 0 {
			delete(header, name)
		}
		x.logger().WarnContext(x.request.Context(), "lambdaadapter: dropped a response field that is not UTF-8 (percent-encode its value)", "field", name)
	}
}

func notUTF8(s string) bool { return !utf8.ValidString(s) }

// encode returns the response as the sender of the event takes it. header and
// body must be what a server would send, as a recorder returns them, and header
// in UTF-8. It writes into one piece of memory.
func (e *event) encode(status int, header http.Header, body []byte) []byte {
	var few [32]string
	names, size := few[:0], 128
	for name, values := range header {
		names = append(names, name)
		size += len(name) + 8
		for _, v := range values {
			size += escapedLen(v) + 4
		}
	}
	slices.Sort(names) // so that equal responses are equal payloads

	out := make([]byte, 0, size+bodyRoom(body))
	out = append(out, `{"statusCode":`...)
	out = strconv.AppendInt(out, int64(status), 10)
	if e.format == alb {
		out = append(out, `,"statusDescription":"`...)
		out = strconv.AppendInt(out, int64(status), 10)
		if text := http.StatusText(status); text != "" {
			out = append(append(out, ' '), text...)
		}
		out = append(out, '"')
	}
	if e.manyValues() {
		out = appendLists(out, names, header)
	} else {
		out = e.appendHeaders(out, names, header)
	}
	if e.format == alb && len(body) == 0 {
		out = append(out, `,"isBase64Encoded":false`...) // required there
	}
	if len(body) > 0 {
		out = appendBody(out, body)
	}
	return append(out, '}')
}

// appendHeaders appends the fields with one value each, and the cookies, which
// cannot be joined (RFC 9110, section 5.3).
func (e *event) appendHeaders(out []byte, names []string, header http.Header) []byte {
	apart := e.format != alb
	out = append(out, `,"headers":{`...)
	comma := false
	for _, name := range names {
		if apart && name == "Set-Cookie" {
			continue
		}
		if comma {
			out = append(out, ',')
		}
		comma = true
		out = append(out, '"')
		out = append(out, name...) // a token needs no escapes
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
	if cookies := header["Set-Cookie"]; apart && len(cookies) > 0 {
		out = append(out, `,"cookies":`...)
		out = appendList(out, cookies)
	}
	return out
}

// appendLists appends the fields with all their values.
func appendLists(out []byte, names []string, header http.Header) []byte {
	out = append(out, `,"multiValueHeaders":{`...)
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, name...)
		out = append(out, `":`...)
		out = appendList(out, header[name])
	}
	return append(out, '}')
}

func appendList(out []byte, values []string) []byte {
	out = append(out, '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = appendEscaped(out, v)
		out = append(out, '"')
	}
	return append(out, ']')
}

const asText, asBase64 = `,"body":"`, `,"isBase64Encoded":true,"body":"`

// bodyRoom returns how much room appendBody needs.
func bodyRoom(body []byte) int {
	if len(body) == 0 {
		return 0
	}
	return len(asBase64) + base64.StdEncoding.EncodedLen(len(body)) + maxEscape
}

// appendBody appends body as text where it is UTF-8 and not longer as text than
// in base64: text that is mostly quotation marks or control characters is. out
// has the room for either.
func appendBody(out, body []byte) []byte {
	room := out[len(out):cap(out)]
	limit := len(asBase64) + base64.StdEncoding.EncodedLen(len(body))
	if utf8.Valid(body) {
		n := copy(room, asText)
		if m, ok := writeEscaped(room[n:limit+maxEscape], body, limit-n); ok {
			room[n+m] = '"'
			return out[:len(out)+n+m+1]
		}
	}
	n := copy(room, asBase64)
	base64.StdEncoding.Encode(room[n:limit], body)
	room[limit] = '"'
	return out[:len(out)+limit+1]
}
