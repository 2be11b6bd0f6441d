package sqlversion

func (c *checker) sqlite() error {
	c.table()
	// A pragma takes effect per connection: set it in the data source name.
	recursive := false
	if err := c.each("pragma recursive_triggers", nil, func(scan func(...any) error) error { return scan(&recursive) }); err != nil {
		return err
	}
	for _, t := range c.stamps.Watch {
		kind := ""
		if err := c.each("select type from sqlite_schema where name = ? collate nocase and type in ('table', 'view')", []any{t.Name},
			func(scan func(...any) error) error { return scan(&kind) }); err != nil {
			return err
		}
		switch kind {
		case "":
			c.found(ProblemTable, t.Name, "does not exist")
			continue
		case "view":
			c.found(ProblemTable, t.Name, "is not a table but a view")
			continue
		}
		var triggers []string
		if err := c.each("select name from sqlite_schema where type = 'trigger' and tbl_name = ? collate nocase", []any{t.Name},
			func(scan func(...any) error) error {
				var name string
				err := scan(&name)
				triggers = append(triggers, name)
				return err
			}); err != nil {
			return err
		}
		c.rowTriggers(t, triggers)
		if !recursive && t.byColumn() {
			c.found(ProblemReplace, t.Name, "INSERT OR REPLACE does not fire the delete trigger (set PRAGMA recursive_triggers on every connection, "+
				"in the data source name _pragma=recursive_triggers(1) for modernc.org/sqlite and _recursive_triggers=1 for mattn/go-sqlite3; "+
				"or add ProblemReplace to Stamps.Accept if nothing replaces rows)")
		}
		if len(triggers) > 0 {
			if err := c.sqliteWrites(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// sqliteWrites has SQLite compile a write of each kind, with its triggers. SQLite
// does not do that when a trigger is created.
func (c *checker) sqliteWrites(t Table) error {
	name := c.stamps.Dialect.name(t.Name)
	for _, write := range []string{"insert into " + name + " default values", "delete from " + name} {
		err := c.each("explain "+write, nil, func(func(...any) error) error { return nil })
		switch {
		case err != nil && c.ctx.Err() != nil:
			return err
		case err != nil:
			c.found(ProblemTable, t.Name, "no row can be written: %v (correct the scopes in Stamps.Watch, run Stamps.Migration, and drop the triggers that Check then names)", err)
			return nil
		}
	}
	return nil
}
