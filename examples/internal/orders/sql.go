package orders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/freshen-go/freshen/sqlversion"
)

// Dialect holds the differences between the SQL databases; all other statements
// are the same.
type Dialect struct {
	// Position names the function position(text, part), which returns 0 if part
	// is absent.
	Position string
	// SQL is the dialect of the stamps.
	SQL sqlversion.Dialect
	// Lock is run first in the transaction that creates the tables, so that
	// two instances that start together do not both fill them; "" for none.
	Lock string
}

// sqlStore is the store over a SQL database.
type sqlStore struct {
	db      *sql.DB
	dialect Dialect
	stamps  sqlversion.Stamps
}

// The version of a list is that of its scope: all orders, or those of one
// customer. A write changes both, and an edit also that of the customer before
// it.
const allOrders = "orders"

func stamps(d sqlversion.Dialect) sqlversion.Stamps {
	return sqlversion.Stamps{
		Dialect: d,
		Watch:   []sqlversion.Table{{Name: "orders", Scopes: []string{"'" + allOrders + "'", "'customer/' || {customer}"}}},
		// Nothing here replaces a row by INSERT OR REPLACE.
		Accept: []sqlversion.ProblemKind{sqlversion.ProblemReplace},
	}
}

// scope returns the scope of a query. A search looks for its text in the orders
// of all customers, so that a write to any of them may change its list: its
// scope is all orders. A list of one customer's orders has the narrower scope.
func (q Query) scope() string {
	if q.Customer != "" {
		return "customer/" + q.Customer
	}
	return allOrders
}

// The clock table is the source of the versions of single orders and of IDs.
// Its one row is updated first in every write: writes come one after another,
// which an example can afford. (The versions of lists do not need it.)
const schema = `
CREATE TABLE IF NOT EXISTS clock (
	stamp   BIGINT NOT NULL,
	last_id BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
	id       BIGINT PRIMARY KEY,
	customer TEXT   NOT NULL,
	item     TEXT   NOT NULL,
	quantity BIGINT NOT NULL,
	updated  BIGINT NOT NULL, -- microseconds since 1970, UTC
	version  BIGINT NOT NULL,
	text     TEXT   NOT NULL  -- what a search looks at
);
CREATE INDEX IF NOT EXISTS orders_by_text ON orders (text, updated);
CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer, text, updated);
`

// OpenSQL returns a store over db, in which it creates and fills missing
// tables. The store closes db; so does OpenSQL if it fails.
func OpenSQL(ctx context.Context, db *sql.DB, dialect Dialect) (Store, error) {
	s := &sqlStore{db: db, dialect: dialect, stamps: stamps(dialect.SQL)}
	if s.stamps.Check(ctx, db) == nil {
		return s, nil // the schema exists, and a migration would change every version
	}
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		if dialect.Lock != "" {
			if _, err := tx.ExecContext(ctx, dialect.Lock); err != nil {
				return err
			}
		}
		for _, statement := range strings.Split(strings.TrimSpace(schema), ";\n") {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		var filled bool
		if err := tx.QueryRowContext(ctx, `SELECT count(*) > 0 FROM clock`).Scan(&filled); err != nil {
			return err
		}
		if !filled {
			if err := fill(ctx, tx, Seed()); err != nil {
				return err
			}
		}
		// A real service has this in its migrations.
		for _, statement := range s.stamps.Migration() {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("orders: opening the database: %w", err), db.Close())
	}
	return s, nil
}

func fill(ctx context.Context, tx *sql.Tx, seed []Order) error {
	const rows, columns = 128, 7
	for part := seed; len(part) > 0; {
		n := min(rows, len(part))
		var values strings.Builder
		args := make([]any, 0, rows*columns)
		for i, o := range part[:n] {
			if i > 0 {
				values.WriteByte(',')
			}
			at := i * columns
			fmt.Fprintf(&values, "($%d,$%d,$%d,$%d,$%d,$%d,$%d)", at+1, at+2, at+3, at+4, at+5, at+6, at+7)
			args = append(args, o.ID, o.Customer, o.Item, o.Quantity, o.Updated.UnixMicro(), o.Version, o.text())
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO orders (`+columnNames+`, text) VALUES `+values.String(), args...)
		if err != nil {
			return err
		}
		part = part[n:]
	}
	last := seed[len(seed)-1]
	_, err := tx.ExecContext(ctx, `INSERT INTO clock (stamp, last_id) VALUES ($1, $2)`, last.Updated.UnixMicro(), last.ID)
	return err
}

// where returns the condition of q and its arguments.
func (s *sqlStore) where(q Query) (condition string, args []any) {
	condition = "1 = 1"
	if q.Customer != "" {
		args = append(args, q.Customer)
		condition += fmt.Sprintf(" AND customer = $%d", len(args))
	}
	if q.Search != "" {
		args = append(args, fold(q.Search))
		condition += fmt.Sprintf(" AND %s(text, $%d) > 0", s.dialect.Position, len(args))
	}
	return condition, args
}

func (s *sqlStore) ListVersion(ctx context.Context, q Query) (string, error) {
	return s.stamps.Read(ctx, s.db, q.scope())
}

const columnNames = `id, customer, item, quantity, updated, version`

func (s *sqlStore) List(ctx context.Context, q Query) (list []Order, version string, err error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, "", err
	}
	defer tx.Rollback()
	if version, err = s.stamps.Read(ctx, tx, q.scope()); err != nil {
		return nil, "", err
	}
	condition, args := s.where(q)
	rows, err := tx.QueryContext(ctx, `SELECT `+columnNames+` FROM orders WHERE `+condition+` ORDER BY id`, args...)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		o, err := scan(rows)
		if err != nil {
			return nil, "", err
		}
		list = append(list, o)
	}
	return list, version, rows.Err()
}

func (s *sqlStore) Version(ctx context.Context, id int64) (version int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT version FROM orders WHERE id = $1`, id).Scan(&version)
	return version, missing(err)
}

func (s *sqlStore) Get(ctx context.Context, id int64) (Order, error) {
	o, err := scan(s.db.QueryRowContext(ctx, `SELECT `+columnNames+` FROM orders WHERE id = $1`, id))
	return o, missing(err)
}

func (s *sqlStore) Create(ctx context.Context, o Order) (Order, error) {
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		stamp, id, err := s.stamp(ctx, tx, 1)
		if err != nil {
			return err
		}
		o.ID, o.Version, o.Updated = id, stamp, time.UnixMicro(stamp).UTC()
		_, err = tx.ExecContext(ctx, `INSERT INTO orders (`+columnNames+`, text) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			o.ID, o.Customer, o.Item, o.Quantity, stamp, stamp, o.text())
		return err
	})
	return o, err
}

func (s *sqlStore) Update(ctx context.Context, o Order, version int64) (Order, error) {
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		stamp, _, err := s.stamp(ctx, tx, 0)
		if err != nil {
			return err
		}
		o.Version, o.Updated = stamp, time.UnixMicro(stamp).UTC()
		return changed(tx.ExecContext(ctx,
			`UPDATE orders SET customer = $1, item = $2, quantity = $3, updated = $4, version = $4, text = $5
			 WHERE id = $6 AND version = $7`,
			o.Customer, o.Item, o.Quantity, stamp, o.text(), o.ID, version))
	})
	return o, err
}

func (s *sqlStore) Delete(ctx context.Context, id, version int64) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error {
		// A delete takes a stamp too, although no row keeps it: the lock of the
		// clock's row puts the writes in order.
		if _, _, err := s.stamp(ctx, tx, 0); err != nil {
			return err
		}
		return changed(tx.ExecContext(ctx, `DELETE FROM orders WHERE id = $1 AND version = $2`, id, version))
	})
}

func (s *sqlStore) Close() error { return s.db.Close() }

// stamp advances the clock: to now, or by one where the wall clock has not
// moved or was set back. (It does not count from one: a database that is
// deleted and filled again would use its old versions again.) ids is the number
// of IDs to take.
func (s *sqlStore) stamp(ctx context.Context, tx *sql.Tx, ids int64) (stamp, lastID int64, err error) {
	err = tx.QueryRowContext(ctx,
		`UPDATE clock SET stamp = CASE WHEN stamp >= $1 THEN stamp + 1 ELSE $1 END, last_id = last_id + $2
		 RETURNING stamp, last_id`, time.Now().UnixMicro(), ids).Scan(&stamp, &lastID)
	return stamp, lastID, err
}

func (s *sqlStore) inTransaction(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

func scan(row interface{ Scan(...any) error }) (o Order, err error) {
	var micros int64
	err = row.Scan(&o.ID, &o.Customer, &o.Item, &o.Quantity, &micros, &o.Version)
	o.Updated = time.UnixMicro(micros).UTC()
	return o, err
}

func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func changed(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	switch n, err := result.RowsAffected(); {
	case err != nil:
		return err
	case n == 0:
		return ErrConflict
	}
	return nil
}
