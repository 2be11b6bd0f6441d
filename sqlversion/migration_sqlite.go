package sqlversion

import "fmt"

// SQLite has one writer at a time, so that one slot is enough. Its stamps are
// random too: a counter would repeat its values in a copy of the file.
func (s Stamps) sqliteMigration() Script {
	table := s.stampTable()
	script := Script{
		"create table if not exists " + table + ` (
	scope text not null,
	slot  integer not null,
	stamp blob not null,
	primary key (scope, slot)
) without rowid`,
		"insert or ignore into " + table + " (scope, slot, stamp) values ('', -1, randomblob(16))",
	}
	for _, t := range s.Watch {
		for _, e := range rowEvents {
			script = append(script, fmt.Sprintf(`create trigger if not exists %s after %s on %s for each row begin
	insert into %s (scope, slot, stamp)
	select q.s, 0, randomblob(16) from (%s) q where q.s is not null
	on conflict (scope, slot) do update set stamp = excluded.stamp;
end`, s.Dialect.name(s.trigger(t, e)), e.name, s.Dialect.name(t.Name), table, s.selectScopes(t, e)))
		}
	}
	return script
}

func (s Stamps) sqliteRemoval() Script {
	var script Script
	for _, t := range s.Watch {
		for _, e := range rowEvents {
			script = append(script, "drop trigger if exists "+s.Dialect.name(s.trigger(t, e)))
		}
	}
	return script
}
