package orders

import (
	"context"
	"database/sql"
)

// LatestPlan asks SQLite how it would answer Latest.
func LatestPlan(ctx context.Context, store Store, q Query) (plan []string, err error) {
	s := store.(*sqlStore)
	condition, args := s.where(q)
	rows, err := s.db.QueryContext(ctx, `EXPLAIN QUERY PLAN `+latestSQL+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var ignored sql.RawBytes
		var detail string
		if err := rows.Scan(&ignored, &ignored, &ignored, &detail); err != nil {
			return nil, err
		}
		plan = append(plan, detail)
	}
	return plan, rows.Err()
}
