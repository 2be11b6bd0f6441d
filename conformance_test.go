package freshen_test

import (
	"cmp"
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

// exceptions are the numbers that have no test, each with its result.
var exceptions = map[string]string{
	"C026": "does not apply: Conditional is part of an origin. Do not put it around a reverse proxy whose origin validates by itself.",
	"C092": "not offered: a false If-Match never runs the handler, so nobody can tell that the change was already made.",
}

// deviations are decisions against the letter of an item that is tested.
var deviations = map[string]string{
	"C084": "holds, except for Set-Cookie: a 304 does not carry one, because every client that has the stored response would get it.",
}

// An item is one behavior of the checklist, a line of testdata/conformance.tsv.
type item struct{ number, source, level, demand string }

func items(t *testing.T) []item {
	text, err := os.ReadFile("testdata/conformance.tsv")
	require.NoError(t, err)
	var list []item
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.Len(t, f, 4, line)
		require.Equal(t, fmt.Sprintf("C%03d", len(list)+1), f[0])
		list = append(list, item{f[0], f[1], f[2], f[3]})
	}
	require.Len(t, list, last)
	return list
}

// sections are the parts of the checklist, by their first number.
var sections = []struct {
	first int
	title string
}{
	{1, "Entity-tags"}, {17, "Last-Modified"}, {23, "When preconditions are evaluated"}, {30, "If-Match"}, {39, "If-Unmodified-Since"},
	{46, "If-None-Match"}, {54, "If-Modified-Since"}, {62, "Precedence"}, {68, "Range and If-Range"}, {75, "304"}, {87, "412 and 428"},
	{93, "Responses to writes"}, {97, "Field parsing"}, {106, "Negotiation, Vary and codings"}, {112, "Cache-Control"},
	{123, "Extensions of caching"}, {136, "Learned from deployed systems"},
}

var number = regexp.MustCompile(`\bC(0\d\d|1[0-4]\d)\b`)

// TestConformanceTable scans the tests of the module for numbers and compares.
func TestConformanceTable(t *testing.T) {
	found := map[string]map[string]bool{} // number, place
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "examples" || name == "contrib" || name == "testdata" || strings.HasPrefix(name, ".") && len(name) > 2):
			return filepath.SkipDir
		case d.IsDir() || name == "conformance_test.go":
			return nil
		case !strings.HasSuffix(name, "_test.go") && filepath.Base(filepath.Dir(path)) != "conformwalk":
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return scan(path, filepath.ToSlash(rel), found)
	})
	require.NoError(t, err)

	list := items(t)
	for _, i := range list {
		if exceptions[i.number] == "" {
			require.NotEmpty(t, found[i.number], "%s has no test and is no exception", i.number)
		} else {
			require.Empty(t, found[i.number], "%s is an exception and has a test", i.number)
		}
	}
	want := write(list, found)
	file := filepath.Join(root, table)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "%s is not up to date: run go test . -update", table)
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

func write(list []item, found map[string]map[string]bool) string {
	var b strings.Builder
	b.WriteString("# Conformance\n\n" +
		"The behaviors of an origin that validates caches: what each of them demands, who demands it, where it is tested, and the result.\n" +
		"\"Deployed systems\" are demands that follow from defects of real caches, proxies and servers, not from an RFC.\n\n" +
		"A test names its number in its name, in the name of a row, or in a comment: `go test -v ./... -run '/C031'` runs the rows of C031.\n" +
		"\"holds\" means that the named tests pass. `go test . -update` writes this page from the tests; the same test fails in CI if a number has no test.\n")
	for i, s := range sections {
		end := last
		if i+1 < len(sections) {
			end = sections[i+1].first - 1
		}
		fmt.Fprintf(&b, "\n## %s\n\n| | demand | source | result | tested in |\n|---|---|---|---|---|\n", s.title)
		for _, item := range list[s.first-1 : end] {
			result, tests := exceptions[item.number], ""
			if result == "" {
				result, tests = cmp.Or(deviations[item.number], "holds"), places(found[item.number])
			}
			fmt.Fprintf(&b, "| %s | %s: %s | %s | %s | %s |\n", item.number, item.level, strings.ReplaceAll(item.demand, "|", "\\|"), item.source, result, tests)
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
