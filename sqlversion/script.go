package sqlversion

import "strings"

// A Script is a sequence of SQL statements, each without a semicolon at its
// end. Run them one by one in this order, or as the text that String returns.
//
// In PostgreSQL and SQLite a Script may run in one transaction. In MySQL each
// statement commits by itself.
type Script []string

// String returns the statements as the text of a migration, for psql, sqlite3,
// the mysql client, golang-migrate, atlas and other tools that run plain SQL.
// Comments mark the statements for goose, which splits at semicolons otherwise.
func (s Script) String() string {
	var b strings.Builder
	for _, statement := range s {
		b.WriteString("-- +goose StatementBegin\n")
		b.WriteString(statement)
		b.WriteString(";\n-- +goose StatementEnd\n\n")
	}
	return b.String()
}
