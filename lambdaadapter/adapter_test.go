package lambdaadapter_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/freshen-go/freshen/lambdaadapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBasePath(t *testing.T) {
	for _, row := range []struct {
		name, base, rawPath, stage string
		fromURL                    bool
		want                       string
	}{
		{"below it", "/v1", "/v1/orders", "$default", false, "/orders"},
		{"itself", "/v1", "/v1", "$default", false, "/"},
		{"once only", "/v1", "/v1/v1/a", "$default", false, "/v1/a"},
		{"a longer segment", "/v1", "/v10/a", "$default", false, "/v10/a"},
		{"another path", "/v1", "/orders", "$default", false, "/orders"},
		{"two segments", "/a/b", "/a/b/c", "$default", false, "/c"},
		{"after the stage", "/v1", "/prod/v1/a", "prod", false, "/a"},
		{"a Function URL", "/v1", "/v1/a%2Fb", "", true, "/a%2Fb"},
		{"none", "", "/v1/a", "$default", false, "/v1/a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := newEvent(path(row.rawPath))
			e.RequestContext.Stage = row.stage
			if row.fromURL {
				functionURL(e)
			}
			payload, err := json.Marshal(e)
			require.NoError(t, err)
			var got string
			h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RequestURI })
			_, err = lambdaadapter.Adapter{BasePath: row.base}.Wrap(h).Invoke(t.Context(), payload)
			require.NoError(t, err)
			assert.Equal(t, row.want, got)
		})
	}
}

func TestAdapterValid(t *testing.T) {
	require.NoError(t, lambdaadapter.Adapter{}.Valid())
	require.NoError(t, lambdaadapter.Adapter{BasePath: "/a/b", DeadlineMargin: time.Second}.Valid())
	for _, base := range []string{"v1", "/", "/v1/", "//v1", "/v1?", "/a%20b"} {
		var wrong *lambdaadapter.FieldError
		require.ErrorAs(t, lambdaadapter.Adapter{BasePath: base}.Valid(), &wrong, base)
		assert.Equal(t, "BasePath", wrong.Field)
	}
	bad := lambdaadapter.Adapter{BasePath: "v1", DeadlineMargin: -time.Second}
	assert.EqualError(t, bad.Valid(), `lambdaadapter: BasePath is "v1" (want a decoded path such as "/v1")`+"\n"+
		`lambdaadapter: DeadlineMargin is -1s (want zero or more)`)
	for name, wrap := range map[string]func(){
		"Wrap":           func() { bad.Wrap(nil) },
		"WrapStream":     func() { bad.WrapStream(nil) },
		"ListenAndServe": func() { _ = bad.ListenAndServe("127.0.0.1:0", nil) },
	} {
		assert.PanicsWithError(t, bad.Valid().Error(), wrap, name)
	}
}

// A function can share warmers and queues with HTTP.
func TestOtherEvents(t *testing.T) {
	served := errors.New("served by Other")
	other := lambda.NewHandler(func(_ context.Context, event struct{ Records []struct{ Body string } }) (string, error) {
		if len(event.Records) == 0 {
			return "", served
		}
		return event.Records[0].Body, nil
	})
	h := lambdaadapter.Adapter{Other: other}.Wrap(http.NotFoundHandler())
	out, err := h.Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:sqs","body":"message"}]}`))
	require.NoError(t, err)
	assert.Equal(t, `"message"`, string(out))
	_, err = h.Invoke(t.Context(), []byte(`{"warm":true}`))
	require.ErrorIs(t, err, served)
	out, err = h.Invoke(t.Context(), golden(t, "http-api"))
	require.NoError(t, err)
	assert.Contains(t, string(out), `"statusCode":404`)
}

func TestDeadlineMargin(t *testing.T) {
	log := captureLog(t)
	a := lambdaadapter.Adapter{DeadlineMargin: 100 * time.Millisecond}
	invoke := func(t *testing.T, h http.HandlerFunc) answer {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		payload, err := json.Marshal(newEvent(path("/slow")))
		require.NoError(t, err)
		out, err := a.Wrap(h).Invoke(ctx, payload)
		require.NoError(t, err)
		return parse(t, out)
	}
	t.Run("in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got := invoke(t, func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(2800 * time.Millisecond)
				_, _ = io.WriteString(w, "done")
			})
			assert.Equal(t, 200, got.StatusCode)
			assert.Equal(t, "done", string(got.body))
			assert.Empty(t, log.String())
		})
	})
	t.Run("too late", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began, release, late := time.Now(), make(chan bool), make(chan error)
			got := invoke(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half")
				<-r.Context().Done()
				assert.Equal(t, 2900*time.Millisecond, time.Since(began), "the context ends before the invocation")
				<-release
				_, err := io.WriteString(w, "late")
				late <- err
			})
			assert.Equal(t, 2900*time.Millisecond, time.Since(began))
			assert.Equal(t, 503, got.StatusCode)
			assert.Equal(t, map[string]string{"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}, got.Headers)
			assert.Contains(t, log.String(), "method=GET path=/slow margin=100ms")
			close(release)
			require.Error(t, <-late)
		})
	})
	t.Run("a panic", func(t *testing.T) {
		assertBare500(t, invoke(t, func(http.ResponseWriter, *http.Request) { panic("boom") }))
	})
	t.Run("a panic after the context ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got := invoke(t, func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				panic(http.ErrAbortHandler)
			})
			assert.GreaterOrEqual(t, got.StatusCode, 500)
		})
	})
	t.Run("no deadline", func(t *testing.T) {
		payload, err := json.Marshal(newEvent())
		require.NoError(t, err)
		_, err = a.Wrap(http.NotFoundHandler()).Invoke(context.Background(), payload)
		require.NoError(t, err)
	})
}
