package lambdaadapter

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// refuse returns the error for an event that is no HTTP request of payload
// format 2.0: what came, what is wrong with it, what is expected. It names
// fields and never quotes what is in them, except for what tells events apart:
// the error goes to logs, and events hold credentials.
func refuse(payload []byte, why string) error {
	return fmt.Errorf("lambdaadapter: got %s (%s); "+
		"want an HTTP request in payload format 2.0, from an API Gateway HTTP API or a Lambda Function URL",
		describe(payload), why)
}

// describe names the kind of event that payload is. It is a courtesy to whoever
// connected the wrong thing, not a decision.
func describe(payload []byte) string {
	var event map[string]json.RawMessage
	if json.Unmarshal(payload, &event) != nil || event == nil {
		if json.Valid(payload) {
			return "JSON that is no object"
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
		return "a records event of " + recordSource(event["Records"])
	case has(event, "type"):
		return "an authorizer event"
	case has(requestContext, "elb"):
		return "an event of an Application Load Balancer"
	case has(requestContext, "connectionId"):
		return "an event of a WebSocket API"
	case has(requestContext, "serviceNetworkArn"):
		return "an event of VPC Lattice"
	case has(event, "httpMethod"):
		return "an HTTP request in payload format 1.0, of a REST API or of an HTTP API set to it"
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
		// encoding/json ignores case, so this takes SNS's EventSource as well.
		EventSource string `json:"eventSource"`
	}
	if json.Unmarshal(records, &sources) != nil || len(sources) == 0 || sources[0].EventSource == "" {
		return "an unknown service"
	}
	return fmt.Sprintf("%.30s", sources[0].EventSource)
}
