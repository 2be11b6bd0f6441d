package sqlversion_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/sqlversion"
)

var (
	primary *sql.DB
	standby *sql.DB
	mux     = http.NewServeMux()
)

type Order struct{ ID int }

func load(context.Context, *sql.Tx, string) ([]Order, error) { return nil, nil }

// From a *sql.DB to an exact 304: the list of a tenant's orders.
func Example() {
	routes := func(ctx context.Context, db *sql.DB) {
		stamps := sqlversion.Stamps{Dialect: sqlversion.PostgreSQL, Watch: []sqlversion.Table{
			{Name: "orders", Scopes: []string{"{tenant}"}},
		}}
		// stamps.Migration() has run as one of the service's migrations.
		if err := stamps.Check(ctx, db); err != nil {
			log.Fatal(err)
		}
		version := stamps.Provider(db, func(r *http.Request) ([]string, error) {
			return []string{r.PathValue("tenant")}, nil
		})
		orders := etag.Conditional{Provider: version}
		mux.Handle("GET /{tenant}/orders", orders.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var list []Order
			if err := version.View(w, r, func(tx *sql.Tx) (err error) {
				list, err = load(r.Context(), tx, r.PathValue("tenant"))
				return err
			}); err != nil {
				http.Error(w, "the orders cannot be read", http.StatusInternalServerError)
				return
			}
			json.NewEncoder(w).Encode(list)
		})))
	}
	_ = routes
}

// The DDL is plain SQL for any migration tool.
func ExampleStamps_Migration() {
	stamps := sqlversion.Stamps{Dialect: sqlversion.SQLite, Watch: []sqlversion.Table{{Name: "orders"}}}
	text := stamps.Migration().String()
	fmt.Println(text[strings.Index(text, "create trigger"):strings.Index(text, "end;")] + "end;")
	// Output:
	// create trigger if not exists "freshen_26f31105_829021df_insert" after insert on "orders" for each row begin
	// 	insert into "freshen_version" (scope, slot, stamp)
	// 	select q.s, 0, randomblob(16) from (select substr(cast(('orders') as text), 1, 255) as s) q where q.s is not null
	// 	on conflict (scope, slot) do update set stamp = excluded.stamp;
	// end;
}

// A list that joins orders and products has the scopes of both.
func ExampleStamps_Provider() {
	stamps := sqlversion.Stamps{Dialect: sqlversion.PostgreSQL, Watch: []sqlversion.Table{
		{Name: "orders", Scopes: []string{"concat('orders/', {tenant})"}},
		{Name: "products"},
	}}
	provider := func(db *sql.DB) *sqlversion.Provider {
		return stamps.Provider(db, func(r *http.Request) ([]string, error) {
			return []string{"orders/" + r.PathValue("tenant"), "products"}, nil
		})
	}
	_ = provider
}

// A version column that never goes back; a missing row is the handler's 404.
func ExampleRow() {
	article := func(db *sql.DB) etag.Conditional {
		return etag.Conditional{Provider: sqlversion.Row(db, "select version from articles where id = $1",
			func(r *http.Request) []any { return []any{r.PathValue("id")} })}
	}
	_ = article
}

// Versions from the primary, bodies from a replica that may lag: View confirms
// the version that the replica has.
func ExampleProvider_View() {
	routes := func(stamps sqlversion.Stamps, scopes func(*http.Request) ([]string, error)) {
		current := stamps.Provider(primary, scopes)
		replica := stamps.Provider(standby, scopes)
		list := etag.Conditional{Provider: current}
		mux.Handle("GET /orders", list.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var orders []Order
			if err := replica.View(w, r, func(tx *sql.Tx) (err error) {
				orders, err = load(r.Context(), tx, "")
				return err
			}); err != nil {
				http.Error(w, "the orders cannot be read", http.StatusInternalServerError)
				return
			}
			json.NewEncoder(w).Encode(orders)
		})))
	}
	_ = routes
}

// Everything behind one PostgreSQL server, without a change to the schema.
func ExampleDatabase() {
	report := func(db *sql.DB) etag.Conditional {
		return etag.Conditional{Provider: sqlversion.Database(db, sqlversion.PostgreSQL)}
	}
	_ = report
}
