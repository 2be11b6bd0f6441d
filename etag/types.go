package etag

import (
	"net/http"
	"sync"
)

// contentTypes remembers the Content-Type of responses, for servers that need it
// on a 304 (see Conditional.ContentType).
type contentTypes struct {
	mu    sync.Mutex
	known map[string]string // by URL and tag
}

// The bounds of the memory. Beyond maxTypes, everything is forgotten. A longer key
// is that of a URL which is longer than gateways take.
const (
	maxTypes   = 1000
	maxTypeKey = 16 << 10
)

func typeKey(r *http.Request, tag string) string {
	return r.Host + "\x00" + r.URL.Path + "\x00" + r.URL.RawQuery + "\x00" + tag
}

// provide makes sure that the header of a 304 has a Content-Type: the configured
// one, that of a layer outside, or the one that was sent with the same tag.
func (c *contentTypes) provide(configured string, h http.Header, r *http.Request, tag []byte) bool {
	value := configured
	if value == "" {
		if len(h["Content-Type"]) > 0 {
			return true
		}
		c.mu.Lock()
		value = c.known[typeKey(r, string(tag))]
		c.mu.Unlock()
	}
	if value == "" {
		return false
	}
	h["Content-Type"] = []string{value}
	return true
}

// remember notes the Content-Type of a response with tag.
func (c *contentTypes) remember(r *http.Request, tag, value string) {
	key := typeKey(r, tag)
	if len(key) > maxTypeKey {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxTypes {
		c.known = make(map[string]string)
	}
	c.known[key] = value
}
