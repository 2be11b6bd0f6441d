package field_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/field"
)

func TestIsToken(t *testing.T) {
	for _, s := range []string{"a", "CDN-Cache-Control", "*", "!#$%&'*+-.^_`|~", "0"} {
		assert.True(t, field.IsToken(s), "%q", s)
	}
	for _, s := range []string{"", " ", "a b", "a,b", `"a"`, "a=", "ä", "a\x7f", "a/b", "a:b", "(", "@", "[", "{"} {
		assert.False(t, field.IsToken(s), "%q", s)
	}
}

func TestMembers(t *testing.T) {
	for _, tc := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"no line", nil, nil},
		{"empty lines and members", []string{"", " ", ", ,", "a,,b"}, []string{"a", "b"}},
		{"white space", []string{" a\t,\tb ", "c"}, []string{"a", "b", "c"}},
		{"a comma in quotes", []string{`private="a, b", no-store`}, []string{`private="a, b"`, "no-store"}},
		{"an escaped quotation mark", []string{`x="a\", b", c`}, []string{`x="a\", b"`, "c"}},
		{"quotes that do not end", []string{`x="a, b`, "c"}, []string{`x="a, b`, "c"}},
		{"a backslash outside quotes", []string{`a\,b`}, []string{`a\`, "b"}},
		{"a backslash at the end", []string{`"a\`}, []string{`"a\`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, slices.Collect(field.Members(tc.lines)))
			for _, member := range tc.want {
				assert.True(t, field.Has(tc.lines, member))
			}
			assert.False(t, field.Has(tc.lines, "absent"))
		})
	}
	for member := range field.Members([]string{"a, b", "c"}) {
		assert.Equal(t, "a", member)
		break // no member is yielded after this
	}
	assert.True(t, field.Has([]string{"Accept, ORIGIN"}, "Origin"))
	assert.False(t, field.Has([]string{"Origins"}, "Origin"))
	assert.False(t, field.Has([]string{"a, , b", ""}, ""))
	assert.False(t, field.Has([]string{"no-\u017ftore"}, "no-store"), "a long s folds to s in Unicode, not in a token")
	assert.False(t, field.Has([]string{`x="no-store, private"`}, "no-store"))
}

func TestMergeVary(t *testing.T) {
	for _, tc := range []struct {
		name    string
		lines   []string
		names   []string
		want    string
		changed bool
	}{
		{"nothing", nil, nil, "", false},
		{"nothing to add", []string{"Accept, Origin"}, nil, "", false},
		{"nothing to add to two lines", []string{"Accept", "Origin"}, nil, "Accept, Origin", true},
		{"all there, in other case", []string{"accept, Origin"}, []string{"Accept", "origin"}, "", false},
		{"all there, on two lines", []string{"accept", "Origin"}, []string{"Accept", "origin"}, "accept, Origin", true},
		{"no field yet", nil, []string{"Accept", "Origin"}, "Accept, Origin", true},
		{"one is missing", []string{"Accept"}, []string{"Accept", "Origin"}, "Accept, Origin", true},
		{"lines become one", []string{"Accept", "Cookie"}, []string{"Origin"}, "Accept, Cookie, Origin", true},
		{"M5: empty lines and members are dropped", []string{"", " ", ", Accept,"}, []string{"Origin"}, "Accept, Origin", true},
		{"a name twice", nil, []string{"Origin", "origin"}, "Origin", true},
		{"* stays", []string{"*"}, []string{"Origin"}, "*", false},
		{"* among others", []string{"Accept, *"}, []string{"Origin"}, "*", true},
		{"* on a line of its own", []string{"Accept", "*"}, []string{"Origin"}, "*", true},
		{"* is added", []string{"Accept"}, []string{"*"}, "*", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			merged, changed := field.MergeVary(tc.lines, tc.names)
			assert.Equal(t, tc.changed, changed)
			if tc.changed {
				assert.Equal(t, tc.want, merged)
			}
		})
	}
}

func TestIsTargeted(t *testing.T) {
	for _, name := range []string{"CDN-Cache-Control", "Cdn-Cache-Control", "cdn-cache-control", "Vercel-CDN-Cache-Control",
		"Surrogate-Control", "surrogate-control", "X-Cache-Control"} {
		assert.True(t, field.IsTargeted(name), name)
	}
	for _, name := range []string{"", "Cache-Control", "-Cache-Control", "CDN-CacheControl", "Surrogate-Key", "Cache-Controls",
		"CDN-Cache-Control-X", "XCache-Control"} {
		assert.False(t, field.IsTargeted(name), name)
	}
}

func TestS12Fold(t *testing.T) {
	for _, tc := range []struct {
		name     string
		in, want http.Header
		targeted bool
	}{
		{"empty", http.Header{}, http.Header{}, false},
		{"canonical", http.Header{"Etag": {`"a"`}, "X-Id": {"1"}}, http.Header{"Etag": {`"a"`}, "X-Id": {"1"}}, false},
		{"ETag", http.Header{"ETag": {`"a"`}}, http.Header{"Etag": {`"a"`}}, false},
		{"lower case", http.Header{"set-cookie": {"a", "b"}, "vary": {"Origin"}, "cache-control": {"no-store"}},
			http.Header{"Set-Cookie": {"a", "b"}, "Vary": {"Origin"}, "Cache-Control": {"no-store"}}, false},
		{"beside the canonical name, which goes first", http.Header{"Cache-Control": {"public"}, "cache-control": {"no-store"}},
			http.Header{"Cache-Control": {"public", "no-store"}}, false},
		{"several spellings, in a fixed order", http.Header{"eTag": {"c"}, "ETAG": {"a"}, "ETag": {"b"}},
			http.Header{"Etag": {"a", "b", "c"}}, false},
		{"targeted", http.Header{"CDN-Cache-Control": {"no-store"}}, http.Header{"Cdn-Cache-Control": {"no-store"}}, true},
		{"targeted and canonical", http.Header{"Surrogate-Control": {"no-store"}}, http.Header{"Surrogate-Control": {"no-store"}}, true},
		{"a Vary of two lines becomes one", http.Header{"Vary": {"Accept-Encoding", "X-Tenant"}, "X-Id": {"1"}, "X-Other": {"1"}, "Date": {"x"}, "Etag": {"a"}},
			http.Header{"Vary": {"Accept-Encoding, X-Tenant"}, "X-Id": {"1"}, "X-Other": {"1"}, "Date": {"x"}, "Etag": {"a"}}, false},
		{"a Vary of two lines in a short header", http.Header{"Vary": {"Accept", "Origin"}}, http.Header{"Vary": {"Accept, Origin"}}, false},
		{"other fields keep their spelling", http.Header{"x-request-ID": {"1"}, "ETag": {"a"}},
			http.Header{"x-request-ID": {"1"}, "Etag": {"a"}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.targeted, field.Fold(tc.in).Any(field.Targeted))
			assert.Equal(t, tc.want, tc.in)
		})
	}

	shared := make([]string, 1, 4)
	shared[0] = "public"
	h := http.Header{"Cache-Control": shared, "cache-control": {"no-store"}}
	field.Fold(h)
	assert.Empty(t, shared[:2][1], "values are not appended to memory that is somebody else's")
}

func TestCommon(t *testing.T) {
	sets := []field.Set{field.CacheControl, field.Content, field.Content, field.Etag, field.LastModified, field.Vary}
	h := http.Header{}
	assert.Zero(t, field.Common(h))
	var all field.Set
	for i, name := range []string{"Cache-Control", "Content-Length", "Content-Type", "Etag", "Last-Modified", "Vary"} {
		assert.Equal(t, sets[i], field.Common(http.Header{name: {"x"}}), name)
		assert.Equal(t, sets[i], field.Fold(http.Header{name: {"x"}}), name)
		h[name] = []string{"x"}
		all |= sets[i]
		assert.Equal(t, all, field.Fold(h))
		want := all
		if i >= 4 {
			want = field.Unknown // many fields are not looked up one by one
		}
		assert.Equal(t, want, field.Common(h), name)
	}
	for name, set := range map[string]field.Set{
		"ETag": field.Etag, "etag": field.Etag, "cache-control": field.CacheControl, "Set-Cookie": field.SetCookie, "set-cookie": field.SetCookie,
		"Expires": field.Expires, "Content-Location": field.ContentLocation, "Cdn-Cache-Control": field.Targeted, "surrogate-control": field.Targeted,
		"X-Id": field.Other, "x-id": field.Other, "Date": field.Other, "Content-Encoding": field.Other,
	} {
		assert.Equal(t, field.Unknown, field.Common(http.Header{name: {"x"}}), name)
		assert.Equal(t, field.Unknown, field.Common(http.Header{name: {"x"}, "Etag": {"x"}, "Vary": {"x"}}), name)
		found := field.Fold(http.Header{name: {"x"}, "Vary": {"x"}})
		assert.Equal(t, set|field.Vary, found&^field.Other|set, name)
		assert.True(t, found.Any(set), name)
	}
	assert.True(t, field.Unknown.Any(field.Other))
}

func BenchmarkFold(b *testing.B) {
	h := http.Header{"Cache-Control": {"public"}, "Etag": {`"a"`}, "Content-Type": {"text/plain"}, "X-Id": {"1"}}
	b.ReportAllocs()
	for b.Loop() {
		field.Fold(h)
	}
}
