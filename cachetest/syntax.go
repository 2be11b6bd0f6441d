package cachetest

import "net/http"

// Syntax says where a cache reads header fields otherwise than the RFCs say.
// The zero value reads them as the RFCs say, and strictly where the RFCs leave
// a doubt. The profiles of real caches set it to what was measured.
type Syntax struct {
	// Duplicates says which of several values of one directive counts.
	Duplicates DuplicateMode

	// RejectQuoted does not read max-age="1". NumberPrefix reads max-age=1x as
	// max-age=1. CaseSensitive knows directives in lower case only. IgnoreQuotes
	// finds directives inside quoted strings. SpaceBeforeEquals and
	// SpaceAfterEquals accept "max-age =1" and "max-age= 1". MaxSeconds, if
	// above 0, is the first number that counts as 0.
	RejectQuoted, NumberPrefix, CaseSensitive, IgnoreQuotes bool
	SpaceBeforeEquals, SpaceAfterEquals                     bool
	MaxSeconds                                              int64

	// AgePrefix reads "Age: 10;x" and "Age: 10.5" as 10. MaxAgeField, if above
	// 0, is the first number in Age that is ignored.
	AgePrefix   bool
	MaxAgeField int64

	// Dates says which dates are read besides the three forms of RFC 9110,
	// section 5.6.7, and which of those are not.
	Dates DateSyntax

	// Tags says how If-None-Match is compared with the stored tag. SinceExact
	// answers with a 304 only if If-Modified-Since, where it is there, equals
	// Last-Modified.
	Tags       TagMode
	SinceExact bool
}

// A DuplicateMode says which of several values of one directive counts.
type DuplicateMode uint8

// The modes of duplicates.
const (
	DuplicatesSmallest DuplicateMode = iota // the smallest, or for min-fresh the largest
	DuplicatesFirst
	DuplicatesLast
)

// A TagMode says how If-None-Match is compared with the stored tag.
type TagMode uint8

// The modes of tags.
const (
	TagsParsed   TagMode = iota // as entity-tags, by weak comparison (RFC 9110, section 13.1.2)
	TagsLiteral                 // each member as text
	TagsWhole                   // the whole field as text
	TagsUnquoted                // each member as text without its quotes
)

// canonical is http.CanonicalHeaderKey.
func canonical(name string) string { return http.CanonicalHeaderKey(name) }
