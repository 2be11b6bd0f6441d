package etag_test

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
)

// versions are strings that an entity-tag cannot hold, that software on the
// way trips over, or that mean something to us.
func versions() []string {
	all := []string{
		"", "1", "v1", `"`, `\`, ",", " ", ".", "!", "~", "%", "%2C", "%2c", "%25", "%252C", "%zz", "%", "*", "W/", `W/"x"`, "\x00", "\n", "\x7f", "\x80", "\xff", "é", "日本",
		"a-gzip", "-gzip", "-br", "-zstd", ";gzip", "a-gzip-br", "a-br-gzip", "a%2Dgzip", "a--gzip", "gzip", "a-GZIP",
		"a.salt", "a!", "a~b", "7_1234", strings.Repeat("x", 123), strings.Repeat("x", 124), strings.Repeat("x", 125), strings.Repeat("x", 126),
		strings.Repeat("x", 127), strings.Repeat("x", 1000), strings.Repeat(",", 41), strings.Repeat(",", 42), strings.Repeat("é", 300),
		strings.Repeat("x", 120) + "-gzip", strings.Repeat("x", 122) + "-br",
	}
	for c := range 256 {
		all = append(all, string([]byte{byte(c)}), string([]byte{'a', byte(c), 'b'}))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, random.IntN(150))
		for i := range b {
			b[i] = byte(random.UintN(256))
		}
		all = append(all, string(b))
	}
	return all
}

// generated is what we promise of the tags that we make: less than the grammar
// allows.
var generated = regexp.MustCompile(`^(W/)?"[^\x00- "\\,.;!\x7f-\xff]*"$`)

func TestTagsOfAnyVersion(t *testing.T) {
	strong, weak := map[etag.Tag]string{}, map[etag.Tag]string{}
	for _, v := range versions() {
		for seen, tag := range map[*map[etag.Tag]string]etag.Tag{&strong: etag.Strong(v), &weak: etag.Weak(v)} {
			other, taken := (*seen)[tag]
			require.True(t, !taken || other == v, "%q and %q share %s", v, other, tag)
			(*seen)[tag] = v
			require.Regexp(t, generated, tag.String(), "%q", v)
			require.LessOrEqual(t, len(tag.String()), etag.MaxLen, "%q", v)
			require.False(t, tag.IsZero())
			for _, coding := range []string{"-gzip", "-br", "-zstd", ";gzip"} {
				require.False(t, strings.HasSuffix(tag.String(), coding+`"`), "%q", v)
			}
			if strings.Contains(tag.String(), "~") {
				require.Greater(t, len(v), 40, "only long versions are digested: %q", v)
			} else {
				require.Equal(t, v, tag.Opaque(), "%s", tag)
			}
			parsed, err := etag.Parse(tag.String())
			require.NoError(t, err)
			require.Equal(t, tag.String(), parsed.String())
		}
		require.False(t, etag.Strong(v).IsWeak())
		require.True(t, etag.Weak(v).IsWeak())
		if !strings.Contains(etag.Weak(v).String(), "~") { // W/ makes the difference of fitting or not
			require.True(t, etag.Strong(v).WeakMatch(etag.Weak(v)), "%q", v)
		}
		require.False(t, etag.Strong(v).StrongMatch(etag.Weak(v)))
	}
}

// What a tag of ours looks like, written down: another build has to make the
// same.
func TestTagsAreSpelled(t *testing.T) {
	for version, want := range map[string]string{
		"":       `""`,
		"v1":     `"v1"`,
		"a,b c":  `"a%2Cb%20c"`,
		"1.2":    `"1%2E2"`,
		"v-gzip": `"v%2Dgzip"`,
		"50%":    `"50%25"`,
		"é":      `"%C3%A9"`,
		"a:b/c=": `"a:b/c="`,
	} {
		require.Equal(t, want, etag.Strong(version).String())
		require.Equal(t, "W/"+want, etag.Weak(version).String())
	}
}

func TestParse(t *testing.T) {
	for _, s := range []string{`""`, `W/""`, `"a"`, `W/"a"`, `"a,b"`, `"*"`, `"a\b"`, "\"caf\xe9\"", `"W/"`, `"%zz"`, `"` + strings.Repeat("x", 1000) + `"`} {
		tag, err := etag.Parse(s)
		require.NoError(t, err, s)
		require.Equal(t, s, tag.String())
		require.False(t, tag.IsZero())
		require.Equal(t, s[0] == 'W', tag.IsWeak())
	}
	for s, offset := range map[string]int{
		"": 0, "a": 0, `"`: 1, `"a`: 2, `a"`: 0, `"a" `: 3, ` "a"`: 0, `"a b"`: 2, "\"a\tb\"": 2, "\"a\x00\"": 2, "\"a\x7f\"": 2, `w/"a"`: 0, `W"a"`: 0,
		`W/`: 2, `W/a`: 2, `W/ "a"`: 2, `"a""b"`: 3, `"a", "b"`: 3, `*`: 0, `W/"`: 3, "\"a\n\"": 2,
	} {
		tag, err := etag.Parse(s)
		require.Error(t, err, s)
		require.True(t, tag.IsZero())
		var bad *etag.ParseError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, s, bad.Value)
		require.Equal(t, offset, bad.Offset, "%q: %v", s, err)
		require.True(t, strings.HasPrefix(err.Error(), "etag: "), err.Error())
	}
	_, err := etag.Parse(strings.Repeat("x", 1<<20))
	require.Less(t, len(err.Error()), 300, "the message of a long value is short")
}

// The table of RFC 9110, section 8.8.3.2.
func TestTagComparison(t *testing.T) {
	tag := func(s string) etag.Tag {
		u, err := etag.Parse(s)
		require.NoError(t, err)
		return u
	}
	for _, c := range []struct {
		a, b         string
		strong, weak bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
		{`""`, `""`, true, true},
		{`"a"`, `"A"`, false, false},
	} {
		a, b := tag(c.a), tag(c.b)
		require.Equal(t, c.strong, a.StrongMatch(b), "%v %v", a, b)
		require.Equal(t, c.strong, b.StrongMatch(a))
		require.Equal(t, c.weak, a.WeakMatch(b), "%v %v", a, b)
		require.Equal(t, c.weak, b.WeakMatch(a))
	}
	var none etag.Tag
	for _, other := range []etag.Tag{none, tag(`""`), tag(`W/""`)} {
		require.False(t, none.StrongMatch(other))
		require.False(t, none.WeakMatch(other))
		require.False(t, other.WeakMatch(none))
	}
}

func TestZeroTag(t *testing.T) {
	var none etag.Tag
	require.True(t, none.IsZero())
	require.False(t, none.IsWeak())
	require.Empty(t, none.String())
	require.Empty(t, none.Opaque())
	require.False(t, etag.Strong("").IsZero(), `"" is a tag`)
}

func TestTagAsText(t *testing.T) {
	type row struct {
		Tag  etag.Tag
		Tags map[etag.Tag]int
	}
	for _, in := range []row{{}, {Tag: etag.Strong("a,b")}, {Tag: etag.Weak(`"`), Tags: map[etag.Tag]int{etag.Strong("1"): 1, etag.Weak("1"): 2}}} {
		text, err := json.Marshal(in)
		require.NoError(t, err)
		var out row
		require.NoError(t, json.Unmarshal(text, &out))
		again, err := json.Marshal(out)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
		require.Equal(t, in.Tag.String(), out.Tag.String())
	}
	tag := etag.Strong("kept")
	require.Error(t, tag.UnmarshalText([]byte("junk")))
	require.Equal(t, etag.Strong("kept"), tag, "an error changes nothing")
	text := []byte(`"a"`)
	require.NoError(t, tag.UnmarshalText(text))
	text[1] = 'b'
	require.Equal(t, `"a"`, tag.String(), "the text is copied")
	appended, err := etag.Strong("b").AppendText([]byte("ETag: "))
	require.NoError(t, err)
	require.Equal(t, `ETag: "b"`, string(appended))
}

// A tag that a provider returns is neither shortened nor refused.
func TestLongTagOfAProvider(t *testing.T) {
	long := `"` + strings.Repeat("x", 200) + `"`
	check(t, []rule{
		{name: "a long tag of somebody's own stays", provider: known(long, hourAgo), ask: []string{"GET"}, status: 200, fields: map[string]string{"Etag": long}},
		{name: "a long tag of somebody's own matches", provider: known(long, hourAgo), ask: []string{"GET", "If-None-Match: " + long}, status: 304, fields: map[string]string{"Etag": long}},
	})
}

// A foreign tag keeps what merely looks like our escapes.
func TestOpaqueOfForeignTags(t *testing.T) {
	for wire, want := range map[string]string{
		`"%2G"`: "%2G", `"%G2"`: "%G2", `"%2c"`: "%2c", `"%41"`: "%41", `"%"`: "%", `"%2"`: "%2", `"%2C"`: ",", `"a%2Dgzip"`: "a-gzip", `"a%2Dx"`: "a%2Dx",
	} {
		tag, err := etag.Parse(wire)
		require.NoError(t, err)
		require.Equal(t, want, tag.Opaque(), wire)
	}
}
