package etag

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"sync"
)

// BuildRevision returns a name of the running build, for
// [Conditional].Revision: the revision of the version control system that the
// build recorded, or, where there is none or files had been changed, a digest
// of the executable. It returns "" if neither can be had. The same build gives
// the same name on every machine; a digest differs by platform.
func BuildRevision() string { return buildRevision() }

var buildRevision = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if revision := revisionOf(info); revision != "" {
			return revision
		}
	}
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
})

func revisionOf(info *debug.BuildInfo) (revision string) {
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value != "false":
			return ""
		}
	}
	return revision
}
