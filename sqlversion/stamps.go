package sqlversion

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	defaultTable = "freshen_version"
	defaultSlots = 64
	maxSlots     = 1024
	maxTable     = 50 // bytes: the name of a function is longer

	// maxScope is the number of characters of a scope that count. Triggers and
	// readers cut longer ones off alike, so that long scopes share a version.
	maxScope = 255
)

// Stamps describes the tables to watch, and the table that keeps their
// versions. Triggers on the watched tables give every write a random stamp; a
// version is a digest of the stamps of some scopes. See the package
// documentation for the reason why such a version never misses a commit and
// never returns.
//
// A Stamps is a value: the methods do not change it, and it may be used
// concurrently as long as nothing else changes it. The zero value is not valid:
// Dialect and Watch are required.
type Stamps struct {
	_ [0]func()

	// Dialect is the SQL of the database.
	Dialect Dialect
	// Schema is the schema of Table; "" leaves it to the search path
	// (PostgreSQL) or the current database (MySQL). SQLite requires "".
	Schema string
	// Table is the name of the table of stamps; "" means freshen_version.
	Table string
	// Slots is the number of rows that the stamps of a scope are spread over,
	// so that concurrent writers do not wait for each other; 0 means 64, and
	// 1,024 is the maximum. SQLite has one writer at a time and uses one slot.
	Slots int
	// Watch lists the tables.
	Watch []Table
	// Accept lists the problems that [Stamps.Check] does not report.
	Accept []ProblemKind
}

// A Table is a table to watch.
type Table struct {
	_ [0]func()

	// Schema is the schema of the table; "" leaves it to the search path
	// (PostgreSQL) or the current database (MySQL). SQLite requires "".
	Schema string
	// Name is the name of the table, as the database spells it, without quotes.
	Name string
	// Scopes are SQL expressions over a row, with columns in braces: "{tenant}"
	// or "concat('cart/', {user_id})". A write to a row changes the version of
	// every scope that the row was in or is in now. The value is cast to text;
	// NULL means that the row is not in this scope. If Scopes is empty, every
	// row is in the scope that has the table's name.
	//
	// An expression must depend on nothing but the row. Where a comparison
	// in the database ignores case, normalize it: "lower({tenant})". In MySQL,
	// join by concat: || means OR there, and is an error here.
	//
	// The expressions become part of the DDL as they are: they belong to the
	// program, and must not come from a request.
	Scopes []string
}

// A StampsError describes an invalid field of a [Stamps].
type StampsError struct {
	Field   string // such as "Watch[0].Scopes[1]"
	Problem string
}

func (e *StampsError) Error() string { return "sqlversion: Stamps." + e.Field + ": " + e.Problem }

// Valid returns nil, or every invalid field as a joined [*StampsError].
func (s Stamps) Valid() error {
	var errs []error
	bad := func(problem string, field string, args ...any) {
		errs = append(errs, &StampsError{fmt.Sprintf(field, args...), problem})
	}
	if !s.Dialect.valid() {
		bad("unknown dialect "+s.Dialect.String()+" (want PostgreSQL, MySQL or SQLite)", "Dialect")
	}
	if s.Slots < 0 || s.Slots > maxSlots {
		bad(fmt.Sprintf("invalid number %d (want 0 to %d)", s.Slots, maxSlots), "Slots")
	}
	if problem := s.badName(s.Schema); s.Schema != "" && problem != "" {
		bad(problem, "Schema")
	}
	if problem := s.badName(s.Table); s.Table != "" && problem != "" {
		bad(problem, "Table")
	} else if len(s.Table) > maxTable {
		bad(fmt.Sprintf("name %q is too long (want at most %d bytes)", s.Table, maxTable), "Table")
	}
	if s.Schema != "" && s.Dialect == SQLite {
		bad(noSchema, "Schema")
	}
	if len(s.Watch) == 0 {
		bad("is empty (want at least one table)", "Watch")
	}
	seen := map[[2]string]bool{}
	for i, t := range s.Watch {
		if problem := s.badName(t.Name); problem != "" {
			bad(problem, "Watch[%d].Name", i)
		}
		if problem := s.badName(t.Schema); t.Schema != "" && problem != "" {
			bad(problem, "Watch[%d].Schema", i)
		}
		if t.Schema != "" && s.Dialect == SQLite {
			bad(noSchema, "Watch[%d].Schema", i)
		}
		if key := [2]string{t.Schema, t.Name}; seen[key] {
			bad(fmt.Sprintf("table %q appears twice", t.Name), "Watch[%d].Name", i)
		} else {
			seen[key] = true
		}
		if t.Name == s.table() && t.Schema == s.Schema {
			bad("is the table of the stamps itself", "Watch[%d].Name", i)
		}
		for j, scope := range t.Scopes {
			if parts, err := splitScope(scope); err != nil {
				bad(err.Error(), "Watch[%d].Scopes[%d]", i, j)
			} else if s.Dialect == MySQL && joinsByBars(parts) {
				bad("|| means OR in MySQL (want concat)", "Watch[%d].Scopes[%d]", i, j)
			}
		}
	}
	return errors.Join(errs...)
}

const noSchema = "is set (SQLite's triggers stay within one database file: want \"\")"

func (s Stamps) badName(name string) string {
	switch {
	case name == "":
		return "is empty"
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return fmt.Sprintf("invalid name %q", name)
	case s.Dialect == PostgreSQL && len(name) > 63: // it would be cut
		return fmt.Sprintf("name %q is too long (want at most 63 bytes)", name)
	case s.Dialect == MySQL && utf8.RuneCountInString(name) > 64:
		return fmt.Sprintf("name %q is too long (want at most 64 characters)", name)
	}
	return ""
}

func (s Stamps) table() string {
	if s.Table == "" {
		return defaultTable
	}
	return s.Table
}

func (s Stamps) slots() int {
	switch {
	case s.Dialect == SQLite:
		return 1
	case s.Slots == 0:
		return defaultSlots
	}
	return s.Slots
}

// stampTable is the quoted name of the table of stamps.
func (s Stamps) stampTable() string { return s.Dialect.qualified(s.Schema, s.table()) }

// scopes returns the table's scopes, each as its parts.
func (s Stamps) scopes(t Table) (all [][]part) {
	if len(t.Scopes) == 0 {
		return [][]part{{{sql: s.Dialect.literal(t.Name)}}}
	}
	for _, text := range t.Scopes {
		parts, err := splitScope(text)
		if err != nil {
			panic(err) // Valid has refused it
		}
		all = append(all, parts)
	}
	return all
}

// bareName is a column as it stands in a query. In a trigger it names nothing,
// and every write would fail.
var bareName = regexp.MustCompile(`^\s*[A-Za-z_][A-Za-z0-9_]*\s*$`)

// A part of a scope is a piece of SQL or the name of a column.
type part struct{ sql, column string }

// splitScope takes an expression apart. "{{" and "}}" stand for a brace.
func splitScope(text string) (parts []part, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("empty expression (want one such as \"{tenant}\", or no Scopes for the whole table)")
	}
	if bareName.MatchString(text) {
		return nil, fmt.Errorf("%q is a name without braces (want \"{%s}\" for a column)", text, strings.TrimSpace(text))
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("invalid expression %q", text)
	}
	var sql strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c:
			sql.WriteByte(c)
			i++
		case c == '}':
			return nil, fmt.Errorf("unexpected } at offset %d of %q", i, text)
		case c == '{':
			length := strings.IndexByte(text[i:], '}')
			if length < 2 {
				return nil, fmt.Errorf("invalid column at offset %d of %q (want {name})", i, text)
			}
			parts = append(parts, part{sql: sql.String()}, part{column: text[i+1 : i+length]})
			sql.Reset()
			i += length
		default:
			sql.WriteByte(c)
		}
	}
	return append(parts, part{sql: sql.String()}), nil
}

// joinsByBars reports whether a scope has || outside of strings.
func joinsByBars(parts []part) bool {
	for _, p := range parts {
		if strings.Contains(quotedText.ReplaceAllString(p.sql, ""), "||") {
			return true
		}
	}
	return false
}

// quotedText is a string of MySQL, with its two ways to escape a quote.
var quotedText = regexp.MustCompile(`(?s)'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"`)

// expression returns the SQL of a scope over the row named row: text of at most
// maxScope characters, or NULL.
func (s Stamps) expression(scope []part, row string) string {
	if same, ok := qualified(scope); ok && s.Dialect == PostgreSQL {
		scope = same
	}
	var b strings.Builder
	for _, p := range scope {
		if p.column == "" {
			b.WriteString(p.sql)
			continue
		}
		b.WriteString(row + "." + s.Dialect.name(p.column))
	}
	// All three have substr, and count characters in it.
	return s.Dialect.builtin("substr") + "(" + s.Dialect.text(b.String()) + ", 1, " + strconv.Itoa(maxScope) + ")"
}

// byColumn reports whether rows of t can be in different scopes.
func (t Table) byColumn() bool {
	for _, scope := range t.Scopes {
		parts, _ := splitScope(scope)
		for _, p := range parts {
			if p.column != "" {
				return true
			}
		}
	}
	return false
}

// owner names what belongs to one watched table and one table of stamps;
// definition changes with what the triggers do.
func (s Stamps) owner(t Table) string {
	return "freshen_" + digest(s.Schema, s.table(), t.Schema, t.Name)
}

func (s Stamps) definition(t Table) string {
	parts := []string{formatVersions[s.Dialect], strconv.Itoa(s.slots())}
	for _, scope := range s.scopes(t) {
		parts = append(parts, s.expression(scope, "r"))
	}
	return digest(parts...)
}

// formatVersions change with the triggers that this package writes.
var formatVersions = [...]string{PostgreSQL: "3", MySQL: "2", SQLite: "1"}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}
