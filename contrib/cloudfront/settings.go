package cloudfront

import (
	"fmt"
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
