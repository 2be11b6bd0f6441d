// Lambda is the orders service as an AWS Lambda function behind API Gateway v2
// and a CDN:
//
//	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -ldflags='-s -w' -o bootstrap ./examples/lambda
//
// Variables: ORIGIN_SECRET is the secret that the CDN sends in X-Origin-Secret;
// without it the function does not start. ORIGIN_SECRET_OTHER is accepted too,
// while the secret is rotated. DATABASE_URL names a PostgreSQL; without it the
// orders are the seed in the binary, the same in every environment, and writes
// are answered with 501. USERS lists bearer tokens and their customers,
// {"token": "Leia"}; without it the seed has two users whose tokens are public,
// and a database has none.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/examples/internal/orders"
	"github.com/freshen-go/freshen/examples/internal/orders/postgres"
	"github.com/freshen-go/freshen/examples/lambda/internal/originsecret"
	"github.com/freshen-go/freshen/lambdaadapter"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	database := os.Getenv("DATABASE_URL")
	users, err := readUsers(os.Getenv("USERS"), database != "")
	if err != nil {
		return err
	}
	store, err := openStore(context.Background(), database)
	if err != nil {
		return err
	}
	defer store.Close()
	service := orders.Handler(store, orders.Options{
		MaxAge: 100 * time.Second,
		// Both directives are needed: with stale-if-error alone, every request
		// waits for an origin that hangs, until CloudFront's OriginReadTimeout,
		// before the stale copy is served. With stale-while-revalidate no
		// request waits.
		StaleWhileRevalidate: time.Minute,
		StaleIfError:         time.Hour,
		// Every environment runs the same binary and has the same revision; a
		// deploy changes it.
		Revision: etag.BuildRevision(),
		Users:    users,
	})
	// Outermost, so that nothing answers a request that bypassed the CDN.
	handler, err := originsecret.Require(service, os.Getenv("ORIGIN_SECRET"), os.Getenv("ORIGIN_SECRET_OTHER"))
	if err != nil {
		return err
	}
	return lambdaadapter.ListenAndServe("127.0.0.1:8080", handler)
}

// openStore chooses between the two stores whose tags agree across
// environments. With a SQLite file or memory in each environment, a client
// would get another tag from each.
func openStore(ctx context.Context, databaseURL string) (orders.Store, error) {
	switch {
	case databaseURL == "":
		return orders.SeedStore(), nil
	case strings.HasPrefix(databaseURL, "postgres://"), strings.HasPrefix(databaseURL, "postgresql://"):
		return postgres.Open(ctx, databaseURL)
	}
	// The value may hold a password, so it is not repeated.
	return nil, fmt.Errorf("DATABASE_URL does not begin with postgres:// or postgresql://")
}
