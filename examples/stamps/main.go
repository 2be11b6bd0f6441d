// Stamps is the way from a *sql.DB to an exact 304: tables, triggers that stamp
// what changes, and a version that misses no commit.
//
//	go run ./examples/stamps
//	curl -i http://127.0.0.1:8080/leia/orders
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"log"
	"net/http"

	_ "modernc.org/sqlite" // a driver, written in Go

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/sqlversion"
)

func main() {
	db, err := open(context.Background(), "file:stamps?mode=memory&cache=shared&"+pragma)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", routes(db)))
}

func routes(db *sql.DB) http.Handler {
	mux := http.NewServeMux()
	version := stamps.Provider(db, func(r *http.Request) ([]string, error) {
		return []string{r.PathValue("tenant")}, nil // the rows that the response depends on
	})
	orders := etag.Conditional{Provider: version}
	mux.Handle("GET /{tenant}/orders", orders.Wrap(list(db)))
	return mux
}

// stamps watch the orders of each tenant.
var stamps = sqlversion.Stamps{
	Dialect: sqlversion.SQLite, // or PostgreSQL, MySQL
	Watch: []sqlversion.Table{{
		Name:   "orders",
		Scopes: []string{"{tenant}"}, // a column; without Scopes, all rows have one version
	}},
}

// pragma lets INSERT OR REPLACE fire the triggers of the rows that it replaces.
const pragma = "_pragma=recursive_triggers(1)"

// open opens the database and installs what is missing. A real service gives
// the text of stamps.Migration to the tool that runs its other migrations, and
// calls Check when it starts.
func open(ctx context.Context, name string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	statements := append([]string{
		"CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, item TEXT NOT NULL)",
	}, stamps.Migration()...)
	statements = append(statements, "INSERT INTO orders (tenant, item) VALUES ('leia', 'C-3PO'), ('luke', 'R2-D2')")
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return db, stamps.Check(ctx, db)
}

// list answers with the orders of the tenant in the path.
func list(db *sql.DB) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows, err := db.QueryContext(r.Context(), "SELECT item FROM orders WHERE tenant = ? ORDER BY id", r.PathValue("tenant"))
		if err != nil {
			http.Error(w, "the orders cannot be read", http.StatusInternalServerError)
			return
		}
		defer rows.Close()
		items := []string{}
		for rows.Next() {
			var item string
			if err := rows.Scan(&item); err != nil {
				break // rows.Err has it
			}
			items = append(items, item)
		}
		if rows.Err() != nil {
			http.Error(w, "the orders cannot be read", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(items)
	})
}
