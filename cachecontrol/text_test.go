package cachecontrol_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/cachecontrol"
)

// U2: a Policy is a value: it goes into JSON, logs and flags, and comes back.
func TestU2PolicyAsText(t *testing.T) {
	for _, tt := range directives {
		t.Run(tt.name, func(t *testing.T) {
			text, err := json.Marshal(tt.policy)
			require.NoError(t, err)
			want, err := json.Marshal(tt.wire)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(text))

			back := Policy{Public: true}
			require.NoError(t, json.Unmarshal(text, &back))
			assert.Equal(t, tt.policy, back)
		})
	}

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("route", "policy", Policy{Public: true, MaxAge: minute})
	assert.Contains(t, log.String(), `"policy":"public, max-age=60"`)

	var p Policy
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.TextVar(&p, "policy", Policy{NoStore: true}, "")
	assert.Equal(t, Policy{NoStore: true}, p)
	require.NoError(t, flags.Parse([]string{"-policy", "private, max-age=5"}))
	assert.Equal(t, Policy{Private: true, MaxAge: 5 * time.Second}, p)
}

func TestTextIsStrict(t *testing.T) {
	p := Policy{NoStore: true}
	var problem *cachecontrol.ParseError
	require.ErrorAs(t, p.UnmarshalText([]byte("public, max-age=soon")), &problem)
	assert.Equal(t, Policy{NoStore: true}, p, "it is as it was")

	var field *cachecontrol.FieldError
	_, err := Policy{Extensions: []Extension{{"a", "\n"}}}.MarshalText()
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Extensions[0]", field.Field)
	_, err = Policy{NoCacheFields: []string{"a b"}}.MarshalText()
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "NoCacheFields", field.Field)

	text, err := Policy{Public: true, Private: true}.MarshalText()
	require.NoError(t, err, "a contradiction can be sent, and was perhaps received")
	assert.Equal(t, "public, private", string(text))
}

// Rules can be read from a file, apart from their functions.
func TestRulesFromJSON(t *testing.T) {
	var rules Rules
	require.NoError(t, json.Unmarshal([]byte(`{
		"Policy": "public, max-age=60",
		"Targeted": {"CDN-Cache-Control": "max-age=600"},
		"ByStatus": {"404": "max-age=10"},
		"Vary": ["Accept-Encoding"],
		"PrivateOnCookie": true
	}`), &rules))
	assert.Equal(t, Rules{
		Policy:          Policy{Public: true, MaxAge: minute},
		Targeted:        map[string]Policy{cdn: {MaxAge: 10 * minute}},
		ByStatus:        map[int]Policy{404: {MaxAge: 10 * time.Second}},
		Vary:            []string{"Accept-Encoding"},
		PrivateOnCookie: true,
	}, rules)
	require.NoError(t, rules.Valid())
	_, err := json.Marshal(rules)
	require.NoError(t, err)
}
