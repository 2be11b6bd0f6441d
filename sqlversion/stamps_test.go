package sqlversion_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/sqlversion"
)

func TestValid(t *testing.T) {
	ok := sqlversion.Stamps{Dialect: sqlversion.PostgreSQL, Watch: []sqlversion.Table{{Name: "orders"}}}
	require.NoError(t, ok.Valid())
	for name, c := range map[string]struct {
		change func(*sqlversion.Stamps)
		field  string
	}{
		"no dialect":       {func(s *sqlversion.Stamps) { s.Dialect = 0 }, "Dialect"},
		"nothing to watch": {func(s *sqlversion.Stamps) { s.Watch = nil }, "Watch"},
		"too many slots":   {func(s *sqlversion.Stamps) { s.Slots = 1025 }, "Slots"},
		"fewer than none":  {func(s *sqlversion.Stamps) { s.Slots = -1 }, "Slots"},
		"a long name":      {func(s *sqlversion.Stamps) { s.Table = strings.Repeat("x", 51) }, "Table"},
		"a NUL":            {func(s *sqlversion.Stamps) { s.Schema = "a\x00" }, "Schema"},
		"no name":          {func(s *sqlversion.Stamps) { s.Watch[0].Name = "" }, "Watch[0].Name"},
		"twice":            {func(s *sqlversion.Stamps) { s.Watch = append(s.Watch, s.Watch[0]) }, "Watch[1].Name"},
		"itself":           {func(s *sqlversion.Stamps) { s.Watch[0].Name = "freshen_version" }, "Watch[0].Name"},
		"a schema":         {func(s *sqlversion.Stamps) { s.Dialect, s.Watch[0].Schema = sqlversion.SQLite, "main" }, "Watch[0].Schema"},
		"an open brace":    {func(s *sqlversion.Stamps) { s.Watch[0].Scopes = []string{"'a'", "{tenant"} }, "Watch[0].Scopes[1]"},
		"a closing brace":  {func(s *sqlversion.Stamps) { s.Watch[0].Scopes = []string{"tenant}"} }, "Watch[0].Scopes[0]"},
		"no column":        {func(s *sqlversion.Stamps) { s.Watch[0].Scopes = []string{"{}"} }, "Watch[0].Scopes[0]"},
		"no braces":        {func(s *sqlversion.Stamps) { s.Watch[0].Scopes = []string{"tenant"} }, "Watch[0].Scopes[0]"},
		"bars in MySQL": {func(s *sqlversion.Stamps) {
			s.Dialect, s.Watch[0].Scopes = sqlversion.MySQL, []string{"'a||b'", `concat("it''s \"||", {a})`, "'cart/' || {user_id}"}
		}, "Watch[0].Scopes[2]"},
		"no expression": {func(s *sqlversion.Stamps) { s.Watch[0].Scopes = []string{" "} }, "Watch[0].Scopes[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sqlversion.Stamps{Dialect: sqlversion.PostgreSQL, Watch: []sqlversion.Table{{Name: "orders"}}}
			c.change(&s)
			var e *sqlversion.StampsError
			require.ErrorAs(t, s.Valid(), &e)
			assert.Equal(t, c.field, e.Field)
			assert.PanicsWithError(t, s.Valid().Error(), func() { s.Migration() })
		})
	}
	// All problems are reported.
	err := sqlversion.Stamps{Slots: -1}.Valid()
	for _, field := range []string{"Stamps.Dialect", "Stamps.Slots", "Stamps.Watch"} {
		assert.ErrorContains(t, err, field)
	}
}

// A definition that changes gives its triggers other names.
func TestTriggersAreNamedByTheirDefinition(t *testing.T) {
	text := func(scopes ...string) string {
		return sqlversion.Stamps{Dialect: sqlversion.SQLite, Watch: []sqlversion.Table{{Name: "orders", Scopes: scopes}}}.Migration().String()
	}
	first := text("{a}")
	assert.Equal(t, first, text("{a}"))
	assert.NotEqual(t, first, text("{b}"))
}

func TestBracesAreDoubled(t *testing.T) {
	s := sqlversion.Stamps{Dialect: sqlversion.PostgreSQL, Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{`{tags} = '{{1}}'`}}}}
	assert.Contains(t, s.Migration().String(), `r."tags" = '{1}'`)
}

func TestNumberOfScopes(t *testing.T) {
	s := sqlversion.Stamps{Dialect: sqlversion.SQLite, Watch: []sqlversion.Table{{Name: "orders"}}}
	for _, n := range []int{0, 257} {
		p := s.Provider((&fakeDB{}).open(t), func(*http.Request) ([]string, error) { return make([]string, n), nil })
		_, err := ask(p)
		assert.EqualError(t, err, fmt.Sprintf("sqlversion: the request has %d scopes (want 1 to 256)", n))
	}
	broken := errors.New("broken")
	_, err := s.Provider((&fakeDB{}).open(t), func(*http.Request) ([]string, error) { return nil, broken }).
		Validators(httptest.NewRequest("GET", "/", nil))
	assert.ErrorIs(t, err, broken)
}

func TestTextOfEnums(t *testing.T) {
	for d := sqlversion.PostgreSQL; d <= sqlversion.SQLite; d++ {
		text, err := json.Marshal(d)
		require.NoError(t, err)
		var back sqlversion.Dialect
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, d, back)
	}
	var d sqlversion.Dialect
	assert.ErrorContains(t, d.UnmarshalText([]byte("oracle")), `unknown dialect "oracle"`)
	_, err := sqlversion.Dialect(0).MarshalText()
	assert.Error(t, err)
	for k := sqlversion.ProblemTable; k <= sqlversion.ProblemScope; k++ {
		text, err := k.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, k.String(), string(text))
		assert.NotEmpty(t, text)
	}
	assert.Equal(t, "ProblemKind(0)", sqlversion.ProblemKind(0).String())
	_, err = sqlversion.ProblemKind(0).MarshalText()
	assert.Error(t, err)
}

// An empty scope is what r.PathValue returns outside of its route. Its version
// would never change.
func TestEmptyScope(t *testing.T) {
	stamps := sqlversion.Stamps{Dialect: sqlversion.SQLite, Watch: []sqlversion.Table{{Name: "orders", Scopes: []string{"{tenant}"}}}}
	for _, scopes := range [][]string{{""}, {"a", ""}} {
		_, err := stamps.Read(t.Context(), nil, scopes...)
		assert.ErrorContains(t, err, "a scope is empty")
	}
}
