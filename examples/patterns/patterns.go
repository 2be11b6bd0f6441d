// Package patterns shows five ways to serve an API behind a CDN, each with its
// policy and its validator:
//
//   - [Lists]: lists that are read often, some stable and some that change;
//   - [Search]: parameters that select the response, and parameters that do not;
//   - [Account]: a private API behind a public edge;
//   - [Region]: several regions, which must generate the same tags;
//   - [Site]: static assets and an API under one domain.
//
// The handlers are small and complete. The tests run each of them behind the
// simulated CloudFront.
package patterns

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/etag"
)

// An Article is a row of the table that the patterns serve.
type Article struct {
	ID      int       `json:"id"`
	Title   string    `json:"title"`
	Updated time.Time `json:"updated"`
}

// A Store is a table of articles in memory; it stands for a database. The zero
// Store is empty and ready to use. A Store is safe for concurrent use.
type Store struct {
	mu   sync.RWMutex
	rows []Article
}

// Put adds an article, or replaces the article with the same ID.
func (s *Store) Put(article Article) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(s.rows, func(a Article) bool { return a.ID == article.ID })
	s.rows = append(s.rows, article)
}

// Delete removes the article with the ID.
func (s *Store) Delete(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(s.rows, func(a Article) bool { return a.ID == id })
}

// Version stands for SELECT count(*), max(updated) WHERE title LIKE, which a
// database answers from an index, without reading the rows.
func (s *Store) Version(search string) (count int64, latest time.Time) {
	return version(s.Find(search))
}

// version returns the count and the latest time of articles.
func version(articles []Article) (count int64, latest time.Time) {
	for _, article := range articles {
		if article.Updated.After(latest) {
			latest = article.Updated
		}
	}
	return int64(len(articles)), latest
}

// writeList sends articles and confirms their version. The count and the latest
// time of a list can return to earlier values; the confirmed tag is that of the
// rows in the body, so a later 304 is for exactly these.
func writeList(w http.ResponseWriter, articles []Article) {
	etag.Confirm(w, etag.CollectionValidators(version(articles)))
	writeJSON(w, articles)
}

// Find stands for the expensive query. It reads one snapshot.
func (s *Store) Find(search string) []Article {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []Article{}
	for _, article := range s.rows {
		if strings.Contains(strings.ToLower(article.Title), strings.ToLower(search)) {
			found = append(found, article)
		}
	}
	slices.SortFunc(found, func(a, b Article) int { return a.ID - b.ID })
	return found
}

// writeJSON sends v. The same value has the same bytes: encoding/json writes the
// fields of a struct in their order, and those of a map in the order of its keys.
func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the response cannot be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}
