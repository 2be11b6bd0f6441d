package patterns

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/freshen-go/freshen/cachecontrol"
	"github.com/freshen-go/freshen/etag"
)

// Site serves a web page, its assets and its API under one domain, so that
// there is no CORS and one distribution.
//
// Under /assets/ a file's name holds a hash of its content
// (app.5f2b9c.js): another content is another URL, so the file is kept for a
// year and never asked for again. A name that is not there gives a 404 that
// nobody keeps, which matters while a deploy is half done. The page names the
// assets, so it is asked for each time, and its tag is the build's. The API has
// its own policies.
//
// A file's date is no version: in a container image all dates are one, and an
// embedded file has none.
func Site(files fs.FS, revision string, api http.Handler) http.Handler {
	forever := cachecontrol.Policy{Public: true, MaxAge: 365 * 24 * time.Hour, Immutable: true}
	page := cachecontrol.Policy{Public: true, NoCache: true}

	// Immutable files are validated too, by those who press reload (RFC 8246,
	// section 2.1). The URL is the version: it holds the hash.
	asset := etag.Conditional{Provider: etag.Version(func(r *http.Request) (string, error) {
		if !isFile(files, r.URL.Path) {
			return "", etag.ErrAbsent
		}
		return r.URL.Path, nil
	})}
	index := etag.Conditional{Provider: etag.Version(func(*http.Request) (string, error) { return revision, nil })}

	mux := http.NewServeMux()
	mux.Handle("GET /assets/", forever.Wrap(asset.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeFile(w, r, files, r.URL.Path[1:])
	}))))
	mux.Handle("GET /{$}", page.Wrap(index.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeFile(w, r, files, "index.html")
	}))))
	mux.Handle("/api/", http.StripPrefix("/api", api))
	return mux
}

// writeFile is not http.ServeFileFS, which looks at the preconditions once more
// and takes malformed ones for a match, and not http.FileServerFS, which lists
// folders: as a 200 that is kept for a year. Where there are ranges to serve,
// as of films, these are the price.
func writeFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	// Without a type net/http looks at the content.
	if contentType := mime.TypeByExtension(path.Ext(name)); contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.Write(content)
}

func isFile(files fs.FS, urlPath string) bool {
	info, err := fs.Stat(files, urlPath[1:])
	return err == nil && info.Mode().IsRegular()
}
