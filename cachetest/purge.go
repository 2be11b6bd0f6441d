package cachetest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Purge removes the stored responses for a path, with every query and on every
// host, and returns their number. A path that ends in * matches every path that
// begins with the text before the *: "/api/*", as in CloudFront.
func (c *Cache) Purge(path string) int {
	c.log.note("purge " + path)
	return c.shelf.each(forPath(path), nil)
}

// Invalidate makes the stored responses for a path stale, as a soft purge does,
// so that they are revalidated, or served while the origin fails or is asked.
// It returns their number. The path is as in [Cache.Purge].
func (c *Cache) Invalidate(path string) int {
	c.log.note("invalidate " + path)
	return c.shelf.each(forPath(path), expire(time.Now()))
}

// PurgeTag removes the stored responses that have the tag in Cache-Tag,
// Surrogate-Key, Edge-Cache-Tag or Xkey, and returns their number.
func (c *Cache) PurgeTag(tag string) int {
	c.log.note("purge tag " + tag)
	return c.shelf.each(forTag(tag), nil)
}

// InvalidateTag makes the stored responses with the tag stale. The tag is as in
// [Cache.PurgeTag].
func (c *Cache) InvalidateTag(tag string) int {
	c.log.note("invalidate tag " + tag)
	return c.shelf.each(forTag(tag), expire(time.Now()))
}

func forPath(path string) func(*entry) bool {
	prefix, wild := strings.CutSuffix(path, "*")
	return func(e *entry) bool {
		_, rest, _ := strings.Cut(e.uri, "//")
		rest = rest[strings.IndexByte(rest, '/'):]
		if wild {
			return strings.HasPrefix(rest, prefix)
		}
		bare, _, _ := strings.Cut(rest, "?")
		return rest == path || bare == path
	}
}

func forTag(tag string) func(*entry) bool {
	return func(e *entry) bool {
		return slices.ContainsFunc([]string{"Cache-Tag", "Surrogate-Key", "Edge-Cache-Tag", "Xkey"}, func(name string) bool {
			return hasTag(e.header, name, tag)
		})
	}
}

func hasTag(h http.Header, name, tag string) bool {
	return slices.ContainsFunc(h[name], func(line string) bool {
		return slices.Contains(strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' }), tag)
	})
}

// expire returns a copy of e that became stale now: stale windows count from
// then.
func expire(now time.Time) func(*entry) *entry {
	return func(e *entry) *entry {
		old := *e
		old.lifetime = min(e.lifetime, max(e.age(now), 0))
		return &old
	}
}
