package lambdaadapter

import "strings"

// A format is one of the formats in which AWS delivers HTTP requests.
type format byte

const (
	unknown     format = iota
	httpAPI            // API Gateway HTTP API, payload format 2.0
	functionURL        // Lambda Function URL, payload format 2.0
	httpAPI1           // API Gateway HTTP API, payload format 1.0
	restAPI            // API Gateway REST API, payload format 1.0
	alb                // Application Load Balancer
)

// decodedPath reports whether the path arrives decoded. It was observed that
// HTTP APIs decode it in both payload formats, and that the others deliver it as
// it was sent.
func (f format) decodedPath() bool { return f == httpAPI || f == httpAPI1 }

// An event is the part of an HTTP event that a request is made of. The strings
// may be parts of raw.
type event struct {
	raw    string // the event as it came
	format format

	version, kind, routeARN string
	method, path            string // of payload format 1.0 and of load balancers
	rawPath, rawQuery       string
	headers, multiHeaders   []pair
	query, multiQuery       []pair
	cookies                 []string
	body                    string
	isBase64                bool

	context requestInfo
}

// A requestInfo is the part of requestContext that a request is made of.
type requestInfo struct {
	present               bool
	method, path          string // of requestContext.http
	protocol, sourceIP    string
	identityIP, protocol1 string // of payload format 1.0
	stage, domainName     string
	connectionID          string // of a WebSocket API
	isELB                 bool
}

// A pair is one line of a header, or one parameter of a query.
type pair struct{ name, value string }

// parse returns the HTTP request in the payload, which it does not keep. The
// error is an *EventError.
func parse(payload []byte) (*event, error) {
	e := &event{raw: string(payload)}
	if !e.scan() {
		*e = event{raw: e.raw}
		if err := e.unmarshal(payload); err != nil {
			return nil, refuse(payload, whyNot(err))
		}
	}
	if why := e.classify(); why != "" {
		return nil, refuse(payload, why)
	}
	return e, nil
}

// scan reads the event in one pass. It returns false for an event that only
// encoding/json can judge: one with a syntax error, with a field of another type,
// with a field that appears twice or in another case.
func (e *event) scan() bool {
	s := scanner{text: e.raw}
	var seen uint32
	ok := s.object(func(name string) bool {
		var bit uint32
		var ok bool
		switch name {
		case "version":
			bit, ok = 1<<0, s.optional(&e.version)
		case "type":
			bit, ok = 1<<1, s.optional(&e.kind)
		case "routeArn":
			bit, ok = 1<<2, s.optional(&e.routeARN)
		case "httpMethod":
			bit, ok = 1<<3, s.optional(&e.method)
		case "path":
			bit, ok = 1<<4, s.optional(&e.path)
		case "rawPath":
			bit, ok = 1<<5, s.optional(&e.rawPath)
		case "rawQueryString":
			bit, ok = 1<<6, s.optional(&e.rawQuery)
		case "headers":
			bit, ok = 1<<7, s.fields(&e.headers)
		case "multiValueHeaders":
			bit, ok = 1<<8, s.multiFields(&e.multiHeaders)
		case "queryStringParameters":
			bit, ok = 1<<9, s.fields(&e.query)
		case "multiValueQueryStringParameters":
			bit, ok = 1<<10, s.multiFields(&e.multiQuery)
		case "cookies":
			bit, ok = 1<<11, s.strings(&e.cookies)
		case "body":
			bit, ok = 1<<12, s.optional(&e.body)
		case "isBase64Encoded":
			bit, ok = 1<<13, s.flag(&e.isBase64)
		case "requestContext":
			bit, ok = 1<<14, s.null() || e.context.scan(&s)
		case "routeKey", "pathParameters", "stageVariables", "resource":
			return s.skip(0)
		default:
			return !folds(name, eventNames) && s.skip(0)
		}
		if !ok || seen&bit != 0 {
			return false
		}
		seen |= bit
		return true
	})
	return ok && s.next() == 0 && s.pos == len(s.text)
}

// scan reads requestContext.
func (c *requestInfo) scan(s *scanner) bool {
	c.present = true
	var seen uint32
	return s.object(func(name string) bool {
		var bit uint32
		var ok bool
		switch name {
		case "http":
			bit, ok = 1<<0, s.null() || c.scanHTTP(s)
		case "identity":
			bit, ok = 1<<1, s.null() || c.scanIdentity(s)
		case "stage":
			bit, ok = 1<<2, s.optional(&c.stage)
		case "domainName":
			bit, ok = 1<<3, s.optional(&c.domainName)
		case "protocol":
			bit, ok = 1<<4, s.optional(&c.protocol1)
		case "connectionId":
			bit, ok = 1<<5, s.optional(&c.connectionID)
		case "elb":
			bit, ok = 1<<6, true
			if !s.null() {
				c.isELB, ok = s.next() == '{', s.skip(0)
			}
		case "routeKey", "accountId", "apiId", "domainPrefix", "requestId", "time", "timeEpoch", "authorizer",
			"authentication", "resourceId", "resourcePath", "path", "httpMethod", "requestTime",
			"requestTimeEpoch", "extendedRequestId", "operationName":
			return s.skip(0)
		default:
			return !folds(name, contextNames) && s.skip(0)
		}
		if !ok || seen&bit != 0 {
			return false
		}
		seen |= bit
		return true
	})
}

func (c *requestInfo) scanHTTP(s *scanner) bool {
	var seen uint32
	return s.object(func(name string) bool {
		var bit uint32
		var ok bool
		switch name {
		case "method":
			bit, ok = 1<<0, s.optional(&c.method)
		case "path":
			bit, ok = 1<<1, s.optional(&c.path)
		case "protocol":
			bit, ok = 1<<2, s.optional(&c.protocol)
		case "sourceIp":
			bit, ok = 1<<3, s.optional(&c.sourceIP)
		case "userAgent":
			return s.skip(0)
		default:
			return !folds(name, httpNames) && s.skip(0)
		}
		if !ok || seen&bit != 0 {
			return false
		}
		seen |= bit
		return true
	})
}

func (c *requestInfo) scanIdentity(s *scanner) bool {
	seen := false
	return s.object(func(name string) bool {
		if name == "sourceIp" {
			again := seen
			seen = true
			return !again && s.optional(&c.identityIP)
		}
		return !strings.EqualFold(name, "sourceIp") && s.skip(0)
	})
}

// The names that encoding/json would take in any case.
var (
	eventNames = []string{"version", "type", "routeArn", "httpMethod", "path", "rawPath", "rawQueryString", "headers",
		"multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "cookies", "body",
		"isBase64Encoded", "requestContext"}
	contextNames = []string{"http", "identity", "stage", "domainName", "protocol", "connectionId", "elb"}
	httpNames    = []string{"method", "path", "protocol", "sourceIp"}
)

func folds(name string, names []string) bool {
	for _, n := range names {
		if strings.EqualFold(name, n) {
			return true
		}
	}
	return false
}

// text1 consumes a string or null.
func (s *scanner) optional(value *string) bool {
	if s.null() {
		return true
	}
	v, ok := s.string()
	*value = v
	return ok
}

// flag consumes a boolean or null.
func (s *scanner) flag(value *bool) bool {
	if s.null() {
		return true
	}
	v, ok := s.bool()
	*value = v
	return ok
}

// fields consumes an object of strings, or null, in its order.
func (s *scanner) fields(all *[]pair) bool {
	if s.null() {
		return true
	}
	*all = make([]pair, 0, 24)
	return s.object(func(name string) bool {
		value, ok := s.string()
		*all = append(*all, pair{name, value})
		return ok
	})
}

// multiFields consumes an object of lists of strings, or null, in its order.
func (s *scanner) multiFields(all *[]pair) bool {
	if s.null() {
		return true
	}
	*all = make([]pair, 0, 24)
	return s.object(func(name string) bool {
		return s.array(func() bool {
			value, ok := s.string()
			*all = append(*all, pair{name, value})
			return ok
		})
	})
}

// strings consumes a list of strings, or null.
func (s *scanner) strings(all *[]string) bool {
	if s.null() {
		return true
	}
	return s.array(func() bool {
		value, ok := s.string()
		*all = append(*all, value)
		return ok
	})
}
