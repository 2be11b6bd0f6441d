package recorder

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// Result ends the response as net/http does when the handler returns. It returns
// what a client would get: the status, the header fields under their canonical
// names, and the body (nil for HEAD). Header and body belong to the caller; a
// second call returns the same ones. With a sink, the body is not returned.
func (rec *Recorder) Result() (status int, header http.Header, body []byte) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if !rec.returned {
		if !rec.wroteHeader {
			rec.writeHeader(http.StatusOK)
		}
		rec.commit(true)
		if rec.result == nil {
			rec.result = rec.wireHeader()
		}
		_ = rec.sendBody() // the sink knows of its error
		rec.returned = true
		if rec.head {
			rec.body = nil
		}
	}
	return rec.status, rec.result, rec.body
}

// Abandon makes every later write fail. It is for a handler that is not waited
// for: its response is not read, and [Recorder.Result] must not be called.
func (rec *Recorder) Abandon() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.returned = true
}

// Truncated reports whether the body is shorter than the declared
// Content-Length: net/http then closes the connection, and the client sees an
// unexpected EOF. Call it after the handler has returned.
func (rec *Recorder) Truncated() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.contentLength > rec.accepted && !rec.head && bodyAllowed(rec.status) && !foreignCoding(rec.frozen)
}

// TooLarge reports whether a write exceeded the limit of [Recorder.SetLimit].
func (rec *Recorder) TooLarge() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.tooLarge
}

// commit decides what net/http decides when the header goes to the connection:
// the sniffed Content-Type and the Content-Length that it adds. At that moment
// it knows no more of the body than what was written until then.
func (rec *Recorder) commit(handlerDone bool) {
	if rec.committed {
		return
	}
	rec.committed = true
	defer rec.sendHead()
	if !bodyAllowed(rec.status) {
		return
	}
	h := rec.frozen
	coded := first(h, "Transfer-Encoding") != ""
	_, typed := h["Content-Type"]
	if !typed && !coded && h.Get("Content-Encoding") == "" && len(rec.body) > 0 {
		rec.sniffed = http.DetectContentType(rec.body)
	}
	_, sized := h["Content-Length"]
	// A handler that wrote nothing for HEAD may have looked at the method.
	rec.addLength = handlerDone && !sized && !coded && !hasTrailers(h) && (!rec.head || rec.accepted > 0)
}

// wireHeader turns the frozen header into the one that a client would parse.
func (rec *Recorder) wireHeader() http.Header {
	h := rec.frozen
	// Fields are suppressed under their canonical name only, as net/http does.
	if !bodyAllowed(rec.status) || rec.contentLength == -1 || foreignCoding(h) {
		// net/http logs an invalid length. In a response to HEAD it sends it, and
		// clients refuse it; it is dropped here.
		delete(h, "Content-Length")
	}
	if rec.status == http.StatusNotModified && !rec.keepType {
		delete(h, "Content-Type")
	}
	h = canonical(h)
	dropConnectionFields(h)
	if lengths := h["Content-Length"]; len(lengths) > 1 && rec.contentLength != -1 {
		// Clients accept equal lengths as one.
		h["Content-Length"] = []string{strconv.FormatInt(rec.contentLength, 10)}
	}
	if rec.addLength {
		h["Content-Length"] = append(h["Content-Length"], strconv.FormatInt(rec.accepted, 10))
	}
	if rec.sniffed != "" {
		h["Content-Type"] = append(h["Content-Type"], rec.sniffed)
	}
	return h
}

// canonical drops fields without a value or with a name that is not a token,
// sanitizes values, and merges names that differ in case, in the order in which
// net/http writes them. It changes h, and returns h if there is nothing to merge.
func canonical(h http.Header) http.Header {
	merge := false
	for name, values := range h {
		if len(values) == 0 || !validName(name) {
			delete(h, name)
			continue
		}
		for i, v := range values {
			values[i] = sanitize(v)
		}
		merge = merge || http.CanonicalHeaderKey(name) != name
	}
	if !merge {
		return h
	}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	merged := make(http.Header, len(h))
	for _, name := range names {
		key := http.CanonicalHeaderKey(name)
		merged[key] = append(merged[key], h[name]...)
	}
	return merged
}

// connectionFields are the fields of RFC 9110, section 7.6.1, and the announcement
// of trailers, which are dropped.
var connectionFields = []string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func dropConnectionFields(h http.Header) {
	for _, v := range h["Connection"] {
		for name := range strings.SplitSeq(v, ",") {
			if name = textproto.TrimString(name); name != "" {
				h.Del(name)
			}
		}
	}
	for _, name := range connectionFields {
		delete(h, name)
	}
}

// hasTrailers reports whether the handler announced trailers: net/http then sends
// chunks in place of a length.
func hasTrailers(h http.Header) bool {
	if len(h["Trailer"]) > 0 {
		return true
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// foreignCoding reports whether the handler set a Transfer-Encoding that rules
// out a Content-Length.
func foreignCoding(h http.Header) bool {
	te := first(h, "Transfer-Encoding")
	return te != "" && te != "identity"
}

// first is Header.Get for a name that is canonical already.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func bodyAllowed(status int) bool {
	return status > 199 && status != http.StatusNoContent && status != http.StatusNotModified
}

var newlineToSpace = strings.NewReplacer("\n", " ", "\r", " ")

// sanitize keeps a value from ending its line.
func sanitize(v string) string {
	if strings.ContainsAny(v, "\r\n") {
		v = newlineToSpace.Replace(v)
	}
	return textproto.TrimString(v)
}

// validName reports whether name is a token, RFC 9110, section 5.6.2.
func validName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || '0' <= c && c <= '9' ||
			strings.IndexByte("!#$%&'*+.^_`|~", c) >= 0) {
			return false
		}
	}
	return name != ""
}
