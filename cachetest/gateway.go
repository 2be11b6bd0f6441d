package cachetest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Gateway is an HTTP API of Amazon API Gateway (payload format 2.0) in front of
// a Lambda function, as an http.Handler, so that a function can be tested
// behind a CDN. invoke is the Invoke method of a lambda.Handler:
//
//	cdn := cachetest.New(cachetest.Gateway(lambdaadapter.New(routes()).Invoke), cachetest.CloudFront())
//
// Like the real gateway, it joins repeated request fields with commas, decodes
// the path, sends cookies apart, answers 500 where the function fails, and
// sends "text/plain; charset=utf-8" where a response has no Content-Type.
func Gateway(invoke func(ctx context.Context, payload []byte) ([]byte, error)) http.Handler {
	if invoke == nil {
		panic("cachetest: Gateway: nil function")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, err := gatewayEvent(r)
		if err != nil {
			gatewayError(w, http.StatusBadRequest, "Bad Request")
			return
		}
		answer, err := invoke(r.Context(), event)
		if err != nil || !gatewayResponse(w, answer) {
			gatewayError(w, http.StatusInternalServerError, "Internal Server Error")
		}
	})
}

// gatewayEvent is the request as a payload of format 2.0.
func gatewayEvent(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		if name != "Cookie" {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	if len(body) > 0 {
		headers["content-length"] = strconv.Itoa(len(body))
	}
	var cookies []string
	for _, line := range r.Header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			cookies = append(cookies, strings.TrimSpace(cookie))
		}
	}
	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		source = "192.0.2.1"
	}
	now := time.Now()
	event := map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": r.URL.Path, "rawQueryString": r.URL.RawQuery, "headers": headers,
		"requestContext": map[string]any{
			"accountId": "123456789012", "apiId": "api", "domainName": r.Host, "domainPrefix": "api",
			"requestId": "id", "routeKey": "$default", "stage": "$default",
			"time": now.UTC().Format("02/Jan/2006:15:04:05 +0000"), "timeEpoch": now.UnixMilli(),
			"http": map[string]string{
				"method": r.Method, "path": r.URL.Path, "protocol": "HTTP/1.1", "sourceIp": source,
				"userAgent": r.Header.Get("User-Agent"),
			},
		},
	}
	if len(cookies) > 0 {
		event["cookies"] = cookies
	}
	if r.URL.RawQuery != "" {
		query := map[string]string{}
		for name, values := range r.URL.Query() {
			query[name] = strings.Join(values, ",")
		}
		event["queryStringParameters"] = query
	}
	if event["isBase64Encoded"] = !utf8.Valid(body); utf8.Valid(body) {
		event["body"] = string(body)
	} else {
		event["body"] = base64.StdEncoding.EncodeToString(body)
	}
	return json.Marshal(event)
}

// gatewayResponse writes the function's answer; false means that it is
// malformed.
func gatewayResponse(w http.ResponseWriter, answer []byte) bool {
	var response struct {
		StatusCode      int
		Headers         map[string]string
		Cookies         []string
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal(answer, &response); err != nil || response.StatusCode < 200 || response.StatusCode > 999 {
		return false
	}
	body := []byte(response.Body)
	if response.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(response.Body); err != nil {
			return false
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	for name, value := range response.Headers {
		h.Set(name, value)
	}
	for _, cookie := range response.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(body) // to memory, or to a client that went away
	return true
}

func gatewayError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"`+message+`"}`)
}
