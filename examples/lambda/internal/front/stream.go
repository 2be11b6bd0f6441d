package front

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxHead is the limit of a stream's head in bytes: a guard of this program.
const maxHead = 64 << 10

// stream sends the response while the function writes it.
func (g *Gateway) stream(ctx context.Context, invoker StreamInvoker, w http.ResponseWriter, r *http.Request, payload []byte) {
	response, err := invoker.InvokeStream(ctx, payload)
	if err != nil {
		g.finish(w, r, nil, err)
		return
	}
	defer response.Close()
	if !response.Stream {
		result, err := io.ReadAll(response)
		g.finish(w, r, result, err)
		return
	}
	in := bufio.NewReaderSize(response, 32<<10)
	head, err := readHead(in)
	if err != nil {
		g.finish(w, r, nil, err)
		return
	}
	var res result
	if err := json.Unmarshal(head, &res); err != nil || res.StatusCode < 200 || res.StatusCode > 599 {
		g.finish(w, r, nil, errors.Join(errors.New("the head of the stream is not a response"), err))
		return
	}
	writeHead(w, r, res)
	if err := copyFlushing(w, in); err != nil {
		if g.ErrorLog != nil {
			g.ErrorLog.Printf("gateway: the stream broke off: %v", err)
		}
		panic(http.ErrAbortHandler) // the client must not take it for complete
	}
}

// readHead reads to the eight NULs after the head.
func readHead(in *bufio.Reader) ([]byte, error) {
	end := make([]byte, 8)
	var head []byte
	for len(head) < maxHead {
		c, err := in.ReadByte()
		if err != nil {
			return nil, err
		}
		head = append(head, c)
		if bytes.HasSuffix(head, end) {
			return head[:len(head)-len(end)], nil
		}
	}
	return nil, errors.New("the head of the stream is too long")
}

// copyFlushing sends each part as soon as it is there.
func copyFlushing(w http.ResponseWriter, in io.Reader) error {
	rc := http.NewResponseController(w)
	part := make([]byte, 32<<10)
	for {
		n, err := in.Read(part)
		if n > 0 {
			if _, err := w.Write(part[:n]); err != nil {
				return err
			}
			if err := rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
