// Package front runs a Lambda function on this machine: an Environment starts
// its bootstrap and speaks the Lambda Runtime API with it, a Gateway stands
// before it as an API Gateway HTTP API does and turns HTTP requests into
// events of payload format 2.0 and their responses back.
//
// It is for local work and for end-to-end tests. What it does is documented by
// AWS, or was observed and is said to be so where it is done; what AWS does
// beyond that (authorizers, throttling, streaming) is not here.
package front

import "context"

// An Invoker runs one invocation: payload is the event, the result is what the
// function returned. An error means that the function gave no result.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// MaxPayload is the limit of Lambda's synchronous invoke in bytes, for the
// event and for the response alike: 6 MB and some bytes for its envelope.
const MaxPayload = 6_291_556

// A Pool hands each invocation to an environment that is free, as Lambda does:
// an environment never serves two invocations at once. Safe for concurrent use.
type Pool struct {
	free chan *Environment
	all  []*Environment
}

// NewPool starts size environments of one function.
func NewPool(function Function, size int) (*Pool, error) {
	pool := &Pool{free: make(chan *Environment, size)}
	for range size {
		environment, err := Start(function)
		if err != nil {
			pool.Close()
			return nil, err
		}
		pool.all = append(pool.all, environment)
		pool.free <- environment
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

// Close ends every environment's process and waits until it is gone.
func (p *Pool) Close() {
	for _, environment := range p.all {
		environment.Close()
	}
}
