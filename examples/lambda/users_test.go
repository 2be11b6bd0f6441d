package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

func TestReadUsers(t *testing.T) {
	for _, row := range []struct {
		name, value string
		database    bool
		want        map[string]string
	}{
		{"the seed has the demonstration's", "", false, orders.DemoUsers()},
		{"a database has none", "", true, map[string]string{}},
		{"the listed, of the seed", `{"a+b/c==":"Leia","d":"Luke"}`, false, map[string]string{"a+b/c==": "Leia", "d": "Luke"}},
		{"the listed, of a database", `{"d":"Rey"}`, true, map[string]string{"d": "Rey"}},
		{"none", `{}`, false, map[string]string{}},
		{"null is none, and not the demonstration's", `null`, false, map[string]string{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			users, err := readUsers(row.value, row.database)

			assert.NoError(t, err)
			assert.Equal(t, row.want, users)
		})
	}
	for name, value := range map[string]string{
		"no JSON":           `s3cret=Leia`,
		"a list":            `["s3cret"]`,
		"another value":     `{"s3cret":1}`,
		"an empty token":    `{"":"Leia","s3cret":"Luke"}`,
		"an empty customer": `{"s3cret":""}`,
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			_, err := readUsers(value, false)

			assert.ErrorContains(t, err, "USERS")
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
}
