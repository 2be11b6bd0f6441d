package sqlversion

import (
	"fmt"
	"strings"
)

// MySQL and MariaDB have row triggers alone, and no session state that a
// trigger could reserve a slot by, so the connection's number chooses the slot.
func (s Stamps) mysqlMigration() Script {
	table := s.stampTable()
	script := Script{
		"create table if not exists " + table + ` (
	scope varchar(255) character set utf8mb4 collate utf8mb4_bin not null,
	slot  integer not null,
	stamp binary(16) not null,
	primary key (scope, slot)
) engine = InnoDB`,
		"insert ignore into " + table + " (scope, slot, stamp) values ('', -1, random_bytes(16))",
	}
	for _, t := range s.Watch {
		for _, e := range rowEvents {
			script = append(script, fmt.Sprintf(`create trigger if not exists %s after %s on %s for each row
	insert into %s (scope, slot, stamp)
	select q.s, connection_id() %% %d, random_bytes(16) from (%s) q where q.s is not null order by q.s
	on duplicate key update stamp = values(stamp)`,
				s.Dialect.qualified(t.Schema, s.trigger(t, e)), e.name, s.Dialect.qualified(t.Schema, t.Name),
				table, s.slots(), s.selectScopes(t, e)))
		}
	}
	return script
}

func (s Stamps) mysqlRemoval() Script {
	var script Script
	for _, t := range s.Watch {
		for _, e := range rowEvents {
			script = append(script, "drop trigger if exists "+s.Dialect.qualified(t.Schema, s.trigger(t, e)))
		}
	}
	return script
}

// A rowEvent is what fires a row trigger, and the rows it has.
type rowEvent struct {
	name string
	rows []string
}

var rowEvents = []rowEvent{{"insert", []string{"new"}}, {"update", []string{"old", "new"}}, {"delete", []string{"old"}}}

// trigger names the trigger of an event. The name changes with the definition:
// where a trigger cannot be replaced in one step, the new one comes beside the
// old one, and no write is missed.
func (s Stamps) trigger(t Table, e rowEvent) string {
	return s.owner(t) + "_" + s.definition(t) + "_" + e.name
}

// selectScopes selects the scopes of an event's rows, each once.
func (s Stamps) selectScopes(t Table, e rowEvent) string {
	var all []string
	for _, row := range e.rows {
		for _, scope := range s.scopes(t) {
			all = append(all, "select "+s.expression(scope, row)+" as s")
		}
	}
	return strings.Join(all, " union ")
}
