package sqlversions_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
)

// A pair is a primary with a hot standby that streams from it.
type pair struct {
	primary, standby     *sqlservers.Postgres
	onPrimary, onStandby *sql.DB
}

func newPair(t testing.TB, standbyArgs ...string) *pair {
	t.Helper()
	p := &pair{primary: sqlservers.StartPostgres(t)}
	p.standby = p.primary.Standby(standbyArgs...)
	p.onPrimary, p.onStandby = p.primary.Open(), p.standby.Open()
	return p
}

// synchronous makes each commit wait until the standby shows it.
func (p *pair) synchronous(t testing.TB) {
	t.Helper()
	execute(t, p.onPrimary, "alter system set synchronous_standby_names = '*'", "alter system set synchronous_commit = remote_apply", "select pg_reload_conf()")
}

// settle waits until the standby has replayed all that the primary has.
func (p *pair) settle(ctx context.Context) error {
	var goal string
	if err := p.onPrimary.QueryRowContext(ctx, "select pg_current_wal_lsn()::text").Scan(&goal); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(5 * time.Millisecond) {
		var there bool
		if err := p.onStandby.QueryRowContext(ctx, "select pg_last_wal_replay_lsn() >= $1::pg_lsn", goal).Scan(&there); err != nil || there {
			return err
		}
	}
	return fmt.Errorf("the standby does not reach %s", goal)
}

// stores returns a store that writes to the primary and reads from the standby.
func (p *pair) store(t testing.TB, columns ...string) *store {
	t.Helper()
	s := newStore(t, database{sqlversion.PostgreSQL, p.onPrimary}, columns...)
	s.read.Store(p.onStandby)
	return s
}

func TestStandbyMissesNoCommit(t *testing.T) {
	p := newPair(t)
	s := p.store(t)
	execute(t, p.onPrimary, s.stamps().Migration()...)
	require.NoError(t, p.settle(t.Context()))
	run := func(name string, provider *sqlversion.Provider) {
		t.Run(name, func(t *testing.T) {
			system := s.system(name, provider)
			system.Settle = p.settle
			trial(t, system)
		})
	}
	run("stamps on a standby", s.stamps().Provider(p.onStandby, scopesOf))
	run("database on a standby", sqlversion.Database(p.onStandby, sqlversion.PostgreSQL))

	p.synchronous(t)
	run("stamps on a synchronous standby", s.stamps().Provider(p.onStandby, scopesOf))
	s.read.Store(p.onPrimary)
	run("stamps on a primary with a synchronous standby", s.stamps().Provider(p.onPrimary, scopesOf))
	run("database on a primary with a synchronous standby", sqlversion.Database(p.onPrimary, sqlversion.PostgreSQL))
}
