package sqlversions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/sqlversion"
	"github.com/freshen-go/freshen/versiontest"
)

// trial runs the kit on a system that has to pass.
func trial(t *testing.T, system versiontest.System) {
	t.Helper()
	k := versiontest.New(system, versiontest.Options{Patience: *patience})
	require.NoError(t, k.Run(t.Context(), *checks))
	require.NoError(t, k.Finish(t.Context()))
	passed(t, k)
}

func passed(t *testing.T, k *versiontest.Kit) {
	t.Helper()
	report := k.Report()
	assert.Zero(t, report.Wrong)
	assert.Less(t, report.Untagged, report.Requests/20+20)
	t.Log("\n" + versiontest.Table(report))
}

func TestStampsMissNoCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := newStore(t, d)
		execute(t, d.db, s.stamps().Migration()...)
		trial(t, s.system("stamps on "+d.dialect.String(), s.stamps().Provider(d.db, scopesOf)))
	})
}

func TestDatabaseMissesNoCommit(t *testing.T) {
	eachDatabase(t, func(t *testing.T, d database) {
		s := newStore(t, d)
		p := sqlversion.Database(d.db, d.dialect)
		defer p.Close()
		trial(t, s.system("database on "+d.dialect.String(), p))
	})
}
