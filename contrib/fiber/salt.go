package freshenfiber

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/freshen-go/freshen/etag"
)

const saltLen = 22 // 128 bits in base64

// salts returns the two parts of the salt of a tag: whose state it is, which
// every method compares, and which form of it, which writes leave aside.
func (m *middleware) salts(c fiber.Ctx) (whose, form string) {
	state, look := sha256.New(), sha256.New()
	hasState, hasLook := m.c.Identity != nil, m.c.Revision != ""
	part(look, m.c.Revision)
	if m.c.Identity != nil {
		part(state, m.c.Identity(c))
	}
	for _, name := range m.c.VaryOn {
		d := state
		if len(name) >= 6 && strings.EqualFold(name[:6], "accept") {
			d, hasLook = look, true
		} else {
			hasState = true
		}
		lines := c.Request().Header.PeekAll(name)
		d.Write(binary.AppendUvarint(nil, uint64(len(lines))))
		for _, line := range lines {
			part(d, string(line))
		}
	}
	if hasState {
		whose = base64.RawURLEncoding.EncodeToString(state.Sum(nil)[:16])
	}
	if hasLook {
		form = base64.RawURLEncoding.EncodeToString(look.Sum(nil)[:16])
	}
	return whose, form
}

// part writes s so that no two lists of parts give the same bytes.
func part(d hash.Hash, s string) {
	d.Write(binary.AppendUvarint(nil, uint64(len(s))))
	d.Write([]byte(s))
}

// salted returns the tag for the version of t: "version:whose:form".
func salted(t etag.Tag, whose, form string) etag.Tag {
	opaque := t.Opaque()
	if whose == "" && form == "" {
		return t
	}
	if len(opaque) > 64 { // the whole has a limit
		sum := sha256.Sum256([]byte(opaque))
		opaque = base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	if whose != "" {
		opaque += ":" + whose
	}
	if form != "" {
		opaque += ":" + form
	}
	if t.IsWeak() {
		return etag.Weak(opaque)
	}
	return etag.Strong(opaque)
}

// onWire returns v as a response carries it. A date goes out only if it alone
// determines the response (RFC 9110, section 8.8.2).
func (m *middleware) onWire(c fiber.Ctx, v etag.Validators) etag.Validators {
	whose, form := m.salts(c)
	if !v.Tag.IsZero() {
		v.Tag = salted(v.Tag, whose, form)
	}
	if whose != "" || form != "" || v.LastModified.After(time.Now()) {
		v.LastModified = time.Time{}
	}
	return v
}

// leaveFormAside takes the form out of the tags in the preconditions of a
// write, so that a client with other Accept fields can write.
func leaveFormAside(conditions http.Header) {
	for _, name := range []string{"If-Match", "If-None-Match"} {
		for i, line := range conditions[name] {
			conditions[name][i] = withoutForm(line)
		}
	}
}

// withoutForm removes ":form" before the end of each quoted tag in line.
func withoutForm(line string) string {
	var b strings.Builder
	for rest := line; ; {
		open := strings.IndexByte(rest, '"')
		if open < 0 {
			b.WriteString(rest)
			return b.String()
		}
		length := strings.IndexByte(rest[open+1:], '"')
		if length < 0 {
			b.WriteString(rest)
			return b.String()
		}
		tag := rest[open+1 : open+1+length]
		b.WriteString(rest[:open+1])
		if colon := strings.LastIndexByte(tag, ':'); colon >= 0 && len(tag) >= colon+1+saltLen {
			tag = tag[:colon] + tag[colon+1+saltLen:] // what is behind is the suffix of a coding
		}
		b.WriteString(tag)
		b.WriteByte('"')
		rest = rest[open+length+2:]
	}
}
