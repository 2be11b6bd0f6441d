package cachetest

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// WriteHTML writes the [Cache.Timeline] as an HTML page that needs no other
// file.
func (c *Cache) WriteHTML(w io.Writer) error {
	var b strings.Builder
	b.WriteString(htmlHead)
	for _, e := range c.log.events() {
		if e.layer == "" {
			fmt.Fprintf(&b, "<tr class=mark><td>%s<td colspan=7>%s\n", clock(e.at), html.EscapeString(e.what))
			continue
		}
		class, at, what := "inner", "", ""
		if e.depth == 0 {
			class, at, what = "client", clock(e.at), e.what
		}
		fmt.Fprintf(&b, "<tr class=%s><td>%s<td>%s<td style=\"padding-left:%dem\">%s<td><b class=\"%s\">%s</b><td>%s<td>%s<td>%s<td>%s\n",
			class, at, html.EscapeString(what), e.depth+1, html.EscapeString(e.layer), strings.ToLower(string(e.outcome)), e.outcome,
			number0(e.status), html.EscapeString(e.tag), html.EscapeString(strings.TrimSpace(e.control+" "+e.age)), html.EscapeString(e.why))
	}
	b.WriteString("</table>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func number0(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

const htmlHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Timeline</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #1b1f24; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .2em .8em .2em 0 }
th { border-bottom: 2px solid #1b1f24 }
tr.client td, tr.mark td { border-top: 1px solid #d0d7de }
tr.mark { font-style: italic }
td:nth-child(2), td:nth-child(6), td:nth-child(7) { font-family: ui-monospace, monospace; font-size: 12px }
td:last-child { color: #57606a }
b { border-radius: 3px; padding: 0 .4em; font-weight: 600 }
.hit, .revalidated { background: #d2f4da } .miss, .changed, .bypass, .pass { background: #ddeeff }
.stale, .updating { background: #fff1c2 } .failed, .refused, .unsatisfied { background: #ffd8d3 }
@media (prefers-color-scheme: dark) {
 body { color: #e6edf3; background: #0d1117 } th { border-color: #e6edf3 } tr.client td, tr.mark td { border-color: #30363d }
 td:last-child { color: #9198a1 } b { color: #0d1117 }
}
</style>
<table>
<tr><th>Time<th>Request<th>Layer<th>Outcome<th>Status<th>Validator<th>Directives<th>Why
`
