// Package front runs a Lambda function on this machine. An Environment starts
// its bootstrap and serves the Lambda Runtime API to it. A Gateway turns HTTP
// requests into events of payload format 2.0, and the function's results into
// responses, as an API Gateway HTTP API or a streaming Function URL does.
//
// It is for local work and for end-to-end tests. AWS documents this behavior;
// where it was observed instead, a comment says so. Other features of AWS, such
// as authorizers and throttling, are missing.
package front

import "context"

// An Invoker runs one invocation: payload is the event, the result is what the
// function returned. An error means that the function returned no result.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// A StreamInvoker is an Invoker whose results can be read while the function
// writes them. An Environment is one.
type StreamInvoker interface {
	Invoker
	InvokeStream(ctx context.Context, payload []byte) (*Response, error)
}

// MaxPayload is the limit of Lambda's synchronous invoke in bytes, for the
// event and for the response alike: 6 MB and some bytes for its envelope.
const MaxPayload = 6_291_556

// A Pool hands each invocation to an environment that has a free place, as Lambda
// does. It is safe for concurrent use.
type Pool struct {
	free chan *Environment
	all  []*Environment
}

// NewPool starts size environments of one function.
func NewPool(function Function, size int) (*Pool, error) {
	places := max(1, function.Concurrency)
	pool := &Pool{free: make(chan *Environment, size*places)}
	for range size {
		environment, err := Start(function)
		if err != nil {
			pool.Close()
			return nil, err
		}
		pool.all = append(pool.all, environment)
		for range places {
			pool.free <- environment
		}
	}
	return pool, nil
}

// Invoke waits for a free environment, or for the end of ctx.
func (p *Pool) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	select {
	case environment := <-p.free:
		defer func() { p.free <- environment }()
		return environment.Invoke(ctx, payload)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close ends every environment's process and waits until it has ended.
func (p *Pool) Close() {
	for _, environment := range p.all {
		environment.Close()
	}
}
