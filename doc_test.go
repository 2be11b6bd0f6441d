package freshen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// TestDocumentedLinks: the files that the documents link to exist.
func TestDocumentedLinks(t *testing.T) {
	text := read(t, append(documents, "CONTRIBUTING.md")...)
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)[)#]`).FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(link[1], "https:") {
			continue
		}
		_, err := os.Stat(link[1])
		require.NoError(t, err)
	}
}

// TestREADMELength: a newcomer reads the README to its end. It has at most
// 1,000 words outside code.
func TestREADMELength(t *testing.T) {
	text := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(read(t, "README.md"), "")
	require.LessOrEqual(t, len(strings.Fields(text)), 1000)
}
