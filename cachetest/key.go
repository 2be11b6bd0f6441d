package cachetest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An ask is a request as the engine sees it. It is not changed once made.
type ask struct {
	p       *Profile
	r       *http.Request
	uri     string // host, path and keyed query: what an unsafe method invalidates
	extra   string // the rest of the key: keyed fields, cookies and codings
	d       directives
	noCache bool // no-cache, or Pragma: no-cache where Cache-Control is absent
}

// newAsk takes r apart. r has a Host and a canonical header.
func newAsk(p *Profile, r *http.Request) *ask {
	q := &ask{p: p, r: r, uri: p.uri(r.Host, r.URL), extra: p.extra(r)}
	if p.Control.IgnoreRequest {
		return q
	}
	if lines := r.Header["Cache-Control"]; len(lines) > 0 {
		q.d = parse(lines)
		q.noCache = q.d.NoCache
	} else if lines := r.Header["Pragma"]; len(lines) > 0 {
		q.noCache = parse(lines).NoCache // RFC 9111, section 5.4
	}
	return q
}

func (q *ask) is(methods ...string) bool { return slices.Contains(methods, q.r.Method) }

// uri is the part of the key that names the resource, RFC 9111, section 2.
func (p *Profile) uri(host string, u *url.URL) string {
	key := strings.ToLower(host) + u.EscapedPath()
	if query := p.query(u.RawQuery); query != "" {
		key += "?" + query
	}
	return key
}

// query keeps the parameters that are in the key, in their order and spelling.
func (p *Profile) query(raw string) string {
	switch {
	case len(p.Key.Query) == 0 || raw == "":
		return ""
	case slices.Contains(p.Key.Query, "*"):
		return raw
	}
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil && slices.Contains(p.Key.Query, plain) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// extra is the part of the key that the request's header decides.
func (p *Profile) extra(r *http.Request) string {
	if len(p.Key.Headers)+len(p.Key.Cookies)+len(p.Key.Codings) == 0 {
		return ""
	}
	var key strings.Builder
	for _, name := range p.Key.Headers {
		key.WriteString(strings.Join(r.Header[name], ","))
		key.WriteByte('\n')
	}
	key.WriteString(p.cookies(r.Header["Cookie"]))
	key.WriteByte('\n')
	key.WriteString(p.codings(r.Header["Accept-Encoding"]))
	return key.String()
}

// cookies keeps the cookies that are in the key.
func (p *Profile) cookies(lines []string) string {
	if len(p.Key.Cookies) == 0 || len(lines) == 0 {
		return ""
	}
	if slices.Contains(p.Key.Cookies, "*") {
		return strings.Join(lines, "; ")
	}
	var kept []string
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			if name, _, _ := strings.Cut(pair, "="); slices.Contains(p.Key.Cookies, name) {
				kept = append(kept, pair)
			}
		}
	}
	return strings.Join(kept, "; ")
}

// codings reduces Accept-Encoding to the codings that the profile knows.
func (p *Profile) codings(lines []string) string {
	if len(p.Key.Codings) == 0 || len(lines) == 0 {
		return ""
	}
	accepted := make(map[string]bool)
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			coding, weight, _ := strings.Cut(member, ";")
			weight = strings.ReplaceAll(weight, " ", "")
			refused := strings.HasPrefix(weight, "q=0") && strings.Trim(weight[3:], ".0") == ""
			accepted[strings.ToLower(strings.TrimSpace(coding))] = !refused
		}
	}
	var kept []string
	for _, coding := range p.Key.Codings {
		if accepted[coding] {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ", ")
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
		if cookies := p.cookies(r.Header["Cookie"]); cookies != "" {
			h["Cookie"] = []string{cookies}
		}
	}
	if len(p.Key.Codings) > 0 {
		delete(h, "Accept-Encoding")
		if codings := p.codings(r.Header["Accept-Encoding"]); codings != "" {
			h["Accept-Encoding"] = []string{codings}
		}
	}
	dropHopByHop(h)
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

func dropHopByHop(h http.Header) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}
