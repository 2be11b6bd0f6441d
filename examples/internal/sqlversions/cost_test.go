package sqlversions_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/sqlservers"
	"github.com/freshen-go/freshen/sqlversion"
)

// go test ./examples/internal/sqlversions -run Cost -measure -v
var measure = flag.Bool("measure", false, "measure what writers and readers pay (takes minutes)")

// variants are tables that are written alike: without triggers; with a counter
// row; with stamps; and with triggers that show what the cost of stamps consists
// of: one that does nothing, and one that does no more than to write a row of
// the session's own.
var variants = []string{"none", "counter", "stamps", "empty", "row"}

// TestCostOfWriters prints the rate of writers of one hot scope for each of the
// variants. They take turns, and the best of their turns counts.
func TestCostOfWriters(t *testing.T) {
	measured(t)
	for name, open := range map[string]func(testing.TB) database{
		"PostgreSQL": newPostgres,
		"durable PostgreSQL": func(t testing.TB) database { // commits wait for the disk, as they do in production
			return database{sqlversion.PostgreSQL, sqlservers.StartPostgres(t, "-c", "fsync=on").Open()}
		},
		"MariaDB": newMariaDB,
	} {
		t.Run(name, func(t *testing.T) { writers(t, open(t)) })
	}
}

func writers(t *testing.T, d database) {
	const clients, turns, turn = 32, 4, 1500 * time.Millisecond
	d.db.SetMaxIdleConns(clients)
	d.db.SetMaxOpenConns(clients)
	for _, variant := range variants {
		execute(t, d.db, "create table "+variant+"_written (id integer primary key, n integer not null)")
		for i := range 1024 {
			execute(t, d.db, fmt.Sprintf("insert into %s_written values (%d, 0)", variant, i))
		}
	}
	execute(t, d.db, "create table counters (n bigint)", "insert into counters values (0)",
		"create table rows_of_sessions (id integer primary key, n integer)")
	triggers := map[string]string{
		"counter": "update counters set n = n + 1;",
		"empty":   "",
		"row":     "insert into rows_of_sessions values (connection_id(), 1) on duplicate key update n = 1 - n;",
	}
	for variant, body := range triggers {
		if d.dialect == sqlversion.PostgreSQL {
			if variant == "row" {
				body = "insert into rows_of_sessions values (pg_backend_pid(), 1) on conflict (id) do update set n = excluded.n;"
			}
			execute(t, d.db, "create function write_"+variant+"() returns trigger language plpgsql as $$ begin "+body+" return new; end $$",
				"create trigger fires after update on "+variant+"_written for each statement execute function write_"+variant+"()")
			continue
		}
		execute(t, d.db, "create trigger write_"+variant+" after update on "+variant+"_written for each row begin "+body+" end")
	}
	execute(t, d.db, sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "stamps_written"}}}.Migration()...)

	for _, level := range []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead} {
		for _, hold := range []time.Duration{0, 2 * time.Millisecond} {
			t.Run(fmt.Sprintf("%v held %v", level, hold), func(t *testing.T) {
				best, failed, done := map[string]float64{}, map[string]int64{}, map[string]int64{}
				for range turns {
					for _, variant := range variants {
						n, bad := hammer(t, d, variant+"_written", clients, turn, level, hold)
						best[variant] = max(best[variant], float64(n)/turn.Seconds())
						failed[variant] += bad
						done[variant] += n
					}
				}
				for _, variant := range variants {
					t.Logf("%-8s %6.0f/s  share %.2f  failed %.2f %%", variant, best[variant],
						best[variant]/best["none"], 100*float64(failed[variant])/float64(max(1, failed[variant]+done[variant])))
				}
			})
		}
	}
}

func measured(t *testing.T) {
	if !*measure {
		t.Skip("a measurement: run it with -measure -v")
	}
}

// hammer updates one random row of the client's own in each transaction.
func hammer(t testing.TB, d database, table string, clients int, turn time.Duration, level sql.IsolationLevel, hold time.Duration) (done, failed int64) {
	ctx, cancel := context.WithTimeout(t.Context(), turn)
	defer cancel()
	var ok, bad atomic.Int64
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for ctx.Err() == nil {
				tx, err := d.db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
				if err != nil {
					bad.Add(1)
					continue
				}
				_, err = tx.ExecContext(t.Context(), fmt.Sprintf("update %s set n = n + 1 where id = %d", table, client*32+rand.IntN(32)))
				if err == nil && hold > 0 {
					time.Sleep(hold)
				}
				if err == nil {
					err = tx.Commit()
				} else {
					tx.Rollback()
				}
				if err == nil {
					ok.Add(1)
				} else {
					bad.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return ok.Load(), bad.Load()
}

// TestCostOfReaders prints the time of a version, beside select 1, and of a 304
// beside the 200 it saves, over loopback.
func TestCostOfReaders(t *testing.T) {
	measured(t)
	d := newPostgres(t)
	execute(t, d.db, "create table items (id integer primary key, scope text not null, name text not null, price integer not null)",
		"create index on items (scope)",
		"insert into items select i, 'list' || (i / 1000), 'item number ' || i, i from generate_series(0, 999) i")
	s := sqlversion.Stamps{Dialect: d.dialect, Watch: []sqlversion.Table{{Name: "items", Scopes: []string{"{scope}"}}}}
	execute(t, d.db, s.Migration()...)
	slots := func(n int) {
		execute(t, d.db, "delete from freshen_version where scope = 'list0'",
			fmt.Sprintf("insert into freshen_version select 'list0', i, gen_random_uuid() from generate_series(0, %d) i", n-1), "vacuum analyze")
	}
	p := s.Provider(d.db, func(*http.Request) ([]string, error) { return []string{"list0"}, nil })
	one, err := d.db.PrepareContext(t.Context(), "select 1")
	require.NoError(t, err)
	request := httptest.NewRequest("GET", "/", nil)
	read := func() { _, err := p.Validators(request); require.NoError(t, err) }
	select1 := func() { var n int; require.NoError(t, one.QueryRow().Scan(&n)) }

	for _, rows := range []int{1000, 1_000_000} {
		execute(t, d.db, fmt.Sprintf("insert into items select i, 'list' || (i / 1000), 'item number ' || i, i from generate_series(%d, %d) i on conflict do nothing", 1000, rows-1))
		for _, n := range []int{1, 16, 64} {
			slots(n)
			times := fastest(select1, read)
			t.Logf("%7d rows, %2d slots: select 1 %v, version %v, more by %v", rows, n, times[0], times[1], times[1]-times[0])
		}
	}

	slots(16)
	for _, rows := range []int{1, 1000} {
		lists(t, d, p, fmt.Sprintf("%d rows of 4 columns", rows), "select id, scope, name, price from items where scope = 'list0' order by id limit $1", rows)
		lists(t, d, p, fmt.Sprintf("%d rows of 12 columns", rows), `select id, scope, name, price, 'SKU-' || id, 'Customer number ' || id, 'customer' || id || '@example.com',
			id % 7, 'shipped', 'Leave it with the neighbor if nobody answers the door.', to_timestamp(1700000000 + id), to_timestamp(1700000000 + 2 * id)
			from items where scope = 'list0' order by id limit $1`, rows)
	}
}

// lists compares a list of rows as JSON with its 304, over loopback.
func lists(t *testing.T, d database, p etag.Provider, name, query string, rows int) {
	list := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		items, err := itemsOf(r.Context(), d.db, query, rows)
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		json.NewEncoder(w).Encode(items)
	})
	server := httptest.NewServer(etag.Conditional{Provider: p}.Wrap(list))
	defer server.Close()
	bare := httptest.NewServer(list)
	defer bare.Close()
	nothing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) }))
	defer nothing.Close()
	tag, size := "", int64(0)
	get := func(url string, conditional bool, want int) func() {
		return func() {
			r, _ := http.NewRequest("GET", url, nil)
			if conditional {
				r.Header.Set("If-None-Match", tag)
			}
			res, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			n, _ := io.Copy(io.Discard, res.Body)
			res.Body.Close()
			require.Equal(t, want, res.StatusCode)
			if res.StatusCode == 200 && strings.HasPrefix(res.Header.Get("ETag"), `"`) {
				tag, size = res.Header.Get("ETag"), n
			}
		}
	}
	get(server.URL, false, 200)()
	times := fastest(get(bare.URL, false, 200), get(server.URL, false, 200), get(server.URL, true, 304), get(nothing.URL, false, 304))
	t.Logf("%s, %d bytes, over loopback: bare 200 %v, 200 with tag %v, 304 %v: %.1f times; a bare 304 without a query %v",
		name, size, times[0], times[1], times[2], float64(times[0])/float64(times[2]), times[3])
}

// An item has columns of the kinds that lists have; a shorter query leaves the
// last ones out.
type item struct {
	ID       int        `json:"id"`
	Scope    string     `json:"scope"`
	Name     string     `json:"name"`
	Price    int        `json:"price"`
	SKU      string     `json:"sku,omitempty"`
	Customer string     `json:"customer,omitempty"`
	Email    string     `json:"email,omitempty"`
	Quantity int        `json:"quantity,omitempty"`
	Status   string     `json:"status,omitempty"`
	Note     string     `json:"note,omitempty"`
	Created  *time.Time `json:"created,omitempty"`
	Updated  *time.Time `json:"updated,omitempty"`
}

func itemsOf(ctx context.Context, db *sql.DB, query string, limit int) (items []item, err error) {
	rows, err := db.QueryContext(ctx, query, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var i item
		fields := []any{&i.ID, &i.Scope, &i.Name, &i.Price, &i.SKU, &i.Customer, &i.Email, &i.Quantity, &i.Status, &i.Note, &i.Created, &i.Updated}
		if err := rows.Scan(fields[:len(columns)]...); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// fastest runs the functions in turns of twenty calls, as long as a cache is
// warm, and returns the 20th percentile of the time of each.
func fastest(functions ...func()) []time.Duration {
	const turns, calls = 30, 20
	all := make([][]time.Duration, len(functions))
	for range turns {
		for i, f := range functions {
			for range calls {
				begun := time.Now()
				f()
				all[i] = append(all[i], time.Since(begun))
			}
		}
	}
	var best []time.Duration
	for _, times := range all {
		slices.Sort(times)
		best = append(best, times[len(times)/5].Round(100*time.Nanosecond))
	}
	return best
}
