package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// wire is a handler that forwards a request to the server at an address, and
// returns its response octet for octet. net/http's client would change Pragma
// and Date, and hide interim responses.
type wire struct{ address string }

func (o wire) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := net.Dial("tcp", o.address)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	if err := send(conn, r); err != nil {
		panic(http.ErrAbortHandler)
	}
	in := bufio.NewReader(conn)
	for {
		status, header, err := head(in)
		if err != nil {
			panic(http.ErrAbortHandler) // the server disconnected
		}
		h := w.Header()
		clear(h)
		for name, values := range header {
			h[name] = values
		}
		if status < 200 {
			w.WriteHeader(status)
			continue
		}
		var body io.Reader = in
		if slices.Contains(header["Transfer-Encoding"], "chunked") {
			body = httputil.NewChunkedReader(in)
			h.Del("Transfer-Encoding")
		} else if n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64); err == nil {
			body = io.LimitReader(in, n)
		}
		w.WriteHeader(status)
		if r.Method != http.MethodHead && status != http.StatusNotModified && status != http.StatusNoContent {
			_, _ = io.Copy(w, body)
		}
		return
	}
}

func send(to io.Writer, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", r.Method, r.URL.RequestURI(), r.Host)
	for name, values := range r.Header {
		if name == "Content-Length" {
			continue
		}
		for _, v := range values {
			fmt.Fprintf(&out, "%s: %s\r\n", name, v)
		}
	}
	if len(body) > 0 {
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(body))
	}
	out.WriteString("\r\n")
	out.Write(body)
	_, err = io.WriteString(to, out.String())
	return err
}

func head(in *bufio.Reader) (status int, header map[string][]string, err error) {
	header = map[string][]string{}
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil {
			return 0, nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case first:
			if len(line) < len("HTTP/1.1 200") {
				return 0, nil, fmt.Errorf("invalid status line %q", line)
			}
			if status, err = strconv.Atoi(line[9:12]); err != nil {
				return 0, nil, err
			}
		case line == "":
			return status, header, nil
		default:
			name, value, _ := strings.Cut(line, ":")
			name = textproto.CanonicalMIMEHeaderKey(name)
			header[name] = append(header[name], strings.Trim(value, " \t"))
		}
	}
}
