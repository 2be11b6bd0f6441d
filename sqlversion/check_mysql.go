package sqlversion

import (
	"fmt"
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
	if may > 0 {
		c.found(ProblemTruncate, t.Name, "TRUNCATE fires no trigger, and the user of this connection may truncate the table (revoke DROP, let a foreign key refer to the table, or add ProblemTruncate to Stamps.Accept and run Stamps.Renewal after a TRUNCATE)")
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
