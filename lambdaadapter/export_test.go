package lambdaadapter

import "net/http"

var NewServer = newServer

// InOnePass reports whether the scanner read the event, and returns the request
// that it makes of it.
func InOnePass(payload []byte) (read bool, r *http.Request, why string) {
	e := &event{raw: string(payload)}
	if !e.scan() {
		return false, nil, ""
	}
	r, why = requestOf(e)
	return true, r, why
}

// ByEncodingJSON is InOnePass with encoding/json.
func ByEncodingJSON(payload []byte) (read bool, r *http.Request, why string) {
	e := &event{raw: string(payload)}
	if e.unmarshal(payload) != nil {
		return false, nil, ""
	}
	r, why = requestOf(e)
	return true, r, why
}

func requestOf(e *event) (*http.Request, string) {
	if why := e.classify(); why != "" {
		return nil, why
	}
	r, err := newRequest(&requestContext{event: e}, e, "")
	if err != nil {
		return nil, err.Error()
	}
	return r, ""
}
