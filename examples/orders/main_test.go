package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders/ordertest"
	"github.com/freshen-go/freshen/examples/internal/sqlservers"
)

// TestMain makes this binary the command itself where a test starts it so, with
// a grace period of the test's: one that never ends on a busy machine, or one
// that nobody waits for.
func TestMain(m *testing.M) {
	if period := os.Getenv("ORDERS_TEST_GRACE"); period != "" {
		var err error
		if grace, err = time.ParseDuration(period); err != nil {
			panic(err)
		}
		main()
		return
	}
	os.Exit(m.Run())
}

// serve runs the command in this process, and gives what it printed at start.
func serve(t *testing.T, args ...string) (printed string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0", "-page", "127.0.0.1:0"}, args...), writer)
		writer.Close()
		ended <- err
	}()
	printed = readStart(t, reader)
	go io.Copy(io.Discard, reader) // what is printed later must not block
	return printed, func() error {
		cancel()
		return <-ended
	}
}

// readStart reads up to the last of the three curl lines.
func readStart(t *testing.T, r io.Reader) string {
	t.Helper()
	var start strings.Builder
	lines := bufio.NewScanner(r)
	for commands := 0; commands < 3; {
		require.True(t, lines.Scan(), "the command ended after printing\n%s", start.String())
		start.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "curl ") {
			commands++
		}
	}
	return start.String()
}

func curlLines(printed string) []string {
	return regexp.MustCompile(`(?m)^curl .*$`).FindAllString(printed, -1)
}

// paste runs a line in a shell and gives the status that curl shows.
func paste(t *testing.T, line string) string {
	t.Helper()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here to paste the printed lines into", tool)
		}
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
	require.NoError(t, err, line)
	status, _, _ := strings.Cut(string(out), "\r\n")
	return status
}

// The lines that are printed at start work when pasted.
func TestThePrintedLinesWork(t *testing.T) {
	printed, stop := serve(t, "-db", ":memory:")
	lines := curlLines(printed)
	require.Len(t, lines, 3, printed) // readStart stops before the line for the page
	assert.Equal(t, "HTTP/1.1 200 OK", paste(t, lines[0]))
	assert.Equal(t, "HTTP/1.1 304 Not Modified", paste(t, lines[1]))
	assert.Equal(t, "HTTP/1.1 200 OK", paste(t, lines[2]))
	assert.Equal(t, "HTTP/1.1 412 Precondition Failed", paste(t, lines[2]), "once more")
	require.NoError(t, stop())
}

// Orders outlive the command, and the lines of the next start work again.
func TestTheFileKeepsTheOrders(t *testing.T) {
	db := ordertest.SQLiteFile(t)
	for range 2 {
		printed, stop := serve(t, "-db", db)
		lines := curlLines(printed)
		assert.Equal(t, "HTTP/1.1 304 Not Modified", paste(t, lines[1]))
		assert.Equal(t, "HTTP/1.1 200 OK", paste(t, lines[2]))
		require.NoError(t, stop())
	}
}

// Two commands run on one PostgreSQL database side by side: what one writes
// moves the versions that the other reads, and the orders outlive both.
func TestPostgresIsShared(t *testing.T) {
	db := sqlservers.StartPostgres(t).URL("postgres")
	service := regexp.MustCompile(`(?m)^service +(http://\S+)$`)
	ask := func(method, url, body string, fields ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response
	}

	printed, stop := serve(t, "-db", db)
	assert.Contains(t, printed, "orders from postgres://test:xxxxx@/postgres?", "the password is not printed")
	assert.NotContains(t, printed, "secret")
	one := service.FindStringSubmatch(printed)[1] + "/api/orders"
	printed, stopOther := serve(t, "-db", db)
	other := service.FindStringSubmatch(printed)[1] + "/api/orders"

	first := ask("GET", one+"?search=C-3PO", "")
	require.Equal(t, 200, first.StatusCode)
	tag := first.Header.Get("ETag")
	assert.Equal(t, 304, ask("GET", other+"?search=C-3PO", "", "If-None-Match", tag).StatusCode)
	assert.Equal(t, 201, ask("POST", one, `{"customer":"Luke","item":"C-3PO","quantity":1}`, "Content-Type", "application/json").StatusCode)
	second := ask("GET", other+"?search=C-3PO", "", "If-None-Match", tag)
	require.Equal(t, 200, second.StatusCode)
	require.NoError(t, stop())
	require.NoError(t, stopOther())

	printed, stop = serve(t, "-db", db)
	again := service.FindStringSubmatch(printed)[1] + "/api/orders"
	assert.Equal(t, 304, ask("GET", again+"?search=C-3PO", "", "If-None-Match", second.Header.Get("ETag")).StatusCode)
	require.NoError(t, stop())
}

// Where the first order is gone another one is suggested, and where all are,
// to place one.
func TestSuggestionsWithoutOrders(t *testing.T) {
	db := ordertest.SQLiteFile(t)
	printed, stop := serve(t, "-db", db)
	service := regexp.MustCompile(`http://\S+`).FindString(printed)
	list, err := http.Get(service + "/api/orders?search=C-3PO")
	require.NoError(t, err)
	body, err := io.ReadAll(list.Body)
	require.NoError(t, err)
	list.Body.Close()
	for _, match := range regexp.MustCompile(`"id":(\d+)`).FindAllSubmatch(body, -1) {
		r, err := http.NewRequest("DELETE", service+"/api/orders/"+string(match[1]), nil)
		require.NoError(t, err)
		r.Header.Set("If-Match", "*")
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, 204, response.StatusCode)
	}
	require.NoError(t, stop())

	printed, stop = serve(t, "-db", db)
	lines := curlLines(printed)
	assert.Equal(t, "HTTP/1.1 200 OK", paste(t, lines[0]))
	assert.Equal(t, "HTTP/1.1 304 Not Modified", paste(t, lines[1]))
	assert.Equal(t, "HTTP/1.1 201 Created", paste(t, lines[2]))
	require.NoError(t, stop())
}

func TestMaxAgeFlag(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "public, max-age=100, stale-if-error=3600"},
		{[]string{"-max-age", "5s"}, "public, max-age=5, stale-if-error=3600"},
		{[]string{"-max-age", "0"}, "public, no-cache"},
	} {
		t.Run(test.want, func(t *testing.T) {
			printed, stop := serve(t, append(test.args, "-db", ordertest.SQLiteFile(t), "-page", "")...)
			assert.NotContains(t, printed, "page  ")
			response, err := http.Get(regexp.MustCompile(`http://\S+`).FindString(printed) + "/api/orders?search=BB-8")
			require.NoError(t, err)
			response.Body.Close()
			assert.Equal(t, test.want, response.Header.Get("Cache-Control"))
			require.NoError(t, stop())
		})
	}
}

func TestRefusedCommandLines(t *testing.T) {
	db := ordertest.SQLiteFile(t)
	for _, args := range [][]string{
		{"-max-age", "-1s"},
		{"-max-age", "1500ms"},
		{"-db", db, "surplus"},
		{"-db", db, "-addr", "nowhere"},
		{"-db", db, "-addr", "127.0.0.1:0", "-page", "nowhere"},
		{"-db", t.TempDir()},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			assert.Error(t, run(t.Context(), args, io.Discard))
		})
	}
}

// Both signals end the command in good order, although a browser looks at the
// page and never goes.
func TestSignalsEndTheCommand(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			command := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0", "-page", "127.0.0.1:0", "-db", ordertest.SQLiteFile(t))
			command.Env = append(os.Environ(), "ORDERS_TEST_GRACE=2m")
			command.Stderr = os.Stderr
			out, err := command.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			printed := readStart(t, out)
			page := regexp.MustCompile(`http://\S+`).FindAllString(printed, 2)[1]
			events, err := http.Get(page + "/page/events")
			require.NoError(t, err)
			defer events.Body.Close()

			require.NoError(t, command.Process.Signal(signal))
			_, err = io.ReadAll(events.Body)
			assert.NoError(t, err, "the stream ends, and is not cut off")
			assert.NoError(t, command.Wait())
		})
	}
}
