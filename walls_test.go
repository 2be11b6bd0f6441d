package freshen_test

// Which package of the module may import what, and that the repository names
// nothing of a developer's machine.

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/freshen-go/freshen"

// allowed holds, for each package, what it may import besides the standard
// library. A package that is not here may not exist.
var allowed = map[string][]string{
	".":               nil,
	"observe":         nil,
	"observe/expvars": {"observe"},
	"cachecontrol":    {"observe", "internal/commit", "internal/field", "internal/logonce"},
	"etag":            {"observe", "internal/commit", "internal/field", "internal/logonce", "internal/problem", "internal/savings"},
	"sqlversion":      {"etag"},
	"versiontest":     {"etag"},
	"cachetest":       {"cachecontrol", "internal/entitytag", "internal/handlercheck", "internal/recorder"},
	"lambdaadapter":   {"internal/field", "internal/logonce", "internal/recorder", "github.com/aws/aws-lambda-go/", "github.com/awslabs/aws-lambda-go-api-proxy/"},

	"internal/commit":                {"internal/field"},
	"internal/conformwalk":           {"cachetest", "etag", "internal/problem", "github.com/stretchr/testify/"}, // for tests
	"internal/entitytag":             nil,
	"internal/field":                 nil,
	"internal/handlercheck":          {"internal/entitytag", "internal/field", "internal/recorder"},
	"internal/logonce":               nil,
	"internal/problem":               nil,
	"internal/savings":               nil,
	"internal/recorder":              {"internal/field"},
	"internal/recorder/recordertest": nil, // handlers, for tests
}

// root is the folder of the module.
const root = "."

func TestWalls(t *testing.T) {
	for pkg, files := range sources(t) {
		t.Run(pkg, func(t *testing.T) {
			may, known := allowed[pkg]
			require.True(t, known, "a new package: say in this test what it may import")
			for _, file := range files {
				f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
				require.NoError(t, err)
				for _, spec := range f.Imports {
					name, err := strconv.Unquote(spec.Path.Value)
					require.NoError(t, err)
					require.True(t, permitted(name, may), "%s imports %s", file, name)
				}
			}
		})
	}
}

func permitted(name string, may []string) bool {
	first, _, _ := strings.Cut(name, "/")
	if !strings.Contains(first, ".") {
		return true // the standard library
	}
	for _, m := range may {
		if name == module+"/"+m || strings.HasSuffix(m, "/") && strings.HasPrefix(name, m) {
			return true
		}
	}
	return false
}

// sources returns the files of each package of the module that are no tests.
func sources(t *testing.T) map[string][]string {
	packages := map[string][]string{}
	walk(t, func(file string) {
		if strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") &&
			!strings.HasPrefix(file, "examples/") && !strings.HasPrefix(file, "benchmarks/") &&
			!strings.HasPrefix(file, "contrib/") {
			pkg := path.Dir(file)
			packages[pkg] = append(packages[pkg], filepath.Join(root, file))
		}
	})
	require.Contains(t, packages, "etag")
	return packages
}

// walk calls visit for every file of the repository, by its path in it.
func walk(t *testing.T, visit func(file string)) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch base := d.Name(); {
		case d.IsDir() && (base == ".git" || base == "node_modules" || base == "testdata"):
			return filepath.SkipDir
		case !d.IsDir():
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(rel))
		}
		return nil
	})
	require.NoError(t, err)
}

// TestNothingOfAMachine: no path of a developer's machine and no host of a
// package registry stands in a file that is read as text.
func TestNothingOfAMachine(t *testing.T) {
	// Put together here, so that this file does not hold them.
	bad := regexp.MustCompile(`(^|[^A-Za-z0-9_./])/(wo` + `rk|ro` + `ot)/|pro` + `xy\.golang\.org|regi` + `stry\.npmjs\.org|deb\.deb` + `ian\.org`)
	text := regexp.MustCompile(`\.(go|md|mod|sh|yml|yaml|tf|js|css|html|json)$|(^|/)run$`)
	walk(t, func(file string) {
		if !text.MatchString(file) {
			return
		}
		content, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		if found := bad.FindString(string(content)); found != "" {
			t.Errorf("%s: %q", file, found)
		}
	})
}
