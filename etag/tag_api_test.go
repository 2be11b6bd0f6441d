package etag_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// compiles reports whether a function body compiles in a package that imports
// etag.
func compiles(t *testing.T, imports types.Importer, body string) error {
	t.Helper()
	fset := token.NewFileSet()
	src := "package user\nimport \"net/http\"\nimport \"github.com/freshen-go/freshen/etag\"\nfunc _(h http.Handler, p etag.Provider, a, b etag.Conditional, x, y etag.Tag) {\n" + body + "\n}\n"
	f, err := parser.ParseFile(fset, "user.go", src, 0)
	require.NoError(t, err)
	_, err = (&types.Config{Importer: imports}).Check("user", fset, []*ast.File{f}, nil)
	return err
}

// What users write is to keep compiling when fields are added, and what would
// not keep its meaning does not compile.
func TestAPIProperties(t *testing.T) {
	imports := exported(t)
	for name, body := range map[string]string{
		"keyed literals":            `_ = etag.Conditional{Revision: etag.NoRevision, Provider: p, RequirePrecondition: true}`,
		"copies":                    `c := a; c.Revision = "2"; _ = c`,
		"tags are compared":         `_ = x == y`,
		"tags are keys of a map":    `_ = map[etag.Tag]bool{x: true}`,
		"Wrap is a middleware":      `var wrap func(http.Handler) http.Handler = a.Wrap; _ = wrap(h)`,
		"a hash is a provider":      `var _ etag.Provider = etag.BodyHash{}`,
		"a function is a provider":  `var _ etag.Provider = etag.ProviderFunc(nil)`,
		"validators are written so": `_ = etag.Validators{Tag: x}`,
	} {
		require.NoError(t, compiles(t, imports, body), name)
	}
	for name, body := range map[string]string{
		"unkeyed literals":                `_ = etag.Conditional{Revision: etag.NoRevision, p}`,
		"unkeyed literals of validators":  `_ = etag.Validators{x}`,
		"configurations are not compared": `_ = a == b`,
		"configurations are not map keys": `_ = map[etag.Conditional]bool{}`,
		"a tag is not made of a string":   `_ = etag.Tag{"v1"}`,
		"nor converted from one":          `_ = etag.Tag("v1")`,
		"a string is not a tag":           `_ = etag.Validators{Tag: "v1"}`,
	} {
		require.Error(t, compiles(t, imports, body), name)
	}
	require.False(t, reflect.TypeFor[etag.Conditional]().Comparable())
	require.True(t, reflect.TypeFor[etag.Tag]().Comparable())
	_, pointer := reflect.TypeFor[etag.Conditional]().MethodByName("Wrap")
	require.True(t, pointer, "Wrap takes a value: a snapshot")
}

// exported imports packages from what the go command has built, of which it
// says where it lies: quicker than from source.
func exported(t *testing.T) types.Importer {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", ".")
	var problems bytes.Buffer
	list.Stderr = &problems
	out, err := list.Output()
	require.NoError(t, err, problems.String())
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		files[path] = file
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(files[path])
	})
}
