package cloudfront

import (
	"path"
	"regexp"
	"strings"
)

// matches reports whether a path pattern of a cache behavior matches a path: *
// stands for any characters, none and slashes included, ? for exactly one. Case
// matters, a slash in front does not.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
// (read 2026-11-21)
func matches(pattern, path string) bool {
	return glob(strings.TrimPrefix(pattern, "/"), strings.TrimPrefix(path, "/"))
}

// glob goes back to the last * only, so that its time is bounded by the product
// of the two lengths.
func glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// normalize removes dot segments, as CloudFront does before it selects a
// behavior (same page, "Path normalization").
func normalize(p string) string {
	if !strings.Contains(p, "/.") {
		return p
	}
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// wild reports whether a pattern can match more than one path.
func wild(pattern string) bool { return strings.ContainsAny(pattern, "*?") }

var (
	assetExtension = regexp.MustCompile(`(?i)\.(avif|bmp|css|eot|gif|ico|jpe?g|js|map|mjs|mp3|mp4|otf|pdf|png|svg|ttf|wasm|webm|webmanifest|webp|woff2?)\*?$`)
	assetFolder    = regexp.MustCompile(`(?i)(^|/)(assets?|css|dist|fonts?|images?|img|js|media|scripts?|static|styles?|uploads?|wp-content|wp-includes|_next)/`)
)

// assets reports whether a pattern is by its looks one of static files, which
// have neither parameters nor users.
func assets(pattern string) bool {
	return assetExtension.MatchString(pattern) || assetFolder.MatchString(pattern)
}
