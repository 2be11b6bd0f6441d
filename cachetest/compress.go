package cachetest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Compression says whether a cache compresses what it sends. It compresses with
// gzip only: where the real cache would prefer Brotli, the entity-tag and the
// fields are as they would be, but for the name of the coding.
type Compression struct {
	// Types lists the media types that are compressed; "text/*" means all types
	// of text. If Types is nil, nothing is compressed. A strong entity-tag
	// becomes weak.
	Types []string

	// Min and Max bound the length of what is compressed. With NeedsLength, the
	// origin has to send Content-Length.
	Min, Max    int
	NeedsLength bool

	// Decompress sends what the origin compressed without its coding to clients
	// that do not accept it. A strong entity-tag becomes weak.
	Decompress bool
}

// forms keeps what a stored response is when it is compressed or decompressed,
// and what its clients get.
type forms struct {
	mu            sync.Mutex
	packed, plain []byte
	views         map[viewKey]*view
}

// once returns *form, which make makes the first time.
func (f *forms) once(form *[]byte, make func() []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *form == nil {
		*form = make()
	}
	return *form
}

func newForms() *forms { return new(forms) }

func pack(body []byte) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	_, _ = zip.Write(body) // to memory
	_ = zip.Close()
	return out.Bytes()
}

// unpack returns nil if body is not compressed.
func unpack(body []byte) []byte {
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		return nil
	}
	return plain
}

// code changes the content coding of the result, where the profile does.
func (p *Profile) code(q *ask, a *result) {
	if p.Compress.Types == nil || a.status != http.StatusOK && a.status != http.StatusForbidden && a.status != http.StatusNotFound ||
		len(q.r.Header["Range"]) > 0 || strings.Contains(a.header.Get("Cache-Control"), "no-transform") {
		return
	}
	forms := a.forms
	if forms == nil {
		forms = newForms()
	}
	accepted := q.gzip()
	switch coding := a.header.Get("Content-Encoding"); {
	case coding == "" && accepted && p.compressible(a):
		a.recode(forms.once(&forms.packed, func() []byte { return pack(a.body) }))
		a.header["Content-Encoding"] = []string{"gzip"}
		if !slices.Contains(varyNames(a.header), "Accept-Encoding") {
			a.header["Vary"] = append(slices.Clip(a.header["Vary"]), "Accept-Encoding")
		}
	case coding == "gzip" && !accepted && p.Compress.Decompress:
		if plain := forms.once(&forms.plain, func() []byte { return unpack(a.body) }); plain != nil {
			a.recode(plain)
			delete(a.header, "Content-Encoding")
		}
	}
}

// gzip reports whether the client accepts gzip.
func (q *ask) gzip() bool { return accepts(q.r.Header["Accept-Encoding"], "gzip") }

// compressible reports whether the profile compresses such content.
func (p *Profile) compressible(a *result) bool {
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	main, _, _ := strings.Cut(kind, "/")
	n := len(a.body)
	return n >= p.Compress.Min && (p.Compress.Max == 0 || n <= p.Compress.Max) &&
		(!p.Compress.NeedsLength || len(a.header["Content-Length"]) > 0) &&
		(slices.Contains(p.Compress.Types, kind) || slices.Contains(p.Compress.Types, main+"/*"))
}

// recode gives the result another form of its content. A strong tag names
// octets, and becomes weak with them (RFC 9110, section 8.8.3.3).
func (a *result) recode(body []byte) {
	a.body = body
	a.header["Content-Length"] = []string{strconv.Itoa(len(body))}
	delete(a.header, "Accept-Ranges")
	if tag := a.header.Get("Etag"); strings.HasPrefix(tag, `"`) {
		a.header["Etag"] = []string{"W/" + tag}
	}
}
