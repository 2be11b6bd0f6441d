package front_test

import (
	"net/http/httptest"
	"testing"

	"github.com/freshen-go/freshen/examples/lambda/internal/front"
)

// Whatever a function returns, the gateway answers with a final status.
func FuzzGatewayResult(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `"a"`, `[]`, `{}`, `{"statusCode":null}`, `{"statusCode":200,"body":"a"}`, `{"statusCode":"200"}`,
		`{"statusCode":304,"headers":{"ETag":"\"a\"","a b":"c\r\nd"},"cookies":["a=b",""]}`,
		`{"statusCode":200,"body":"YQ==","isBase64Encoded":true}`, `{"statusCode":1e9}`, `{"statusCode":100}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, result []byte) {
		recorder := httptest.NewRecorder()

		(&front.Gateway{Invoker: &spy{result: string(result)}}).ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))

		if recorder.Code < 200 || recorder.Code > 599 {
			t.Errorf("%q gave %d", result, recorder.Code)
		}
	})
}
