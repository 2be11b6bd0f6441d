package cloudfront

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// sources are the places of resources and their attributes in .tf files:
// sources["aws_s3_bucket.files"]["tags"], and under "" the resource itself.
type sources map[string]map[string]Position

var (
	resourceLine  = regexp.MustCompile(`^\s*resource\s+"([^"]+)"\s+"([^"]+)"\s*\{`)
	blockLine     = regexp.MustCompile(`^\s*([A-Za-z0-9_]+)\s*(?:=\s*)?\{`)
	attributeLine = regexp.MustCompile(`^\s*"?([A-Za-z0-9_]+)"?\s*=`)
)

// readSources finds resources in the .tf files beside a plan. It reads lines
// and braces, which is enough for files that terraform fmt has formatted;
// expressions are the plan's business.
func readSources(planFile string) sources {
	found := sources{}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(planFile), "*.tf"))
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		found.read(file, strings.Split(string(source), "\n"))
	}
	return found
}

func (s sources) read(file string, lines []string) {
	var paths []string // of the blocks that are open
	var places map[string]Position
	counts := map[string]int{}
	for i, line := range lines {
		at := Position{File: file, Line: i + 1}
		line = code(line)
		if m := resourceLine.FindStringSubmatch(line); m != nil && len(paths) == 0 {
			places = map[string]Position{"": at}
			s[m[1]+"."+m[2]] = places
			paths, counts = append(paths, ""), map[string]int{}
			if strings.Count(line, "{") == strings.Count(line, "}") {
				paths, places = nil, nil
			}
			continue
		}
		if len(paths) > 0 {
			above := paths[len(paths)-1]
			path := func(name string) string { return strings.TrimPrefix(above+"."+name, ".") }
			if m := attributeLine.FindStringSubmatch(line); m != nil && places != nil {
				if _, twice := places[path(m[1])]; !twice {
					places[path(m[1])] = at
				}
			}
			name := ""
			if m := blockLine.FindStringSubmatch(line); m != nil {
				block := fmt.Sprintf("%s[%d]", path(m[1]), counts[path(m[1])])
				counts[path(m[1])]++
				name = block
				if places != nil {
					places[block] = at
				}
			}
			for _, c := range line {
				switch c {
				case '{', '[':
					if name == "" {
						name = above
					}
					paths = append(paths, name)
				case '}', ']':
					paths = paths[:max(len(paths)-1, 0)]
				}
			}
			if len(paths) == 0 {
				places = nil
			}
		}
	}
}

// code is a line without its comment and without what is in quotes.
func code(line string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case quoted:
			if c != '{' && c != '}' && c != '[' && c != ']' {
				b.WriteByte(c)
			}
		case c == '#', c == '/' && strings.HasPrefix(line[i:], "//"):
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
