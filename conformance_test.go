package freshen_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write CONFORMANCE.md")

const (
	table = "CONFORMANCE.md"
	last  = 147
)

// excused are the numbers that have no test here, each with its reason.
var excused = map[string]string{
	"C026": "Conditional is the origin's. It is not to be put around a reverse proxy whose origin validates by itself; a proxy inside sees every condition that was not decided.",
	"C092": "A choice (MAY) that is not offered: a failed If-Match never runs the handler, so nothing could tell that the change was already made.",
}

// sections are the parts of the checklist, by their first number.
var sections = []struct {
	first int
	title string
}{
	{1, "Entity-tags"}, {17, "Last-Modified"}, {23, "When preconditions are evaluated"}, {30, "If-Match"}, {39, "If-Unmodified-Since"},
	{46, "If-None-Match"}, {54, "If-Modified-Since"}, {62, "Precedence"}, {68, "Range and If-Range"}, {75, "304"}, {87, "412 and 428"},
	{93, "Answers to writes"}, {97, "Field parsing"}, {106, "Negotiation, Vary and codings"}, {112, "Cache-Control"},
	{123, "Extensions of caching"}, {136, "Known from the field"},
}

var number = regexp.MustCompile(`\bC(0\d\d|1[0-4]\d)\b`)

// TestTable scans the tests of the module for numbers and compares.
func TestConformanceTable(t *testing.T) {
	found := map[string]map[string]bool{} // number, place
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "examples" || name == "contrib" || name == "testdata" || strings.HasPrefix(name, ".") && len(name) > 2):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go") || name == "conformance_test.go":
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return scan(path, filepath.ToSlash(rel), found)
	})
	require.NoError(t, err)

	for n := 1; n <= last; n++ {
		c := fmt.Sprintf("C%03d", n)
		if excused[c] == "" {
			require.NotEmpty(t, found[c], "%s is neither tested nor excused", c)
		} else {
			require.Empty(t, found[c], "%s is excused and tested", c)
		}
	}
	want := write(found)
	file := filepath.Join(root, table)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "%s is not as the tests are: go test . -update", table)
}

// scan notes the numbers in a file's string literals and comments under the
// declaration in which they stand.
func scan(path, name string, found map[string]map[string]bool) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	note := func(text string, at token.Pos) {
		for _, c := range number.FindAllString(text, -1) {
			if found[c] == nil {
				found[c] = map[string]bool{}
			}
			found[c][name+": "+declaration(f, at)] = true
		}
	}
	for _, group := range f.Comments {
		note(group.Text(), group.Pos())
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			note(l.Value, l.Pos())
		}
		return true
	})
	return nil
}

// declaration names what a position is in, a doc comment included.
func declaration(f *ast.File, at token.Pos) string {
	for _, d := range f.Decls {
		first := d.Pos()
		var doc *ast.CommentGroup
		name := ""
		switch d := d.(type) {
		case *ast.FuncDecl:
			doc, name = d.Doc, d.Name.Name
		case *ast.GenDecl:
			doc = d.Doc
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && name == "" {
					name = v.Names[0].Name
				}
			}
		}
		if doc != nil {
			first = doc.Pos()
		}
		if first <= at && at < d.End() && name != "" {
			return name
		}
	}
	return "the file"
}

func write(found map[string]map[string]bool) string {
	var b strings.Builder
	b.WriteString("# Conformance\n\nWhich item of the checklist of origin behavior is tested where. A test names the number in its name, in a row's\n" +
		"name or in its comment: `go test -v ./... -run '/C031'` finds the rows. This table is generated from the tests by\n" +
		"`go test . -update`, and that test fails where a number is neither tested nor excused.\n")
	for i, s := range sections {
		end := last
		if i+1 < len(sections) {
			end = sections[i+1].first - 1
		}
		fmt.Fprintf(&b, "\n## %s\n\n| | tested in |\n|---|---|\n", s.title)
		for n := s.first; n <= end; n++ {
			c := fmt.Sprintf("C%03d", n)
			if reason := excused[c]; reason != "" {
				fmt.Fprintf(&b, "| %s | does not apply: %s |\n", c, reason)
				continue
			}
			fmt.Fprintf(&b, "| %s | %s |\n", c, places(found[c]))
		}
	}
	return b.String()
}

// places are the declarations by file.
func places(in map[string]bool) string {
	byFile := map[string][]string{}
	for place := range in {
		file, name, _ := strings.Cut(place, ": ")
		byFile[file] = append(byFile[file], name)
	}
	var out []string
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		slices.Sort(byFile[file])
		out = append(out, file+" ("+strings.Join(byFile[file], ", ")+")")
	}
	return strings.Join(out, "; ")
}
