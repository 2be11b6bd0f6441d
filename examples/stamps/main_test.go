package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOneTenantsWriteMovesOneTenantsTag(t *testing.T) {
	db, err := open(t.Context(), "file:"+filepath.Join(t.TempDir(), "orders.db")+"?"+pragma)
	require.NoError(t, err)
	defer db.Close()
	h := routes(db)
	get := func(path, tag string) *http.Response {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	leia, luke := get("/leia/orders", "").Header.Get("ETag"), get("/luke/orders", "").Header.Get("ETag")
	require.NotEmpty(t, leia)
	assert.Equal(t, 304, get("/leia/orders", leia).StatusCode)
	assert.Equal(t, 200, get("/luke/orders", leia).StatusCode)

	_, err = db.ExecContext(t.Context(), "DELETE FROM orders WHERE tenant = 'leia'")
	require.NoError(t, err)
	assert.Equal(t, 200, get("/leia/orders", leia).StatusCode, "a delete is seen")
	assert.Equal(t, 304, get("/luke/orders", luke).StatusCode, "and is leia's alone")
}
