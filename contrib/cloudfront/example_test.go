package cloudfront_test

import (
	"fmt"

	"github.com/freshen-go/freshen/cachetest"
	"github.com/freshen-go/freshen/contrib/cloudfront"
)

// The CDN that a template deploys, in front of a handler.
func ExampleLoad() {
	template, err := cloudfront.Load("../../examples/lambda/cdn.yml", cloudfront.Values{"OriginSecret": "0123456789-0123456789"})
	if err != nil {
		fmt.Println(err)
		return
	}
	cdn := cachetest.New(orders(), template.Distribution("Distribution"))

	for _, path := range []string{"/api/orders?search=a", "/api/orders?search=a", "/api/orders?search=b", "/api/orders/1"} {
		fmt.Println(path, cdn.Get(path).Header.Get("X-Cache"))
	}
	// Output:
	// /api/orders?search=a Miss from cloudfront
	// /api/orders?search=a Hit from cloudfront
	// /api/orders?search=b Miss from cloudfront
	// /api/orders/1 Miss from cloudfront
}

func ExampleMust() {
	d := cloudfront.Must(cloudfront.Load("../../examples/lambda/site.yml", nil))

	for _, path := range []string{"/api/orders", "/api/orders/1", "/index.html"} {
		fmt.Println(path, "is served by", d.Behavior(path).Pattern)
	}
	for _, unknown := range d.Unknown {
		fmt.Println(unknown.Text)
	}
	// Output:
	// /api/orders is served by /api/orders
	// /api/orders/1 is served by /api/*
	// /index.html is served by *
	// the value of X-Origin-Secret, which CloudFront adds: parameter OriginSecret has no default: give it a value
}

func ExampleTemplate_Lint() {
	template, err := cloudfront.Load("testdata/reverse-proxy/serverless.yml", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range template.Lint()[:3] {
		fmt.Printf("%s: %s (%s): %s\n", finding.Position, finding.Rule.ID, finding.Rule.Level, finding.Text)
	}
	// Output:
	// testdata/reverse-proxy/serverless.yml:23: min-ttl (error): MinTTL is 1 s
	// testdata/reverse-proxy/serverless.yml:24: default-ttl (warning): DefaultTTL is 86400 s
	// testdata/reverse-proxy/serverless.yml:32: authorization-dropped (warning): Authorization is not in the key, so GET does not have it
}

// The handler reads a parameter that the template leaves out of the key.
func ExampleReads() {
	err := cloudfront.TestTemplate("../../examples/lambda/cdn.yml", nil, cloudfront.Reads("/api/report", "month"))

	fmt.Println(err != nil)
	// Output: true
}

// In a test: require.NoError(t, cloudfront.TestTemplate("template.yml", nil)).
func ExampleTestTemplate() {
	fmt.Println(cloudfront.TestTemplate("../../examples/lambda/template.yml", nil))
	// Output: <nil>
}
