// Package cloudfront reads the template that configures a CDN, gives it to the
// simulator of package cachetest, and reports which of its settings harm
// validation or privacy.
//
// [Load] reads CloudFormation (YAML, JSON, SAM, what CDK synthesizes),
// serverless.yml (and what osls packages) and Terraform plans as JSON, with
// CloudFront or Cloudflare. A test then runs against the CDN that is deployed:
//
//	cdn := cachetest.New(handler, cloudfront.Must(cloudfront.Load("template.yml", nil)))
//
// and a template is checked in one line, or by the command
// cmd/freshen (freshen lint template.yml):
//
//	require.NoError(t, cloudfront.TestTemplate("template.yml", nil))
//
// # What is read
//
//   - Parameters, with values that the caller gives or their defaults;
//     conditions; mappings; the intrinsic functions, short and long. Nested
//     stacks are read where their template is a local file.
//   - Every cache behavior by its path pattern, in order, as a
//     [cachetest.Profile]: cache policy, origin request policy, ForwardedValues,
//     lifetimes, keys, codings, error caching.
//   - The policies that AWS manages, with their documented values
//     ([ManagedCachePolicies], [ManagedOriginRequestPolicies]).
//   - Cloudflare's cache rules with their expressions, page rules, and the
//     zone's browser TTL.
//
// # What is not
//
// A setting that the file does not determine is in [Distribution.Unknown] and
// is never guessed: parameters without a value, functions at the edge, policies
// of other stacks, expressions with fields that the simulator does not have.
//
// A template cannot show whether a handler sends validators, or which query
// parameters it reads: tell the latter with [Reads], and check the former with
// cachetest.TestHandler.
//
// Values and functions in this package are safe for concurrent use.
package cloudfront
