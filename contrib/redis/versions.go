package redisversion

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	defaultPrefix = "freshen"
	defaultLease  = 10 * time.Second
	keep          = 24 * time.Hour // how long a scope without writes stays in memory
)

// endTimeout is how long the end of a write may take.
var endTimeout = time.Second

// Versions reads and changes the versions of scopes. A scope is whatever changes
// as one: a tenant, a table, an article. The zero value requires a Client. It is
// safe for concurrent use, and must not be changed after its first use.
type Versions struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Client is the connection to Redis. Required.
	Client redis.UniversalClient

	// Prefix begins all keys. Programs that share a server need different
	// prefixes. The default is "freshen". It must not contain braces.
	Prefix string

	// Lease is the time that a write may take. It is also the time for which
	// scopes have no version after a writer died, or the server started. The
	// default is 10 s.
	Lease time.Duration

	// Load, if set, returns the version of a scope from the store of the data,
	// instead of a random stamp; the other instances then read it from Redis and
	// need no query. It is called when Redis has no version. Its result is kept
	// only if no write of the scope has begun since, so that a late result of an
	// old query is refused. Versions must not return, as for etag.Version. The
	// empty string and errors are passed on, and not kept.
	Load func(ctx context.Context, scope string) (string, error)
}

// A ConfigError describes a field of Versions that is not usable.
type ConfigError struct {
	Field   string
	Problem string
}

// Error names the field and the problem.
func (e *ConfigError) Error() string { return "redisversion: " + e.Field + " " + e.Problem }

// An UnsettledError reports that a scope has no version for the moment.
type UnsettledError struct {
	Scope string
	// Starting is true if the server has started, or was flushed, less than a
	// Lease ago; else a write is in progress.
	Starting bool
}

// Error says why there is no version.
func (e *UnsettledError) Error() string {
	if e.Starting {
		return "redisversion: Redis started less than a Lease ago, so no scope has a version yet (wait, or check why it restarted)"
	}
	return fmt.Sprintf("redisversion: a write of scope %q is in progress, so it has no version until the write ends", e.Scope)
}

// An UnavailableError reports that Redis did not answer, or not as expected.
type UnavailableError struct {
	Op  string // "read", "begin", "end", "fill" or "check"
	Err error
}

// Error returns the operation and its error.
func (e *UnavailableError) Error() string { return "redisversion: " + e.Op + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Valid returns the problems of v, joined: each is a [*ConfigError].
func (v Versions) Valid() error {
	var errs []error
	if v.Client == nil {
		errs = append(errs, &ConfigError{"Client", "is nil (want a client such as redis.NewClient makes)"})
	}
	if strings.ContainsAny(v.Prefix, "{}") {
		errs = append(errs, &ConfigError{"Prefix", fmt.Sprintf("%q contains a brace (want none, since braces mark the hash tag of a key)", v.Prefix)})
	}
	if v.Lease < 0 || v.Lease > 0 && v.Lease < time.Millisecond {
		errs = append(errs, &ConfigError{"Lease", fmt.Sprintf("is %v (want at least 1ms, or 0 for the default)", v.Lease)})
	}
	return errors.Join(errs...)
}

// Version returns the current version of a scope, a random stamp or what Load
// returned. It is a query for etag.Coalesce and etag.Version. The error is an
// [*UnsettledError], an [*UnavailableError], or that of Load.
func (v Versions) Version(ctx context.Context, scope string) (string, error) {
	if err := v.Valid(); err != nil {
		return "", err
	}
	load := 0
	if v.Load != nil {
		load = 1
	}
	answer, err := v.run(ctx, readScript, "read", []string{scope}, rand.Text(), load)
	if err != nil {
		return "", err
	}
	switch answer[0] {
	case "version":
		return answer[1], nil
	case "load":
		return v.fill(ctx, scope, answer[1])
	}
	return "", &UnsettledError{Scope: scope, Starting: answer[0] == "starting"}
}

// fill returns what Load returns, and keeps it if the lease is still good.
func (v Versions) fill(ctx context.Context, scope, lease string) (string, error) {
	version, err := v.Load(ctx, scope)
	if err != nil || version == "" || lease == "" {
		return version, err
	}
	// The version was true when Load began, kept or not.
	v.run(ctx, fillScript, "fill", []string{scope}, lease, version)
	return version, nil
}

// Write calls write, which changes the data of the scopes, and gives them new
// versions. From before write is called until it has returned, they have none.
//
// The context that write gets ends with the Lease: write must return by then,
// and must have committed or rolled back. Its error is returned as it is. If
// Redis cannot be asked before, Write returns an [*UnavailableError] and does
// not call write. If it cannot be asked afterwards, the scopes have no version
// until the Lease has passed, and Write returns nil; only if write took longer
// than the Lease, the UnavailableError is returned, after the data was changed.
func (v Versions) Write(ctx context.Context, write func(context.Context) error, scopes ...string) (err error) {
	if err := v.Valid(); err != nil {
		return err
	}
	if len(scopes) == 0 {
		return &ConfigError{"Write", "requires a scope"}
	}
	deadline := time.Now().Add(v.lease())
	writer := rand.Text()
	if _, err := v.run(ctx, beginScript, "begin", scopes, writer); err != nil {
		return err
	}
	defer func() { // after a panic, too
		late := time.Now().After(deadline)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(v.lease(), endTimeout))
		defer cancel()
		if _, failed := v.run(end, endScript, "end", scopes, writer); failed != nil && late {
			err = errors.Join(err, failed)
		}
	}()
	inTime, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return write(inTime)
}

// Check reports whether Redis can be used: it is reachable, allows the scripts,
// and does not evict keys. It is for a readiness probe or the start of the
// program.
func (v Versions) Check(ctx context.Context) error {
	if err := v.Valid(); err != nil {
		return err
	}
	if _, err := v.run(ctx, checkScript, "check", nil); err != nil {
		return err
	}
	info, err := v.Client.Info(ctx, "memory").Result()
	if err != nil {
		return &UnavailableError{"check", err}
	}
	if !strings.Contains(info, "maxmemory:0\r\n") && !strings.Contains(info, "maxmemory_policy:noeviction\r\n") {
		return &ConfigError{"Client", "has a server that evicts keys (want maxmemory-policy noeviction)"}
	}
	return nil
}

func (v Versions) lease() time.Duration {
	if v.Lease > 0 {
		return v.Lease
	}
	return defaultLease
}

// run runs a script on the keys of scopes.
func (v Versions) run(ctx context.Context, s *redis.Script, op string, scopes []string, args ...any) ([]string, error) {
	prefix := v.Prefix
	if prefix == "" {
		prefix = defaultPrefix
	}
	prefix = "{" + prefix + "}" // one slot
	keys := make([]string, 1, 1+len(scopes))
	keys[0] = prefix
	for _, scope := range scopes {
		keys = append(keys, prefix+":"+scope)
	}
	args = append([]any{v.lease().Milliseconds(), keep.Milliseconds(), rand.Text()}, args...)
	answer, err := s.Run(ctx, v.Client, keys, args...).StringSlice()
	if err != nil {
		return nil, &UnavailableError{op, err}
	}
	return answer, nil
}
