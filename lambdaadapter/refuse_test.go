package lambdaadapter_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refused checks that the payload gives an error, and that no handler ran.
func refused(t *testing.T, name, payload string) string {
	t.Helper()
	ran := false
	out, err := lambdaadapter.New(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })).
		Invoke(context.Background(), []byte(payload))
	require.Error(t, err, name)
	assert.Nil(t, out, name)
	assert.False(t, ran, name)
	var refusal *lambdaadapter.EventError
	require.ErrorAs(t, err, &refusal, name)
	assert.Contains(t, err.Error(), "the event is not an HTTP request: ", name)
	return err.Error()
}

func TestRefusesOtherEvents(t *testing.T) {
	http20 := `"requestContext":{"http":{"method":"GET","path":"/"}}`
	for _, row := range []struct{ name, payload, says string }{
		{"nothing", ``, "a payload that is not JSON"},
		{"broken JSON", `{"version":"2.0"`, "a payload that is not JSON"},
		{"two values", `{} {}`, "a payload that is not JSON"},
		{"null", `null`, "JSON that is not an object"},
		{"a list", `[1]`, "JSON that is not an object"},
		{"a string", `"x"`, "JSON that is not an object"},
		{"empty object", `{}`, "an empty event"},
		{"SQS", `{"Records":[{"messageId":"1","eventSource":"aws:sqs"}]}`, "records of aws:sqs"},
		{"SNS", `{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0"}]}`, "records of aws:sns"},
		{"S3", `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3"}]}`, "records of aws:s3"},
		{"records of nobody", `{"Records":[]}`, "records of an unknown service"},
		{"records that are none", `{"Records":"x"}`, "records of an unknown service"},
		{"REST API without a path", `{"resource":"/","httpMethod":"GET","requestContext":{"stage":"prod"}}`, "payload format 1.0"},
		{"payload format 1.0 without a context", `{"version":"1.0","path":"/","httpMethod":"GET"}`, "requestContext is missing"},
		{"Application Load Balancer without a method", `{"requestContext":{"elb":{"targetGroupArn":"arn:x"}},"path":"/"}`, "Application Load Balancer"},
		{"REQUEST authorizer of a REST API", `{"type":"REQUEST","methodArn":"arn:x","path":"/","httpMethod":"GET","requestContext":{"stage":"prod"}}`, "authorizer event"},
		{"VPC Lattice, version 1", `{"raw_path":"/","method":"GET","headers":{"a":"b"}}`, "VPC Lattice"},
		{"agent of Bedrock", `{"messageVersion":"1.0","apiPath":"/","httpMethod":"GET","actionGroup":"a"}`, "requestContext is missing"},
		{"WebSocket", `{"headers":{},"requestContext":{"routeKey":"$connect","eventType":"CONNECT","connectionId":"x=","stage":"prod"}}`, "WebSocket API"},
		{"WebSocket that says 2.0", `{"version":"2.0","requestContext":{"connectionId":"x="}}`, "WebSocket API"},
		{"authorizer, format 2.0", `{"version":"2.0","type":"REQUEST","routeArn":"arn:x","rawPath":"/",` + http20 + `}`, "authorizer event"},
		{"authorizer, format 1.0", `{"type":"TOKEN","authorizationToken":"secret","methodArn":"arn:x"}`, "authorizer event"},
		{"authorizer without its type", `{"version":"2.0","routeArn":"arn:x","rawPath":"/",` + http20 + `}`, "asks for an authorization"},
		{"VPC Lattice", `{"version":"2.0","path":"/","method":"GET","headers":{"a":["b"]},"requestContext":{"serviceNetworkArn":"arn:x"}}`, "VPC Lattice"},
		{"EventBridge", `{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`, "EventBridge"},
		{"DynamoDB", `{"Records":[{"eventName":"INSERT","eventSource":"aws:dynamodb"}]}`, "aws:dynamodb"},
		{"console test event", `{"key1":"value1","key2":"value2"}`, `the fields "key1", "key2"`},
		{"many fields", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}`, `"h", ... (`},
		{"other version", `{"version":"3.0","rawPath":"/",` + http20 + `}`, `version is "3.0"`},
		{"version as a number", `{"version":2.0,"rawPath":"/",` + http20 + `}`, "version has a wrong type: number"},
		{"no version", `{"rawPath":"/",` + http20 + `}`, "httpMethod is missing, and version is not 2.0"},
		{"no method", `{"version":"2.0","rawPath":"/","requestContext":{"http":{}}}`, "requestContext.http.method is missing"},
		{"no request context", `{"version":"2.0","rawPath":"/"}`, "requestContext.http.method is missing"},
		{"method that is none", `{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET /"}}}`, `the method is "GET /"`},
		{"no path", `{"version":"2.0","requestContext":{"http":{"method":"GET"}}}`, `the path is ""`},
		{"relative path", `{"version":"2.0","rawPath":"a","requestContext":{"http":{"method":"GET"}}}`, `the path is "a"`},
		{"whole URL as the path", `{"version":"2.0","rawPath":"http://evil.example/","requestContext":{"http":{"method":"GET"}}}`, "the path is"},
		{"headers of lists", `{"version":"2.0","rawPath":"/","headers":{"a":["b"]},` + http20 + `}`, "array"},
	} {
		t.Run(row.name, func(t *testing.T) {
			msg := refused(t, row.name, row.payload)
			assert.Contains(t, msg, row.says)
			assert.NotContains(t, msg, "secret", "an error must not quote credentials")
			assert.Less(t, len(msg), 600)
		})
	}
}

func TestRefusalDoesNotQuoteLongValues(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, payload := range []string{
		`{"version":"` + long + `"}`,
		`{"` + long + `":1}`,
		`{"Records":[{"eventSource":"` + long + `"}]}`,
		`{"version":"2.0","rawPath":"` + long + `","requestContext":{"http":{"method":"GET"}}}`,
	} {
		assert.Less(t, len(refused(t, "long", payload)), 400)
	}
}
