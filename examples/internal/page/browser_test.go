package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

// browser is a Chromium of the test's own, with an empty cache.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	faults []string // what the page's script and its policy complained about
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium here (neither chromium, chromium-browser nor google-chrome is on the PATH): apt-get install chromium")
	}
	profile, err := os.MkdirTemp("", "chromium")
	require.NoError(t, err)
	// A browser starts and answers in a second. The limits are for a busy machine.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(4*time.Minute), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to run as root
	}
	timed, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	allocator, endProcess := chromedp.NewExecAllocator(timed, options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		chromedp.Cancel(ctx)
		closeTab()
		endProcess()
		stop()
		// Its helpers may still write for a moment.
		assert.Eventually(t, func() bool { return os.RemoveAll(profile) == nil }, time.Minute, 50*time.Millisecond)
	})
	b := &browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx), "starting %s", path)
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.faults = append(b.faults, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				b.faults = append(b.faults, e.Entry.Text)
			}
		}
	}))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

// waitFor waits until the JavaScript expression is true.
func (b *browser) waitFor(expression string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0)))
	if err != nil {
		rows, _ := evaluate[string](b, `document.body.innerText`)
		require.NoError(b.t, err, "waiting for %s; the page says:\n%s", expression, rows)
	}
}

func evaluate[T any](b *browser, expression string) (T, error) {
	return chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
}

func content(b *browser, selector string) string {
	b.t.Helper()
	s, err := evaluate[string](b, fmt.Sprintf(`document.querySelector(%q).textContent`, selector))
	require.NoError(b.t, err)
	return s
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// rows gives the badges of the timeline, oldest first.
func (b *browser) rows() []string {
	b.t.Helper()
	badges, err := evaluate[[]string](b, `[...document.querySelectorAll("#rows .badge")].map(b => b.lastChild.textContent).reverse()`)
	require.NoError(b.t, err)
	return badges
}

// asked is one request as a server saw it.
type asked struct {
	path, condition string
	status          int
}

// watched is a server that notes what it was asked.
type watched struct {
	*httptest.Server
	mu  sync.Mutex
	log []asked
}

func watch(t *testing.T, h http.Handler) *watched {
	s := &watched{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(status, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log = append(s.log, asked{r.URL.RequestURI(), r.Header.Get("If-None-Match"), status.status})
	}))
	t.Cleanup(s.Close)
	return s
}

// of gives what was asked for a path.
func (s *watched) of(path string) (log []asked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.log {
		if a.path == path {
			log = append(log, a)
		}
	}
	return log
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A visitor with a keyboard plays the story, looks at headers, and does all
// that the page offers.
func TestPageInABrowser(t *testing.T) {
	b := startBrowser(t)
	p := newPage(t)
	server := watch(t, p)
	t.Cleanup(p.Close) // before the server's Close, which waits for the stream
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL))
	b.waitFor(`document.querySelector("#live").classList.contains("on")`)

	// The story, by keyboard alone: the skip link, the Go code, then the
	// buttons.
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	focus, err := evaluate[string](b, `document.activeElement.id`)
	require.NoError(t, err)
	require.Equal(t, "play", focus)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.waitFor(`document.querySelectorAll("#rows li").length === 3 && !document.querySelector("#play").hasAttribute("aria-disabled")`)
	assert.Equal(t, []string{"Miss", "Hit", "RefreshHit"}, b.rows())
	// More than 10 s only if the machine is slow: the page is on the real clock.
	assert.Regexp(t, `\b[1-9][0-9] s`, content(b, "#rows li:nth-child(2) .old"), "the second request is 10 s after the first")
	assert.Regexp(t, `Stale for [1-9][0-9] s`, content(b, "#detail-why"))
	assert.Contains(t, content(b, "#said"), "nothing has changed")
	assert.Equal(t, content(b, "#said"), content(b, "#announce"), "a screen reader hears what others see")
	assert.Equal(t, []string{"3", "1", "1"}, []string{content(b, "#t-requests"), content(b, "#t-edge"), content(b, "#t-304")})
	focus, err = evaluate[string](b, `document.activeElement.id`)
	require.NoError(t, err)
	assert.Equal(t, "play", focus, "the focus stays where it was")

	// The headers of the newest, then of an older one, chosen by keyboard.
	assert.Contains(t, content(b, "#request-first"), "If-None-Match–")
	b.do(chromedp.Focus(chromedp.CSS("#rows li:nth-child(2) button")), chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, "Headers of request 2", content(b, "#detail-title"))
	assert.Contains(t, content(b, "#response-first"), "Age")
	assert.Contains(t, content(b, "#request-first"), "not asked")
	pressed, err := evaluate[string](b, `document.querySelector("#rows [aria-pressed=true]").dataset.n`)
	require.NoError(t, err)
	assert.Equal(t, "2", pressed)

	// Someone with curl appears too, and does not take the headers away that
	// are being looked at.
	get(p, report, "User-Agent: curl/8")
	b.waitFor(`document.querySelectorAll("#rows li").length === 4`)
	assert.Contains(t, content(b, "#rows li:first-child .who"), "curl")
	assert.Equal(t, "Headers of request 2", content(b, "#detail-title"))

	// press gives the badges of the requests that a button makes.
	press := func(selector string, requests int) []string {
		t.Helper()
		before := len(b.rows())
		b.click(selector)
		b.waitFor(fmt.Sprintf(`document.querySelectorAll("#rows li").length === %d && !document.querySelector("button[aria-disabled]")`, before+requests))
		return b.rows()[before:]
	}
	step := func(selector string, badges ...string) {
		t.Helper()
		assert.Equal(t, append([]string{}, badges...), press(selector, len(badges)), selector)
	}
	step("#place", "Passed on")
	number, err := evaluate[string](b, `document.querySelector("#order").value`)
	require.NoError(t, err)
	assert.Equal(t, "4097", number)
	step(`[data-ask="order"]`, "Miss")
	step("#edit", "RefreshHit", "Passed on")
	step("#twice", "Miss", "Passed on", "Error 412")
	step("#delete", "Miss", "Passed on")
	step(`[data-ask="order"]`, "Error 404")
	step("[data-personal]", "Miss")
	press(`[data-ask="/api/orders?search=C-3PO"]`, 1) // the copy is as old as the machine is slow
	step(`[data-ask="/api/orders?search=C-3PO"]`, "Hit")
	step(`[data-seconds="100"]`)
	step("#break")
	assert.Equal(t, "Repair the database", content(b, "#break"))
	step(`[data-ask="/api/orders?search=C-3PO"]`, "Stale")

	// The story repairs the database before it begins (X21).
	before := len(b.rows())
	b.click("#play")
	b.waitFor(fmt.Sprintf(`document.querySelectorAll("#rows li").length === %d && !document.querySelector("#play").hasAttribute("aria-disabled")`, before+3))
	assert.Equal(t, []string{"Miss", "Hit", "RefreshHit"}, b.rows()[before:])
	assert.Equal(t, "Break the database", content(b, "#break"))

	// Without freshen the same stale copy costs a full response (X20).
	step("#freshen")
	assert.Equal(t, "Turn freshen on", content(b, "#freshen"))
	step(`[data-ask="/api/orders?search=C-3PO"]`, "Miss")
	step(`[data-seconds="100"]`)
	step(`[data-seconds="10"]`)
	step(`[data-ask="/api/orders?search=C-3PO"]`, "Miss")
	assert.Contains(t, content(b, "#said"), "200")
	step("#freshen")
	b.waitFor(`document.querySelector("#freshen").textContent === "Turn freshen off"`)

	// On a phone the outcome stays in view while the buttons are pressed (X27).
	b.do(chromedp.EmulateViewport(400, 800), chromedp.ScrollIntoView(chromedp.CSS("#break")))
	visible, err := evaluate[bool](b, `(() => { const r = document.querySelector("#said").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; })()`)
	require.NoError(t, err)
	assert.True(t, visible, "the outcome of the last request is in view")
	wide, err := evaluate[bool](b, `document.documentElement.scrollWidth > innerWidth`)
	require.NoError(t, err)
	assert.False(t, wide, "the page does not scroll sideways")
	b.do(chromedp.EmulateViewport(1280, 900))

	// Everything has a name, and there is a way past the controls.
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	require.NoError(t, err)
	roles := map[string]int{}
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		role := axText(t, node.Role)
		roles[role]++
		switch role {
		case "button", "link", "combobox", "spinbutton", "region", "image", "DisclosureTriangle":
			assert.NotEmpty(t, strings.TrimSpace(axText(t, node.Name)), "a %s has no name", role)
		}
	}
	for _, role := range []string{"banner", "main", "contentinfo", "status", "heading", "list", "table"} {
		assert.NotZero(t, roles[role], "there is no %s", role)
	}

	// The same log, as package cachetest draws it.
	b.click("#log summary")
	b.waitFor(`document.querySelector("#log-frame").contentDocument?.querySelectorAll("tr.client").length > 0`)
	drawn, err := evaluate[[]string](b, `[...document.querySelector("#log-frame").contentDocument.querySelectorAll("tr.client b")].map(b => b.textContent)`)
	require.NoError(t, err)
	assert.Len(t, drawn, len(b.rows()))
	styled, err := evaluate[string](b, `getComputedStyle(document.querySelector("#log-frame").contentDocument.querySelector("table")).borderCollapse`)
	require.NoError(t, err)
	assert.Equal(t, "collapse", styled, "the frame's policy allows its own style")
	b.click("#log summary")

	step("#empty")
	b.click("#clear")
	b.waitFor(`document.querySelectorAll("#rows li").length === 0`)

	// The browser's own cache: on a reload it sends what it has, and goes on
	// with that.
	b.do(chromedp.Reload())
	b.waitFor(`document.querySelector("#live").classList.contains("on")`)
	for _, path := range []string{"/", "/style.css", "/page.js"} {
		log := server.of(path)
		require.Len(t, log, 2, path)
		assert.Equal(t, asked{path, "", 200}, log[0])
		assert.NotEmpty(t, log[1].condition, path)
		assert.Equal(t, 304, log[1].status, path)
	}

	// The same through the edge: the second answer to this browser is a 304
	// without content, and its script gets the order all the same.
	b.do(chromedp.SetValue(chromedp.CSS("#who"), "browser"))
	step(`[data-ask="/api/orders?search=C-3PO"]`, "Miss")
	step(`[data-ask="/api/orders?search=C-3PO"]`, "Hit")
	assert.Contains(t, content(b, "#detail-why"), "304")
	assert.Contains(t, content(b, "#rows li:first-child .bytes"), "0 B")
	own := server.of(story)
	assert.Equal(t, 304, own[len(own)-1].status)

	// No fault was reported, and one would have been.
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](
		`new Promise(r => setTimeout(() => { setTimeout(r, 100, true); throw new Error("on purpose"); }))`, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Equal(t, []string{"Uncaught"}, b.faults)
}

func axText(t *testing.T, v *accessibility.Value) (s string) {
	t.Helper()
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	require.NoError(t, json.Unmarshal(v.Value, &s))
	return s
}

// The API in the browser without the page: it sends If-None-Match by itself,
// and shows what its private cache has when a 304 comes.
func TestAPIInABrowser(t *testing.T) {
	b := startBrowser(t)
	server := watch(t, orders.Handler(orders.SeedStore(), orders.Options{})) // no-cache: validated every time
	for _, path := range []string{"/api/orders/1", story, report} {
		t.Run(path, func(t *testing.T) {
			var shown [2]string
			for i := range shown {
				b.do(chromedp.Navigate(server.URL + path))
				shown[i] = content(b, "body")
				b.do(chromedp.Navigate("about:blank"))
			}
			log := server.of(path)
			require.Len(t, log, 2)
			assert.Equal(t, asked{path, "", 200}, log[0])
			assert.Regexp(t, `^(W/)?"[^"]+"$`, log[1].condition)
			assert.Equal(t, 304, log[1].status)
			assert.Contains(t, shown[0], "C-3PO")
			assert.Equal(t, shown[0], shown[1])
		})
	}

	// A fresh answer is not asked for again.
	fresh := watch(t, orders.Handler(orders.SeedStore(), orders.Options{MaxAge: 100 * time.Second}))
	b.do(chromedp.Navigate(fresh.URL + "/api/orders/1"))
	for range 2 {
		body, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](
			fmt.Sprintf(`fetch(%q).then(r => r.text())`, story), chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		assert.Contains(t, body, "C-3PO")
	}
	assert.Len(t, fresh.of(story), 1)
}
