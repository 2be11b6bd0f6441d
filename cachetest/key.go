package cachetest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Key says which requests may share a stored response. What is in the key is
// also forwarded to the origin.
type Key struct {
	// Query, Headers and Cookies name the query parameters, header fields and
	// cookies that are in the key. "*" in Query or Cookies means all of them,
	// but for those in QueryExcept and CookiesExcept.
	Query, Headers, Cookies    []string
	QueryExcept, CookiesExcept []string

	// Codings lists the content codings that the cache keeps of Accept-Encoding,
	// in this order. The result is in the key; the origin gets it, or
	// "identity".
	Codings []string

	// AnyScheme leaves the scheme out of the key.
	AnyScheme bool
}

// An ask is a request as the engine sees it. It is not changed once made.
type ask struct {
	p       *Profile
	r       *http.Request
	sent    fields // of r, for the log
	uri     string // scheme, host, path and keyed query: what an unsafe method invalidates
	extra   string // the rest of the key: keyed fields, cookies and codings
	d       directives
	noCache bool // no-cache, or Pragma: no-cache where Cache-Control is absent
	interim func(status int, h http.Header)
	moment  moment   // of the exchange
	log     *journal // that has the exchange
}

// newAsk takes r apart. r has a Host and a canonical header.
func newAsk(p *Profile, r *http.Request) *ask {
	q := &ask{p: p, r: r, sent: fieldsOf(r.Header), uri: p.uri(r, r.URL)}
	q.extra = q.keyed()
	if slices.Contains(p.Control.IgnoreRequest, "*") {
		return q
	}
	if lines := r.Header["Cache-Control"]; len(lines) > 0 {
		q.d = parse(lines, &p.Syntax)
		q.d.drop(p.Control.IgnoreRequest)
		q.noCache = q.d.NoCache
	} else if lines := r.Header["Pragma"]; len(lines) > 0 && !slices.Contains(p.Control.IgnoreRequest, "no-cache") {
		q.noCache = parse(lines, &p.Syntax).NoCache // RFC 9111, section 5.4
	}
	return q
}

func (q *ask) is(methods ...string) bool { return slices.Contains(methods, q.r.Method) }

// head is q under the key of stored responses to HEAD.
func (q *ask) head() *ask {
	own := *q
	own.extra += "\nHEAD"
	return &own
}

// uri is the part of the key that names the resource (RFC 9111, section 2): u
// on the scheme and host of r.
func (p *Profile) uri(r *http.Request, u *url.URL) string {
	scheme, port := "http://", ":80"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme, port = "https://", ":443"
	}
	if p.Key.AnyScheme {
		scheme = "//"
	}
	// RFC 9110, section 4.2.3: hosts in any case and default ports are equal.
	host, path := strings.TrimSuffix(strings.ToLower(r.Host), port), u.EscapedPath()
	if query := p.query(u.RawQuery); query != "" {
		return scheme + host + path + "?" + query
	}
	return scheme + host + path
}

// query keeps the parameters that are in the key.
func (p *Profile) query(raw string) string {
	return filterQuery(raw, p.Key.Query, p.Key.QueryExcept, nil)
}

// filterQuery keeps the named parameters of a query, in their order and
// spelling: those in names, where "*" means all but for except, and in more.
func filterQuery(raw string, names, except, more []string) string {
	all := slices.Contains(names, "*")
	switch {
	case len(names)+len(more) == 0 || raw == "":
		return ""
	case all && len(except) == 0 || slices.Contains(more, "*"):
		return raw
	}
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if all && !slices.Contains(except, plain) ||
			err == nil && (slices.Contains(names, plain) || slices.Contains(more, plain)) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// keyed is the part of the key that the request's header decides.
func (q *ask) keyed() string {
	p, h := q.p, q.r.Header
	n := len(p.Key.Headers)
	if n+len(p.Key.Cookies)+len(p.Key.Codings) == 0 {
		return ""
	}
	if len(p.Key.Cookies)+len(p.Key.Codings) == 0 && n < len(noValues) && !q.sent.any(p.Key.Headers) {
		return noValues[:n+1] // the usual case, without building it
	}
	var key strings.Builder
	for _, name := range p.Key.Headers {
		for _, value := range h[name] {
			key.WriteString(value)
			key.WriteByte(',')
		}
		key.WriteByte('\n')
	}
	key.WriteString(p.cookies(h["Cookie"]))
	key.WriteByte('\n')
	key.WriteString(p.codings(h["Accept-Encoding"]))
	return key.String()
}

// noValues begins with what keyed returns where the keyed fields are absent.
const noValues = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"

// cookies keeps the cookies that are in the key.
func (p *Profile) cookies(lines []string) string {
	return filterCookies(lines, p.Key.Cookies, p.Key.CookiesExcept, nil)
}

// filterCookies keeps the named cookies, sorted by name: those in names, where
// "*" means all but for except, and in more.
func filterCookies(lines, names, except, more []string) string {
	if len(names)+len(more) == 0 || len(lines) == 0 {
		return ""
	}
	all, any := slices.Contains(names, "*"), slices.Contains(more, "*")
	var kept []string
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			name, _, _ := strings.Cut(pair, "=")
			if any || all && !slices.Contains(except, name) || slices.Contains(names, name) || slices.Contains(more, name) {
				kept = append(kept, pair)
			}
		}
	}
	slices.SortStableFunc(kept, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	return strings.Join(kept, "; ")
}

// codings reduces Accept-Encoding to the codings of the profile.
func (p *Profile) codings(lines []string) string {
	if len(p.Key.Codings) == 0 || len(lines) == 0 {
		return ""
	}
	var kept []string
	for _, coding := range p.Key.Codings {
		if accepts(lines, coding) {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

// accepts reports whether Accept-Encoding lists the coding with a weight above
// 0.
func accepts(lines []string, want string) bool {
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			coding, weight, _ := strings.Cut(member, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), want) {
				continue
			}
			weight = strings.ReplaceAll(weight, " ", "")
			return !strings.HasPrefix(weight, "q=0") || strings.Trim(weight[3:], ".0") != ""
		}
	}
	return false
}

// outgoing is the header that the origin gets: what the profile keys or
// forwards, and nothing else.
func (p *Profile) outgoing(r *http.Request) http.Header {
	forward := p.Forward.Headers
	if !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, r.Method) {
		forward = append(slices.Clip(forward), p.Forward.Unsafe...)
	}
	all := slices.Contains(forward, "*")
	h := make(http.Header, len(r.Header))
	for name, values := range r.Header {
		if all || slices.Contains(forward, name) || slices.Contains(p.Key.Headers, name) {
			h[name] = slices.Clone(values)
		}
	}
	if _, whole := h["Cookie"]; !whole {
		if cookies := filterCookies(r.Header["Cookie"], p.Key.Cookies, p.Key.CookiesExcept, p.Forward.Cookies); cookies != "" {
			h["Cookie"] = []string{cookies}
		}
	}
	if len(p.Key.Codings) > 0 {
		codings := p.codings(r.Header["Accept-Encoding"])
		if codings == "" {
			codings = "identity"
		}
		h["Accept-Encoding"] = []string{codings}
	}
	dropHopByHop(h, false)
	for _, name := range p.Forward.Remove {
		delete(h, name)
	}
	for name, value := range p.Forward.Set {
		h.Set(name, value)
	}
	return h
}

// hopByHop are the fields that describe one connection (RFC 9110, section
// 7.6.1), and those that concern one proxy (RFC 9111, section 3.1).
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
}

// dropHopByHop removes them, and unless they are kept those that Connection
// lists.
func dropHopByHop(h http.Header, keepListed bool) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			if !keepListed {
				h.Del(strings.TrimSpace(name))
			}
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}
