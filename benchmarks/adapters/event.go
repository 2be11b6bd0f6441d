package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

const apiHost = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"

// newEvent returns the event that a gateway makes of a request.
func newEvent(format, raw string) []byte {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	header := map[string]string{"host": r.Host}
	multi := map[string][]string{"host": {r.Host}}
	for name, values := range r.Header {
		header[strings.ToLower(name)] = strings.Join(values, ",")
		multi[strings.ToLower(name)] = values
	}
	e := map[string]any{"headers": header, "isBase64Encoded": len(body) > 0}
	if len(body) > 0 {
		e["body"] = base64.StdEncoding.EncodeToString(body)
	}
	switch format {
	case "rest-api":
		e["resource"], e["path"], e["httpMethod"], e["multiValueHeaders"] = "/{proxy+}", path, r.Method, multi
		values, _ := url.ParseQuery(query)
		single := map[string]string{}
		for name, v := range values {
			single[name] = v[len(v)-1]
		}
		e["queryStringParameters"], e["multiValueQueryStringParameters"] = single, map[string][]string(values)
		e["requestContext"] = map[string]any{
			"stage": "prod", "httpMethod": r.Method, "path": "/prod" + path, "protocol": "HTTP/1.1", "domainName": apiHost,
			"identity": map[string]string{"sourceIp": "203.0.113.20"},
		}
	default:
		host := apiHost
		if format == "function-url" {
			host = "abcdefghij.lambda-url.eu-central-1.on.aws"
		} else {
			path, _ = url.PathUnescape(path) // as HTTP APIs do
		}
		if cookies := r.Header["Cookie"]; len(cookies) > 0 {
			delete(header, "cookie")
			e["cookies"] = strings.Split(strings.Join(cookies, "; "), "; ")
		}
		e["version"], e["routeKey"], e["rawPath"], e["rawQueryString"] = "2.0", "$default", path, query
		e["requestContext"] = map[string]any{
			"stage": "$default", "domainName": host,
			"http": map[string]string{"method": r.Method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.20"},
		}
	}
	payload, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return payload
}

// overTheWire sends the request to a server of net/http.
func overTheWire(h http.Handler, raw string) (response, error) {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = quiet
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		return response{}, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		return response{}, err
	}
	method, _, _ := strings.Cut(raw, " ")
	in := bufio.NewReader(conn)
	got, err := http.ReadResponse(in, &http.Request{Method: method})
	for err == nil && got.StatusCode < 200 {
		got, err = http.ReadResponse(in, &http.Request{Method: method})
	}
	if err != nil {
		return response{}, err
	}
	body, err := io.ReadAll(got.Body)
	return response{got.StatusCode, got.Header, body}, err
}
