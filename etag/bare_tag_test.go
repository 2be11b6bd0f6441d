package etag_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/internal/recorder/recordertest"
)

// Tags that were computed on another machine, by other software: a fleet and
// its next release have to agree on them.
func TestTagsAreTheSameEverywhere(t *testing.T) {
	hello := body("hello, world\n")
	for name, row := range map[string]struct {
		c    etag.Conditional
		want string
	}{
		// printf 'hello, world\n' | sha256sum | head -c 32 | xxd -r -p | base64; the form is of application/json
		"body hash":         {etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}, `W/"hT/5N2Kgbdv3IsTr6d3WbQ.NVzEMswcFC5QngOGv6QZZg"`},
		"body hash, strong": {etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}, AssertStrong: true}, `"hT/5N2Kgbdv3IsTr6d3WbQ.NVzEMswcFC5QngOGv6QZZg"`},
		"another digest": {etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Digest: func(b []byte) (sum [16]byte) {
			copy(sum[:], b)
			return sum
		}}}, `W/"aGVsbG8sIHdvcmxkCgAAAA.NVzEMswcFC5QngOGv6QZZg"`},
		"version": {etag.Conditional{Revision: etag.NoRevision, Provider: version("v7")}, `"v7"`},
		"version, salted": {etag.Conditional{
			Provider: version("v7"), Revision: "r1", VaryOn: []string{"Accept-Language"},
			Identity: func(*http.Request) string { return "ada" },
		}, `"v7~2W1td6CFzgo6+r+QcwGdaQ.UkIzuuR9HJmINWeSagacjQ"`},
		// printf v7 | openssl dgst -sha256 -hmac secret -binary | head -c 16 | base64
		"version, keyed": {etag.Conditional{Revision: etag.NoRevision, Provider: version("v7"), Key: []byte("secret")}, `"~9SABYDqywCfNWlJ37LBEww"`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.want, onWire(t, row.c.Wrap(hello), "GET").header.Get("ETag"))
		})
	}
}

// A body has one tag, however the handler comes to write it (C145: and whatever
// else stands in the header), and on each protocol.
func TestTagDoesNotDependOnChunking(t *testing.T) {
	content := string(recordertest.Binary(20_000))
	random := rand.New(rand.NewPCG(1, 2))
	pieces := func(write func(w http.ResponseWriter, piece string)) serve {
		return func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			for rest := content; rest != ""; {
				n := min(1+random.IntN(5000), len(rest))
				write(w, rest[:n])
				rest = rest[n:]
			}
		}
	}
	ways := map[string]serve{
		"in one Write":    func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) { _, _ = w.Write([]byte(content)) },
		"in Writes":       pieces(func(w http.ResponseWriter, piece string) { _, _ = w.Write([]byte(piece)) }),
		"in WriteStrings": pieces(func(w http.ResponseWriter, piece string) { _, _ = io.WriteString(w, piece) }),
		"in copies":       pieces(func(w http.ResponseWriter, piece string) { _, _ = io.Copy(w, strings.NewReader(piece)) }),
		"in one copy, byte by byte": func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			_, _ = io.Copy(w, iotest.OneByteReader(strings.NewReader(content)))
		},
		"of a declared length": func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			_, _ = w.Write([]byte(content))
		},
		"of a declared length, in pieces": func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			_, _ = io.WriteString(w, content[:7])
			_, _ = io.WriteString(w, content[7:])
		},
		"with an explicit status and other fields": func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.Header().Set("X-Request-Id", strconv.Itoa(random.Int()))
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, content)
		},
		"after early hints": func(w http.ResponseWriter, _ *http.Request, _ recordertest.Note) {
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = io.WriteString(w, content)
		},
	}
	wrap := etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}}.Wrap
	tags := map[string]bool{}
	for _, http2 := range []bool{false, true} {
		s := newStage(t, http2)
		for name, way := range ways {
			for _, method := range []string{"GET", "HEAD"} {
				x := s.run(t, plainCase(name, way).forAll(method), wrap)
				require.NotEmpty(t, x.header.Get("ETag"), "%s %s", method, name)
				tags[x.header.Get("ETag")] = true
			}
		}
	}
	assert.Len(t, tags, 1)
}

// C015, C143: a HEAD has the tag that the GET has, or none where it is a hash.
func TestHeadHasTheTagOfGet(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newStage(t, http2)
		for _, c := range bareCases(t) {
			if c.RequestMethod() != http.MethodGet || c.only == "HTTP/1.1" && http2 || c.fields != nil {
				continue
			}
			for _, w := range wrappers() {
				if w.policy { // which has no say in tags
					continue
				}
				get, head := s.run(t, c, w.wrap), s.run(t, c.forAll(http.MethodHead), w.wrap)
				if get.broken || head.broken || w.hash && head.header.Get("ETag") == "" {
					continue
				}
				assert.Equal(t, get.header.Get("ETag"), head.header.Get("ETag"), "%s, %s, http2 %v", w.name, c.Name, http2)
			}
		}
	}
}
