package sqlversion

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Check returns nil if every write to the watched tables changes their versions,
// as far as the database's catalog tells. Otherwise it returns the problems as
// joined [*ProblemError]s. An error of another type means that the check itself
// failed. Call it when the program starts, or in a readiness probe.
//
// Check cannot see what happened in the past, such as a TRUNCATE in MySQL.
//
// Check panics with the error of [Stamps.Valid] if there is one.
func (s Stamps) Check(ctx context.Context, db *sql.DB) error {
	s.mustBeValid()
	c := checker{ctx: ctx, stamps: s}
	// One connection, since a part of what is checked belongs to a session.
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sqlversion: checking the triggers: %w", err)
	}
	defer conn.Close()
	c.conn = conn
	switch s.Dialect {
	case PostgreSQL:
		err = c.postgres()
	case MySQL:
		err = c.mysql()
	case SQLite:
		err = c.sqlite()
	}
	if err != nil {
		return fmt.Errorf("sqlversion: checking the triggers: %w", err)
	}
	return errors.Join(c.problems...)
}

type checker struct {
	ctx      context.Context
	conn     *sql.Conn
	stamps   Stamps
	problems []error
}

func (c *checker) found(kind ProblemKind, table, detail string, args ...any) {
	if slices.Contains(c.stamps.Accept, kind) {
		return
	}
	c.problems = append(c.problems, &ProblemError{kind, table, fmt.Sprintf(detail, args...)})
}

// each calls row for every row of a query.
func (c *checker) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := c.conn.QueryContext(c.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// table checks the table of stamps by reading it as a provider does.
func (c *checker) table() {
	var epoch bool
	err := c.each("select slot from "+c.stamps.stampTable()+" where scope = '' and slot = -1", nil, func(func(...any) error) error {
		epoch = true
		return nil
	})
	switch {
	case err != nil:
		c.found(ProblemStamps, c.stamps.table(), "not readable: %v (run Stamps.Migration, and grant SELECT)", err)
	case !epoch:
		c.found(ProblemStamps, c.stamps.table(), "has no epoch (run Stamps.Migration again)")
	}
}
