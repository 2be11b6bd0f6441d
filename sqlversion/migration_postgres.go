package sqlversion

import (
	"fmt"
	"regexp"
	"strings"
)

// slotLock is the first key of the advisory locks that reserve slots: "frsh".
const slotLock = 0x66727368

func (s Stamps) postgresMigration() Script {
	table := s.stampTable()
	script := Script{
		"create table if not exists " + table + ` (
	scope text collate "C" not null,
	slot  integer not null,
	stamp uuid not null,
	primary key (scope, slot)
) with (fillfactor = 50)`,
		"insert into " + table + " (scope, slot, stamp) values ('', -1, gen_random_uuid()) on conflict do nothing",
		s.postgresSlot(),
	}
	for _, t := range s.Watch {
		script = append(script, s.postgresWatch(t))
	}
	return script
}

// postgresSlot is the function that gives a session a slot of its own for as
// long as the session lasts: an advisory lock reserves it, and a setting
// remembers it. A transaction that rolls back undoes the setting but not the
// lock, so the function looks for a lock first. With more sessions than slots,
// the rest share slots, and wait for each other in hot scopes.
func (s Stamps) postgresSlot() string {
	return fmt.Sprintf(`create or replace function %s(slots integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $freshen$
declare
	mine integer;
begin
	select objid::integer into mine from pg_locks
	where locktype = 'advisory' and classid = %d and objsubid = 2 and objid < slots::oid and pid = pg_backend_pid()
		and database = (select oid from pg_database where datname = current_database())
	limit 1;
	if mine is null then
		for i in 0 .. slots - 1 loop
			if pg_try_advisory_lock(%[2]d, i) then
				mine := i;
				exit;
			end if;
		end loop;
	end if;
	mine := coalesce(mine, pg_backend_pid() %% slots);
	perform set_config('freshen.slot', mine::text, false);
	return mine;
end
$freshen$`, s.Dialect.qualified(s.Schema, s.slotFunction()), slotLock)
}

func (s Stamps) slotFunction() string { return s.table() + "_slot" }

// postgresWatch returns the block that puts the triggers on a table, and on its
// partitions and heirs, since a statement fires the triggers of the table that
// it names and of no other. The statement triggers fire for what applications
// do. Where session_replication_role is replica, which includes the workers of
// logical replication, PostgreSQL fires no statement trigger for an applied
// row, so a row trigger takes over there.
//
// Each event has a function of its own, which is one statement: PL/pgSQL prepares
// each expression of a function anew in each transaction, so that a branch or a
// variable costs writers more than the statement's own parts. (For the same
// reason the functions return new, which is a variable, and not null, which is
// an expression. PostgreSQL ignores the result.)
func (s Stamps) postgresWatch(t Table) string {
	d := s.Dialect
	list := func(row string) string { // the scopes of a row
		var all []string
		for _, scope := range s.scopes(t) {
			all = append(all, "("+s.expression(scope, row)+")")
		}
		return strings.Join(all, ", ")
	}
	// rows selects the scopes of the rows that a statement changed, each once and
	// in order, so that two sessions in one slot do not wait for each other in a
	// circle. What does not depend on the row needs no look at every row, nor at
	// the old ones.
	rows := func(tables ...string) string {
		if !t.byColumn() {
			from := "(values " + list("r") + ") u(s) where exists (select from " + tables[len(tables)-1] + ") and u.s is not null"
			if len(t.Scopes) <= 1 {
				return from
			}
			return from + " group by u.s order by u.s"
		}
		var all []string
		for _, table := range tables {
			for _, scope := range s.scopes(t) {
				all = append(all, "select "+s.expression(scope, "r")+" as s from "+table+" r")
			}
		}
		return "(" + strings.Join(all, " union all ") + ") u where u.s is not null group by u.s order by u.s"
	}
	row := func(rows ...string) string {
		var all []string
		for _, r := range rows {
			all = append(all, list(r))
		}
		return "(values " + strings.Join(all, ", ") + ") u(s) where u.s is not null group by u.s order by u.s"
	}
	slot := fmt.Sprintf(`coalesce(case when pg_catalog.current_setting('freshen.slot', true) operator(pg_catalog.<>) ''
			then pg_catalog.current_setting('freshen.slot', true)::pg_catalog.int4 end, @freshen_slot(%[1]d)) operator(pg_catalog.%%) %[1]d`, s.slots())
	stamp := func(from string) string {
		return "\n\tinsert into @freshen_stamps (scope, slot, stamp)\n\tselect u.s, " + slot +
			", pg_catalog.gen_random_uuid()\n\tfrom " + from + "\n\ton conflict (scope, slot) do update set stamp = excluded.stamp;\n"
	}
	// The names of the events are those of the triggers.
	const after = "after %s on %%s%s for each statement"
	oldAndNew := " referencing old table as old_rows new table as new_rows"
	if !t.byColumn() {
		oldAndNew = " referencing new table as new_rows"
	}
	events := []struct{ name, fires, body string }{
		{"insert", fmt.Sprintf(after, "insert", " referencing new table as new_rows"), stamp(rows("new_rows"))},
		{"update", fmt.Sprintf(after, "update", oldAndNew), stamp(rows("old_rows", "new_rows"))},
		{"delete", fmt.Sprintf(after, "delete", " referencing old table as old_rows"), stamp(rows("old_rows"))},
		{"truncate", fmt.Sprintf(after, "truncate", ""), stamp("(values (''::pg_catalog.text)) u(s)")},
		{"row", "after insert or update or delete on %s for each row",
			"\n\tif tg_op operator(pg_catalog.=) 'INSERT' then" + stamp(row("new")) + "\telsif tg_op operator(pg_catalog.=) 'UPDATE' then" + stamp(row("old", "new")) +
				"\telse" + stamp(row("old")) + "\tend if;\n"},
	}
	var functions strings.Builder
	texts := ""
	for _, e := range events {
		texts += e.body
	}
	tag := unusedTag(texts)
	for _, e := range events {
		fmt.Fprintf(&functions, `	fires := format('%%I.%%I', space, %[1]s);
	execute 'create or replace function ' || fires || '() returns trigger language plpgsql security definer ' || pin
		|| ' as ' || quote_literal(replace(replace(%[2]s, '@freshen_slot', slots), '@freshen_stamps', stamps));
	execute 'revoke execute on function ' || fires || '() from public';
	execute format('comment on function %%s() is %%L', fires, 'stamps ' || stamps || ' for ' || watched);
`, d.literal(s.function(t, e.name)), tag+"\nbegin"+e.body+"\treturn new;\nend\n"+tag)
	}
	var triggers strings.Builder
	for _, e := range events {
		indent := "\t\t"
		if e.name == "row" { // a partition has its parent's row triggers
			triggers.WriteString("\t\tif not r.leaf then\n")
			indent = "\t\t\t"
		}
		trigger := s.owner(t) + "_" + e.name
		fmt.Fprintf(&triggers, "%sexecute format('create or replace trigger %s %s execute function %%I.%%I()', r.name, space, %s);\n",
			indent, trigger, e.fires, d.literal(s.function(t, e.name)))
		switch e.name {
		case "truncate":
			fmt.Fprintf(&triggers, "%sexecute format('alter table %%s enable always trigger %s', r.name);\n", indent, trigger)
		case "row":
			fmt.Fprintf(&triggers, "%sexecute format('alter table %%s enable replica trigger %s', r.name);\n\t\tend if;\n", indent, trigger)
		}
	}

	// A search path and further settings of its own take time in each call of a
	// function, so only a function whose scopes may depend on them has them. The
	// text of a date depends on DateStyle, and a cast of a type that is not the
	// database's own may depend on the search path.
	pin := "pinned"
	if columns, ok := s.unpinned(t); ok && len(columns) == 0 {
		pin = "''"
	} else if ok {
		pin = fmt.Sprintf(`case when exists (
		select from pg_attribute a join pg_type y on y.oid = a.atttypid
		where a.attrelid = watched and a.attname in (%s) and y.typtype <> 'e' and not (y.typnamespace = 'pg_catalog'::regnamespace and y.typname in (
			'text', 'varchar', 'bpchar', 'name', 'int2', 'int4', 'int8', 'numeric', 'bool', 'uuid', 'oid', 'inet', 'cidr', 'json', 'jsonb'))
	) then pinned else '' end`, strings.Join(columns, ", "))
	}
	block := fmt.Sprintf(`
declare
	watched regclass := %[1]s::regclass;
	space name;  -- the schema of the stamps
	stamps text; -- the table and the function, whatever the search path is later
	slots text;
	fires text;
	old record;
	path text := current_setting('search_path');
	pinned text := 'set search_path = pg_catalog, pg_temp set datestyle = ''ISO, YMD'' set timezone = ''UTC'''
		|| ' set intervalstyle = ''postgres'' set bytea_output = ''hex'' set extra_float_digits = 1';
	pin text;
	r record;
begin
	select n.nspname, format('%%I.%%I', n.nspname, c.relname), format('%%I.%%I', n.nspname, %[3]s) into space, stamps, slots
	from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = %[4]s::regclass;

	-- A scope that is not valid fails here, and not in the first write.
	perform set_config('search_path', 'pg_catalog, pg_temp', true);
	execute %[2]s || '(select freshen_row from ' || watched || ' freshen_row limit 0) q';
	pin := %[5]s;
%[6]s
	for r in
		with recursive tree(relid) as (
			select watched::oid union select i.inhrelid from pg_inherits i join tree on i.inhparent = relid
		)
		select c.oid::regclass as name, c.relispartition as leaf, c.relkind = 'p' as parted, c.relowner::regrole as owner
		from tree join pg_class c on c.oid = relid where c.relkind in ('r', 'p')
	loop
%[7]s		if r.parted then -- who creates a partition gives it the row trigger
			execute 'grant execute on function ' || fires || '() to ' || r.owner;
		end if;
	end loop;

	-- Functions of earlier definitions, which no trigger calls any longer.
	for old in
		select p.oid::regprocedure as name from pg_proc p
		where p.proname like %[8]s and p.pronamespace = (select relnamespace from pg_class where oid = stamps::regclass)
			and not exists (select from pg_trigger g where g.tgfoid = p.oid)
	loop
		execute 'drop function ' || old.name;
	end loop;
	perform set_config('search_path', path, true);
end
`, d.literal(d.qualified(t.Schema, t.Name)), d.literal("select "+list("(q.freshen_row)")+" from "), d.literal(s.slotFunction()),
		d.literal(s.stampTable()), pin, functions.String(), triggers.String(),
		d.literal(strings.ReplaceAll(s.owner(t)+"_", "_", `\_`)+"%"))
	return doBlock(block)
}

// doBlock returns the statement that runs a block of PL/pgSQL.
func doBlock(block string) string {
	tag := unusedTag(block)
	return "do " + tag + block + tag
}

// unpinned reports whether the scopes of t mean the same under any search path,
// and returns the columns in them as literals.
func (s Stamps) unpinned(t Table) (columns []string, ok bool) {
	for _, scope := range s.scopes(t) {
		if _, ok := qualified(scope); !ok {
			return nil, false
		}
		for _, p := range scope {
			if p.column != "" {
				columns = append(columns, s.Dialect.literal(p.column))
			}
		}
	}
	return columns, true
}

// qualified returns the scope with the schema of its operators, if it consists
// of columns and strings that || joins.
func qualified(scope []part) (same []part, ok bool) {
	wantTerm := true
	for _, p := range scope {
		if p.column != "" {
			if !wantTerm {
				return nil, false
			}
			same, wantTerm = append(same, p), false
			continue
		}
		for rest := strings.TrimSpace(p.sql); rest != ""; rest = strings.TrimSpace(rest) {
			token := plainToken.FindString(rest)
			if token == "" || strings.HasPrefix(token, "'") != wantTerm {
				return nil, false
			}
			rest, wantTerm = rest[len(token):], !wantTerm
			if token == "||" {
				token = " operator(pg_catalog.||) "
			}
			same = append(same, part{sql: token})
		}
	}
	return same, !wantTerm
}

// plainToken is a string without a backslash, which would depend on a setting,
// or the operator that joins strings.
var plainToken = regexp.MustCompile(`^(?:'(?:[^'\\]|'')*'|\|\|)`)

// function names the function of an event.
func (s Stamps) function(t Table, event string) string {
	return s.owner(t) + "_" + s.definition(t) + "_" + event
}

// unusedTag returns a dollar quote that none of texts holds.
func unusedTag(texts ...string) string {
	all := strings.Join(texts, "")
	for i := 0; ; i++ {
		tag := fmt.Sprintf("$freshen%d$", i)
		if !strings.Contains(all, strings.TrimSuffix(tag, "$")) {
			return tag
		}
	}
}

func (s Stamps) postgresRemoval() Script {
	d := s.Dialect
	var script Script
	for _, t := range s.Watch {
		script = append(script, doBlock(fmt.Sprintf(`
declare
	r record;
begin
	for r in
		with recursive tree(relid) as (
			select to_regclass(%[2]s)::oid union select i.inhrelid from pg_inherits i join tree on i.inhparent = relid
		)
		select g.tgrelid::regclass as watched, g.tgname as name from pg_trigger g join tree on g.tgrelid = relid
		where g.tgname like %[1]s and g.tgparentid = 0
	loop
		execute format('drop trigger if exists %%I on %%s', r.name, r.watched);
	end loop;
	for r in
		select p.oid::regprocedure as name from pg_proc p
		where p.proname like %[1]s and p.pronamespace = (select relnamespace from pg_class where oid = to_regclass(%[3]s))
			and not exists (select from pg_trigger g where g.tgfoid = p.oid)
	loop
		execute 'drop function ' || r.name;
	end loop;
end
`, d.literal(strings.ReplaceAll(s.owner(t)+"_", "_", `\_`)+"%"),
			d.literal(d.qualified(t.Schema, t.Name)), d.literal(s.stampTable()))))
	}
	// What writes to these stamps on other tables would make their writes fail: a
	// partition that was detached, or a table that is no longer in Watch.
	script = append(script, doBlock(fmt.Sprintf(`
declare
	r record;
begin
	for r in
		select g.tgrelid::regclass as watched, g.tgname as name
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_proc p on p.pronamespace = n.oid join pg_trigger g on g.tgfoid = p.oid
		where c.oid = to_regclass(%s) and p.proname like 'freshen\_%%' and g.tgparentid = 0
			and position('insert into ' || format('%%I.%%I', n.nspname, c.relname) || ' (' in p.prosrc) > 0
	loop
		execute format('drop trigger if exists %%I on %%s', r.name, r.watched);
	end loop;
	for r in
		select p.oid::regprocedure as name
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_proc p on p.pronamespace = n.oid
		where c.oid = to_regclass(%[1]s) and p.proname like 'freshen\_%%' and p.prorettype = 'trigger'::regtype
			and position('insert into ' || format('%%I.%%I', n.nspname, c.relname) || ' (' in p.prosrc) > 0
	loop
		execute 'drop function ' || r.name;
	end loop;
end
`, d.literal(s.stampTable()))))
	return append(script, "drop function if exists "+d.qualified(s.Schema, s.slotFunction())+"(integer)")
}
