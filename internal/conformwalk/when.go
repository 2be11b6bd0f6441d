package conformwalk

import "strconv"

// when is about when preconditions are evaluated, RFC 9110, section 13.2.1.
func when() []*Row {
	rows := []*Row{
		{Name: "C024 a provider that knows no validator for a stranger", State: unlabeled, Answer: saying(401), Ask: []string{"GET", `If-None-Match: "a"`}, Status: 401},
		{Name: "C024 the same and *", State: unlabeled, Answer: saying(401), Ask: []string{"GET", `If-None-Match: *`}, Status: 401},
		{Name: "C025 OPTIONS", Answer: saying(204), Ask: []string{"OPTIONS", `If-None-Match: *`}, Status: 204},
		{Name: "C025 OPTIONS and a false If-Match", Answer: saying(204), Ask: []string{"OPTIONS", `If-Match: "old"`}, Status: 204},
		{Name: "C025 TRACE", Ask: []string{"TRACE", `If-None-Match: *`}, Status: 200},
		{Name: "C027 PUT that matches If-None-Match does not run", Ask: []string{"PUT", `If-None-Match: "a"`}, Status: 412},
		{Name: "C027 DELETE that fails If-Match does not run", Ask: []string{"DELETE", `If-Match: "old"`}, Status: 412},
		{Name: "C029 missing", State: gone, Ask: []string{"PUT", `If-None-Match: *`}, Status: 200},
		{Name: "C029 there, without a validator", State: unlabeled, Ask: []string{"PUT", `If-None-Match: *`}, Status: 412},
		{Name: "C029 there, with a validator", Ask: []string{"PUT", `If-None-Match: *`}, Status: 412},
	}
	for _, status := range []int{301, 302, 400, 401, 403, 404, 410, 500, 502, 503} {
		n := strconv.Itoa(status)
		own := saying(status, `ETag: "a"`)
		rows = append(rows,
			&Row{Name: "C023 nothing there, " + n, State: gone, Answer: own, Ask: []string{"GET", `If-None-Match: "a"`}, Status: status},
			&Row{Name: "C023 no validator, " + n, State: unlabeled, Answer: own, Ask: []string{"GET", `If-None-Match: *`}, Status: status})
	}
	for _, status := range []int{201, 204, 207} {
		n := strconv.Itoa(status)
		rows = append(rows, &Row{Name: "C028 no 304 in place of " + n, State: unlabeled, Answer: saying(status, `ETag: "a"`),
			Ask: []string{"GET", `If-None-Match: "a"`}, Status: status})
	}
	return rows
}
