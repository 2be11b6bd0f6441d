package lambdaadapter_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	"github.com/freshen-go/freshen/lambdaadapter"
)

// BenchmarkInvoke compares the adapter with aws-lambda-go-api-proxy, from the
// octets of the event to those of the payload. Command benchmarks/adapters
// compares more adapters.
func BenchmarkInvoke(b *testing.B) {
	event, err := os.ReadFile("testdata/http-api.json")
	if err != nil {
		b.Fatal(err)
	}
	row := `{"id":1234,"name":"C-3PO \"protocol\" droid","state":"shipped","price":1234.5},`
	list := []byte("[" + strings.Repeat(row, 20<<10/len(row)) + "null]")
	image := bytes.Repeat([]byte{0xff, 0xd8, 0x00, 'x'}, 256<<10)
	handlers := []struct {
		name string
		h    http.HandlerFunc
	}{
		{"304", func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("ETag", `"v3"`)
			h.Set("Cache-Control", "public, max-age=100")
			h.Set("Vary", "Accept-Encoding")
			h.Set("Last-Modified", "Mon, 04 Mar 2024 10:20:30 GMT")
			w.WriteHeader(http.StatusNotModified)
		}},
		{"20KB", func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("ETag", `"v4"`)
			h.Set("Cache-Control", "public, max-age=100")
			h.Set("Content-Type", "application/json")
			w.Write(list)
		}},
		{"1MB", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/webp")
			w.Write(image)
		}},
	}
	for _, row := range handlers {
		for _, adapter := range []struct {
			name string
			h    lambda.Handler
		}{
			{"freshen", lambdaadapter.New(row.h)},
			{"api-proxy", lambda.NewHandler(httpadapter.NewV2(row.h).ProxyWithContext)},
		} {
			b.Run(row.name+"/"+adapter.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := adapter.h.Invoke(context.Background(), event); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
