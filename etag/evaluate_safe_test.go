package etag_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

var publicMinute = cachecontrol.Policy{Public: true, MaxAge: time.Minute}

// S2 and C105: a write fails if its list is longer than what is compared: a
// member that was not compared could have matched.
func TestS2LongLists(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("v1")}
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(body("x"))
	for _, test := range []struct {
		name   string
		others int
		last   string
		put    int // with If-None-Match
		match  int // PUT with If-Match
		get    int
	}{
		{"the tag within the bound", 999, `"v1"`, 412, 200, 304},
		{"* within the bound", 999, "*", 412, 412, 200},
		{"another within the bound", 999, `"x"`, 200, 412, 200},
		{"the tag beyond", 1000, `"v1"`, 412, 412, 200},
		{"* beyond", 1000, "*", 412, 412, 200},
		{"another beyond", 1000, `"x"`, 412, 412, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := strings.Repeat(`"t", `, test.others) + test.last
			assert.Equal(t, test.put, inProcess(h, "PUT", "If-None-Match: "+list).StatusCode)
			assert.Equal(t, test.match, inProcess(h, "PUT", "If-Match: "+list).StatusCode)
			assert.Equal(t, test.get, inProcess(h, "GET", "If-None-Match: "+list).StatusCode)
			want := etag.Proceed
			if test.put == 412 {
				want = etag.FailedPrecondition
			}
			assert.Equal(t, want, etag.Evaluate("PUT", http.Header{"If-None-Match": {list}}, v))
			assert.Equal(t, want, etag.Evaluate("PUT", http.Header{"If-None-Match": strings.Split(list, ", ")}, v), "over many lines")
		})
	}
}

// S14: a coding's suffix matches only where the client accepts the coding.
func TestS14AcceptedCodings(t *testing.T) {
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(body("x"))
	for field, want := range map[string]int{
		"": 304, "gzip": 304, "br, gzip;q=0.5": 304, "*": 304, "GZIP": 304,
		"identity": 200, "br": 200, "gzip;q=0": 200, "gzip;q=0, *": 200, "*;q=0": 200,
	} {
		fields := []string{`If-None-Match: "v1-gzip"`}
		if field != "" {
			fields = append(fields, "Accept-Encoding: "+field)
		}
		assert.Equal(t, want, inProcess(h, "GET", fields...).StatusCode, field)
	}
	assert.Equal(t, 200, inProcess(h, "PUT", `If-Match: "v1-gzip"`, "Accept-Encoding: identity").StatusCode, "a write is about the version")
}

// C105: Accept-Encoding is read once for each coding, however many tags have its
// suffix. Read for each tag, these fields would take minutes.
func TestC105CodingsAreJudgedOnce(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("v1")}
	refusing := strings.Repeat("x,", 1<<20) + "gzip;q=0, br"
	list := strings.Repeat(`"v1-gzip", `, 990)
	h := http.Header{"If-None-Match": {list}, "If-Match": {list}, "Accept-Encoding": {refusing}}
	assert.Equal(t, etag.FailedPrecondition, etag.Evaluate("GET", h, v))
	delete(h, "If-Match")
	assert.Equal(t, etag.Proceed, etag.Evaluate("GET", h, v))
	h.Set("If-None-Match", list+`"v1-zstd", "v1-br"`)
	assert.Equal(t, etag.NotModified, etag.Evaluate("GET", h, v), "each coding for itself")
}

// S20: a tag that Strong or Weak made is known whatever it comes through.
func TestS20TagsMadeHere(t *testing.T) {
	made := etag.ProviderFunc(func(*http.Request) (etag.Validators, error) {
		return etag.Validators{Tag: etag.Strong("v1")}, nil
	})
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !etag.CheckPreconditions(w, r, etag.Validators{Tag: etag.Strong("v1")}) {
			_, _ = io.WriteString(w, "x")
		}
	})
	for name, h := range map[string]http.Handler{
		"ProviderFunc":           etag.Conditional{Provider: made, Revision: etag.NoRevision}.Wrap(body("x")),
		"CheckPreconditions":     inside,
		"Version":                etag.Conditional{Provider: version("v1"), Revision: etag.NoRevision}.Wrap(body("x")),
		"a provider around ours": etag.Conditional{Provider: decorated(version("v1")), Revision: etag.NoRevision}.Wrap(body("x")),
	} {
		for _, suffix := range []string{"-gzip", "-br", "-zstd", ";gzip"} {
			assert.Equal(t, 304, inProcess(h, "GET", `If-None-Match: "v1`+suffix+`"`).StatusCode, "%s %s", name, suffix)
		}
	}
	assert.Equal(t, etag.NotModified, etag.Evaluate("GET", http.Header{"If-None-Match": {`"v1-gzip"`}}, etag.Validators{Tag: etag.Strong("v1")}))
	foreign, err := etag.Parse(`"v1"`)
	require.NoError(t, err)
	assert.Equal(t, etag.Proceed, etag.Evaluate("GET", http.Header{"If-None-Match": {`"v1-gzip"`}}, etag.Validators{Tag: foreign}))
}

// S24: a 412 for a weakened tag says so, and how to get out.
func TestS24WeakenedIfMatch(t *testing.T) {
	var logged strings.Builder
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("7"), Logger: textLogger(&logged)}
	text := func(c etag.Conditional, tag string) string {
		res := inProcess(c.Wrap(body("x")), "PUT", "If-Match: "+tag)
		require.Equal(t, 412, res.StatusCode)
		body, _ := io.ReadAll(res.Body)
		return string(body)
	}
	assert.Contains(t, text(c, `W/"7"`), "Accept-Encoding: identity")
	assert.Contains(t, logged.String(), "AcceptWeakenedIfMatch")
	assert.Contains(t, text(c, `"6"`), "has changed")
	assert.Contains(t, text(c, `W/"6"`), "has changed")
	c.Provider = known(`W/"7"`, hourAgo)
	assert.Contains(t, text(c, `W/"7"`), "has a weak tag (W/) only")
	c.Provider, c.AcceptWeakenedIfMatch = version("7"), true
	assert.Equal(t, 200, inProcess(c.Wrap(body("x")), "PUT", `If-Match: W/"7"`).StatusCode)
	assert.Contains(t, text(c, strings.Repeat(`"x",`, 1001)), "too many members")
}

// J2: under a hash, a write whose If-Match has weak tags alone cannot hold.
func TestJ2WritesUnderAHash(t *testing.T) {
	var logged strings.Builder
	h := etag.Conditional{Provider: etag.BodyHash{}, Logger: textLogger(&logged)}.Wrap(body("x"))
	for field, want := range map[string]int{
		`W/"hash"`: 412, `W/"a", W/"b"`: 412, "junk": 412, "": 412,
		`"a"`: 200, `W/"a", "b"`: 200, "*": 200,
	} {
		assert.Equal(t, want, inProcess(h, "PUT", "If-Match: "+field).StatusCode, field)
	}
	assert.Contains(t, logged.String(), "not evaluated under BodyHash")
}

// S9 and M10: the values of a response's fields are its own, without spare
// capacity: a layer outside may write into them and append to them.
func TestS9ValuesAreTheirOwn(t *testing.T) {
	for name, p := range map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}} {
		h := etag.Conditional{Revision: etag.NoRevision, Provider: p, VaryOn: []string{"Accept"}}.Wrap(saying(200))
		tag := inProcess(h, "GET").Header.Get("ETag")
		for _, list := range []string{"", tag, `"x", ` + tag} {
			get := func() http.Header {
				r := httptest.NewRequest("GET", "/", nil)
				if list != "" {
					r.Header.Set("If-None-Match", list)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w.Header()
			}
			a, b := get(), get()
			for _, name := range []string{"Cache-Control", "Etag", "Vary"} {
				require.NotEmpty(t, a[name])
				assert.Equal(t, len(a[name]), cap(a[name]), "M10: %s", name)
				a[name][0] = "spoiled"
				_ = append(a[name], "spoiled")
			}
			assert.Equal(t, []string{"private, no-cache"}, b["Cache-Control"], "%s %s", name, list)
			assert.Equal(t, []string{tag}, b["Etag"], "%s %s", name, list)
			assert.Equal(t, []string{"Accept"}, b["Vary"], "%s %s", name, list)
			assert.Equal(t, []string{tag}, get()["Etag"], "%s %s", name, list)

			// The race detector reports memory that two responses share.
			var layers sync.WaitGroup
			for range 2 {
				layers.Go(func() {
					for _, values := range get() {
						values[0] = "spoiled"
					}
				})
			}
			layers.Wait()
		}
	}
}

// M7: neither is a date shared.
func TestM7DatesAreTheirOwn(t *testing.T) {
	p := etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo, nil })
	h := etag.Conditional{Revision: etag.NoRevision, Provider: p}.Wrap(saying(200))
	for range 3 {
		for _, fields := range [][]string{nil, {"If-Modified-Since: " + httpDate(hourAgo)}} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, newRequest("GET", fields...))
			require.Equal(t, []string{httpDate(hourAgo)}, w.Header()["Last-Modified"])
			w.Header()["Last-Modified"][0] = "spoiled"
		}
	}
}

// J3, J4 and J7: what a write may do that names no version.
func TestJ3WritesWithoutAVersion(t *testing.T) {
	for name, test := range map[string]struct {
		provider etag.Provider
		ask      []string
		status   int
	}{
		"J3: a malformed If-None-Match matches nothing":        {version("1"), []string{"PUT", "If-None-Match: v1"}, 200},
		"J3: one without its end":                              {version("1"), []string{"PUT", `If-None-Match: "v1`}, 200},
		"J3: one that has *":                                   {version("1"), []string{"PUT", `If-None-Match: v1, *`}, 412},
		"J3: a malformed If-Match fails":                       {version("1"), []string{"PUT", "If-Match: v1"}, 412},
		"J4: If-Match: * is a precondition":                    {version("1"), []string{"PUT", "If-Match: *"}, 200},
		"J4: it protects against absence":                      {gone, []string{"PUT", "If-Match: *"}, 412},
		"J7: a DELETE of what is absent is refused":            {gone, []string{"DELETE", `If-Match: "1"`}, 412},
		"J7: without If-Match it is left to the handler's 404": {gone, []string{"DELETE"}, 404},
	} {
		c := etag.Conditional{Revision: etag.NoRevision, Provider: test.provider}
		h := saying(200)
		if test.status == 404 {
			h = saying(404)
		}
		if strings.HasPrefix(name, "J4") {
			c.RequirePrecondition = true
		}
		assert.Equal(t, test.status, inProcess(c.Wrap(h), test.ask[0], test.ask[1:]...).StatusCode, name)
	}
}

// S12: keys that are not canonical are seen for what they are.
func TestS12OddKeys(t *testing.T) {
	for name, p := range map[string]etag.Provider{"version": version("v1"), "hash": etag.BodyHash{}} {
		h := etag.Conditional{Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["ETag"] = []string{`"own"`}
			_, _ = io.WriteString(w, "x")
		}))
		assert.Equal(t, []string{`"own"`}, onWire(t, h, "GET").header["Etag"], name)
		h = etag.Conditional{Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["cache-control"] = []string{"no-store"}
			_, _ = io.WriteString(w, "x")
		}))
		got := onWire(t, h, "GET")
		assert.Empty(t, got.header["Etag"], name)
		assert.Equal(t, []string{"no-store"}, got.header["Cache-Control"], name)
	}
	// A layer outside, too.
	h := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1")}.Wrap(body("x"))
	outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["ETag"] = []string{`"outer"`}
		h.ServeHTTP(w, r)
	})
	for _, ask := range [][]string{{"GET"}, {"GET", `If-None-Match: "v1"`}} {
		got := onWire(t, outside, ask...)
		assert.Equal(t, 200, got.status, "%q", ask)
		assert.Equal(t, []string{`"outer"`}, got.header["Etag"], "%q", ask)
	}
	assert.Equal(t, []string{`"v1"`}, onWire(t, outside, "PUT", `If-Match: "v0"`).header["Etag"], "412")
}

// S22 and S23: the cookie of a layer outside makes the 304 as private as the
// 200, and is not lost on an error.
func TestS22CookiesOfALayerOutside(t *testing.T) {
	session := presetting("Set-Cookie: sid=1")
	c := etag.Conditional{Revision: etag.NoRevision, Provider: version("v1"), RequirePrecondition: true}
	h := publicMinute.Wrap(session(c.Wrap(saying(200))))
	full, again := inProcess(h, "GET"), inProcess(h, "GET", `If-None-Match: "v1"`)
	require.Equal(t, 304, again.StatusCode)
	assert.Equal(t, "private, max-age=60", full.Header.Get("Cache-Control"))
	assert.Equal(t, full.Header["Cache-Control"], again.Header["Cache-Control"])
	for _, field := range []string{`If-Match: "v0"`, "X: y"} {
		res := inProcess(session(c.Wrap(saying(200))), "PUT", field)
		assert.Equal(t, "sid=1", res.Header.Get("Set-Cookie"), "S23: %d", res.StatusCode)
	}
	c.Provider = etag.Version(func(*http.Request) (string, error) { return "", io.ErrUnexpectedEOF })
	assert.Equal(t, "sid=1", inProcess(session(c.Wrap(saying(200))), "PUT", `If-Match: "v0"`).Header.Get("Set-Cookie"), "S23: 503")
}

// S19: the first failure of a provider is logged, for each route.
func TestS19ProviderFailuresAreLogged(t *testing.T) {
	var logged strings.Builder
	c := etag.Conditional{
		Provider: etag.Version(func(*http.Request) (string, error) { return "", io.ErrUnexpectedEOF }), Logger: textLogger(&logged),
	}
	mux := http.NewServeMux()
	wrapped := c.Wrap(saying(200))
	mux.Handle("/a", wrapped)
	mux.Handle("/b", wrapped)
	for range 3 {
		inProcess(mux, "GET /a")
		inProcess(mux, "GET /b")
	}
	assert.Equal(t, 2, strings.Count(logged.String(), "\n"), logged.String())
	for _, part := range []string{"the provider failed", "unexpected EOF", "route=/a", "route=/b", "level=ERROR"} {
		assert.Contains(t, logged.String(), part)
	}
	logged.Reset()
	c.Provider = etag.Version(func(*http.Request) (string, error) { panic("a bug") })
	inProcess(c.Wrap(saying(200)), "GET")
	assert.Contains(t, logged.String(), "a bug")
	assert.Contains(t, logged.String(), "evaluate_safe_test.go", "the stack")
}

// M4 and M9: no tag exceeds MaxLen, at any length of the version, marked or not.
func TestM4LongVersions(t *testing.T) {
	user := func(*http.Request) string { return "ann" }
	for n := range 200 {
		v := strings.Repeat("x", n+1)
		for _, tag := range []etag.Tag{etag.Strong(v), etag.Weak(v)} {
			assert.LessOrEqual(t, len(tag.String()), etag.MaxLen)
		}
		young := etag.ProviderFunc(func(r *http.Request) (etag.Validators, error) {
			m := moment{time.Now()}
			out, err := m.modified().Validators(r)
			out.Tag = etag.Weak(v)
			return out, err
		})
		for _, c := range []etag.Conditional{
			{Provider: version(v), Revision: etag.NoRevision}, {Provider: version(v)}, {Provider: version(v), Identity: user},
			{Provider: young, Revision: etag.NoRevision}, {Provider: young}, {Provider: young, Identity: user}, {Provider: young, Identity: user, Key: []byte("k")},
		} {
			h := c.Wrap(body("x"))
			tag := inProcess(h, "GET").Header.Get("ETag")
			require.LessOrEqual(t, len(tag), etag.MaxLen, tag)
			require.Equal(t, 304, inProcess(h, "GET", "If-None-Match: "+tag).StatusCode)
		}
	}
}

// M5: empty members and lines of Vary do not survive.
func TestM5EmptyMembersOfVary(t *testing.T) {
	c := etag.Conditional{Provider: version("v1"), VaryOn: []string{"Accept"}}
	h := presetting("Vary: ", "Vary: Origin,, ")(c.Wrap(saying(200)))
	assert.Equal(t, []string{"Origin, Accept"}, inProcess(h, "GET").Header["Vary"])
	assert.Equal(t, []string{"Origin, Accept"}, inProcess(h, "GET", "If-None-Match: *").Header["Vary"])
}

// M8: a 304 has none of the metadata of a content.
func TestM8MetadataOn304(t *testing.T) {
	names := []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Range",
		"Content-Md5", "Content-Digest", "Repr-Digest", "Trailer", "Set-Cookie"}
	for mode, p := range bothModes {
		for _, name := range names {
			h := presetting(name+": 0", "X-Kept: y")(etag.Conditional{Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Del("Content-Length")
				w.Header().Del("Trailer")
				w.Header().Del("Set-Cookie")
				_, _ = io.WriteString(w, "x")
			})))
			tag := inProcess(h, "GET").Header.Get("ETag")
			res := inProcess(h, "GET", "If-None-Match: "+tag)
			require.Equal(t, 304, res.StatusCode, "%s %s", mode, name)
			assert.Empty(t, res.Header[name], "%s %s", mode, name)
			assert.Equal(t, "y", res.Header.Get("X-Kept"))
		}
	}
}

// The handler under a BodyHash does not see the condition that a date of its own
// would decide.
func TestDatesUnderAHash(t *testing.T) {
	h := etag.Conditional{Provider: etag.BodyHash{}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", longAgo, strings.NewReader("content"))
	}))
	for _, name := range []string{"If-Unmodified-Since", "If-Modified-Since"} {
		for _, date := range []time.Time{longAgo.Add(-time.Hour), longAgo.Add(time.Hour)} {
			got := inProcess(h, "GET", name+": "+httpDate(date))
			assert.Equal(t, 200, got.StatusCode, "%s: %s", name, date)
			assert.Empty(t, got.Header["Last-Modified"])
		}
	}
}

// The handler of a write does not see what it could take for a *, as
// http.ServeContent does.
func TestWritesSeeNoMalformedStar(t *testing.T) {
	for provider, fields := range map[string]map[string]bool{
		"exists": {`"a"`: true, "*a": false, `"a", *b`: false},
		"absent": {`"a"`: true, "*": true, "*a": false, `"a", *`: false},
	} {
		p := version("1")
		if provider == "absent" {
			p = etag.ProviderFunc(func(*http.Request) (etag.Validators, error) { return etag.Absent(), nil })
		}
		for field, visible := range fields {
			var seen []string
			h := etag.Conditional{Provider: p}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen = r.Header["If-None-Match"]
			}))
			assert.Equal(t, 200, inProcess(h, "PUT", "If-None-Match: "+field).StatusCode, "%s: %s", provider, field)
			assert.Equal(t, visible, len(seen) > 0, "%s: %s", provider, field)
		}
	}
}

// S35: where the version cannot be known, a write with a precondition is a 503;
// under BodyHash, which never knows it before the handler runs, the write goes on.
func TestS35GuardedWritesWithoutAVersion(t *testing.T) {
	failing := etag.Version(func(*http.Request) (string, error) { return "", io.ErrUnexpectedEOF })
	for _, field := range []string{`If-Match: "1"`, "If-None-Match: *", "If-Unmodified-Since: " + httpDate(longAgo)} {
		h := body("x")
		assert.Equal(t, 503, inProcess(etag.Conditional{Provider: failing}.Wrap(h), "PUT", field).StatusCode, field)
		assert.Zero(t, h.runs, field)
		assert.Equal(t, 200, inProcess(etag.Conditional{Provider: etag.BodyHash{}}.Wrap(h), "PUT", field).StatusCode, field)
		assert.Equal(t, 1, h.runs, field)
	}
}
