package cloudfront

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The pages' own examples, and the corners of * and ?.
func TestPathPatterns(t *testing.T) {
	for _, row := range []struct {
		pattern, path string
		want          bool
	}{
		{"*", "/", true},
		{"*", "/a/b", true},
		{"images/*.jpg", "/images/a.jpg", true},
		{"/images/*.jpg", "/images/a.jpg", true},
		{"/images/*.jpg", "/images/a/b.jpg", true}, // a slash too
		{"/images/*.jpg", "/images/a.JPG", false},  // case matters
		{"/images/*.jpg", "/Images/a.jpg", false},
		{"/images/*.jpg", "/images/a.jpeg", false},
		{"a??.jpg", "/ant.jpg", true},
		{"a??.jpg", "/abe.jpg", true},
		{"a??.jpg", "/a.jpg", false},
		{"a*.jpg", "/apple.jpg", true},
		{"a*.jpg", "/appalachian_trail_2012_05_21.jpg", true},
		{"*.doc*", "/x.docx", true},
		{"/api/*", "/api", false},
		{"/api/*", "/api/", true},
		{"/api*", "/apiary", true},
		{"/api/orders", "/api/orders/1", false},
		{"/a*b*c", "/axxbxxc", true},
		{"/a*b*c", "/axxbxx", false},
		{"**", "/x", true},
		{"/?", "/", false},
	} {
		assert.Equal(t, row.want, matches(row.pattern, row.path), "%s %s", row.pattern, row.path)
	}
	for path, want := range map[string]string{"/a/../b": "/b", "/a/./b/": "/a/b/", "/..": "/", "/a//b": "/a//b"} {
		assert.Equal(t, want, normalize(path), path)
	}
}

func TestAssets(t *testing.T) {
	for pattern, want := range map[string]bool{
		"*.jpg": true, "/static/*": true, "wp-content/*": true, "/a/images/*": true, "*.woff2": true, "/_next/data/*": true,
		"*": false, "/api/*": false, "*.php": false, "*.json": false, "/statics": false,
	} {
		assert.Equal(t, want, assets(pattern), pattern)
	}
}

func TestExpressions(t *testing.T) {
	for _, row := range []struct {
		text, url string
		want      tri
	}{
		{`true`, "/", yes},
		{`http.host eq "a.example"`, "https://a.example/", yes},
		{`http.host ne "a.example"`, "https://a.example/", no},
		{`http.request.uri.path == "/a" || http.request.uri.path == "/b"`, "/b", yes},
		{`(http.request.uri.path contains "api") and not (http.request.uri.query contains "x=")`, "/api?x=1", no},
		{`starts_with(http.request.uri.path, "/api/")`, "/api/x", yes},
		{`ends_with(lower(http.request.uri.path), ".jpg")`, "/A.JPG", yes},
		{`http.request.uri.path.extension in {"css" "js"}`, "/a.js", yes},
		{`http.request.uri.path.extension in {"css" "js"}`, "/a.png", no},
		{`http.request.uri.path matches "^/v[0-9]+/"`, "/v2/x", yes},
		{`http.request.uri.path ~ r"^/v\d+/"`, "/v2/x", yes},
		{`http.request.full_uri wildcard "https://*.example/a*"`, "https://W.example/abc", yes},
		{`http.request.uri.path strict wildcard "/A*"`, "/abc", no},
		{`http.request.method eq "GET" && ssl`, "/", yes},
		{`ip.src in {192.0.2.0/24}`, "/", maybe},
		{`ip.geoip.country eq "DE" or http.request.uri.path eq "/a"`, "/a", yes},
		{`ip.geoip.country eq "DE" and http.request.uri.path eq "/a"`, "/b", no},
		{`not ip.geoip.country eq "DE"`, "/", maybe},
		{`any(http.request.headers["x"][*] eq "y")`, "/", maybe},
		{`http.request.uri.path eq "/a\"b"`, "/a", no},
	} {
		e, _, err := parseExpression(row.text)
		require.NoError(t, err, row.text)
		assert.Equal(t, row.want, e.eval(httptest.NewRequest("GET", row.url, nil)).tri(), "%s %s", row.text, row.url)
	}
	for _, text := range []string{`(`, `http.host eq`, `http.host eq "a" "b"`, `a in {`, `"`, `f(`, `%`} {
		_, _, err := parseExpression(text)
		assert.Error(t, err, text)
	}
	_, strange, err := parseExpression(`cf.bot_management.score lt 30 and len(http.cookie) gt 5`)
	require.NoError(t, err)
	assert.Contains(t, strange, "cf.bot_management.score")
}

func FuzzExpression(f *testing.F) {
	f.Add(`(http.host eq "a" and starts_with(http.request.uri.path, "/api/")) or not ssl`)
	f.Add(`http.request.uri.path.extension in {"css" "js"} && r#"x"# == http.cookie`)
	f.Fuzz(func(t *testing.T, text string) {
		if e, _, err := parseExpression(text); err == nil {
			e.eval(httptest.NewRequest("GET", "/a", nil))
		}
	})
}

func TestSourcesOfTerraform(t *testing.T) {
	places := sources{}
	places.read("main.tf", []string{
		`resource "aws_x" "a" { # {`,
		`  name = "{" // }`,
		`  block {`,
		`    ttl = 1`,
		`  }`,
		`  block {`,
		`    ttl  = 2`,
		`    list = [`,
		`      "a",`,
		`    ]`,
		`  }`,
		`}`,
		`resource "aws_x" "b" {}`,
	})

	assert.Equal(t, 1, places["aws_x.a"][""].Line)
	assert.Equal(t, 2, places["aws_x.a"]["name"].Line)
	assert.Equal(t, 4, places["aws_x.a"]["block[0].ttl"].Line)
	assert.Equal(t, 7, places["aws_x.a"]["block[1].ttl"].Line)
	assert.Equal(t, 8, places["aws_x.a"]["block[1].list"].Line)
	assert.Equal(t, 13, places["aws_x.b"][""].Line)
}
