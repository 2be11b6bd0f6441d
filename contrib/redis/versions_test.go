package redisversion_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	redisversion "github.com/freshen-go/freshen/contrib/redis"
)

// lease is longer than any pause of the machine. It passes by server.age.
const lease = time.Hour

// settled returns Versions of s, which has been up for longer than the lease.
func settled(t *testing.T, s *server) redisversion.Versions {
	t.Helper()
	v := redisversion.Versions{Client: s.Client, Lease: lease}
	settle(t, s)
	return v
}

// settle lets the lease pass that follows a start of s.
func settle(t *testing.T, s *server) {
	t.Helper()
	v := redisversion.Versions{Client: s.Client, Lease: lease}
	_, err := v.Version(context.Background(), "settled")
	var unsettled *redisversion.UnsettledError
	require.ErrorAs(t, err, &unsettled)
	require.True(t, unsettled.Starting)
	s.age(lease)
	_, err = v.Version(context.Background(), "settled")
	require.NoError(t, err)
}

func nothing(context.Context) error { return nil }

func TestVersionStaysUntilAWrite(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	first, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	other, err := v.Version(t.Context(), "b")
	require.NoError(t, err)
	require.NotEqual(t, first, other)

	again, err := redisversion.Versions{Client: s.Client, Lease: lease}.Version(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, first, again, "another instance")

	require.NoError(t, v.Write(t.Context(), func(ctx context.Context) error {
		deadline, ok := ctx.Deadline()
		assert.True(t, ok)
		assert.LessOrEqual(t, time.Until(deadline), lease)
		_, err := v.Version(ctx, "a")
		var unsettled *redisversion.UnsettledError
		require.ErrorAs(t, err, &unsettled)
		assert.Equal(t, "a", unsettled.Scope)
		assert.False(t, unsettled.Starting)
		assert.EqualError(t, err, `redisversion: a write of scope "a" is in progress, so it has no version until the write ends`)
		still, err := v.Version(ctx, "b")
		assert.NoError(t, err)
		assert.Equal(t, other, still)
		return nil
	}, "a"))
	second, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestWriteEndsAlsoAfterAnErrorAndAPanic(t *testing.T) {
	v := settled(t, startServer(t))
	first, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	failed := errors.New("conflict")
	assert.ErrorIs(t, v.Write(t.Context(), func(context.Context) error { return failed }, "a"), failed)
	second, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.NotEqual(t, first, second)

	assert.PanicsWithValue(t, "boom", func() { v.Write(t.Context(), func(context.Context) error { panic("boom") }, "a", "b") })
	third, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.NotEqual(t, second, third)

	canceled, cancel := context.WithCancel(t.Context())
	require.NoError(t, v.Write(canceled, func(context.Context) error { cancel(); return nil }, "a"))
	_, err = v.Version(t.Context(), "a")
	assert.NoError(t, err, "the end does not depend on the request")
}

// A scope with several writers has a version when the last one has ended.
func TestWritesOverlap(t *testing.T) {
	v := settled(t, startServer(t))
	require.NoError(t, v.Write(t.Context(), func(ctx context.Context) error {
		require.NoError(t, v.Write(ctx, nothing, "a"))
		_, err := v.Version(ctx, "a")
		assert.Error(t, err)
		return nil
	}, "a"))
	_, err := v.Version(t.Context(), "a")
	assert.NoError(t, err)
}

// A writer that dies leaves its mark until the lease has passed.
func TestAWriterThatDies(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	before, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	its := redis.NewClient(s.Client.Options())
	dying := redisversion.Versions{Client: its, Lease: lease}
	require.NoError(t, dying.Write(t.Context(), func(context.Context) error { return its.Close() }, "a"))
	s.age(lease - time.Minute)
	_, err = v.Version(t.Context(), "a")
	assert.Error(t, err)
	s.age(time.Minute)
	after, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.NotEqual(t, before, after)
}

func TestAFlushedServerGivesNewVersions(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	before, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, s.Client.FlushAll(t.Context()).Err())
	_, err = v.Version(t.Context(), "a")
	var unsettled *redisversion.UnsettledError
	require.ErrorAs(t, err, &unsettled)
	assert.True(t, unsettled.Starting)
	settle(t, s)
	after, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.NotEqual(t, before, after)
}

// A server that restarts from an old snapshot does not return to its versions.
func TestARestartFromAnOldSnapshot(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	old, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, s.Client.Save(t.Context()).Err())
	require.NoError(t, v.Write(t.Context(), nothing, "a"))
	current, err := v.Version(t.Context(), "a")
	require.NoError(t, err)

	s.kill()
	_, err = v.Version(t.Context(), "a")
	var unavailable *redisversion.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	assert.Equal(t, "read", unavailable.Op)
	err = v.Write(t.Context(), func(context.Context) error {
		t.Error("a write without a mark")
		return nil
	}, "a")
	require.ErrorAs(t, err, &unavailable)
	assert.Equal(t, "begin", unavailable.Op)

	s.start()
	kept, err := s.Client.HGet(t.Context(), "{freshen}:a", "s").Result()
	require.NoError(t, err)
	require.Equal(t, old, kept, "the snapshot has the old version")
	settle(t, s)
	now, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.NotEqual(t, old, now)
	assert.NotEqual(t, current, now)
}

// A primary that another one replaced for a while, and that becomes the primary
// again without the writes of the other one, does not return to its versions.
// Its process is the same all the time.
func TestAFormerPrimaryIsPromotedAgain(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	old, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, s.Client.ReplicaOf(t.Context(), "127.0.0.1", "1").Err()) // nobody is there
	_, err = v.Version(t.Context(), "a")
	assert.Error(t, err)
	// Another server is the primary, and "a" is written.
	require.NoError(t, s.Client.ReplicaOf(t.Context(), "NO", "ONE").Err())
	_, err = v.Version(t.Context(), "a")
	var unsettled *redisversion.UnsettledError
	require.ErrorAs(t, err, &unsettled, "a write may run whose mark the server does not have")
	assert.True(t, unsettled.Starting)
	settle(t, s)
	now, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.NotEqual(t, old, now)
}

// Redis goes away while a write runs: the data is changed, the scope has no
// version until the lease has passed, and the caller need not know.
func TestTheServerGoesAwayDuringAWrite(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	require.NoError(t, v.Write(t.Context(), func(context.Context) error {
		s.kill()
		return nil
	}, "a"))
	s.start()
	settle(t, s)

	v.Lease = time.Millisecond
	err := v.Write(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		for deadline, _ := ctx.Deadline(); !time.Now().After(deadline); {
			time.Sleep(time.Millisecond) // in spite of its context
		}
		s.kill()
		return nil
	}, "a")
	var unavailable *redisversion.UnavailableError
	require.ErrorAs(t, err, &unavailable, "nobody knows of the change")
	assert.Equal(t, "end", unavailable.Op)
	s.start()
}

func TestLoadFillsOnce(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	loads := 0
	v.Load = func(_ context.Context, scope string) (string, error) {
		loads++
		return "7-" + scope, nil
	}
	for range 3 {
		got, err := v.Version(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, "7-a", got)
	}
	assert.Equal(t, 1, loads)
	require.NoError(t, v.Write(t.Context(), nothing, "a"))
	_, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, 2, loads)

	v.Load = func(context.Context, string) (string, error) { return "", errors.New("down") }
	_, err = v.Version(t.Context(), "b")
	assert.EqualError(t, err, "down")
}

// A reader loads a version, a write comes and goes, and then the reader fills:
// the old version is refused.
func TestALateFillIsRefused(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	data := "old"
	v.Load = func(context.Context, string) (string, error) { return data, nil }
	slow := v
	slow.Load = func(ctx context.Context, _ string) (string, error) {
		seen := data
		require.NoError(t, v.Write(ctx, func(context.Context) error { data = "new"; return nil }, "a"))
		return seen, nil
	}
	got, err := slow.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "old", got, "true when it was asked")
	got, err = v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "new", got)

	// The same over a restart that forgets the write, after more than a lease.
	require.NoError(t, v.Write(t.Context(), nothing, "a"))
	slow.Load = func(ctx context.Context, _ string) (string, error) {
		require.NoError(t, s.Client.Save(ctx).Err())
		require.NoError(t, v.Write(ctx, func(context.Context) error { data = "newest"; return nil }, "a"))
		s.kill()
		s.start()
		settle(t, s)
		return "new", nil
	}
	_, err = slow.Version(t.Context(), "a")
	require.NoError(t, err)
	got, err = v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "newest", got)
}

// Two readers load at once: one has the lease, both have the version.
func TestOneReaderHasTheLease(t *testing.T) {
	s := startServer(t)
	v := settled(t, s)
	v.Load = func(context.Context, string) (string, error) { return "second", nil }
	first := v
	first.Load = func(ctx context.Context, _ string) (string, error) {
		got, err := v.Version(ctx, "a")
		require.NoError(t, err)
		assert.Equal(t, "second", got)
		return "first", nil
	}
	_, err := first.Version(t.Context(), "a")
	require.NoError(t, err)
	got, err := v.Version(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "first", got)
}

func TestCheck(t *testing.T) {
	s := startServer(t)
	v := redisversion.Versions{Client: s.Client}
	require.NoError(t, v.Check(t.Context()))
	require.NoError(t, s.Client.ConfigSet(t.Context(), "maxmemory", "100mb").Err())
	require.NoError(t, v.Check(t.Context()))
	require.NoError(t, s.Client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err())
	var config *redisversion.ConfigError
	require.ErrorAs(t, v.Check(t.Context()), &config)
	assert.Equal(t, "Client", config.Field)
	s.kill()
	var unavailable *redisversion.UnavailableError
	require.ErrorAs(t, v.Check(t.Context()), &unavailable)
}

func TestValid(t *testing.T) {
	for _, v := range []redisversion.Versions{{}, {Prefix: "{a}"}, {Lease: -1}, {Lease: 1}} {
		var config *redisversion.ConfigError
		require.ErrorAs(t, v.Valid(), &config)
		_, err := v.Version(t.Context(), "a")
		require.ErrorAs(t, err, &config)
		require.ErrorAs(t, v.Write(t.Context(), nil, "a"), &config)
		require.ErrorAs(t, v.Check(t.Context()), &config)
	}
	s := startServer(t)
	require.NoError(t, redisversion.Versions{Client: s.Client}.Valid())
	var config *redisversion.ConfigError
	require.ErrorAs(t, redisversion.Versions{Client: s.Client}.Write(t.Context(), nothing), &config, "no scope")
}
