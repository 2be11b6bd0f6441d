package cloudfront

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// newDistribution reads a DistributionConfig of CloudFormation. Terraform's
// resources are brought into the same form first.
func newDistribution(s *stack, name, id string, config *value) *Distribution {
	d := &Distribution{Name: name, Position: config.at(), stack: s, id: id, config: config}
	if at, ok := s.lines[id]; ok {
		d.Position = at
	}
	if !config.is(object) {
		d.unknown(d.Position, "DistributionConfig: "+reason(config))
	}
	for _, node := range itemsOf(config.get("CacheBehaviors")) {
		pattern := node.get("PathPattern")
		if !pattern.is(scalar) {
			d.unknown(node.at(), "PathPattern: "+reason(pattern)+"; the behavior is left out")
			continue
		}
		if len(pattern.refs) > 0 {
			d.unknown(pattern.at(), "PathPattern: "+whyUnknown(pattern))
		}
		d.Behaviors = append(d.Behaviors, d.readBehavior(node, pattern.text))
	}
	d.Behaviors = append(d.Behaviors, d.readBehavior(config.get("DefaultCacheBehavior"), "*"))
	return d
}

// errorTTLs are the times for which errors are kept, where the template says.
func (d *Distribution) errorTTLs() (times map[int]time.Duration, at map[int]Position) {
	times, at = map[int]time.Duration{}, map[int]Position{}
	for _, node := range itemsOf(d.config.get("CustomErrorResponses")) {
		status, err := strconv.Atoi(node.get("ErrorCode").str())
		if err != nil {
			continue
		}
		entry := node.get("ErrorCachingMinTTL")
		kept := 10 * time.Second
		if !entry.is(absent) {
			kept = d.lifetime(entry, "ErrorCachingMinTTL", kept).d
		}
		times[status], at[status] = kept, entry.at()
	}
	return times, at
}

// profile makes the profile of a behavior from its settings.
func (s *settings) profile(d *Distribution) cachetest.Profile {
	p := cachetest.CloudFront()
	p.TTL.Min, p.TTL.Default, p.TTL.Max = s.min.d, s.def.d, s.max.d
	p.Key.Query, p.Key.QueryExcept = s.key.query.list(), s.key.query.except
	p.Key.Cookies, p.Key.CookiesExcept = s.key.cookies.list(), s.key.cookies.except
	p.Key.Headers = canonical(s.key.headers.names)
	p.Key.Codings = nil
	if s.brotli && s.cached {
		p.Key.Codings = append(p.Key.Codings, "br")
	}
	if s.gzip && s.cached {
		p.Key.Codings = append(p.Key.Codings, "gzip")
	}
	if !s.compress || p.Key.Codings == nil {
		p.Compress = cachetest.Compression{}
	}
	s.forwarding(d, &p.Forward)
	p.Errors.ByStatus, _ = d.errorTTLs()
	if !s.cached {
		p.Store.Extensions = []string{} // no path is cached
		p.TTL.Max = 0
	}
	return p
}

// forwarding sets what the origin gets.
func (s *settings) forwarding(d *Distribution, f *cachetest.Forwarding) {
	f.Headers = slices.Concat(f.Headers, canonical(s.forward.headers.names))
	if s.forward.headers.all || s.key.headers.all {
		f.Headers = []string{"*"}
	}
	f.Query, f.Cookies = s.forward.query.list(), s.forward.cookies.list()
	if len(s.forward.query.except)+len(s.forward.cookies.except) > 0 {
		d.unknown(s.forAt, "the origin request policy forwards all parameters or cookies except some: it is simulated with all of them")
	}
	f.Methods = s.allowed
	f.Set = maps.Clone(f.Set)
	maps.Copy(f.Set, d.customHeaders(s.origin))
	sends := func(name string) bool { return s.forward.headers.has(name, true) || s.key.headers.has(name, true) }
	if sends("User-Agent") {
		delete(f.Set, "User-Agent")
	}
	if sends("Host") {
		f.Host = ""
	} else if s.origin.domain.known() {
		f.Host = s.origin.domain.text
	}
	if timeout, ok := s.origin.node.get("CustomOriginConfig", "OriginReadTimeout").seconds(); ok {
		f.Timeout = timeout
	}
	if timeout, ok := s.origin.node.get("VpcOriginConfig", "OriginReadTimeout").seconds(); ok {
		f.Timeout = timeout
	}
}

// customHeaders are the fields that CloudFront adds for an origin, as far as
// their values are known.
func (d *Distribution) customHeaders(o *origin) map[string]string {
	fields := map[string]string{}
	for _, node := range itemsOf(o.node.get("OriginCustomHeaders")) {
		name, text := node.get("HeaderName"), node.get("HeaderValue")
		switch {
		case name.known() && text.known():
			fields[name.text] = text.text
		case name.known():
			d.unknown(node.at(), "the value of "+name.text+", which CloudFront adds: "+whyUnknown(text))
		}
	}
	return fields
}
