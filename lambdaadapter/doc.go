// Package lambdaadapter runs an [http.Handler] in AWS Lambda.
package lambdaadapter
