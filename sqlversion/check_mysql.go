package sqlversion

import (
	"fmt"
	"regexp"
	"strings"
)

func (c *checker) mysql() error {
	s := c.stamps
	c.table()
	var current string
	if err := c.conn.QueryRowContext(c.ctx, "select coalesce(database(), '')").Scan(&current); err != nil {
		return err
	}
	schema := func(name string) string {
		if name == "" {
			return current
		}
		return name
	}
	var engine string
	if err := c.each("select coalesce(engine, '') from information_schema.tables where table_schema = ? and table_name = ?",
		[]any{schema(s.Schema), s.table()}, func(scan func(...any) error) error { return scan(&engine) }); err != nil {
		return err
	}
	if engine != "" && !strings.EqualFold(engine, "InnoDB") {
		c.found(ProblemStamps, s.table(), "has the engine %s, which does not commit rows and stamps together (want InnoDB)", engine)
	}
	watched := map[[2]string]bool{}
	for _, t := range s.Watch {
		watched[[2]string{schema(t.Schema), t.Name}] = true
	}
	for _, t := range s.Watch {
		if err := c.mysqlTable(t, schema(t.Schema), watched); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) mysqlTable(t Table, schema string, watched map[[2]string]bool) error {
	var kind, engine string
	err := c.each("select table_type, coalesce(engine, '') from information_schema.tables where table_schema = ? and table_name = ?",
		[]any{schema, t.Name}, func(scan func(...any) error) error { return scan(&kind, &engine) })
	switch {
	case err != nil:
		return err
	case kind == "":
		c.found(ProblemTable, t.Name, "does not exist")
		return nil
	case kind != "BASE TABLE":
		c.found(ProblemTable, t.Name, "is not a table but a %s", strings.ToLower(kind))
		return nil
	case !strings.EqualFold(engine, "InnoDB"):
		c.found(ProblemTable, t.Name, "has the engine %s, which does not commit rows and stamps together (want InnoDB)", engine)
	}

	var triggers []string
	if err := c.each("select trigger_name from information_schema.triggers where event_object_schema = ? and event_object_table = ?",
		[]any{schema, t.Name}, func(scan func(...any) error) error {
			var name string
			triggers = append(triggers, "")
			err := scan(&name)
			triggers[len(triggers)-1] = name
			return err
		}); err != nil {
		return err
	}
	c.rowTriggers(t, triggers)
	if err := c.mysqlColumns(t, schema); err != nil {
		return err
	}

	// A key that changes rows of the child fires none of the child's triggers.
	referenced := false
	if err := c.each(`select unique_constraint_schema, referenced_table_name, constraint_name, delete_rule, update_rule, false
		from information_schema.referential_constraints where constraint_schema = ? and table_name = ?
		union all select constraint_schema, table_name, constraint_name, delete_rule, update_rule, true
		from information_schema.referential_constraints where unique_constraint_schema = ? and referenced_table_name = ?`,
		[]any{schema, t.Name, schema, t.Name}, func(scan func(...any) error) error {
			var otherSchema, other, key, onDelete, onUpdate string
			var child bool
			if err := scan(&otherSchema, &other, &key, &onDelete, &onUpdate, &child); err != nil {
				return err
			}
			if child { // the other table refers to this one
				referenced = referenced || other != t.Name || otherSchema != schema
				return nil
			}
			changes := func(rule string) bool { return rule != "RESTRICT" && rule != "NO ACTION" }
			if self := other == t.Name && otherSchema == schema; self && (changes(onDelete) || changes(onUpdate)) && t.byColumn() {
				c.found(ProblemCascade, t.Name, "foreign key %s changes other rows of the same table without firing triggers (use scopes that do not depend on columns)", key)
			} else if !self && (changes(onDelete) || changes(onUpdate)) && !watched[[2]string{otherSchema, other}] {
				c.found(ProblemCascade, t.Name, "foreign key %s (on delete %s, on update %s) changes rows without firing triggers (watch %s too, with scopes that cover these rows)",
					key, strings.ToLower(onDelete), strings.ToLower(onUpdate), other)
			}
			return nil
		}); err != nil || referenced {
		return err
	}

	// TRUNCATE requires the DROP privilege.
	var may int
	if err := c.conn.QueryRowContext(c.ctx, fmt.Sprintf(`select
		(select count(*) from information_schema.user_privileges where privilege_type = 'DROP' and grantee = %[1]s) +
		(select count(*) from information_schema.schema_privileges where privilege_type = 'DROP' and ? like table_schema and grantee = %[1]s) +
		(select count(*) from information_schema.table_privileges where privilege_type = 'DROP' and table_schema = ? and table_name = ? and grantee = %[1]s)`,
		"concat('''', replace(current_user(), '@', '''@'''), '''')"), schema, schema, t.Name).Scan(&may); err != nil {
		return err
	}
	if err := c.each("show grants", nil, func(scan func(...any) error) error { // those of a role among them
		var grant string
		err := scan(&grant)
		if m := dropGrant.FindStringSubmatch(strings.NewReplacer("`", "", `\`, "").Replace(grant)); m != nil &&
			(m[1] == "*" || m[1] == schema) && (m[2] == "*" || m[2] == t.Name) {
			may++
		}
		return err
	}); err != nil {
		return err
	}
	if may > 0 {
		c.found(ProblemTruncate, t.Name, "TRUNCATE fires no trigger, and the user of this connection may truncate the table (revoke DROP, let a foreign key refer to the table, which only a session with foreign_key_checks = 0 ignores, or add ProblemTruncate to Stamps.Accept and run Stamps.Renewal after a TRUNCATE)")
	}
	return nil
}

// dropGrant is a line of SHOW GRANTS that allows DROP, without its backquotes.
var dropGrant = regexp.MustCompile(`^GRANT (?:ALL PRIVILEGES|[A-Z, ]*\bDROP\b(?:,[A-Z, ]*)?) ON (.*)\.(.*) TO `)

// mysqlColumns reports timestamps in the scopes of t: their text is not that of
// the row alone.
func (c *checker) mysqlColumns(t Table, schema string) error {
	types := map[string]string{}
	if err := c.each("select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ?",
		[]any{schema, t.Name}, func(scan func(...any) error) error {
			var name, kind string
			err := scan(&name, &kind)
			types[strings.ToLower(name)] = strings.ToLower(kind)
			return err
		}); err != nil {
		return err
	}
	for _, scope := range c.stamps.scopes(t) {
		before := ""
		for _, p := range scope {
			if types[strings.ToLower(p.column)] == "timestamp" && !strings.HasSuffix(before, "unix_timestamp(") {
				c.found(ProblemScope, t.Name, "the text of the timestamp %s depends on the time zone of the writer's session (want unix_timestamp({%[1]s}), or a column of the type datetime)", p.column)
			}
			before = strings.ToLower(strings.TrimSpace(p.sql))
		}
	}
	return nil
}

// rowTriggers compares the names of the triggers on a table with those that
// the definition has.
func (c *checker) rowTriggers(t Table, names []string) {
	s := c.stamps
	have := map[string]bool{}
	for _, name := range names {
		have[name] = true
	}
	var missing []string
	for _, e := range rowEvents {
		if !have[s.trigger(t, e)] {
			missing = append(missing, e.name)
		}
		delete(have, s.trigger(t, e))
	}
	if len(missing) > 0 {
		c.found(ProblemMissing, t.Name, "no current trigger for %s (run Stamps.Migration)", strings.Join(missing, ", "))
	}
	for _, name := range names {
		if have[name] && strings.HasPrefix(name, s.owner(t)+"_") {
			c.found(ProblemOutdated, t.Name, "trigger %s is of an earlier definition (run Stamps.Migration, then drop trigger %s)", name, c.stamps.Dialect.name(name))
		}
	}
}
