// Package redisversion keeps versions in Redis, for programs of several
// instances: writers change the version of a scope, all instances read it, and
// a read costs one round trip.
//
//	versions := redisversion.Versions{Client: client}
//
//	orders := etag.Conditional{Provider: etag.Coalesce(tenantOf, versions.Version)}
//
//	err := versions.Write(ctx, func(ctx context.Context) error {
//		return store.PlaceOrder(ctx, tenant, order) // commits
//	}, tenant)
//
// # What is exact
//
// A version is a random stamp. Within one [Versions.Write], the scope has no
// version from before the first change until after the commit. So a tag never
// stands for a body that a later write has replaced, as long as:
//
//   - Every write to the data of a scope goes through Write, with that scope.
//   - The function that Write calls returns before its context ends, and the
//     data is committed when it returns.
//   - All instances use the same Prefix and Lease.
//   - The server's clock is not set forward while a write runs: by that clock,
//     marks of writes end with their lease.
//
// The data and Redis need no common transaction. The following cost validators
// for a while, so that reads are answered in full, but they do not make an
// answer wrong:
//
//   - A writer that dies between its start and its end: the scope has no version
//     until the Lease has passed, and then a new one.
//   - A flushed server, a restart from an old snapshot, a failover to a replica
//     that lags, also to one that was the primary before: no scope has a version
//     until the Lease has passed, since marks of running writes may be lost. Then
//     all versions are new, because stamps belong to an epoch, which is random.
//     It ends with the server's process and with its replication ID, which
//     changes with a promotion, and when the first replica connects.
//   - An unreachable server: Version returns an error, so reads are answered in
//     full and guarded writes with 503. Write returns an error without calling
//     its function. Both work again when the server does.
//
// A network that is split in two, with a former primary that still answers some
// instances, can make them answer 304 for data that the others have changed.
//
// # What it requires
//
// Redis 5 or later, or Valkey; a primary: the scripts refuse to run on a replica.
// They call INFO and TIME. All keys have one hash tag, so that they are in one
// slot of a cluster. The server should not evict keys:
// [Versions.Check] reports a maxmemory-policy that does. Give the client short
// timeouts and few retries, or set etag.Conditional's ProviderTimeout and the
// client's ContextTimeoutEnabled: a read that waits for a server that is down is
// slower than one without validation.
package redisversion
