package versiontest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// A memory is what clients hold of one path.
type memory struct {
	bodies map[string][]held // by tag
	recent []string          // tags
}

type held struct {
	body string
	step int // when it was received
}

// step makes a step: a write, a check, or a read with writes between version
// and body.
func (k *Kit) step(ctx context.Context) error {
	switch n := k.random.IntN(20); {
	case n < 10:
		k.write(ctx)
		return nil
	case n < 17:
		return k.check(ctx, k.path(k.random))
	case n < 19:
		return k.readAcross(ctx)
	}
	return k.placeAndDelete(ctx)
}

// readAcross reads a body some writes after its version.
func (k *Kit) readAcross(ctx context.Context) error {
	path := k.path(k.random)
	_, err := k.get(ctx, path, nil, func() {
		k.log.add("reader: %s: between version and body", path)
		for range 1 + k.random.IntN(12) {
			k.write(ctx)
		}
	})
	return err
}

// placeAndDelete is the interleaving that a version which returns is wrong in:
// a row comes in between version and body, and goes out again.
func (k *Kit) placeAndDelete(ctx context.Context) error {
	scope := k.options.Scopes[k.random.IntN(len(k.options.Scopes))]
	key := k.options.Keys + k.random.IntN(3) // a key that no other transaction uses
	alone := &writer{name: "T0", done: make(chan error, 1)}
	run := func(what string, change func(Tx) error) {
		k.do(alone, "begin, "+what+", commit", func() error {
			tx, err := k.system.Begin(ctx)
			if err != nil {
				return err
			}
			if err := change(tx); err != nil {
				tx.Rollback(ctx)
				return err
			}
			if err := tx.Commit(ctx); err != nil {
				tx.Rollback(ctx)
				return err
			}
			return nil
		}, func(error) {})
		// It may wait for a transaction that is open (SQLite has one writer).
		for alone.busy {
			k.commitAll(ctx)
			time.Sleep(k.options.Patience)
			k.collect(alone)
		}
	}
	k.values++
	value := fmt.Sprint("v", k.values)
	if _, err := k.get(ctx, "/"+scope, nil, func() {
		run(fmt.Sprintf("put %d in %s = %s", key, scope, value), func(tx Tx) error { return tx.Put(ctx, key, scope, value) })
	}); err != nil {
		return err
	}
	run(fmt.Sprintf("delete %d", key), func(tx Tx) error { return tx.Delete(ctx, key) })
	return k.check(ctx, "/"+scope)
}

// A response is what a request through the middleware got.
type response struct {
	notModified bool
	tag, body   string
	others      []held // the other bodies that the tag stood for
}

// get sends a request through the middleware, and remembers what it got.
func (k *Kit) get(ctx context.Context, path string, tags []string, between func()) (response, error) {
	r := httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx)
	if between != nil {
		r = r.WithContext(context.WithValue(ctx, betweenKey{}, between))
	}
	if len(tags) > 0 {
		r.Header.Set("If-None-Match", strings.Join(tags, ", "))
	}
	w := httptest.NewRecorder()
	k.wrapped.ServeHTTP(w, r)
	answer := response{w.Code == http.StatusNotModified, w.Header().Get("ETag"), w.Body.String(), nil}
	if w.Code != http.StatusOK && !answer.notModified {
		return answer, fmt.Errorf("versiontest: %s: GET %s: status %d (want 200 or 304): %.200s", k.system.Name, path, w.Code, answer.body)
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	k.report.Requests++
	m := k.held[path]
	if m == nil {
		m = &memory{bodies: map[string][]held{}}
		k.held[path] = m
	}
	switch {
	case answer.notModified:
		k.report.NotModified++
		answer.others = m.bodies[answer.tag]
	case answer.tag == "":
		k.report.Untagged++
	default:
		known := false
		for _, h := range m.bodies[answer.tag] {
			known = known || h.body == answer.body
			if h.body != answer.body {
				answer.others = append(answer.others, h)
			}
		}
		if !known {
			if len(m.bodies[answer.tag]) == 0 {
				m.recent = append(m.recent, answer.tag)
			}
			m.bodies[answer.tag] = append(m.bodies[answer.tag], held{answer.body, k.log.step()})
		}
		if k.system.Confirmed {
			k.report.Checks++
			if len(answer.others) > 0 {
				k.wrong(path, answer.tag, answer.others[0], answer.body)
			}
		}
	}
	return answer, nil
}

// render returns what the handler renders now, without the middleware.
func (k *Kit) render(ctx context.Context, path string) (string, error) {
	r := httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx)
	w := httptest.NewRecorder()
	k.system.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return "", fmt.Errorf("versiontest: %s: GET %s: the handler answers %d (want 200): %.200s", k.system.Name, path, w.Code, w.Body)
	}
	return w.Body.String(), nil
}

// check compares what the handler renders with the bodies of clients that would
// be told 304.
func (k *Kit) check(ctx context.Context, path string) error {
	answer, err := k.get(ctx, path, k.tags(path), nil)
	if err != nil || answer.tag == "" {
		return err
	}
	if !answer.notModified && len(answer.others) == 0 {
		k.checked()
		k.log.add("reader: %s: 200 %s", path, answer.tag)
		return nil
	}
	now, err := k.render(ctx, path)
	if err != nil {
		return err
	}
	k.checked()
	if answer.notModified {
		k.log.add("reader: %s: 304 %s", path, answer.tag)
	}
	for _, h := range k.remembered(path, answer.tag) {
		if h.body != now {
			return k.verify(ctx, path, answer.tag)
		}
	}
	return nil
}

func (k *Kit) checked() { k.count(func(r *Report) { r.Checks++ }) }

// verify asks again for a tag that seems to stand for two bodies: what was just
// becoming visible does not make it wrong.
func (k *Kit) verify(ctx context.Context, path, tag string) error {
	if k.system.Settle != nil {
		if err := k.system.Settle(ctx); err != nil {
			return fmt.Errorf("versiontest: %s: Settle: %w", k.system.Name, err)
		}
	}
	for range 2 {
		before, err := k.render(ctx, path)
		if err != nil {
			return err
		}
		answer, err := k.get(ctx, path, []string{tag}, nil)
		if err != nil {
			return err
		}
		after, err := k.render(ctx, path)
		if err != nil {
			return err
		}
		if !answer.notModified || before != after {
			return nil
		}
		for _, h := range k.remembered(path, tag) {
			if h.body != after {
				k.mu.Lock()
				k.wrong(path, tag, h, after)
				k.mu.Unlock()
				return nil
			}
		}
	}
	return nil
}

// tags returns some tags that clients hold: the newest, and older ones.
func (k *Kit) tags(path string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.held[path]
	if m == nil {
		return nil
	}
	recent := m.recent[max(0, len(m.recent)-6):]
	tags := append([]string(nil), recent...)
	if len(m.recent) > len(recent) {
		tags = append(tags, m.recent[k.random.IntN(len(m.recent)-len(recent))])
	}
	return tags
}

func (k *Kit) remembered(path, tag string) []held {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]held(nil), k.held[path].bodies[tag]...)
}

// wrong notes a wrong version, and forgets what the tag stood for, so that it
// is counted once. The caller holds mu.
func (k *Kit) wrong(path, tag string, old held, now string) {
	k.report.Wrong++
	k.held[path].bodies[tag] = []held{{now, k.log.step()}}
	if k.first == nil {
		k.first = &WrongError{System: k.system.Name, Path: path, Tag: tag, Held: old.body, Now: now,
			Interleaving: k.log.since(old.step), Seed: k.options.Seed}
	}
}
