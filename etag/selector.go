package etag

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/freshen-go/freshen/internal/field"
)

// A Selector reduces a request field to the few values that matter: a
// representation exists in three languages, while Accept-Language has a
// thousand spellings.
//
// Conditional.Negotiate adds the value to the tag and the name of the field to
// Vary. The handler calls Select too, so that both choose alike:
//
//	var language = etag.Language("en", "de")
//
//	page := etag.Conditional{Provider: pages, Negotiate: []etag.Selector{language}}
//	// and in the handler:
//	switch language.Select(r) { case "de": ...
//
// [Language] and [Encoding] return one. A Selector of your own sets both
// fields; Select must be safe for concurrent use, must not change the request,
// and must depend on that request field alone.
//
// A cache that does not know what Select does still has an entry for each
// spelling of the field; CloudFront and Cloudflare ignore Vary unless they are
// told to consider the field. See [Conditional].
type Selector struct {
	_ [0]func() // literals are keyed, and fields can be added

	// Field is the name of the request field, such as "Accept-Language".
	Field string
	// Select returns the value that the representation is selected by.
	Select func(*http.Request) string
}

// Language returns a Selector of the language that Accept-Language prefers
// among those that exist (RFC 9110, section 12.5.4). A range such as de-CH
// selects de, and de selects de-CH, if there is no better match (RFC 4647,
// section 3.4). The first language is the default. Language panics without
// languages.
func Language(languages ...string) Selector {
	if len(languages) == 0 {
		panic("etag: Language requires a language")
	}
	languages = slices.Clone(languages)
	return Selector{Field: "Accept-Language", Select: func(r *http.Request) string {
		return prefer(r.Header["Accept-Language"], languages, languages[0], matchLanguage)
	}}
}

// matchLanguage returns how well a language range matches a language: the
// higher the better, 0 if it does not.
func matchLanguage(pattern, language string) int {
	const exact = 1 << 10
	switch {
	case pattern == "*":
		return 1
	case strings.EqualFold(pattern, language):
		return exact
	case hasSubtags(language, pattern), hasSubtags(pattern, language):
		return min(len(pattern), len(language)) + 1
	}
	return 0
}

// hasSubtags reports whether tag is prefix with more subtags behind it.
func hasSubtags(tag, prefix string) bool {
	return len(tag) > len(prefix) && tag[len(prefix)] == '-' && strings.EqualFold(tag[:len(prefix)], prefix)
}

// Encoding returns a Selector of the content coding that Accept-Encoding
// prefers among those that exist, the first of them if several are preferred
// alike, or "identity" (RFC 9110, section 12.5.3).
func Encoding(codings ...string) Selector {
	codings = slices.Clone(codings)
	return Selector{Field: "Accept-Encoding", Select: func(r *http.Request) string {
		return prefer(r.Header["Accept-Encoding"], codings, "identity", matchToken)
	}}
}

func matchToken(pattern, value string) int {
	switch {
	case pattern == "*":
		return 1
	case strings.EqualFold(pattern, value):
		return 2
	}
	return 0
}

// prefer returns the value of the highest quality in a field of weighted
// members, the first of those if there are several, or other if no value is
// acceptable. The quality of a value is that of the member that matches it best.
func prefer(lines, values []string, other string, match func(pattern, value string) int) string {
	best, bestQuality := other, 0
	for _, value := range values {
		matched, quality := 0, 0
		for member := range field.Members(lines) {
			pattern, q := weighted(member)
			if m := match(pattern, value); m > matched {
				matched, quality = m, q
			}
		}
		if quality > bestQuality {
			best, bestQuality = value, quality
		}
	}
	return best
}

// weighted splits a member such as "de;q=0.5" into its value and its quality
// in thousandths (RFC 9110, section 12.4.2). A malformed quality counts as 0.
func weighted(member string) (value string, quality int) {
	value, parameters, found := strings.Cut(member, ";")
	value = field.Trim(value)
	if !found {
		return value, 1000
	}
	for p := range strings.SplitSeq(parameters, ";") {
		name, weight, _ := strings.Cut(field.Trim(p), "=")
		if !strings.EqualFold(field.Trim(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(field.Trim(weight), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return value, 0
		}
		return value, int(q*1000 + 0.5)
	}
	return value, 1000
}
