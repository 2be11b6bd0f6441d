package sqlversion

import "fmt"

// A ProblemKind says what is wrong with the triggers in a database.
type ProblemKind uint8

// The problems that [Stamps.Check] reports.
const (
	// ProblemTable: a watched table does not exist, is not a table, or is one
	// whose rows a crash loses without its stamps (unlogged, or not InnoDB); or,
	// in SQLite, the triggers name a column that it does not have, so that every
	// write fails.
	ProblemTable ProblemKind = iota + 1
	// ProblemStamps: the table of stamps does not exist, has no epoch, is not
	// logged, has another engine than InnoDB, or the user of the connection may
	// not read it all, for lack of a grant or by a policy of row security.
	ProblemStamps
	// ProblemMissing: a trigger does not exist, is that of an earlier
	// definition, or writes to stamps in another schema than that of the stamps
	// that the user of the connection reads. Run Stamps.Migration.
	ProblemMissing
	// ProblemDisabled: a trigger exists and does not fire.
	ProblemDisabled
	// ProblemTruncate: TRUNCATE fires no trigger. PostgreSQL has a trigger for
	// it. MySQL and MariaDB have none: the problem is reported if the user of
	// the connection may truncate the table and no foreign key prevents it.
	ProblemTruncate
	// ProblemPartition: a partition of a watched table, or a table that
	// inherits from it, has no triggers of its own, so that a write that names
	// it is not seen. Run Stamps.Migration again. A partition that is a foreign
	// table cannot be watched.
	ProblemPartition
	// ProblemCascade: in MySQL and MariaDB, a foreign key of the watched table
	// changes its rows without firing its triggers, and the table it refers to
	// is not watched. Watch that table too, with scopes that cover the rows
	// that the foreign key changes.
	ProblemCascade
	// ProblemReplace: in SQLite, INSERT OR REPLACE deletes rows without firing
	// the delete trigger, so that the scope of the replaced row is not stamped,
	// unless PRAGMA recursive_triggers is on. It is reported for tables whose
	// scopes depend on columns.
	ProblemReplace
	// ProblemOutdated: a trigger of an earlier definition fires in addition to
	// the current one, which costs time. Drop it.
	ProblemOutdated
	// ProblemScope: in MySQL and MariaDB, the text of a scope depends on the
	// time zone of the writer's session, so that it may not be the reader's.
	ProblemScope
)

var problemNames = [...]string{
	ProblemTable: "table", ProblemStamps: "stamps", ProblemMissing: "missing", ProblemDisabled: "disabled",
	ProblemTruncate: "truncate", ProblemPartition: "partition", ProblemCascade: "cascade",
	ProblemReplace: "replace", ProblemOutdated: "outdated", ProblemScope: "scope",
}

// String returns the kind in lower case, such as "missing".
func (k ProblemKind) String() string {
	if int(k) < len(problemNames) && k > 0 {
		return problemNames[k]
	}
	return fmt.Sprintf("ProblemKind(%d)", uint8(k))
}

// MarshalText returns the kind in lower case.
func (k ProblemKind) MarshalText() ([]byte, error) {
	if int(k) >= len(problemNames) || k == 0 {
		return nil, fmt.Errorf("sqlversion: invalid problem kind %d", uint8(k))
	}
	return []byte(k.String()), nil
}

// A ProblemError describes one way in which a write can miss the stamps.
type ProblemError struct {
	Kind  ProblemKind
	Table string // the table or partition, as the database names it
	// Detail says what was found, and the remedy.
	Detail string
}

func (e *ProblemError) Error() string {
	return fmt.Sprintf("sqlversion: %s: %s: %s", e.Table, e.Kind, e.Detail)
}
