package problem_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/internal/problem"
)

func TestBody(t *testing.T) {
	assert.Equal(t, `{"title":"Precondition Failed","status":412,"detail":"Try again."}`+"\n",
		string(problem.Body(http.StatusPreconditionFailed, "Try again.")))
	assert.Equal(t, `{"status":599,"detail":""}`+"\n", string(problem.Body(599, "")), "a status without a phrase")
}

// FuzzBody: every text arrives as it is, but for octets that are not UTF-8.
func FuzzBody(f *testing.F) {
	for _, text := range []string{problem.Failed, problem.WeakIfMatch, problem.WeakValidator, problem.TooManyMembers, problem.Required,
		problem.Unavailable, `"quoted" \ and / too`, "\x00\x1f\x7f\r\n\t", "Grüße ☃ 𝄞 \u2028\u2029", "</script>&amp;", "caf\xe9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, detail string) {
		body := problem.Body(http.StatusPreconditionRequired, detail)
		var got map[string]any
		require.NoError(t, json.Unmarshal(body, &got))
		assert.Equal(t, map[string]any{
			"title":  "Precondition Required",
			"status": 428.0,
			"detail": string([]rune(detail)), // an octet that is not UTF-8 becomes U+FFFD
		}, got)
		assert.Equal(t, 1, strings.Count(string(body), "\n"), "one line")
	})
}
