package lambdaadapter

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An EventError describes an event that the adapter does not serve: it is not an
// HTTP request, or it is in an unknown format. A function that also gets other
// events can look for this error with [errors.As], or set [Adapter.Other].
//
// It names fields and does not quote their values, except those that tell events
// apart: the error goes to logs, and events hold credentials.
type EventError struct {
	Event  string // what arrived, such as "records of aws:sqs"
	Reason string // why it is not served, such as "httpMethod is missing"
}

func (e *EventError) Error() string {
	return fmt.Sprintf("lambdaadapter: the event is not an HTTP request: %s (%s); "+
		"want one of API Gateway, a Lambda Function URL or an Application Load Balancer", e.Event, e.Reason)
}

func refuse(payload []byte, why string) error {
	return &EventError{Event: describe(payload), Reason: why}
}

// describe names the kind of event that payload is. It is for the error text
// only, and decides nothing.
func describe(payload []byte) string {
	var event map[string]json.RawMessage
	if json.Unmarshal(payload, &event) != nil || event == nil {
		if json.Valid(payload) {
			return "JSON that is not an object"
		}
		return "a payload that is not JSON"
	}
	var requestContext map[string]json.RawMessage
	_ = json.Unmarshal(event["requestContext"], &requestContext)
	has := func(object map[string]json.RawMessage, name string) bool { return object[name] != nil }

	switch {
	case len(event) == 0:
		return "an empty event"
	case has(event, "Records"):
		return "records of " + recordSource(event["Records"])
	case has(event, "type"):
		return "an authorizer event"
	case has(requestContext, "connectionId"):
		return "an event of a WebSocket API"
	case has(requestContext, "serviceNetworkArn"), has(event, "raw_path"):
		return "an event of VPC Lattice"
	case has(requestContext, "elb"):
		return "an event of an Application Load Balancer"
	case has(event, "httpMethod"):
		return "an event in payload format 1.0"
	case has(event, "detail-type"):
		return "an event of EventBridge"
	}
	names := slices.Sorted(maps.Keys(event))
	for i, name := range names {
		names[i] = fmt.Sprintf("%.30q", name)
	}
	if len(names) > 8 {
		names = append(names[:8], "...")
	}
	return "an event with the fields " + strings.Join(names, ", ")
}

// recordSource returns the service that sent records, such as aws:sqs.
func recordSource(records json.RawMessage) string {
	var sources []struct {
		// encoding/json ignores case, so this is SNS's EventSource too.
		EventSource string `json:"eventSource"`
	}
	if json.Unmarshal(records, &sources) != nil || len(sources) == 0 || sources[0].EventSource == "" {
		return "an unknown service"
	}
	return fmt.Sprintf("%.30s", sources[0].EventSource)
}
