package etag

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// NoRevision, as a [Conditional].Revision, keeps the build out of the tags: for
// responses that no deploy changes.
const NoRevision = "no revision"

// revisionOf returns what a Revision adds to the tags.
func revisionOf(revision string) string {
	switch revision {
	case "":
		return BuildRevision()
	case NoRevision:
		return ""
	}
	return revision
}

// BuildRevision returns a name of the running build: the default of
// [Conditional].Revision. Two executables have the same name only if they were
// linked from the same inputs, embedded files and replaced modules included.
//
// The name is Go's build ID, which the executable has in its first bytes. It is
// a digest of the executable where there is none, as with -ldflags=-buildid=,
// and random for each process if the executable cannot be read.
func BuildRevision() string { return buildRevision() }

var buildRevision = sync.OnceValue(func() string {
	// On Linux this is the file that runs, even if another has taken its name.
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		var name string
		if name, err = os.Executable(); err == nil {
			f, err = os.Open(name)
		}
	}
	if err == nil {
		defer f.Close()
		var revision string
		if revision, err = fileRevision(f); err == nil {
			return revision
		}
	}
	slog.Default().LogAttrs(context.Background(), slog.LevelWarn,
		"etag: the executable cannot be read, so entity-tags change with each start; set Conditional.Revision",
		slog.Any("error", err))
	return rand.Text()
})

// headLen is how far into an executable its build ID can be.
const headLen = 64 << 10

// fileRevision returns the name of an executable.
func fileRevision(f io.Reader) (string, error) {
	head := make([]byte, headLen)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return "", err
	}
	head = head[:n]
	if id := buildID(head); id != "" {
		return id, nil
	}
	sum := sha256.New()
	sum.Write(head)
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// buildID returns the build ID among the first bytes of an executable: in an
// ELF note, or at the start of the code in other formats. It returns "" for an
// ID that was not made by the go command, such as "redacted".
func buildID(head []byte) string {
	const part, parts = 20, 4 // digests of 120 bits: of the inputs first, of the result last
	const length = parts*part + parts - 1
	for _, mark := range []string{"Go\x00\x00", "\xff Go build ID: \""} {
		for rest := head; ; {
			i := bytes.Index(rest, []byte(mark))
			if i < 0 {
				break
			}
			if rest = rest[i+len(mark):]; len(rest) < length {
				break
			}
			id := rest[:length]
			if made := bytes.IndexFunc(id, func(c rune) bool { return !strings.ContainsRune(buildIDAlphabet, c) }) < 0; made &&
				id[part] == '/' && id[2*part+1] == '/' && id[3*part+2] == '/' {
				return string(id)
			}
		}
	}
	return ""
}

const buildIDAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/"
