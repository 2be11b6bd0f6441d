// Package patterns shows five ways in which APIs are read behind a CDN, each
// with the policy and the validator that it wants:
//
//   - [Lists]: read-heavy lists, some stable and some that change;
//   - [Search]: parameters that select the answer, and parameters that do not;
//   - [Account]: a private API behind a public edge;
//   - [Region]: several regions, which have to give the same tags;
//   - [Site]: static assets and an API under one domain.
//
// The handlers are small and run; the tests walk each through the simulated
// CloudFront. Take one, and put your own store behind it.
package patterns

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Article is what the patterns serve.
type Article struct {
	ID      int       `json:"id"`
	Title   string    `json:"title"`
	Updated time.Time `json:"updated"`
}

// A Store is a table of articles in memory, in the place of a database. The
// zero Store is empty and ready to use. Safe for concurrent use.
type Store struct {
	mu   sync.RWMutex
	rows []Article
}

// Put adds an article, or replaces the one with its ID.
func (s *Store) Put(article Article) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(s.rows, func(a Article) bool { return a.ID == article.ID })
	s.rows = append(s.rows, article)
}

// Delete removes the article with this ID.
func (s *Store) Delete(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(s.rows, func(a Article) bool { return a.ID == id })
}

// Version is SELECT count(*), max(updated) WHERE title LIKE: what a database
// answers from an index, without reading the rows.
func (s *Store) Version(search string) (count int64, latest time.Time) {
	for _, article := range s.Find(search) {
		count++
		if article.Updated.After(latest) {
			latest = article.Updated
		}
	}
	return count, latest
}

// Find is the expensive query.
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

// writeJSON answers with v. The same value gives the same bytes: encoding/json
// writes a struct's fields in their order and a map's in that of its keys.
func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "The answer cannot be encoded.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}
