package sqlversion

import (
	"fmt"
	"strconv"
	"strings"
)

// A Dialect is the SQL that a database understands. The zero Dialect is not
// valid.
type Dialect uint8

// The dialects. MySQL also stands for MariaDB.
const (
	_          Dialect = iota
	PostgreSQL         // 14 and later
	MySQL              // MySQL 8.0.29 and later, MariaDB 10.10 and later, with InnoDB
	SQLite             // 3.35 and later
)

var dialectNames = [...]string{PostgreSQL: "postgresql", MySQL: "mysql", SQLite: "sqlite"}

// String returns the name in lower case: "postgresql", "mysql" or "sqlite".
func (d Dialect) String() string {
	if d.valid() {
		return dialectNames[d]
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// MarshalText returns the name in lower case.
func (d Dialect) MarshalText() ([]byte, error) {
	if !d.valid() {
		return nil, fmt.Errorf("sqlversion: invalid dialect %d", uint8(d))
	}
	return []byte(d.String()), nil
}

// UnmarshalText accepts what MarshalText returns.
func (d *Dialect) UnmarshalText(text []byte) error {
	for i, name := range dialectNames {
		if name != "" && name == string(text) {
			*d = Dialect(i)
			return nil
		}
	}
	return fmt.Errorf("sqlversion: unknown dialect %q (want postgresql, mysql or sqlite)", text)
}

func (d Dialect) valid() bool { return d >= PostgreSQL && d <= SQLite }

// name quotes an identifier.
func (d Dialect) name(s string) string {
	if d == MySQL {
		return "`" + strings.ReplaceAll(s, "`", "``") + "`"
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// qualified quotes a name with its schema, if it has one.
func (d Dialect) qualified(schema, s string) string {
	if schema == "" {
		return d.name(s)
	}
	return d.name(schema) + "." + d.name(s)
}

// literal quotes a text.
func (d Dialect) literal(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	switch {
	case !strings.Contains(s, `\`):
		return "'" + s + "'"
	case d == PostgreSQL: // whatever standard_conforming_strings says
		return " E'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
	case d == MySQL: // whatever NO_BACKSLASH_ESCAPES says
		return fmt.Sprintf("convert(0x%x using utf8mb4)", strings.ReplaceAll(s, "''", "'"))
	}
	return "'" + s + "'"
}

// text casts an expression to text that compares byte by byte, whatever the
// collation of the expression: no two scopes are taken for one.
func (d Dialect) text(expr string) string {
	switch d {
	case PostgreSQL:
		return "(" + expr + `)::pg_catalog.text collate pg_catalog."C"`
	case MySQL:
		return "cast((" + expr + ") as char character set utf8mb4) collate utf8mb4_bin"
	}
	return "cast((" + expr + ") as text)"
}

// builtin names a function of the database's own.
func (d Dialect) builtin(name string) string {
	if d == PostgreSQL {
		return "pg_catalog." + name
	}
	return name
}

// placeholders returns n placeholders.
func (d Dialect) placeholders(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		switch d {
		case PostgreSQL:
			b.WriteString("$" + strconv.Itoa(i+1))
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
