// Package problem has the bodies of the responses 412, 428 and 503 that the
// middlewares send in a handler's place: problem details (RFC 9457).
package problem

import (
	"encoding/json"
	"net/http"
)

// ContentType is the media type of a body. It has no charset parameter: JSON is
// UTF-8.
const ContentType = "application/problem+json"

// What the client or the developer of the server does next.
const (
	Failed = "The resource has changed, or it does not match the precondition. " +
		"Fetch the resource again, and repeat the request with the ETag of that response."
	WeakIfMatch = "If-Match names the current version with a weak tag (W/), and a weak tag never matches (RFC 9110, section 13.1.1). " +
		"A proxy that compresses responses has probably weakened the tag. Fetch the resource again with Accept-Encoding: identity, " +
		"and repeat the request with the ETag of that response."
	WeakValidator = "If-Match names the current version, which has a weak tag (W/) only, and a weak tag never matches " +
		"(RFC 9110, section 13.1.1). If the resource has changed in the last seconds, wait some seconds, fetch the resource again, " +
		"and repeat the request with the ETag of that response."
	TooManyMembers = "The precondition has too many members. Repeat the request with one entity-tag: that of the response that the change is based on."
	Required       = "The request requires a precondition. Fetch the resource, and repeat the request with If-Match and the ETag of that response. " +
		"To create the resource only if it does not exist, send If-None-Match: * instead."
	Unavailable = "The precondition could not be evaluated, and nothing was changed. Repeat the request later. " +
		"The log of the server has the cause."
)

// Body returns a problem of the type about:blank, which its absence means: its
// title is then the phrase of the status (RFC 9457, section 4.2.1).
func Body(status int, detail string) []byte {
	body, err := json.Marshal(struct {
		Title  string `json:"title,omitempty"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
	if err != nil {
		panic(err) // two strings and a number
	}
	return append(body, '\n')
}
