package entitytag_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/freshen-go/freshen/internal/entitytag"
)

func TestValid(t *testing.T) {
	for _, tag := range []string{`""`, `"a"`, `W/"a"`, `W/""`, `"*"`, `"a,b"`, "\"caf\xe9\"", `"a\b"`} {
		assert.True(t, entitytag.Valid(tag), tag)
	}
	for _, tag := range []string{"", `"`, "a", `"a`, `a"`, `w/"a"`, `W/`, `W/a`, `W/ "a"`, `"a"b"`, `"a b"`, "\"a\x7f\"", `"a" `, `W/W/"a"`} {
		assert.False(t, entitytag.Valid(tag), tag)
	}
}

func TestComparison(t *testing.T) {
	assert.True(t, entitytag.IsStrong(`"a"`))
	assert.False(t, entitytag.IsStrong(`W/"a"`))
	assert.Equal(t, `"a"`, entitytag.Opaque(`W/"a"`))
	assert.True(t, entitytag.WeakMatch(`W/"a"`, `"a"`))
	assert.False(t, entitytag.WeakMatch(`"a"`, `"A"`))
}
