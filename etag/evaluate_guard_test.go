package etag_test

import (
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/observe"
)

// TestValid has a row for each configuration that Wrap refuses.
func TestValid(t *testing.T) {
	now := func(*http.Request) (time.Time, error) { return hourAgo, nil }
	rows := func(*http.Request) (int64, time.Time, error) { return 0, hourAgo, nil }
	varyOn := func(name string) etag.Conditional {
		return etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, VaryOn: []string{name}}
	}
	for name, c := range map[string]struct {
		c     etag.Conditional
		field string
		want  string
	}{
		"no provider":                    {etag.Conditional{Revision: etag.NoRevision}, "Provider", "is missing (want Version,"},
		"a nil function":                 {etag.Conditional{Revision: etag.NoRevision, Provider: etag.ProviderFunc(nil)}, "Provider", "is a nil ProviderFunc"},
		"a nil hash":                     {etag.Conditional{Revision: etag.NoRevision, Provider: (*etag.BodyHash)(nil)}, "Provider", "is a nil *BodyHash (want BodyHash{})"},
		"a limit below zero":             {etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{Limit: -1}}, "Provider", "BodyHash.Limit is -1 (want a size in bytes"},
		"a limit below zero, a pointer":  {etag.Conditional{Revision: etag.NoRevision, Provider: &etag.BodyHash{Limit: -1}}, "Provider", "BodyHash.Limit is -1 (want a size in bytes"},
		"required of a hash":             {etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}, RequirePrecondition: true}, "RequirePrecondition", "BodyHash"},
		"required of a hash said strong": {etag.Conditional{Revision: etag.NoRevision, Provider: etag.BodyHash{}, RequirePrecondition: true, AssertStrong: true}, "RequirePrecondition", "BodyHash"},
		"required of a time":             {etag.Conditional{Revision: etag.NoRevision, Provider: etag.LastModified(now), RequirePrecondition: true}, "RequirePrecondition", "a time is a weak one"},
		"required of rows":               {etag.Conditional{Revision: etag.NoRevision, Provider: etag.Collection(rows), RequirePrecondition: true}, "RequirePrecondition", "a time is a weak one"},
		"required of joined times":       {etag.Conditional{Revision: etag.NoRevision, Provider: etag.Join(version("v"), etag.LastModified(now)), RequirePrecondition: true}, "RequirePrecondition", "a time is a weak one"},
		"VaryOn is not a field name":     {varyOn("Accept Encoding"), "VaryOn", `"Accept Encoding" is not a field name`},
		"VaryOn is empty":                {varyOn(""), "VaryOn", `"" is not a field name`},
		"VaryOn is *":                    {varyOn("*"), "VaryOn", `"*" is not a field name`},
		"VaryOn is a list":               {varyOn("Accept, Origin"), "VaryOn", `"Accept, Origin" is not a field name`},
		"VaryOn is who asks":             {varyOn("authorization"), "VaryOn", "want Identity"},
		"a selector without a function":  {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, Negotiate: []etag.Selector{{Field: "Accept"}}}, "Negotiate", "no Select function"},
		"a selector without a field":     {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, Negotiate: []etag.Selector{{Select: func(*http.Request) string { return "" }}}}, "Negotiate", `"" is not a field name`},
		"an audit of more than all":      {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, Audit: 1.5}, "Audit", "1.5 is not a share"},
		"an audit of less than none":     {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, Audit: -1}, "Audit", "-1 is not a share"},
		"an audit of no number":          {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, Audit: math.NaN()}, "Audit", "NaN is not a share"},
		"a window without a unit":        {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, SettleWindow: 5}, "SettleWindow", "5ns is less than a millisecond"},
		"a key that is not set":          {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, Key: []byte("")}, "Key", "empty"},
		"a type of two lines":            {etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled, ContentType: "a\r\nb"}, "ContentType", "is not a field value"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.c.Valid()
			var config *etag.ConfigError
			require.ErrorAs(t, err, &config)
			assert.Equal(t, c.field, config.Field)
			assert.Contains(t, config.Problem, c.want)
			assert.Equal(t, "etag: Conditional."+config.Field+": "+config.Problem, config.Error())
			assert.PanicsWithError(t, err.Error(), func() { c.c.Wrap(saying(200)) })
			assert.PanicsWithError(t, err.Error(), func() { c.c.Check(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
		})
	}
	for name, c := range map[string]etag.Conditional{
		"a time said strong":  {Provider: etag.LastModified(now), RequirePrecondition: true, AssertStrong: true},
		"a version":           {Provider: version("v"), RequirePrecondition: true},
		"a hash":              {Provider: etag.BodyHash{Limit: 1}},
		"M2: a hash, pointer": {Provider: &etag.BodyHash{}},
	} {
		assert.NoError(t, c.Valid(), name)
		assert.NotPanics(t, func() { c.Wrap(saying(200)) }, name)
	}
	both := etag.Conditional{Revision: etag.NoRevision, VaryOn: []string{"*"}}.Valid()
	require.ErrorContains(t, both, "Provider")
	require.ErrorContains(t, both, "VaryOn", "every problem is reported")
	assert.PanicsWithValue(t, "etag: Conditional.Wrap of a nil handler", func() { etag.Conditional{Revision: etag.NoRevision, Provider: unlabeled}.Wrap(nil) })
	for name, make := range map[string]func(){
		"Version":      func() { etag.Version(nil) },
		"LastModified": func() { etag.LastModified(nil) },
		"Collection":   func() { etag.Collection(nil) },
	} {
		assert.PanicsWithValue(t, "etag: "+name+" requires a query function", make)
	}
}

func TestRequirePrecondition(t *testing.T) {
	required := func(c *etag.Conditional) { c.RequirePrecondition = true }
	check(t, []rule{
		{name: "a weak validator met at run time", with: required, provider: known(`W/"a"`, hourAgo), ask: []string{"PUT", `If-Match: "a"`}, status: 503},
		{name: "a weak validator in the request does not help", with: required, provider: known(`W/"a"`, hourAgo), ask: []string{"PUT", `If-Match: W/"a"`}, status: 503},
		{name: "* asks for existence alone", with: required, provider: known(`W/"a"`, hourAgo), ask: []string{"PUT", `If-Match: *`}, status: 200},
		{name: "no validator", with: required, provider: unlabeled, ask: []string{"PUT", `If-Match: "a"`}, status: 412},
		{name: "an empty If-Match", with: required, ask: []string{"PUT", `If-Match: `}, status: 412},
		{name: "a method nobody knows", with: required, ask: []string{"FROBNICATE"}, status: 428},
		{name: "POST", with: required, ask: []string{"POST"}, status: 428},
		{name: "PATCH", with: required, ask: []string{"PATCH"}, status: 428},
		{name: "a safe method of WebDAV", with: required, ask: []string{"PROPFIND"}, status: 200},
		{name: "QUERY is safe", with: required, ask: []string{"QUERY"}, status: 200},
		{name: "HEAD", with: required, ask: []string{"HEAD"}, status: 200},
		{name: "the provider fails", with: required, ask: []string{"PUT", `If-Match: "a"`}, status: 503,
			provider: etag.Version(func(*http.Request) (string, error) { return "", errors.New("down") })},
		{name: "without the option a hash lets writes pass", provider: etag.BodyHash{}, ask: []string{"PUT", `If-Match: "a"`}, status: 200},
	})
}

func TestErrAbsent(t *testing.T) {
	absent := []etag.Provider{
		gone,
		etag.Version(func(*http.Request) (string, error) { return "", etag.ErrAbsent }),
		etag.LastModified(func(*http.Request) (time.Time, error) { return hourAgo, etag.ErrAbsent }),
		etag.Collection(func(*http.Request) (int64, time.Time, error) {
			return 0, hourAgo, errors.Join(errors.New("no rows"), etag.ErrAbsent)
		}),
	}
	for _, p := range absent {
		var seen observe.Event
		c := etag.Conditional{Revision: etag.NoRevision, Provider: p, Observe: func(_ *http.Request, e observe.Event) { seen = e }}
		got := onWire(t, c.Wrap(saying(404)), "GET", "If-None-Match: *")
		require.Equal(t, 404, got.status)
		require.Empty(t, got.header["Etag"])
		require.Equal(t, observe.ReasonAbsent, seen.Reason)
		require.NoError(t, seen.Err, "it is no failure")
		require.Equal(t, 412, onWire(t, c.Wrap(saying(200)), "PUT", "If-Match: *").status)
		require.Equal(t, 200, onWire(t, c.Wrap(saying(200)), "PUT", "If-None-Match: *").status)
	}
	require.Equal(t, etag.NotModified, etag.Evaluate("GET", http.Header{"If-None-Match": {"*"}}, etag.Validators{}), "the zero Validators exists")
	require.Equal(t, etag.Proceed, etag.Evaluate("GET", http.Header{"If-None-Match": {"*"}}, etag.Absent()))
}

func TestCheckPreconditions(t *testing.T) {
	v := etag.Validators{Tag: etag.Strong("a"), LastModified: hourAgo}
	inside := func(v etag.Validators) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", "Accept")
			w.Header().Set("Content-Type", "text/plain")
			if etag.CheckPreconditions(w, r, v) {
				return
			}
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusPartialContent)
			}
			_, _ = w.Write([]byte("content\n"))
		}
	}
	for name, c := range map[string]struct {
		v      etag.Validators
		ask    []string
		status int
		fields map[string]string
	}{
		"200":                         {v, []string{"GET"}, 200, map[string]string{"Etag": `"a"`, "Last-Modified": httpDate(hourAgo), "Cache-Control": "private, no-cache"}},
		"304":                         {v, []string{"GET", `If-None-Match: "a"`}, 304, map[string]string{"Etag": `"a"`, "Vary": "Accept", "Content-Type": "", "Cache-Control": "private, no-cache"}},
		"304 by date":                 {v, []string{"HEAD", "If-Modified-Since: " + httpDate(hourAgo)}, 304, map[string]string{"Last-Modified": httpDate(hourAgo)}},
		"412":                         {v, []string{"PUT", `If-Match: "b"`}, 412, map[string]string{"Etag": `"a"`, "Cache-Control": "no-store"}},
		"a write that may go on":      {v, []string{"PUT", `If-Match: "a"`}, 200, map[string]string{"Etag": "", "Last-Modified": ""}},
		"absent, read":                {etag.Absent(), []string{"GET", "If-None-Match: *"}, 200, map[string]string{"Etag": ""}},
		"absent, write":               {etag.Absent(), []string{"PUT", "If-Match: *"}, 412, map[string]string{"Etag": ""}},
		"J6: no validator, *":         {etag.Validators{}, []string{"GET", "If-None-Match: *"}, 200, map[string]string{"Etag": ""}},
		"If-Range fails":              {v, []string{"GET", "Range: bytes=0-1", `If-Range: "b"`}, 200, nil},
		"If-Range holds":              {v, []string{"GET", "Range: bytes=0-1", `If-Range: "a"`}, 206, map[string]string{"Etag": `"a"`}},
		"OPTIONS":                     {v, []string{"OPTIONS", "If-None-Match: *"}, 200, map[string]string{"Etag": ""}},
		"QUERY, content not covered":  {v, []string{"QUERY", `If-None-Match: "a"`}, 200, map[string]string{"Etag": ""}},
		"QUERY that covers":           {etag.Validators{Tag: v.Tag, CoversContent: true}, []string{"QUERY", `If-None-Match: "a"`}, 304, map[string]string{"Etag": `"a"`}},
		"If-Match on what is missing": {etag.Absent(), []string{"GET", `If-Match: "a"`}, 200, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := onWire(t, inside(c.v), c.ask...)
			require.Equal(t, c.status, got.status)
			for field, want := range c.fields {
				require.Equal(t, want, got.header.Get(field), field)
			}
			if c.status != 304 && c.status != 412 && c.ask[0] != "HEAD" {
				require.Equal(t, "content\n", got.body)
			}
		})
	}
	t.Run("a policy of the handler stands", func(t *testing.T) {
		h := presetting("Cache-Control: max-age=60")(inside(v))
		require.Equal(t, "max-age=60", onWire(t, h, "GET").header.Get("Cache-Control"))
		require.Equal(t, "max-age=60", onWire(t, h, "GET", `If-None-Match: "a"`).header.Get("Cache-Control"))
	})
}

func TestPreconditionFailed(t *testing.T) {
	h := presetting("Cache-Control: public, max-age=60", "Content-Length: 3", "Content-Encoding: gzip", `ETag: "stale"`)(http.HandlerFunc(etag.PreconditionFailed))
	got := onWire(t, h, "PUT")
	require.Equal(t, 412, got.status)
	require.NoError(t, got.broken)
	require.Equal(t, "no-store", got.header.Get("Cache-Control"))
	for _, name := range []string{"Etag", "Content-Encoding", "Expires"} {
		require.Empty(t, got.header[name], name)
	}
	require.Contains(t, got.body, "412")
}
