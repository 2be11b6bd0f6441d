package sqlversion

// Migration returns the DDL that creates the table of stamps and the triggers
// on the watched tables. It is idempotent: run it again after Watch has
// changed, or after a partition has been added. The last statement is that of
// [Stamps.Renewal], so that no version from before the triggers stays valid.
//
// Migration panics with the error of [Stamps.Valid] if there is one.
func (s Stamps) Migration() Script {
	s.mustBeValid()
	var script Script
	switch s.Dialect {
	case PostgreSQL:
		script = s.postgresMigration()
	case MySQL:
		script = s.mysqlMigration()
	case SQLite:
		script = s.sqliteMigration()
	}
	return append(script, s.Renewal()...)
}

// Removal returns the DDL that removes what [Stamps.Migration] created: first
// the triggers, and the table of stamps at last. It is idempotent. Remove the
// providers from the program first: without triggers a version does not change.
//
// In MySQL and SQLite it removes the triggers of this definition of Watch. Remove
// others first, such as those that Check calls outdated, and those of a table
// that was taken out of Watch: a write fires them, and fails without the table
// of stamps. In PostgreSQL it finds them all.
//
// Removal panics with the error of [Stamps.Valid] if there is one.
func (s Stamps) Removal() Script {
	s.mustBeValid()
	var script Script
	switch s.Dialect {
	case PostgreSQL:
		script = s.postgresRemoval()
	case MySQL:
		script = s.mysqlRemoval()
	case SQLite:
		script = s.sqliteRemoval()
	}
	return append(script, "drop table if exists "+s.stampTable())
}

// Renewal returns the statement that changes the version of every scope. Run it
// after a change that the triggers did not see: a load with triggers disabled,
// an attached partition, a TRUNCATE in MySQL. Running it without need costs
// each client one full response.
//
// Renewal panics with the error of [Stamps.Valid] if there is one.
func (s Stamps) Renewal() Script {
	s.mustBeValid()
	return Script{"update " + s.stampTable() + " set stamp = " + s.Dialect.random() + " where scope = '' and slot = -1"}
}

func (s Stamps) mustBeValid() {
	if err := s.Valid(); err != nil {
		panic(err)
	}
}

// random returns the expression for a stamp that was never used before.
func (d Dialect) random() string {
	switch d {
	case PostgreSQL:
		return "gen_random_uuid()"
	case MySQL:
		return "random_bytes(16)"
	}
	return "randomblob(16)"
}
