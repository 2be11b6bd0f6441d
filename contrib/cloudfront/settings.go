package cloudfront

import (
	"fmt"
	"strings"
	"time"
)

// settings are what a cache behavior says, with the places where it says it.
type settings struct {
	node   *value
	origin *origin

	min, def, max ttl
	policy        string // the name of the cache policy; "" with ForwardedValues
	policyAt      Position
	cached        bool

	key     keyed // what is in the key, and therefore forwarded
	forward keyed // what the origin request policy forwards besides
	forAt   Position
	gzip    bool
	brotli  bool
	codesAt Position

	compress   bool
	compressAt Position
	allowed    []string
	allowedAt  Position
	stored     []string // methods
	storedAt   Position
	viewer     string // protocol policy
	viewerAt   Position
	edgeCORS   bool // a response headers policy answers CORS
}

type keyed struct{ query, headers, cookies selection }

// A ttl is a lifetime, and where it comes from.
type ttl struct {
	d   time.Duration
	pos Position
}

// An origin is where a behavior's requests go.
type origin struct {
	node   *value
	id     string
	domain *value
	files  bool // a bucket, or another store of static files
	lambda bool // an API or a function, which answers other hosts with 403
}

// readBehavior reads a cache behavior.
func (d *Distribution) readBehavior(node *value, pattern string) *Behavior {
	b := &Behavior{Pattern: pattern, Position: node.at()}
	s := &b.settings
	s.node = node
	s.origin = d.origin(node.get("TargetOriginId"))
	s.viewer, s.viewerAt = node.get("ViewerProtocolPolicy").str(), node.get("ViewerProtocolPolicy").at()
	s.allowed, s.allowedAt = d.methods(node.get("AllowedMethods"))
	s.stored, s.storedAt = d.methods(node.get("CachedMethods"))
	s.compressAt = node.get("Compress").at()
	s.compress, _ = node.get("Compress").boolean()
	if node.get("Compress").is(unknown) {
		d.unknown(s.compressAt, "Compress: "+reason(node.get("Compress")))
	}

	policy := node.get("CachePolicyId")
	switch {
	case policy.is(absent):
		d.readForwardedValues(node, s)
	default:
		s.policyAt = policy.at()
		d.readCachePolicy(policy, s)
	}
	d.readOriginRequestPolicy(node.get("OriginRequestPolicyId"), s)
	s.edgeCORS = d.answersCORS(node.get("ResponseHeadersPolicyId"))
	d.readFunctions(node)
	// With a maximum of 0, or with every header field forwarded and so in the
	// key, CloudFront does not cache.
	s.cached = s.max.d > 0 && !s.key.headers.all
	b.Profile = s.profile(d)
	return b
}

// methods reads a list of methods, which is [GET, HEAD] if it is absent.
func (d *Distribution) methods(node *value) ([]string, Position) {
	if items := node.get("Items"); items.is(list) { // the form of CloudFront's API
		node = items
	}
	names, ok := node.strings()
	if !ok {
		d.unknown(node.at(), "methods: "+reason(node))
	}
	if len(names) == 0 {
		names = []string{"GET", "HEAD"}
	}
	return names, node.at()
}

// lifetime reads a number of seconds, which is def if it is absent or unknown.
func (d *Distribution) lifetime(node *value, name string, def time.Duration) ttl {
	seconds, ok := node.seconds()
	if ok {
		return ttl{seconds, node.at()}
	}
	if !node.is(absent) {
		d.unknown(node.at(), fmt.Sprintf("%s: %s; %d s are assumed", name, whyUnknown(node), def/time.Second))
	}
	return ttl{def, node.at()}
}

const day = 24 * time.Hour

// readForwardedValues reads the settings that came before cache policies.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-cloudfront-distribution-forwardedvalues.html
// (read 2026-11-21)
func (d *Distribution) readForwardedValues(node *value, s *settings) {
	values := node.get("ForwardedValues")
	s.policyAt = values.at()
	s.min = d.lifetime(node.get("MinTTL"), "MinTTL", 0)
	s.def = d.lifetime(node.get("DefaultTTL"), "DefaultTTL", day)
	s.max = d.lifetime(node.get("MaxTTL"), "MaxTTL", 365*day)
	if values.is(unknown) {
		d.unknown(values.at(), "ForwardedValues: "+reason(values))
	}

	forwards, ok := values.get("QueryString").boolean()
	if !ok && !values.get("QueryString").is(absent) {
		d.unknown(values.get("QueryString").at(), "QueryString: "+whyUnknown(values.get("QueryString")))
	}
	s.key.query = selection{all: forwards, pos: values.get("QueryString").at(), known: true}
	if names, _ := values.get("QueryStringCacheKeys").strings(); forwards && len(names) > 0 {
		// All are forwarded, and these are in the key.
		s.forward.query = selection{all: true, pos: values.get("QueryStringCacheKeys").at(), known: true}
		s.key.query = selection{names: names, pos: values.get("QueryStringCacheKeys").at(), known: true}
	}
	headers, _ := values.get("Headers").strings()
	s.key.headers = selection{names: headers, pos: values.get("Headers").at(), known: true}
	if len(headers) == 1 && headers[0] == "*" {
		s.key.headers = selection{all: true, pos: s.key.headers.pos, known: true}
	}
	cookies := values.get("Cookies")
	s.key.cookies = selection{all: cookies.get("Forward").str() == "all", pos: cookies.get("Forward").at(), known: true}
	if cookies.get("Forward").str() == "whitelist" {
		s.key.cookies.names, _ = cookies.get("WhitelistedNames").strings()
	}
	// Without a cache policy CloudFront normalizes Accept-Encoding to gzip.
	s.gzip = true
	s.codesAt = values.at()
}

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

// readFunctions notes the functions that can change requests and responses.
func (d *Distribution) readFunctions(node *value) {
	for _, kind := range []string{"FunctionAssociations", "LambdaFunctionAssociations"} {
		functions := node.get(kind)
		if items := functions.get("Items"); items.is(list) {
			functions = items
		}
		for _, function := range functions.elements() {
			event := function.get("EventType").str()
			if event == "" {
				event = "unknown event"
			}
			d.unknown(function.at(), "what the function at "+event+" does to requests and responses: it is not simulated")
		}
	}
}

// origin finds the origin, or the first member of the origin group, with an ID.
func (d *Distribution) origin(target *value) *origin {
	id := target.str()
	for _, group := range itemsOf(d.config.get("OriginGroups")) {
		if group.get("Id").str() == id {
			if members := itemsOf(group.get("Members")); len(members) > 0 {
				id = members[0].get("OriginId").str()
			}
		}
	}
	for _, node := range itemsOf(d.config.get("Origins")) {
		if node.get("Id").str() == id && id != "" {
			o := &origin{node: node, id: id, domain: node.get("DomainName")}
			o.files = d.storesFiles(node)
			o.lambda = strings.Contains(o.domain.str(), ".execute-api.") || strings.Contains(o.domain.str(), ".lambda-url.") ||
				d.refersTo(o.domain, "AWS::Lambda::Url", "AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi") || strings.Contains(o.domain.str(), ".ApiEndpoint") ||
				strings.Contains(o.domain.str(), ".FunctionUrl")
			return o
		}
	}
	return &origin{id: id}
}

// itemsOf are the elements of a list, or of CloudFront's {Items: [...]}.
func itemsOf(v *value) []*value {
	if items := v.get("Items"); items.is(list) {
		return items.elements()
	}
	return v.elements()
}

func (d *Distribution) refersTo(v *value, kinds ...string) bool {
	for _, ref := range v.refsOf() {
		for _, kind := range kinds {
			if d.stack.kindOf(ref) == kind {
				return true
			}
		}
	}
	return false
}

// storesFiles reports whether an origin is a store of static files rather than
// an application.
func (d *Distribution) storesFiles(node *value) bool {
	domain := node.get("DomainName").str()
	return node.get("S3OriginConfig").is(object) ||
		d.refersTo(node.get("DomainName"), "AWS::S3::Bucket") ||
		strings.Contains(domain, ".s3.") || strings.Contains(domain, ".s3-") || strings.HasPrefix(domain, "s3.") ||
		strings.Contains(domain, ".mediapackage") || strings.Contains(domain, ".mediastore")
}
