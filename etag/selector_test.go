package etag_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/etag"
)

func TestLanguage(t *testing.T) {
	s := etag.Language("en", "de", "pt-BR")
	for field, want := range map[string]string{
		"":                               "en",
		"de":                             "de",
		"DE":                             "de",
		"de-DE":                          "de",
		"de;q=1":                         "de",
		"fr, de;q=0.8, en;q=0.7":         "de",
		"fr":                             "en",
		"*":                              "en",
		"*;q=0.1, de":                    "de",
		"en;q=0, *":                      "de",
		"pt":                             "pt-BR",
		"pt-PT":                          "en",
		"en;q=0.5, de;q=0.5":             "en",
		"de;q=junk":                      "en",
		"de;q=2":                         "en",
		"de;q=0":                         "en",
		", de ,":                         "de",
		"de-CH;q=0.9, de;q=0.1, en;q=.5": "en",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if field != "" {
			r.Header.Set("Accept-Language", field)
		}
		assert.Equal(t, want, s.Select(r), field)
	}
	assert.Panics(t, func() { etag.Language() })
}

func TestEncoding(t *testing.T) {
	s := etag.Encoding("br", "gzip")
	for field, want := range map[string]string{
		"": "identity", "gzip": "gzip", "gzip, br": "br", "br;q=0.1, gzip": "gzip", "*": "br", "identity": "identity",
		"br;q=0, gzip;q=0": "identity", "GZIP": "gzip", "zstd": "identity", "*;q=0": "identity",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if field != "" {
			r.Header.Set("Accept-Encoding", field)
		}
		assert.Equal(t, want, s.Select(r), field)
	}
}

// S6: what has many spellings and few meanings has few tags.
func TestS6Negotiate(t *testing.T) {
	language := etag.Language("en", "de")
	h := etag.Conditional{Provider: version("1"), Negotiate: []etag.Selector{language}}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(language.Select(r)))
	}))
	german := inProcess(h, "GET", "Accept-Language: de")
	assert.Equal(t, "Accept-Language", german.Header.Get("Vary"))
	tag := german.Header.Get("ETag")
	for _, spelling := range []string{"de-DE", "de;q=1", "fr, de;q=0.5"} {
		again := inProcess(h, "GET", "Accept-Language: "+spelling, "If-None-Match: "+tag)
		assert.Equal(t, 304, again.StatusCode, spelling)
		assert.Equal(t, "Accept-Language", again.Header.Get("Vary"))
	}
	assert.Equal(t, 200, inProcess(h, "GET", "Accept-Language: en", "If-None-Match: "+tag).StatusCode)
	assert.Equal(t, inProcess(h, "GET").Header.Get("ETag"), inProcess(h, "GET", "Accept-Language: en-GB").Header.Get("ETag"))
}
