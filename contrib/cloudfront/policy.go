package cloudfront

import "time"

// readCachePolicy reads the policy that an ID or a reference names.
func (d *Distribution) readCachePolicy(node *value, s *settings) {
	s.policy = node.str()
	if m, ok := managed(managedCachePolicies, node.str()); ok && node.is(scalar) {
		seconds := func(n int) ttl { return ttl{time.Duration(n) * time.Second, node.at()} }
		s.policy = m.Name
		s.min, s.def, s.max = seconds(m.MinTTL), seconds(m.DefaultTTL), seconds(m.MaxTTL)
		s.gzip, s.brotli, s.codesAt = m.Gzip, m.Brotli, node.at()
		s.key = keyed{
			query:   managedSelection(m.Query, node.at()),
			headers: managedSelection(m.Headers, node.at()),
			cookies: managedSelection(m.Cookies, node.at()),
		}
		return
	}
	config := d.policyConfig(node, "AWS::CloudFront::CachePolicy", "CachePolicyConfig")
	if !config.is(object) {
		d.unknown(node.at(), "the cache policy "+describe(node)+" is not in the file: no key and no lifetimes of its own are assumed")
		s.max = ttl{365 * day, node.at()}
		s.gzip, s.brotli = true, true
		return
	}
	s.policy = node.ref()
	s.min = d.lifetime(config.get("MinTTL"), "MinTTL", 0)
	s.def = d.lifetime(config.get("DefaultTTL"), "DefaultTTL", day)
	s.max = d.lifetime(config.get("MaxTTL"), "MaxTTL", 365*day)
	parameters := config.get("ParametersInCacheKeyAndForwardedToOrigin")
	s.codesAt = parameters.get("EnableAcceptEncodingGzip").at()
	s.gzip, _ = parameters.get("EnableAcceptEncodingGzip").boolean()
	s.brotli, _ = parameters.get("EnableAcceptEncodingBrotli").boolean()
	s.key = d.keyed(parameters)
}

// keyed reads the three configurations that cache policies and origin request
// policies share.
func (d *Distribution) keyed(config *value) keyed {
	k := keyed{
		query:   readSelection(config.get("QueryStringsConfig"), "QueryStringBehavior", "QueryStrings"),
		headers: readSelection(config.get("HeadersConfig"), "HeaderBehavior", "Headers"),
		cookies: readSelection(config.get("CookiesConfig"), "CookieBehavior", "Cookies"),
	}
	for name, s := range map[string]selection{"query strings": k.query, "headers": k.headers, "cookies": k.cookies} {
		if !s.known {
			d.unknown(s.pos, "which "+name+" the policy has")
		}
	}
	return k
}

// readOriginRequestPolicy reads what is forwarded without being in the key.
func (d *Distribution) readOriginRequestPolicy(node *value, s *settings) {
	if node.is(absent) {
		return
	}
	s.forAt = node.at()
	if m, ok := managed(managedOriginRequestPolicies, node.str()); ok && node.is(scalar) {
		s.forward = keyed{
			query:   managedSelection(m.Query, node.at()),
			headers: managedSelection(m.Headers, node.at()),
			cookies: managedSelection(m.Cookies, node.at()),
		}
		return
	}
	config := d.policyConfig(node, "AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig")
	if !config.is(object) {
		d.unknown(node.at(), "the origin request policy "+describe(node)+" is not in the file: it is taken to forward nothing")
		return
	}
	s.forward = d.keyed(config)
}

// policyConfig is the configuration of the policy that node refers to.
func (d *Distribution) policyConfig(node *value, kind, config string) *value {
	id := node.ref()
	if id == "" || d.stack.kindOf(id) != kind {
		return nil
	}
	return d.stack.properties(id).get(config)
}

func describe(node *value) string {
	if node.is(scalar) {
		return node.text
	}
	return "(" + reason(node) + ")"
}

// answersCORS reports whether a response headers policy sends CORS fields.
func (d *Distribution) answersCORS(node *value) bool {
	if _, ok := managedCORS[node.str()]; ok {
		return true
	}
	config := d.policyConfig(node, "AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig")
	return config.get("CorsConfig").is(object)
}
