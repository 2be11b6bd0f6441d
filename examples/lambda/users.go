package main

import (
	"encoding/json"
	"errors"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

// readUsers gives the customers by bearer token that value lists, a JSON object
// {"token": "customer"}. Where it is empty, the seed has the users of the
// demonstration, whose tokens everybody knows, and a database has none.
func readUsers(value string, database bool) (map[string]string, error) {
	switch {
	case value == "" && database:
		return map[string]string{}, nil
	case value == "":
		return orders.DemoUsers(), nil
	}
	var users map[string]string
	if err := json.Unmarshal([]byte(value), &users); err != nil {
		// The value holds tokens, and the error may quote it.
		return nil, errors.New(`USERS is not a JSON object like {"token":"customer"}`)
	}
	for token, customer := range users {
		if token == "" || customer == "" {
			return nil, errors.New("USERS has an empty token or customer")
		}
	}
	if users == nil { // JSON's null
		users = map[string]string{}
	}
	return users, nil
}
