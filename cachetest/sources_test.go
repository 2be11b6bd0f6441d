package cachetest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachetest"
)

// Every profile but the plain one names its sources, each with its address and
// the date on which it was read.
func TestProfilesNameTheirSources(t *testing.T) {
	for _, p := range []cachetest.Profile{
		cachetest.Browser(), cachetest.CloudFront(), cachetest.Cloudflare(), cachetest.GoogleCloudCDN(), cachetest.Fastly(),
		cachetest.Nginx(), cachetest.Varnish(), cachetest.Squid(), cachetest.TrafficServer(),
	} {
		require.NotEmpty(t, p.Sources, p.Name)
		for _, source := range p.Sources {
			assert.Regexp(t, `^https?://[^ ]+( \([^)]+\))?$`, source.URL, p.Name)
			assert.Regexp(t, `^2026-\d\d(-\d\d)?$`, source.Read, p.Name)
		}
	}
}

// Every field of a vendor's profile carries, in its comment, the letter of the
// source that documents it, or says that the documents are silent. (The measured
// profiles have one source for all of their fields, the published results.)
func TestRulesCarryTheirSources(t *testing.T) {
	letters := regexp.MustCompile(`\[([A-Za-z, ]+)\]`)
	for _, file := range []string{"cloudfront.go", "cloudflare.go", "googlecloudcdn.go"} {
		files := token.NewFileSet()
		tree, err := parser.ParseFile(files, file, nil, parser.ParseComments)
		require.NoError(t, err)
		comments := map[int]string{}
		for _, group := range tree.Comments {
			comments[files.Position(group.Pos()).Line] = group.Text()
		}
		known, used := map[string]bool{"Silent": true}, map[string][]int{}
		rules := 0
		note := func(node ast.Node) bool {
			line := files.Position(node.Pos()).Line
			found := letters.FindStringSubmatch(comments[line])
			if found == nil {
				return false
			}
			for letter := range strings.SplitSeq(found[1], ", ") {
				used[letter] = append(used[letter], line)
			}
			return true
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, ok := pair.Key.(*ast.Ident)
			if !ok {
				return true
			}
			switch key.Name {
			case "Name", "Departures", "Silent":
				return false
			case "Sources":
				for _, source := range pair.Value.(*ast.CompositeLit).Elts {
					if found := letters.FindStringSubmatch(comments[files.Position(source.Pos()).Line]); found != nil {
						known[found[1]] = true
					}
				}
				return false
			}
			literal, isStruct := pair.Value.(*ast.CompositeLit)
			if isStruct {
				_, isStruct = literal.Type.(*ast.Ident)
			}
			if isStruct && !note(pair) {
				return true // its fields carry a letter each
			}
			if !isStruct {
				assert.True(t, note(pair), "%s: %s has no source", files.Position(pair.Pos()), key.Name)
			}
			rules++
			return false
		})
		assert.Greater(t, rules, 8, file)
		for letter, lines := range used {
			assert.True(t, known[letter], "%s: no source has the letter %s (lines %v)", file, letter, lines)
		}
	}
}
