package freshen_test

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAPI compares the exported API of each public package with the file that
// holds it, so that no change goes unnoticed.
func TestAPI(t *testing.T) {
	for pkg := range allowed {
		if pkg == "." || strings.HasPrefix(pkg, "internal/") {
			continue
		}
		t.Run(pkg, func(t *testing.T) {
			got := exported(t, pkg)
			file := filepath.Join("testdata", "api", strings.ReplaceAll(pkg, "/", "-")+".txt")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "the exported API of %s changed: if it should, run go test . -update", pkg)
		})
	}
}

// exported returns the exported declarations of the package in dir, in the
// order of their text, without comments and function bodies.
func exported(t *testing.T, dir string) string {
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	require.NoError(t, err)
	var decls []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.FileExports(file)
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				continue
			}
			if f, ok := decl.(*ast.FuncDecl); ok {
				if f.Recv != nil && !ast.IsExported(receiver(f.Recv.List[0].Type)) {
					continue
				}
				f.Body = nil
			}
			var b strings.Builder
			require.NoError(t, printer.Fprint(&b, fset, decl))
			decls = append(decls, b.String())
		}
	}
	slices.Sort(decls)
	return strings.Join(decls, "\n\n") + "\n"
}

// receiver returns the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
