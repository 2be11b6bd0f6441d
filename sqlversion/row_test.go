package sqlversion_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/etag"
	"github.com/freshen-go/freshen/sqlversion"
)

func ask(p etag.Provider) (etag.Validators, error) {
	return p.Validators(httptest.NewRequest("GET", "/", nil))
}

func TestRowValues(t *testing.T) {
	when := time.Date(2026, 5, 4, 3, 2, 1, 123456789, time.FixedZone("", 3600))
	for name, c := range map[string]struct {
		row  []driver.Value
		want string // the tag
	}{
		"a number":         {[]driver.Value{int64(7)}, `"7"`},
		"the least number": {[]driver.Value{int64(math.MinInt64)}, `"-9223372036854775808"`},
		"a fraction":       {[]driver.Value{0.1}, `"0%2E1"`},
		"true":             {[]driver.Value{true}, `"true"`},
		"a text":           {[]driver.Value{"v7"}, `"v7"`},
		"bytes":            {[]driver.Value{[]byte("v7")}, `"v7"`},
		"NULL":             {[]driver.Value{nil}, ""},
		"an empty text":    {[]driver.Value{""}, ""},
		"two columns":      {[]driver.Value{int64(7), "x"}, `"1:7_1:x"`},
		"two with NULL":    {[]driver.Value{int64(7), nil}, `"1:7_-"`},
		"two with a dash":  {[]driver.Value{int64(7), "-"}, `"1:7_1:-"`},
		"all NULL":         {[]driver.Value{nil, nil}, `"-_-"`},
	} {
		t.Run(name, func(t *testing.T) {
			db := (&fakeDB{columns: len(c.row), rows: [][]driver.Value{c.row}}).open(t)
			v, err := ask(sqlversion.Row(db, "select", nil))
			require.NoError(t, err)
			if c.want == "" {
				assert.True(t, v.Tag.IsZero())
				return
			}
			assert.Equal(t, c.want, v.Tag.String())
		})
	}
	t.Run("a time", func(t *testing.T) {
		db := (&fakeDB{columns: 1, rows: [][]driver.Value{{when}}}).open(t)
		v, err := ask(sqlversion.Row(db, "select", nil))
		require.NoError(t, err)
		want, err := ask(etag.LastModified(func(*http.Request) (time.Time, error) { return when, nil }))
		require.NoError(t, err)
		assert.Equal(t, want, v)
		assert.True(t, v.Tag.IsWeak())
	})
	t.Run("a time among others", func(t *testing.T) {
		db := (&fakeDB{columns: 2, rows: [][]driver.Value{{int64(7), when}}}).open(t)
		v, err := ask(sqlversion.Row(db, "select", nil))
		require.NoError(t, err)
		assert.True(t, v.Tag.IsWeak())
		assert.True(t, v.LastModified.IsZero(), "the time alone does not determine it")
		db = (&fakeDB{columns: 2, rows: [][]driver.Value{{int64(8), when}}}).open(t)
		other, err := ask(sqlversion.Row(db, "select", nil))
		require.NoError(t, err)
		assert.NotEqual(t, v.Tag, other.Tag)
	})
}

func TestRowsThatAreNotOne(t *testing.T) {
	_, err := ask(sqlversion.Row((&fakeDB{columns: 1}).open(t), "select", nil))
	assert.ErrorIs(t, err, etag.ErrAbsent)
	_, err = ask(sqlversion.Row((&fakeDB{columns: 1, rows: [][]driver.Value{{int64(1)}, {int64(2)}}}).open(t), "select", nil))
	assert.ErrorContains(t, err, "more than one row")
	gone := errors.New("gone")
	_, err = ask(sqlversion.Row((&fakeDB{err: gone}).open(t), "select", nil))
	assert.ErrorIs(t, err, gone)
}

func TestStatementsArePreparedOnce(t *testing.T) {
	fake := &fakeDB{columns: 1, rows: [][]driver.Value{{int64(7)}}}
	p := sqlversion.Row(fake.open(t), "select", nil)
	for range 5 {
		_, err := ask(p)
		require.NoError(t, err)
	}
	assert.EqualValues(t, 1, fake.prepared.Load())
	assert.EqualValues(t, 5, fake.queries.Load(), "one round trip a request")
	require.NoError(t, p.Close())
	_, err := ask(p)
	assert.ErrorContains(t, err, "closed")
}

func TestContextIsHonored(t *testing.T) {
	p := sqlversion.Row((&fakeDB{columns: 1}).open(t), "select", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Validators(httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestCollectionIsThatOfEtag(t *testing.T) {
	when := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	db := (&fakeDB{columns: 2, rows: [][]driver.Value{{int64(3), when}}}).open(t)
	v, err := ask(sqlversion.Collection(db, "select", nil))
	require.NoError(t, err)
	assert.Equal(t, etag.CollectionValidators(3, when), v)
	v, err = ask(sqlversion.Collection((&fakeDB{columns: 2, rows: [][]driver.Value{{int64(0), nil}}}).open(t), "select", nil))
	require.NoError(t, err)
	assert.Equal(t, etag.CollectionValidators(0, time.Time{}), v)
	for _, row := range [][]driver.Value{{int64(3)}, {"3", when}, {int64(3), "2026"}} {
		_, err = ask(sqlversion.Collection((&fakeDB{columns: len(row), rows: [][]driver.Value{row}}).open(t), "select", nil))
		assert.ErrorContains(t, err, "sqlversion: the ")
	}
}

func TestDigestTellsRowsApart(t *testing.T) {
	seen := map[string]int{}
	for i, all := range [][][]driver.Value{
		nil, {{"a", "b"}}, {{"ab", ""}}, {{"", "ab"}}, {{"ab", nil}}, {{nil, "ab"}}, {{nil, nil}}, {{"", ""}},
		{{"a", "b"}, {"c", "d"}}, {{"c", "d"}, {"a", "b"}}, {{int64(1), nil}}, {{int64(2), nil}},
	} {
		v, err := ask(sqlversion.Digest((&fakeDB{columns: 2, rows: all}).open(t), "select", nil))
		require.NoError(t, err)
		before, known := seen[v.Tag.Opaque()]
		assert.False(t, known, "%d and %d", before, i)
		seen[v.Tag.Opaque()] = i
	}
}

func TestPanicsOfTheProgram(t *testing.T) {
	db := (&fakeDB{}).open(t)
	assert.PanicsWithValue(t, "sqlversion: the query is empty", func() { sqlversion.Row(db, " ", nil) })
	assert.PanicsWithValue(t, "sqlversion: the *sql.DB is nil", func() { sqlversion.Row(nil, "select", nil) })
	assert.PanicsWithValue(t, "sqlversion: unknown dialect Dialect(9)", func() { sqlversion.Database(db, 9) })
	assert.PanicsWithValue(t, "sqlversion: Stamps.Provider requires a function that returns the scopes of a request, unless Watch is one table without Scopes", func() {
		sqlversion.Stamps{Dialect: sqlversion.SQLite, Watch: []sqlversion.Table{{Name: "a"}, {Name: "b"}}}.Provider(db, nil)
	})
}
