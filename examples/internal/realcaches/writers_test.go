package realcaches_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/freshen-go/freshen/examples/internal/orders"
)

// Several clients edit one order through a real cache at the same time, each
// with If-Match and again after a 412, while others read a list. No edit is
// lost, and when all is quiet the cache gives what the origin gives.
func TestConcurrentWriters(t *testing.T) {
	const writers, edits = 3, 4
	for _, c := range pairs {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOrigin(t)
			send := c.start(t, newProcess(t, o))
			ask := func(method, path, body string, fields ...string) (int, http.Header, string, error) {
				r := httptest.NewRequest(method, "http://orders.test"+path, strings.NewReader(body))
				r.RequestURI = ""
				if body == "" {
					r.Body, r.ContentLength = http.NoBody, 0
				}
				r.Header.Set("Content-Type", "application/json")
				for i := 0; i < len(fields); i += 2 {
					r.Header.Set(fields[i], fields[i+1])
				}
				response, err := send(r.WithContext(t.Context()))
				if err != nil {
					return 0, nil, "", err
				}
				defer response.Body.Close()
				content, err := io.ReadAll(response.Body)
				return response.StatusCode, response.Header, string(content), err
			}
			quantity := func(content string) (n struct{ Quantity int }) {
				assert.NoError(t, json.Unmarshal([]byte(content), &n), "%s", content)
				return n
			}
			_, _, before, err := ask("GET", orderFive, "")
			require.NoError(t, err)

			var group sync.WaitGroup
			for range writers {
				group.Go(func() {
					for began, done := time.Now(), 0; done < edits && time.Since(began) < deadline; {
						_, header, content, err := ask("GET", orderFive, "")
						if !assert.NoError(t, err) {
							return
						}
						body := fmt.Sprintf(`{"customer":"Leia","item":"R2-D2","quantity":%d}`, quantity(content).Quantity+1)
						status, _, content, err := ask("PUT", orderFive, body, "If-Match", header.Get("ETag"))
						switch {
						case !assert.NoError(t, err):
							return
						case status == http.StatusOK:
							done++
						case !assert.Equal(t, http.StatusPreconditionFailed, status, content):
							return
						}
						_, _, _, err = ask("GET", r2d2, "")
						assert.NoError(t, err)
					}
				})
			}
			group.Wait()

			_, _, after, err := ask("GET", orderFive, "")
			require.NoError(t, err)
			assert.Equal(t, quantity(before).Quantity+writers*edits, quantity(after).Quantity, "an edit is lost")

			straight := httptest.NewRecorder()
			o.ServeHTTP(straight, httptest.NewRequest("GET", r2d2, nil))
			var list string
			for began := time.Now(); time.Since(began) < deadline; time.Sleep(lifetime / 4) {
				if _, _, list, err = ask("GET", r2d2, ""); err != nil || list == straight.Body.String() {
					break
				}
			}
			require.NoError(t, err)
			assert.Equal(t, straight.Body.String(), list, "the list stays stale")
		})
	}
}

// X11: an order is placed between the version and the rows of a list, and is
// deleted after the response has gone. The list has then the rows of before, but
// no cache may take the response with the order in it for that list.
func TestX11WriteBetweenVersionAndBody(t *testing.T) {
	for _, c := range pairs {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOrigin(t)
			send := c.start(t, newProcess(t, o))
			list := func() string {
				r := httptest.NewRequest("GET", "http://orders.test"+r2d2, nil)
				r.RequestURI = ""
				response, err := send(r.WithContext(t.Context()))
				require.NoError(t, err)
				defer response.Body.Close()
				content, err := io.ReadAll(response.Body)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, response.StatusCode, "%s", content)
				return string(content)
			}
			straight := httptest.NewRecorder()
			o.ServeHTTP(straight, httptest.NewRequest("GET", r2d2, nil))

			var placed orders.Order
			o.mu.Lock()
			o.between = func() {
				var err error
				placed, err = o.Create(t.Context(), orders.Order{Customer: "Jawa", Item: "R2-D2", Quantity: 1})
				assert.NoError(t, err)
			}
			o.mu.Unlock()
			require.Contains(t, list(), `"customer":"Jawa"`, "the rows were read after the write")
			require.NotZero(t, placed.ID)
			require.NoError(t, o.Delete(t.Context(), placed.ID, placed.Version))

			var after string
			for began := time.Now(); time.Since(began) < deadline; time.Sleep(lifetime / 4) {
				if after = list(); after == straight.Body.String() {
					break
				}
			}
			assert.Equal(t, straight.Body.String(), after, "the deleted order stays")
		})
	}
}
