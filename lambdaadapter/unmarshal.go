package lambdaadapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// wireEvent is what encoding/json makes of an event, for [event.unmarshal].
type wireEvent struct {
	Version     string         `json:"version"`
	Kind        string         `json:"type"`
	RouteARN    string         `json:"routeArn"`
	Method      string         `json:"httpMethod"`
	Path        string         `json:"path"`
	RawPath     string         `json:"rawPath"`
	RawQuery    string         `json:"rawQueryString"`
	Headers     fieldList      `json:"headers"`
	MultiHeader multiFieldList `json:"multiValueHeaders"`
	Query       fieldList      `json:"queryStringParameters"`
	MultiQuery  multiFieldList `json:"multiValueQueryStringParameters"`
	Cookies     []string       `json:"cookies"`
	Body        string         `json:"body"`
	IsBase64    bool           `json:"isBase64Encoded"`
	Context     *struct {
		HTTP struct {
			Method   string `json:"method"`
			Path     string `json:"path"`
			Protocol string `json:"protocol"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		Identity struct {
			SourceIP string `json:"sourceIp"`
		} `json:"identity"`
		Stage        string          `json:"stage"`
		DomainName   string          `json:"domainName"`
		Protocol     string          `json:"protocol"`
		ConnectionID string          `json:"connectionId"`
		ELB          json.RawMessage `json:"elb"`
	} `json:"requestContext"`
}

// unmarshal reads the event with encoding/json.
func (e *event) unmarshal(payload []byte) error {
	var w wireEvent
	if err := json.Unmarshal(payload, &w); err != nil {
		return err
	}
	e.version, e.kind, e.routeARN = w.Version, w.Kind, w.RouteARN
	e.method, e.path, e.rawPath, e.rawQuery = w.Method, w.Path, w.RawPath, w.RawQuery
	e.headers, e.multiHeaders, e.query, e.multiQuery = w.Headers, w.MultiHeader, w.Query, w.MultiQuery
	e.cookies, e.body, e.isBase64 = w.Cookies, w.Body, w.IsBase64
	if c := w.Context; c != nil {
		e.context = requestInfo{
			present: true,
			method:  c.HTTP.Method, path: c.HTTP.Path, protocol: c.HTTP.Protocol, sourceIP: c.HTTP.SourceIP,
			identityIP: c.Identity.SourceIP, protocol1: c.Protocol,
			stage: c.Stage, domainName: c.DomainName, connectionID: c.ConnectionID,
			isELB: bytes.HasPrefix(c.ELB, []byte("{")),
		}
	}
	return nil
}

// A fieldList is an object of strings in its order, which a map would lose:
// names that differ only in case are lines of one field.
type fieldList []pair

func (l *fieldList) UnmarshalJSON(text []byte) error {
	*l = nil
	return members(text, func(dec *json.Decoder, name string) error {
		var value string
		err := dec.Decode(&value)
		*l = append(*l, pair{name, value})
		return err
	})
}

// A multiFieldList is an object of lists of strings in its order.
type multiFieldList []pair

func (l *multiFieldList) UnmarshalJSON(text []byte) error {
	*l = nil
	return members(text, func(dec *json.Decoder, name string) error {
		var values []string
		err := dec.Decode(&values)
		for _, v := range values {
			*l = append(*l, pair{name, v})
		}
		return err
	})
}

// members calls member for each member of an object; null has none.
func members(text []byte, member func(dec *json.Decoder, name string) error) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	token, err := dec.Token()
	switch {
	case err != nil:
		return err
	case token == nil:
		return nil
	case token != json.Delim('{'):
		return &json.UnmarshalTypeError{Value: kindOf(token)}
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if err := member(dec, name.(string)); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	if err == io.EOF {
		return nil
	}
	return err
}

func kindOf(token json.Token) string {
	switch token.(type) {
	case json.Delim:
		return "array"
	case bool:
		return "bool"
	case string:
		return "string"
	}
	return "number"
}

// whyNot describes a decoding error without the value in it, which encoding/json
// quotes.
func whyNot(err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return fmt.Sprintf("%.200s", err)
	}
	where := wrong.Field
	if where == "" {
		where = "the event"
	}
	return fmt.Sprintf("%.100s has a wrong type: %s", where, firstWord(wrong.Value))
}

func firstWord(s string) string {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i]
		}
	}
	return s
}
