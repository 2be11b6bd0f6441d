package front

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// event is an HTTP API's request in payload format 2.0. It is not the type of
// package events, because it has exactly the fields that the gateway sends.
type event struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	DomainName   string      `json:"domainName"`
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpContext `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`
	TimeEpoch    int64       `json:"timeEpoch"`
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// hopByHop are fields of a connection, which the gateway ends (RFC 9110,
// section 7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// newEvent returns the event of a request whose body has been read, as an HTTP API
// with its $default route and stage sends it.
func newEvent(r *http.Request, body []byte, now time.Time) event {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	sourceIP, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		sourceIP = r.RemoteAddr
	}
	prefix, _, _ := strings.Cut(host, ".")
	e := event{
		Version:               "2.0",
		RouteKey:              "$default",
		RawPath:               r.URL.Path, // decoded, as HTTP APIs do: %25 is a bare % here
		RawQueryString:        r.URL.RawQuery,
		Cookies:               splitCookies(r.Header["Cookie"]),
		Headers:               joinHeaders(r, len(body), sourceIP),
		QueryStringParameters: joinQuery(r),
		RequestContext: requestContext{
			AccountID:    "000000000000",
			APIID:        "local",
			DomainName:   host,
			DomainPrefix: prefix,
			HTTP: httpContext{
				Method:    r.Method,
				Path:      r.URL.Path,
				Protocol:  "HTTP/1.1",
				SourceIP:  sourceIP,
				UserAgent: r.UserAgent(),
			},
			RequestID: newRequestID(),
			RouteKey:  "$default",
			Stage:     "$default",
			Time:      now.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch: now.UnixMilli(),
		},
	}
	if len(body) == 0 {
		return e
	}
	if isText(r.Header, body) {
		e.Body = string(body)
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return e
}

// encode writes the event without the escapes that encoding/json adds for
// HTML: they would take a body of angle brackets to six times its size.
func (e event) encode() ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(e)
	return buffer.Bytes(), err
}

// joinHeaders lower-cases the names and joins the lines of one field with
// commas. The cookies have their own place in the event.
func joinHeaders(r *http.Request, contentLength int, sourceIP string) map[string]string {
	header := r.Header.Clone()
	for _, line := range header["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			header.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopByHop {
		header.Del(name)
	}
	header.Del("Cookie")
	header.Set("Host", r.Host)
	header.Add("X-Forwarded-For", sourceIP)
	header.Set("X-Forwarded-Proto", "https")
	header.Set("X-Forwarded-Port", "443")
	if header.Get("X-Amzn-Trace-Id") == "" {
		header.Set("X-Amzn-Trace-Id", newTraceID())
	}
	// The gateway has read the whole body and so knows its length, even if the
	// client sent it in chunks.
	if contentLength > 0 || r.ContentLength == 0 && header.Get("Content-Length") != "" {
		header.Set("Content-Length", strconv.Itoa(contentLength))
	}
	joined := make(map[string]string, len(header))
	for name, lines := range header {
		separator := ","
		if name == "X-Forwarded-For" {
			separator = ", "
		}
		joined[strings.ToLower(name)] = strings.Join(lines, separator)
	}
	return joined
}

func splitCookies(lines []string) []string {
	var cookies []string
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				cookies = append(cookies, pair)
			}
		}
	}
	return cookies
}

func joinQuery(r *http.Request) map[string]string {
	query := r.URL.Query()
	if len(query) == 0 {
		return nil
	}
	joined := make(map[string]string, len(query))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		joined[name] = strings.Join(query[name], ",")
	}
	return joined
}

// isText reports whether a request body is sent as a string: observed for text/*,
// JSON, XML and JavaScript without a content coding. Bytes that JSON cannot carry
// are always sent as base64.
func isText(header http.Header, body []byte) bool {
	if coding := header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || !utf8.Valid(body) {
		return false
	}
	switch mediaType {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml")
}
