package sqlversion

import "database/sql"

func (c *checker) postgres() error {
	s := c.stamps
	c.table()
	var logged sql.NullString
	var hidden sql.NullBool
	// A policy of row security hides stamps, unless one lets every row through.
	if err := c.conn.QueryRowContext(c.ctx, `select max(c.relpersistence::text), bool_or(row_security_active(c.oid) and (
			exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('*', 'r') and not p.polpermissive)
			or not exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('*', 'r') and p.polpermissive
				and pg_get_expr(p.polqual, p.polrelid) = 'true'
				and exists (select from unnest(p.polroles) o where o = 0 or pg_has_role(o, 'usage')))))
		from pg_class c where c.oid = to_regclass($1)`, s.stampTable()).Scan(&logged, &hidden); err != nil {
		return err
	}
	if logged.Valid && logged.String != "p" {
		c.found(ProblemStamps, s.table(), "is unlogged or temporary (a crash empties it, and standbys do not have it)")
	}
	if hidden.Bool {
		c.found(ProblemStamps, s.table(), "has row security, which hides stamps from the user of this connection (disable it, or create a permissive policy for select using (true))")
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
				p.proname = $3 || right(g.tgname, -length($2) - 1) as named,
				p.pronamespace is not distinct from (select relnamespace from pg_class where oid = to_regclass($4)) as here
			from pg_trigger g join pg_proc p on p.oid = g.tgfoid where left(g.tgname, length($2) + 1) = $2 || '_'
		)
		select c.oid::regclass::text, t.root, c.relkind::text, c.relpersistence = 'u',
			coalesce((select string_agg(want.event || case
					when exists (select from fires f where f.tgrelid = c.oid and f.event = want.event and f.here) then ' (that of an earlier definition)'
					when exists (select from fires f where f.tgrelid = c.oid and f.event = want.event) then ' (it writes to stamps in another schema)'
					else '' end, ', ') from (values ('insert'), ('update'), ('delete'), ('truncate'), ('row')) want(event)
				where not exists (select from fires f where f.tgrelid = c.oid and f.event = want.event and f.named and f.here)), ''),
			coalesce((select string_agg(f.event, ', ') from fires f where f.tgrelid = c.oid and not (
				f.enabled = 'A' or f.event in ('insert', 'update', 'delete') and f.enabled = 'O' or f.event = 'row' and f.enabled = 'R')), '')
		from tree t join pg_class c on c.oid = t.relid where t.root or c.relkind in ('r', 'p', 'f') order by 1`,
		[]any{name, s.owner(t), s.function(t, ""), s.stampTable()},
		func(scan func(...any) error) error {
			var table, kind, missing, disabled string
			var root, unlogged bool
			if err := scan(&table, &root, &kind, &unlogged, &missing, &disabled); err != nil {
				return err
			}
			found = found || root
			if unlogged {
				c.found(ProblemTable, table, "is unlogged, so that a crash empties it and fires no trigger (alter it to logged)")
			}
			switch {
			case kind == "f" && !root:
				c.found(ProblemPartition, table, "is a foreign table, so that writes on its own server are not seen (detach it)")
			case kind != "r" && kind != "p":
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
