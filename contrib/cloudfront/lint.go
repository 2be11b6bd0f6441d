package cloudfront

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A Level is the weight of a finding.
type Level uint8

// The levels.
const (
	LevelNote    Level = iota // worth knowing; does not fail a check
	LevelWarning              // costs requests, time or correctness in some cases
	LevelError                // gives wrong responses, or another user's
)

// String returns "note", "warning" or "error".
func (l Level) String() string { return [...]string{"note", "warning", "error"}[min(l, LevelError)] }

// MarshalText returns what String returns.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// A Finding is a setting that harms validation, privacy or correctness.
type Finding struct {
	Position
	Rule         Rule
	Distribution string // its name
	Behavior     string // its path pattern; "" if the finding concerns the distribution
	Text         string // what the template says
}

// Error returns "file:line: level: text [rule]", and in two more lines the
// consequence and the remedy.
func (f *Finding) Error() string {
	where := f.Distribution
	if f.Behavior != "" {
		where += " " + f.Behavior
	}
	return fmt.Sprintf("%s: %s: %s: %s [%s]\n\tconsequence: %s\n\tremedy: %s", f.Position, f.Rule.Level, where, f.Text, f.Rule.ID, f.Rule.Consequence, f.Rule.Remedy)
}

// MarshalJSON returns an object with file, line, rule, level, distribution,
// behavior, text, consequence, remedy and source.
func (f *Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"file": f.File, "line": f.Line, "rule": f.Rule.ID, "level": f.Rule.Level, "distribution": f.Distribution,
		"behavior": f.Behavior, "text": f.Text, "consequence": f.Rule.Consequence, "remedy": f.Rule.Remedy, "source": f.Rule.Source,
	})
}

// A LintOption narrows or widens what [Template.Lint] reports.
type LintOption func(*linter)

// Reads says that the handler reads these query parameters on the paths that a
// pattern matches (CloudFront's syntax). They must be in the key of the
// behavior that serves such paths.
func Reads(pattern string, parameters ...string) LintOption {
	return func(l *linter) { l.reads = append(l.reads, reading{pattern, parameters}) }
}

// Allow leaves out the findings of a rule. A comment "freshen:allow rule" in the
// line of a finding, or in the line above, leaves out that one.
func Allow(rules ...string) LintOption {
	return func(l *linter) { l.allowed = append(l.allowed, rules...) }
}

type reading struct {
	pattern    string
	parameters []string
}

// Lint returns the settings of the distributions that harm validation, privacy
// or correctness, in the order of the lines. A correct template has no
// findings. The rules are those of [Rules].
func (t *Template) Lint(options ...LintOption) []*Finding {
	l := &linter{}
	for _, option := range options {
		option(l)
	}
	for _, d := range t.Distributions {
		if d.zone != nil {
			l.cloudflare(d)
			continue
		}
		l.distribution(d)
		for _, b := range d.Behaviors {
			l.behavior(d, b)
		}
	}
	l.findings = slices.DeleteFunc(l.findings, func(f *Finding) bool {
		return slices.Contains(l.allowed, f.Rule.ID) || l.comment(f)
	})
	slices.SortStableFunc(l.findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	return l.findings
}

// comment reports whether a comment in the file allows the finding.
func (l *linter) comment(f *Finding) bool {
	lines := l.lines(f.File)
	for _, n := range []int{f.Line, f.Line - 1} {
		if n < 1 || n > len(lines) {
			continue
		}
		_, rules, ok := strings.Cut(lines[n-1], "freshen:allow ")
		names := strings.FieldsFunc(rules, func(r rune) bool { return r == ' ' || r == ',' })
		if ok && slices.Contains(names, f.Rule.ID) {
			return true
		}
	}
	return false
}

// lines are those of a file, nil if it cannot be read any more.
func (l *linter) lines(file string) []string {
	if lines, ok := l.sources[file]; ok {
		return lines
	}
	source, err := os.ReadFile(file)
	var lines []string
	if err == nil {
		lines = strings.Split(string(source), "\n")
	}
	if l.sources == nil {
		l.sources = map[string][]string{}
	}
	l.sources[file] = lines
	return lines
}

// TestTemplate loads a file and returns its findings of level warning and
// error, joined, or the error of Load; nil if there are none. It is the test of
// a template in one line:
//
//	require.NoError(t, cloudfront.TestTemplate("template.yml", nil))
func TestTemplate(file string, values Values, options ...LintOption) error {
	t, err := Load(file, values)
	if err != nil {
		return err
	}
	var errs []error
	for _, finding := range t.Lint(options...) {
		if finding.Rule.Level > LevelNote {
			errs = append(errs, finding)
		}
	}
	return errors.Join(errs...)
}

type linter struct {
	reads    []reading
	allowed  []string
	findings []*Finding
	sources  map[string][]string // lines of the files that have findings
}

func (l *linter) report(rule string, at Position, d *Distribution, b *Behavior, format string, args ...any) {
	f := &Finding{Position: at, Rule: ruleOf(rule), Distribution: d.Name, Text: fmt.Sprintf(format, args...)}
	if b != nil {
		f.Behavior = b.Pattern
	}
	// Behaviors share policies: one finding for one setting.
	for _, other := range l.findings {
		if other.Position == f.Position && other.Rule.ID == f.Rule.ID && other.Text == f.Text && other.Distribution == f.Distribution {
			return
		}
	}
	l.findings = append(l.findings, f)
}
