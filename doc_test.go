package freshen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documents are what a user reads first.
var documents = []string{"README.md", "RECIPES.md"}

func read(t *testing.T, names ...string) string {
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

// TestDocumentedCode: every piece of Go in the documents appears, letter for
// letter, in a file that is compiled and tested.
func TestDocumentedCode(t *testing.T) {
	text := read(t, documents...)
	var sources strings.Builder
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		source, err := os.ReadFile(name)
		sources.Write(source)
		return err
	})
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		if !strings.Contains(sources.String(), block[1]) {
			t.Errorf("appears in no file:\n%s", block[1])
		}
	}
}

// TestDocumentedLinks: the files and the headings that documents link to exist.
func TestDocumentedLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]*))?\)`)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".md" {
			return err
		}
		for _, found := range link.FindAllStringSubmatch(read(t, name), -1) {
			file, heading := found[1], found[2]
			if strings.Contains(file, ":") {
				continue // another site
			}
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), filepath.FromSlash(file))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", name, found[0], err)
			} else if heading != "" && !slices.Contains(headings(read(t, target)), heading) {
				t.Errorf("%s: %s: no such heading in %s", name, found[0], target)
			}
		}
		return nil
	})
	require.NoError(t, err)
}

// headings returns the anchors of a document, as GitHub makes them.
func headings(text string) (anchors []string) {
	for _, line := range regexp.MustCompile("(?m)^#+ (.*)$").FindAllStringSubmatch(text, -1) {
		anchor := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(line[1]), "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	return anchors
}

// TestDocumentedCommands: .ci/run calls these two commands of the README, each on a
// line of its own.
func TestDocumentedCommands(t *testing.T) {
	lines := strings.Split(read(t, "README.md"), "\n")
	require.Contains(t, lines, "go run ./examples/orders")
	require.Contains(t, lines, "go test work")
}

// TestREADMELength: a newcomer reads the README to its end. It has at most
// 1,000 words outside code.
func TestREADMELength(t *testing.T) {
	text := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(read(t, "README.md"), "")
	require.LessOrEqual(t, len(strings.Fields(text)), 1000)
}
