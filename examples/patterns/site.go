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

// Site serves a web page, its assets and its API under one domain, so that one
// distribution is enough and CORS is not needed.
//
// Under /assets/, a file's name contains a hash of its content (app.5f2b9c.js).
// Other content has another URL, so caches keep the file for a year. A name that
// does not exist is a 404 with no-store, which matters while a deploy is in
// progress. The page names the assets, so caches validate it each time; its tag
// is that of the build. The API has its own policies.
//
// The date of a file is not a version: in a container image all files have one
// date, and an embedded file has none.
func Site(files fs.FS, revision string, api http.Handler) http.Handler {
	forever := cachecontrol.Policy{Public: true, MaxAge: 365 * 24 * time.Hour, Immutable: true}
	page := cachecontrol.Policy{Public: true, NoCache: true}

	// Browsers validate immutable files too, on a reload (RFC 8246, section
	// 2.1). The URL is the version: it contains the hash.
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

// writeFile sends a file. It does not use http.FileServerFS, which lists
// folders, here as a 200 that caches would keep for a year.
func writeFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	// Without a type, net/http detects one from the content.
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
