package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// suggest prints curl lines to try, with the current entity-tags: a 200, a 304,
// and a guarded write that is a 412 the second time. These go to the service
// itself. With a page, one more line goes through the page's simulated edge,
// and only that one appears on the page.
func suggest(ctx context.Context, out io.Writer, service, page string) error {
	list := service + "/api/orders?search=C-3PO"
	var found struct {
		Orders []struct {
			ID       int64  `json:"id"`
			Customer string `json:"customer"`
			Item     string `json:"item"`
			Quantity int    `json:"quantity"`
		} `json:"orders"`
	}
	listTag, err := get(ctx, list, &found)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nTry these against the service:\n\n# the orders with C-3PO: 200\ncurl -i %s\n", quote(list))
	fmt.Fprintf(out, "\n# the same for a client that has this version: 304\ncurl -i %s -H %s\n", quote(list), quote("If-None-Match: "+listTag))

	if len(found.Orders) == 0 {
		fmt.Fprintf(out, "\n# place an order: 201\ncurl -i %s -H %s -d %s\n", quote(service+"/api/orders"),
			quote("Content-Type: application/json"), quote(`{"customer":"Luke","item":"C-3PO","quantity":1}`))
		suggestPage(out, page)
		return nil
	}
	first := found.Orders[0]
	order := fmt.Sprintf("%s/api/orders/%d", service, first.ID)
	orderTag, err := get(ctx, order, nil)
	if err != nil {
		return err
	}
	first.Quantity = first.Quantity%999 + 1
	body, err := json.Marshal(map[string]any{"customer": first.Customer, "item": first.Item, "quantity": first.Quantity})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n# edit the version you saw: 200; the same line once more: 412\ncurl -i -X PUT %s -H %s -H %s -d %s\n",
		quote(order), quote("If-Match: "+orderTag), quote("Content-Type: application/json"), quote(string(body)))
	suggestPage(out, page)
	return nil
}

func suggestPage(out io.Writer, page string) {
	if page != "" {
		fmt.Fprintf(out, "\nAnd this through the simulated edge, so that you see it on the page:\n\ncurl -i %s\n",
			quote(page+"/api/orders?search=C-3PO"))
	}
	fmt.Fprintln(out)
}

// get fetches url, decodes its JSON into into and returns its entity-tag.
func get(ctx context.Context, url string, into any) (tag string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET %s: %s", url, response.Status)
	}
	if into != nil {
		err = json.NewDecoder(response.Body).Decode(into)
	}
	return response.Header.Get("ETag"), err
}

// quote makes s one word for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
