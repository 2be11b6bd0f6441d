package lambdaadapter_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seen is what a handler can see of a request, without its context.
func seen(t testing.TB, r *http.Request) map[string]any {
	if r == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return map[string]any{
		"method": r.Method, "url": *r.URL, "uri": r.RequestURI, "proto": []any{r.Proto, r.ProtoMajor, r.ProtoMinor},
		"header": r.Header, "host": r.Host, "length": r.ContentLength, "body": string(body), "none": r.Body == http.NoBody,
		"remote": r.RemoteAddr,
	}
}

// encoding/json reads every event that the scanner reads, and the request or the
// refusal is the same. Other events are left to encoding/json.
func FuzzScanner(f *testing.F) {
	for _, event := range goldenEvents(f) {
		f.Add(event)
	}
	for _, s := range oddEvents {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		read, got, why := lambdaadapter.InOnePass(payload)
		if !read {
			return
		}
		legal, want, wantWhy := lambdaadapter.ByEncodingJSON(payload)
		require.True(t, legal, "encoding/json refuses it")
		require.Equal(t, wantWhy, why)
		require.Equal(t, seen(t, want), seen(t, got))
	})
}

func goldenEvents(t testing.TB) (all [][]byte) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	for _, file := range files {
		event, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, event)
	}
	require.NotEmpty(t, all)
	return all
}

// oddEvents are events at the edges of JSON.
var oddEvents = []string{
	`{}`, `null`, `[]`, `{"version":"2.0"}`, ` {"version" : "2.0" } `, `{"a":[1,-0.5e+7,true,false,null,"x",{}]}`,
	`{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":tru}`, `{"a":1}}`, `{"a":1,}`, `{"a" 1}`,
	v2(`"rawPath":"/\u00e9\ud83d\ude00\ud800\n\"\\\/"`),
	v2(`"rawPath":"/a","RAWPATH":"/b"`),
	v2(`"rawPath":"/a","rawPath":"/b"`),
	v2(`"rawPath":"/a","rawPath":null`),
	v2("\"rawPath\":\"/\xff\""),
	v2("\"rawPath\":\"/\x01\""),
	v2(`"rawPath":"/a","headers":{"a":"1","A":"2","a":"3"}`),
	v2(`"rawPath":"/a","headers":{"a":null}`),
	v2(`"rawPath":"/a","headers":null,"headers":{"a":"1"}`),
	v2(`"rawPath":"/a","cookies":["a",null]`),
	v2(`"rawPath":"/a","cookies":["a"],"cookies":[null]`),
	v2(`"rawPath":"/a","isBase64Encoded":"true"`),
	v2(`"rawPath":"/a","body":"YQ==","isBase64Encoded":true`),
	v2(`"rawPath":"/a","body":"\n","isBase64Encoded":true`),
	v2(`"rawPath":"/a","reque\u017ftContext":{}`),
	v2(`"rawPath":"/a","bod\u0079":"x"`),
	`{"httpMethod":"GET","path":"/","requestContext":{"elb":{"a":1}},"multiValueHeaders":{"a":[],"b":["1",null],"c":null}}`,
	`{"httpMethod":"GET","path":"/","requestContext":{"elb":null,"identity":{"sourceIp":"::1","SOURCEIP":"::2"}}}`,
}

func v2(members string) string {
	return `{"version":"2.0",` + members + `,"requestContext":{"http":{"method":"GET","path":"/"}}}`
}

// The events that gateways send are read in one pass: this is what makes the
// adapter fast.
func TestGoldenEventsAreReadInOnePass(t *testing.T) {
	for _, event := range goldenEvents(t) {
		read, got, _ := lambdaadapter.InOnePass(event)
		assert.True(t, read, "%s", event)
		_, want, _ := lambdaadapter.ByEncodingJSON(event)
		assert.Equal(t, seen(t, want), seen(t, got))
	}
}

// Lines whose names differ only in case arrive in the order of the event,
// whichever way it is read.
func TestL11_HeaderNamesInDifferentCase(t *testing.T) {
	for _, event := range []string{
		v2(`"rawPath":"/","headers":{"X-A":"1","x-a":"2","X-a":"3"}`),
		v2(`"rawPath":"/","rawPath":"/","headers":{"X-A":"1","x-a":"2","X-a":"3"}`),
	} {
		for range 50 {
			var got []string
			_, err := lambdaadapter.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header["X-A"] })).
				Invoke(t.Context(), []byte(event))
			require.NoError(t, err)
			require.Equal(t, []string{"1", "2", "3"}, got)
		}
	}
}

func TestL11_QueryWithoutRawQueryString(t *testing.T) {
	e := newEvent()
	e.QueryStringParameters = map[string]string{"q": "a b&c"}
	assert.Equal(t, "/?q=a+b%26c", get(t, e, func(r *http.Request) string { return r.RequestURI }))
}

func TestL11_AnArrayIsNamed(t *testing.T) {
	assert.Contains(t, refused(t, "array", `[1]`), "JSON that is not an object (the event has a wrong type: array)")
}

// A type that is not read does not refuse a request, and the decoded event is as
// complete as possible.
func TestL12_OddTypesInFieldsThatNobodyReads(t *testing.T) {
	log := captureLog(t)
	event := []byte(`{"version":"2.0","rawPath":"/a","routeKey":7,"pathParameters":[],"requestContext":{"stage":"$default","requestId":"id-1",
		"timeEpoch":"now","authorizer":{"jwt":{"claims":{"sub":"alice","exp":1709547630}}},"http":{"method":"GET","userAgent":{}}}}`)
	status := 0
	invoke(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status = 200
		assert.Empty(t, log.String(), "nothing was decoded yet")
		e, ok := lambdaadapter.EventFromContext(r.Context())
		assert.True(t, ok)
		assert.Equal(t, "alice", e.RequestContext.Authorizer.JWT.Claims["sub"])
		assert.Equal(t, "id-1", e.RequestContext.RequestID)
		raw, ok := lambdaadapter.RawEventFromContext(r.Context())
		assert.True(t, ok)
		assert.Equal(t, string(event), string(raw))
	}), event)
	assert.Equal(t, 200, status)
	assert.Equal(t, 1, strings.Count(log.String(), "left a field of the event empty"), log.String())
}

func TestDeepNestingIsLeftToEncodingJSON(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	read, _, _ := lambdaadapter.InOnePass([]byte(v2(`"rawPath":"/","x":` + deep)))
	assert.False(t, read)
	var got string
	invoke(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.Path }),
		[]byte(v2(`"rawPath":"/deep","x":`+deep)))
	assert.Equal(t, "/deep", got)
	require.True(t, json.Valid([]byte(deep)))
}
