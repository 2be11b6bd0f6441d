package sqlversion

import "database/sql"

func (c *checker) postgres() error {
	s := c.stamps
	c.table()
	var logged sql.NullString
	if err := c.conn.QueryRowContext(c.ctx, "select (select relpersistence::text from pg_class where oid = to_regclass($1))",
		s.stampTable()).Scan(&logged); err != nil {
		return err
	}
	if logged.Valid && logged.String != "p" {
		c.found(ProblemStamps, s.table(), "is unlogged or temporary (a crash empties it, and standbys do not have it)")
	}
	for _, t := range s.Watch {
		if err := c.postgresTable(t); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) postgresTable(t Table) error {
	s := c.stamps
	name := s.Dialect.qualified(t.Schema, t.Name)
	found := false
	// A row for each table of the tree. tgenabled is O (fires unless the session
	// is a replica), A (always), R (in a replica) or D (never).
	err := c.each(`
		with recursive tree(relid, root) as (
			select to_regclass($1)::oid, true union select i.inhrelid, false from pg_inherits i join tree on i.inhparent = relid
		), fires as (
			select g.tgrelid, right(g.tgname, -length($2) - 1) as event, g.tgenabled::text as enabled,
				p.proname = $3 || right(g.tgname, -length($2) - 1) as current
			from pg_trigger g join pg_proc p on p.oid = g.tgfoid where left(g.tgname, length($2) + 1) = $2 || '_'
		)
		select c.oid::regclass::text, t.root, c.relkind in ('r', 'p'),
			coalesce((select string_agg(want.event || case when exists (select from fires f where f.tgrelid = c.oid and f.event = want.event)
					then ' (that of an earlier definition)' else '' end, ', ') from (values ('insert'), ('update'), ('delete'), ('truncate'), ('row')) want(event)
				where not exists (select from fires f where f.tgrelid = c.oid and f.event = want.event and f.current)), ''),
			coalesce((select string_agg(f.event, ', ') from fires f where f.tgrelid = c.oid and not (
				f.enabled = 'A' or f.event in ('insert', 'update', 'delete') and f.enabled = 'O' or f.event = 'row' and f.enabled = 'R')), '')
		from tree t join pg_class c on c.oid = t.relid where t.root or c.relkind in ('r', 'p') order by 1`,
		[]any{name, s.owner(t), s.function(t, "")},
		func(scan func(...any) error) error {
			var table, missing, disabled string
			var root, isTable bool
			if err := scan(&table, &root, &isTable, &missing, &disabled); err != nil {
				return err
			}
			found = found || root
			switch {
			case !isTable:
				c.found(ProblemTable, table, "is not a table")
			case missing == "truncate":
				c.found(ProblemTruncate, table, "has no trigger for TRUNCATE (run Stamps.Migration)")
			case missing != "" && root:
				c.found(ProblemMissing, table, "no current trigger for %s (run Stamps.Migration)", missing)
			case missing != "":
				c.found(ProblemPartition, table, "no current trigger for %s, so writes that name this partition are not seen (run Stamps.Migration again)", missing)
			}
			if disabled != "" {
				c.found(ProblemDisabled, table, "the trigger for %s does not fire (run Stamps.Migration, which enables it)", disabled)
			}
			return nil
		})
	if err == nil && !found {
		c.found(ProblemTable, name, "does not exist")
	}
	return err
}
