package sqlversion

import (
	"fmt"
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
func (s Stamps) postgresWatch(t Table) string {
	d := s.Dialect
	function := s.owner(t) + "_" + s.definition(t)
	list := func(row string) string { // the scopes of a row
		var all []string
		for _, scope := range s.scopes(t) {
			all = append(all, "("+s.expression(scope, row)+")")
		}
		return strings.Join(all, ", ")
	}
	// rows selects the scopes of the rows that a statement changed. What does
	// not depend on the row needs no look at every row, nor at the old ones.
	rows := func(tables ...string) string {
		if !t.byColumn() {
			return "(values " + list("r") + ") u(s) where exists (select from " + tables[len(tables)-1] + ") and"
		}
		var all []string
		for _, table := range tables {
			for _, scope := range s.scopes(t) {
				all = append(all, "select "+s.expression(scope, "r")+" as s from "+table+" r")
			}
		}
		return "(" + strings.Join(all, " union ") + ") u where"
	}
	row := func(rows ...string) string {
		var all []string
		for _, r := range rows {
			all = append(all, "values "+list(r))
		}
		return "(select v.s from (" + strings.Join(all, " union ") + ") v(s)) u where"
	}
	const begin, end = "\n\t\tinsert into @freshen_stamps (scope, slot, stamp)\n\t\tselect q.s, mine, gen_random_uuid() from (select distinct s from ",
		" s is not null) q order by q.s\n\t\ton conflict (scope, slot) do update set stamp = excluded.stamp;\n"
	stamp := func(from string) string { return begin + from + end }
	body := `
declare
	mine integer := nullif(current_setting('freshen.slot', true), '')::integer;
begin
	if mine is null then
		mine := ` + "@freshen_slot" + fmt.Sprintf("(%d);\n\tend if;\n\tmine := mine %% %[1]d;\n", s.slots()) +
		"\tif tg_op = 'TRUNCATE' then" + stamp("(values (''::text)) u(s) where") +
		"\telsif tg_level = 'ROW' and tg_op = 'INSERT' then" + stamp(row("new")) +
		"\telsif tg_level = 'ROW' and tg_op = 'UPDATE' then" + stamp(row("old", "new")) +
		"\telsif tg_level = 'ROW' then" + stamp(row("old")) +
		"\telsif tg_op = 'INSERT' then" + stamp(rows("new_rows")) +
		"\telsif tg_op = 'UPDATE' then" + stamp(rows("old_rows", "new_rows")) +
		"\telse" + stamp(rows("old_rows")) +
		"\tend if;\n\treturn null;\nend\n"

	tag := unusedTag(body)
	return fmt.Sprintf(`do %[1]s
declare
	watched regclass := %[2]s::regclass;
	stamps text; -- the table and the function, whatever the search path is later
	slots text;
	fires text;
	old record;
	path text := current_setting('search_path');
	r record;
begin
	select format('%%I.%%I', n.nspname, c.relname), format('%%I.%%I', n.nspname, %[9]s), format('%%I.%%I', n.nspname, %[3]s)
	into stamps, slots, fires
	from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = %[4]s::regclass;

	-- A scope that is not valid fails here, and not in the first write.
	perform set_config('search_path', 'pg_catalog, pg_temp', true);
	execute %[5]s || '(select freshen_row from ' || watched || ' freshen_row limit 0) q';
	execute 'create or replace function ' || fires || '() returns trigger language plpgsql security definer '
		|| 'set search_path = pg_catalog, pg_temp as ' || quote_literal(replace(replace(%[6]s, '@freshen_slot', slots), '@freshen_stamps', stamps));
	execute format('comment on function %%s() is %%L', fires, 'stamps ' || stamps || ' for ' || watched);

	for r in
		with recursive tree(relid) as (
			select watched::oid union select i.inhrelid from pg_inherits i join tree on i.inhparent = relid
		)
		select c.oid::regclass as name, c.relispartition as leaf from tree join pg_class c on c.oid = relid where c.relkind in ('r', 'p')
	loop
		execute format('create or replace trigger %[7]s_insert after insert on %%s referencing new table as new_rows for each statement execute function %%s()', r.name, fires);
		execute format('create or replace trigger %[7]s_update after update on %%s referencing old table as old_rows new table as new_rows for each statement execute function %%s()', r.name, fires);
		execute format('create or replace trigger %[7]s_delete after delete on %%s referencing old table as old_rows for each statement execute function %%s()', r.name, fires);
		execute format('create or replace trigger %[7]s_truncate after truncate on %%s for each statement execute function %%s()', r.name, fires);
		execute format('alter table %%s enable always trigger %[7]s_truncate', r.name);
		-- A partition has its parent's row triggers.
		if not r.leaf then
			execute format('create or replace trigger %[7]s_row after insert or update or delete on %%s for each row execute function %%s()', r.name, fires);
			execute format('alter table %%s enable replica trigger %[7]s_row', r.name);
		end if;
	end loop;

	-- Functions of earlier definitions, which no trigger calls any longer.
	for old in
		select p.oid::regprocedure as name from pg_proc p
		where p.proname like %[8]s and p.oid <> (fires || '()')::regprocedure
			and p.pronamespace = (select relnamespace from pg_class where oid = stamps::regclass)
			and not exists (select from pg_trigger g where g.tgfoid = p.oid)
	loop
		execute 'drop function ' || old.name;
	end loop;
	perform set_config('search_path', path, true);
end
%[1]s`, unusedTag(body, tag), d.literal(d.qualified(t.Schema, t.Name)), d.literal(function),
		d.literal(s.stampTable()), d.literal("select "+list("(q.freshen_row)")+" from "), tag+body+tag, s.owner(t),
		d.literal(strings.ReplaceAll(s.owner(t)+"_", "_", `\_`)+"%"), d.literal(s.slotFunction()))
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
		script = append(script, fmt.Sprintf(`do $freshen$
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
$freshen$`, d.literal(strings.ReplaceAll(s.owner(t)+"_", "_", `\_`)+"%"),
			d.literal(d.qualified(t.Schema, t.Name)), d.literal(s.stampTable())))
	}
	return append(script, "drop function if exists "+d.qualified(s.Schema, s.slotFunction())+"(integer)")
}
