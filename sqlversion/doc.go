// Package sqlversion reads versions of SQL data for entity-tags: versions that
// miss no commit, never return to an earlier value, and do not make writers
// wait for each other. It needs database/sql and no driver of its own.
//
// # What to use
//
//   - A list, a search or a join, where triggers are possible: [Stamps], with a
//     scope for each tenant, each table, or whatever the lists are filtered by.
//   - One row with a version column that never goes back: [Row].
//   - No change to the schema, and everything behind one server: [Database].
//   - A schema that you cannot change: [Digest] with [Provider.View], or [Collection]
//     with its limits.
//
// # Stamps
//
//	stamps := sqlversion.Stamps{
//		Dialect: sqlversion.PostgreSQL,
//		Watch:   []sqlversion.Table{{Name: "orders", Scopes: []string{"{tenant}"}}}, // {a column}
//	}
//	stamps.Migration()            // SQL statements for the tool that runs your migrations
//	stamps.Check(ctx, db)         // at start: an error that names what is missing, or nil
//	stamps.Provider(db, scopesOf) // the Provider of an etag.Conditional
//
// Triggers write a random stamp into a row of the table of stamps for each
// scope that a statement changed. The rows of a scope are spread over slots, and
// in PostgreSQL each session has a slot of its own, so that writers of one scope
// do not wait for each other. The version of some scopes is a digest of their
// stamps, read in one statement.
//
// The reason why this is exact: a transaction that stamps a slot of a scope
// holds the lock of that row until it has ended and is visible. So the stamps of
// a slot form a chain, and a snapshot that sees one link sees all links before
// it. Stamps are random, and none is used twice. Two equal versions therefore
// have the same last link in every slot, so the same set of visible writers
// of the scopes, and so the same rows. The argument needs no order between slots:
// the newest time, the highest number of a sequence and similar versions miss
// transactions that commit late because they assume an order. The argument holds
// at every isolation level of the writers, and on a standby.
//
// A version of Stamps is read before the body. A write in between gives a newer
// body under an older tag: that costs one full response later and is never a
// wrong 304, since the older version does not return.
//
// There is one exception: a database that loses commits. After a failover to a
// standby that lags, a restore of an older backup, or a crash of a server whose
// commits do not wait for the disk (synchronous_commit = off in PostgreSQL,
// innodb_flush_log_at_trx_commit other than 1, synchronous = NORMAL in SQLite's
// WAL mode if the power fails), the older version is current again, and a body
// that was read after the lost commit may still be stored under it. Where that
// matters, read the body by [Provider.View], which confirms: then the tag of a
// body is that of its own snapshot, and a lost commit takes its tag with it. New
// stamps after the failover are random, so they never repeat a lost one. Without
// View, run [Stamps.Renewal] after the loss: Renewal changes every version. If
// requests are answered while a restore runs, run it in any case: they see some
// tables without others.
//
// # Limits of Stamps
//
// No trigger sees the following, so run [Stamps.Renewal] afterwards: ALTER
// TABLE that rewrites values or changes the columns that a body shows, ALTER
// TYPE ... RENAME VALUE, to attach, detach, drop, truncate or exchange a
// partition, a tablespace that is imported, a load with disabled triggers,
// TRUNCATE in MySQL and MariaDB, a write by a connection to SQLite whose program
// has turned triggers off (SQLITE_DBCONFIG_ENABLE_TRIGGER), REFRESH MATERIALIZED
// VIEW where a body reads one. [Stamps.Check] reports what the catalog shows of
// such gaps.
//
//   - A scope is compared byte by byte. Where the database compares without
//     regard to case (MySQL's default collations, citext), a row of tenant "ABC"
//     is in the list of "abc" but not in its scope: use "lower({tenant})".
//   - The scopes of a request must have the text that the database makes of the
//     row. A list that is selected by a number or a UUID also answers to "007" and
//     to a UUID in upper case, and these are other scopes, which never change:
//     parse such a value, and return its normal form. In PostgreSQL dates, times
//     and intervals have the ISO format, in UTC, whatever the session's settings are.
//   - An expression sees the row alone. A list that joins two tables has the
//     scopes of both, and so has one whose policy of row security reads another
//     table.
//   - The table of stamps belongs to the watched tables: replicate, dump and
//     restore them together.
//   - Readers at READ UNCOMMITTED see stamps that are rolled back.
//   - PostgreSQL evaluates the expressions as with the search path pg_catalog:
//     name the schema of other functions. The trigger functions run with the rights
//     of their owner, so that writers need no rights on the table of stamps.
//     Readers need SELECT on it. Let the owner of the watched tables run the
//     migration, rather than a superuser: who owns a table chooses what a cast
//     of its columns runs.
//   - PostgreSQL: PREPARE TRANSACTION keeps the slot of its session locked until
//     COMMIT PREPARED, as it does with all rows that the transaction wrote: the
//     next write of that session to the same scope waits until then. In MySQL and
//     MariaDB the same holds for XA PREPARE and a slot of the table.
//   - PostgreSQL: TRUNCATE changes the version of every scope. It is visible to
//     older snapshots at once, as are all TRUNCATEs and the rows of COPY FREEZE.
//   - MySQL, MariaDB and SQLite read the expressions of a trigger in the first
//     write, not in the migration: test each scope by a write. Check tells for
//     SQLite.
//   - MySQL and MariaDB: a row in the table of stamps is written for each row
//     that changes. Foreign keys that cascade fire no triggers there.
//   - Do not delete rows from the table of stamps, except together with
//     [Stamps.Renewal] in one transaction.
//
// # Replicas and load balancers
//
// If the version comes from one node and the body from another that lags, the
// tag is wrong for as long as that version is current. A [Provider] has one
// handle, and the handler must read its body from the same handle. If that
// handle leads to several nodes, or if the body comes from a replica while
// versions come from the primary, read the body in a [Provider.View] of the
// replica. The stamps are replicated with the rows, so that a version is the
// same on every node:
//
//	current := stamps.Provider(primary, scopes) // for the 304s
//	replica := stamps.Provider(standby, scopes) // for the bodies
//	h := etag.Conditional{Provider: current}.Wrap(list) // which calls replica.View
//
// A replica that lags then costs full responses, and never a wrong 304.
package sqlversion
