package conformwalk

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// A Reply is what came over the wire.
type Reply struct {
	Status int
	Header http.Header
	Body   string
	Early  []http.Header // of 1xx responses
	Extra  string        // bytes after the end of the response
	Broken error         // reading the body failed
}

// Send sends a request to the server at addr: the method and perhaps the path,
// then fields, which are written as they are, and a content behind an empty
// element, if there is one.
func Send(addr string, ask ...string) (out Reply, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return out, err
	}
	defer conn.Close()
	method, path, ok := strings.Cut(ask[0], " ")
	if !ok {
		path = "/"
	}
	var b bytes.Buffer
	b.WriteString(method + " " + path + " HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n")
	for i, f := range ask[1:] {
		if f == "" {
			content := strings.Join(ask[i+2:], "")
			b.WriteString("Content-Length: " + strconv.Itoa(len(content)) + "\r\n\r\n" + content)
			break
		}
		b.WriteString(f + "\r\n")
	}
	if !bytes.Contains(b.Bytes(), []byte("\r\n\r\n")) {
		b.WriteString("\r\n")
	}
	if _, err = conn.Write(b.Bytes()); err != nil {
		return out, err
	}
	raw, err := io.ReadAll(conn)
	if err != nil {
		return out, err
	}
	br := bufio.NewReader(bytes.NewReader(raw))
	for {
		res, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return out, fmt.Errorf("conformwalk: %q is not a response: %w", raw, err)
		}
		if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			out.Early = append(out.Early, res.Header)
			continue
		}
		content, err := io.ReadAll(res.Body)
		rest, _ := io.ReadAll(br)
		out.Status, out.Header, out.Body, out.Extra, out.Broken = res.StatusCode, res.Header, string(content), string(rest), err
		return out, nil
	}
}
