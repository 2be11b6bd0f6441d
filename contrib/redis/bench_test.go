package redisversion_test

import (
	"testing"
	"time"

	redisversion "github.com/freshen-go/freshen/contrib/redis"
)

// A version costs a round trip, as a GET does.
func BenchmarkVersion(b *testing.B) {
	s := startServer(b)
	v := redisversion.Versions{Client: s.Client, Lease: time.Millisecond}
	for range 100 { // until the server is older than the lease
		v.Version(b.Context(), "a")
		time.Sleep(time.Millisecond)
	}
	b.Run("Version", func(b *testing.B) {
		for b.Loop() {
			if _, err := v.Version(b.Context(), "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("GET", func(b *testing.B) {
		s.Client.Set(b.Context(), "a", "v", 0)
		for b.Loop() {
			if err := s.Client.Get(b.Context(), "a").Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
