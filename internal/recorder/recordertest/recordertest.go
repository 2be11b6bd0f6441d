// Package recordertest lists handlers, ordinary and odd, for tests that compare
// a stand-in of net/http's server with the server itself.
package recordertest

import (
	"fmt"
	"net/http"
	"sync"
)

// A Case is one handler and the request it gets.
type Case struct {
	Name   string
	Method string // GET if empty
	Serve  func(w http.ResponseWriter, r *http.Request, note Note)
	// Broken reports that net/http breaks the connection off: the client sees
	// an error, at the header or within the body.
	Broken bool
}

// Note records what the handler saw, such as the error of a Write, which is
// compared as well.
type Note func(what string, values ...any)

// Handler returns the case's handler, and a function that returns its notes.
func (c Case) Handler() (h http.Handler, notes func() []string) {
	var mu sync.Mutex
	var taken []string
	note := func(what string, values ...any) {
		mu.Lock()
		defer mu.Unlock()
		taken = append(taken, what+" "+fmt.Sprint(values...))
	}
	h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.Serve(w, r, note) })
	return h, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), taken...)
	}
}

// RequestMethod returns the method of the case, GET by default.
func (c Case) RequestMethod() string {
	if c.Method == "" {
		return http.MethodGet
	}
	return c.Method
}

// All returns every case; the names are unique.
func All() []Case {
	var all []Case
	for _, group := range [][]Case{statuses(), headers(), bodies(), lengths(), sniffing(), controls(), library()} {
		all = append(all, group...)
	}
	return all
}
