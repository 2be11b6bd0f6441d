package sqlversion

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/freshen-go/freshen/etag"
)

// Database returns a provider whose version is the state of the whole database
// server, without a change to the schema. It is coarse: every commit changes it,
// and on PostgreSQL ANALYZE and SELECT FOR UPDATE too. Like [Stamps], it misses
// no commit.
//
//   - PostgreSQL: pg_current_snapshot() on a primary, the position of replay on a
//     standby, both with the system identifier and the timeline. The primary and
//     each standby have different versions for one state, so that a client that
//     changes between them gets full responses.
//   - MariaDB: the position in the binary log of a consistent snapshot, with the
//     server's own id. It requires log_bin, and five round trips on one
//     connection. A RESET MASTER or a restore of the server can repeat it. MySQL
//     has no such position: there the provider always fails.
//   - SQLite: PRAGMA data_version on a connection that the provider keeps for
//     itself, with an epoch of the process. The pool must allow at least two
//     connections; an in-memory database is not possible. Call Close.
//
// A version of Database cannot be read inside a transaction, except on a
// PostgreSQL primary: ValidatorsTx returns no validators elsewhere.
func Database(db *sql.DB, d Dialect) *Provider {
	switch d {
	case PostgreSQL:
		return newProvider(db, postgresDatabase{})
	case MySQL:
		return newProvider(db, mariaDatabase{})
	case SQLite:
		return newProvider(db, &sqliteDatabase{epoch: rand.Text()})
	}
	panic("sqlversion: unknown dialect " + d.String())
}

type postgresDatabase struct{}

// On a standby a snapshot has no list of the running transactions, and on a
// primary the position of the log moves before a commit is visible: each has
// its own. pg_control_checkpoint shows a new timeline late, so that a standby
// adds what its receiver knows.
const postgresDatabaseSQL = `select recovery, case when recovery
	then concat_ws('/', (select timeline_id from pg_control_checkpoint()), (select min_recovery_end_timeline from pg_control_recovery()),
		(select received_tli from pg_stat_wal_receiver), pg_last_wal_replay_lsn())
	else concat_ws('/', left(pg_walfile_name(pg_current_wal_lsn()), 8), pg_current_snapshot()) end,
	(select system_identifier from pg_control_system())::text, current_setting('transaction_isolation')
	from (select pg_is_in_recovery() as recovery offset 0) r`

func (postgresDatabase) validators(r *http.Request, q querier) (etag.Validators, error) {
	values, err := one(r, q, postgresDatabaseSQL, nil)
	if err != nil {
		return etag.Validators{}, err
	}
	standby, _ := values[0].(bool)
	level, _ := values[3].(string)
	if q.snapshot() {
		switch {
		case standby:
			// The snapshot may be older than the position.
			return etag.Validators{}, nil
		case level != "repeatable read" && level != "serializable":
			return etag.Validators{}, &IsolationError{level}
		}
	}
	return opaque(r, fmt.Sprintf("%v/%v", values[2], values[1]))
}

type mariaDatabase struct{}

func (mariaDatabase) validators(r *http.Request, q querier) (_ etag.Validators, err error) {
	p, ok := q.(pool)
	if !ok {
		return etag.Validators{}, nil
	}
	ctx := r.Context()
	conn, err := p.p.db.Conn(ctx)
	if err != nil {
		return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "set transaction isolation level repeatable read"); err != nil {
		return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "start transaction with consistent snapshot"); err != nil {
		return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	// Even if the request is gone: the connection goes back to the pool.
	defer func() {
		_, end := conn.ExecContext(context.WithoutCancel(ctx), "rollback")
		err = errors.Join(err, end)
	}()
	var file, position, server string
	err = conn.QueryRowContext(ctx, `select
		coalesce((select variable_value from information_schema.session_status where variable_name = 'binlog_snapshot_file'), ''),
		coalesce((select variable_value from information_schema.session_status where variable_name = 'binlog_snapshot_position'), ''),
		concat(@@server_id, '/', @@hostname, '/', @@port, '/', @@datadir)`).Scan(&file, &position, &server)
	switch {
	case err != nil:
		return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
	case file == "" || position == "":
		return etag.Validators{}, errors.New("sqlversion: the server has no position of a consistent snapshot (want MariaDB with log_bin)")
	}
	return opaque(r, strings.Join([]string{server, file, position}, "/"))
}

// sqliteDatabase keeps a connection that never writes: data_version does not
// see what its own connection writes, and differs between connections.
type sqliteDatabase struct {
	epoch string

	mu     sync.Mutex
	conn   *sql.Conn
	closed bool
}

func (s *sqliteDatabase) validators(r *http.Request, q querier) (etag.Validators, error) {
	p, ok := q.(pool)
	if !ok {
		return etag.Validators{}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return etag.Validators{}, errClosed
	case s.conn == nil:
		if p.p.db.Stats().MaxOpenConnections == 1 {
			return etag.Validators{}, errors.New("sqlversion: the pool has one connection (want two, one of them for the version)")
		}
		conn, err := p.p.db.Conn(r.Context())
		if err != nil {
			return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
		}
		var file string
		if err := conn.QueryRowContext(r.Context(), "select file from pragma_database_list where name = 'main'").Scan(&file); err != nil || file == "" {
			return etag.Validators{}, errors.Join(errors.New("sqlversion: the database is not in a file, so that each connection has its own (want a file)"), err, conn.Close())
		}
		s.conn, s.epoch = conn, rand.Text()
	}
	var version int64
	if err := s.conn.QueryRowContext(r.Context(), "pragma data_version").Scan(&version); err != nil {
		if r.Context().Err() == nil {
			s.conn.Close() // another connection, another epoch
			s.conn = nil
		}
		return etag.Validators{}, fmt.Errorf("sqlversion: reading the version: %w", err)
	}
	return opaque(r, fmt.Sprintf("%s/%d", s.epoch, version))
}

func (s *sqliteDatabase) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	return conn.Close()
}
