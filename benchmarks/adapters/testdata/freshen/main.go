// Freshen is a Lambda function on lambdaadapter.
package main

import (
	"io"
	"log"
	"net/http"

	"github.com/freshen-go/freshen/lambdaadapter"
)

func main() {
	log.Fatal(lambdaadapter.ListenAndServe("127.0.0.1:8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	})))
}
