package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshen-go/freshen/cachetest"
)

// An entry is one exchange, as the page shows it. Times are in milliseconds.
type entry struct {
	N           int     `json:"n"`
	Time        int64   `json:"time"` // since 1970
	Who         string  `json:"who"`
	Method      string  `json:"method"`
	Target      string  `json:"target"`
	Status      int     `json:"status"`
	Edge        string  `json:"edge"` // what X-Cache says: "RefreshHit"
	Outcome     string  `json:"outcome"`
	Why         string  `json:"why"`
	Age         int     `json:"age"`   // seconds
	Asked       bool    `json:"asked"` // the edge asked the origin
	Origin      int     `json:"origin"`
	OriginTime  float64 `json:"originTime"`
	OriginBytes int     `json:"originBytes"`
	Bytes       int     `json:"bytes"`
	SavedBytes  int     `json:"savedBytes"` // content that the origin did not send
	SavedTime   float64 `json:"savedTime"`  // time that the handler did not spend

	Request        http.Header `json:"request"`
	OriginRequest  http.Header `json:"originRequest"`
	OriginResponse http.Header `json:"originResponse"`
	Response       http.Header `json:"response"`
}

// totals holds the sums of all entries, including those that have left the
// timeline.
type totals struct {
	Requests    int     `json:"requests"`
	EdgeAlone   int     `json:"edgeAlone"`
	NotModified int     `json:"notModified"`
	SavedBytes  int     `json:"savedBytes"`
	SavedTime   float64 `json:"savedTime"`
}

// timeline keeps the latest entries and tells listeners of new ones.
type timeline struct {
	mu        sync.Mutex
	n         int
	entries   []entry // the latest, oldest first
	unsent    []entry
	totals    totals
	full      map[string]cost // of the last whole answer, by resource
	listeners map[chan []byte]bool
	closed    bool
}

type cost struct {
	bytes int
	time  float64
}

const maxEntries = 200

func newTimeline() *timeline {
	return &timeline{full: make(map[string]cost), listeners: make(map[chan []byte]bool)}
}

func (t *timeline) add(x cachetest.Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	e := entry{
		N: t.n, Time: x.Time.UnixMilli(), Who: who(x), Method: x.Method, Target: x.Target, Status: x.Status,
		Outcome: string(x.Outcome), Why: x.Why, Age: int(x.Age.Seconds()),
		Asked: x.Asked(), Origin: x.Origin, OriginTime: milliseconds(x.OriginTime), OriginBytes: x.OriginBytes, Bytes: x.Bytes,
		Request: x.Request, OriginRequest: x.OriginRequest, OriginResponse: x.OriginResponse, Response: x.Header,
	}
	e.Edge, _, _ = strings.Cut(x.Header.Get("X-Cache"), " ")

	resource := x.Target + "\n" + x.Request.Get("Authorization")
	full, known := t.full[resource]
	switch {
	case x.Method != http.MethodGet:
	case x.Origin == http.StatusOK:
		if len(t.full) >= 10*maxEntries {
			clear(t.full) // bounds the memory
		}
		t.full[resource] = cost{x.OriginBytes, e.OriginTime}
	case known && !x.Asked():
		e.SavedBytes, e.SavedTime = full.bytes, full.time
	case known && x.Origin == http.StatusNotModified:
		e.SavedBytes, e.SavedTime = full.bytes, max(0, full.time-e.OriginTime)
	}

	t.totals.Requests++
	if !x.Asked() {
		t.totals.EdgeAlone++
	}
	if x.Origin == http.StatusNotModified {
		t.totals.NotModified++
	}
	t.totals.SavedBytes += e.SavedBytes
	t.totals.SavedTime += e.SavedTime

	t.entries = append(t.entries, e)
	if len(t.entries) > maxEntries {
		t.entries = slices.Delete(t.entries, 0, len(t.entries)-maxEntries)
	}
	t.unsent = append(t.unsent, e)
}

// who returns the name of the visitor: the one that the page sends, or else
// that of the visitor's software.
func who(x cachetest.Exchange) string {
	if name := x.Request.Get("X-Visitor"); name != "" {
		return name
	}
	if x.Background {
		return "the edge"
	}
	product, _, _ := strings.Cut(x.Request.Get("User-Agent"), "/")
	switch product {
	case "":
		return "someone"
	case "Mozilla":
		return "a browser"
	}
	return product
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}

// news is one event for the page. First reports that Entries holds all entries.
type news struct {
	First   bool    `json:"first,omitempty"`
	Entries []entry `json:"entries"`
	Totals  totals  `json:"totals"`
	State   state   `json:"state"`
}

// publish sends the new entries to every listener.
func (t *timeline) publish(s state) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.send(news{Entries: t.unsent, Totals: t.totals, State: s})
	t.unsent = nil
}

func (t *timeline) send(n news) {
	data := encode(n)
	for listener := range t.listeners {
		select {
		case listener <- data:
		default:
			// Too slow: the stream ends, and the browser reconnects and gets
			// everything.
			delete(t.listeners, listener)
			close(listener)
		}
	}
}

func (t *timeline) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.unsent, t.totals, t.n = nil, nil, totals{}, 0
	t.send(news{First: true})
}

// listen returns a channel of events, the first of which holds everything so
// far. It is closed when the listener is too slow, or the timeline closes.
func (t *timeline) listen(s state) chan []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	listener := make(chan []byte, 64)
	if t.closed {
		close(listener)
		return listener
	}
	listener <- encode(news{First: true, Entries: t.entries, Totals: t.totals, State: s})
	t.listeners[listener] = true
	return listener
}

func (t *timeline) leave(listener chan []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, listener)
}

func (t *timeline) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for listener := range t.listeners {
		close(listener)
	}
	clear(t.listeners)
}

func encode(n news) []byte {
	if n.Entries == nil {
		n.Entries = []entry{}
	}
	data, err := json.Marshal(n)
	if err != nil {
		panic(err) // numbers and text
	}
	return data
}

// events streams the timeline (Server-Sent Events).
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	listener := p.timeline.listen(p.state())
	defer p.timeline.leave(listener)
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Time{}) // this response has no end
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, "retry: 500\n\n")
	control.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case data, open := <-listener:
			if !open {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil || control.Flush() != nil {
				return
			}
		}
	}
}
