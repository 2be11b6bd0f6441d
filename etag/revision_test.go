package etag_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// S10: the name of a build differs whenever the executable does: an embedded file
// that version control ignores and a replaced module included. An executable
// without a build ID has a digest.
func TestS10BuildRevision(t *testing.T) {
	if testing.Short() {
		t.Skip("builds executables")
	}
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("lib/go.mod", "module example.com/lib\ngo 1.26\n")
	write("lib/lib.go", "package lib\n\nconst Text = \"one\"\n")
	write("app/go.mod", "module example.com/app\ngo 1.26\nrequire (\n\texample.com/lib v0.0.0\n\tgithub.com/freshen-go/freshen v0.0.0\n)\n"+
		"replace example.com/lib => ../lib\nreplace github.com/freshen-go/freshen => "+root+"\n")
	write("app/dist/app.js", "one")
	write("app/main.go", `package main

import (
	_ "embed"
	"fmt"

	"example.com/lib"
	"github.com/freshen-go/freshen/etag"
)

//go:embed dist/app.js
var app string

func main() { fmt.Println(etag.BuildRevision(), app, lib.Text) }
`)
	seen := map[string]string{}
	build := func(name string, flags ...string) string {
		t.Helper()
		out := filepath.Join(dir, "app.exe")
		args := append([]string{"build", "-o", out}, flags...)
		cmd := exec.Command("go", append(args, ".")...)
		cmd.Dir = filepath.Join(dir, "app")
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, string(text))
		run := func() string {
			text, err := exec.Command(out).Output()
			require.NoError(t, err)
			revision, _, _ := strings.Cut(string(text), " ")
			return revision
		}
		revision := run()
		assert.NotEmpty(t, revision)
		assert.Equal(t, revision, run(), "%s: the same executable", name)
		assert.Empty(t, seen[revision], "%s and %s", name, seen[revision])
		seen[revision] = name
		return revision
	}
	build("one")
	write("app/dist/app.js", "two")
	build("another embedded file")
	write("lib/lib.go", "package lib\n\nconst Text = \"two\"\n")
	build("another replaced module")
	// What some build systems do, here with what makes an executable smaller.
	assert.Regexp(t, "^[0-9a-f]{32}$", build("with a constant build ID", "-trimpath", "-ldflags=-s -w -buildid=redacted"))
}

// S11: the build is part of a tag unless the user says otherwise.
func TestS11RevisionByDefault(t *testing.T) {
	tag := func(revision string) string {
		return inProcess(etag.Conditional{Provider: version("1"), Revision: revision}.Wrap(body("x")), "GET").Header.Get("ETag")
	}
	assert.Equal(t, tag(etag.BuildRevision()), tag(""))
	assert.Equal(t, `"1"`, tag(etag.NoRevision))
	assert.NotEqual(t, tag(""), tag("another"))
	assert.Regexp(t, `^[\w-]{20}(/[\w-]{20}){3}$`, etag.BuildRevision(), "Go's build ID")
}
