package recorder

import "net/http"

// A Sink takes a response while the handler writes it. The recorder never calls
// it concurrently.
type Sink interface {
	// Head is called once, before Write. The header is the sink's.
	Head(status int, header http.Header) error
	// Write is called with what net/http would write to the connection. It must not
	// keep p.
	Write(p []byte) (int, error)
}

// StreamTo sends the response to sink, where otherwise Result returns it. The
// header is sent when net/http sends it: when the body exceeds the server's
// buffer, at a flush, or when the handler has returned and Result is called.
// Call StreamTo before the handler runs.
func (rec *Recorder) StreamTo(sink Sink) { rec.sink = sink }

// sendHead sends the header to the sink.
func (rec *Recorder) sendHead() {
	if rec.sink == nil {
		return
	}
	rec.result = rec.wireHeader()
	rec.sinkErr = rec.sink.Head(rec.status, rec.result)
}

// sendBody sends the collected part of the body to the sink. With an error,
// which the sink keeps returning, the response is broken.
func (rec *Recorder) sendBody() error {
	if rec.sink == nil || !rec.committed {
		return nil
	}
	if rec.sinkErr == nil && !rec.head && len(rec.body) > 0 {
		_, rec.sinkErr = rec.sink.Write(rec.body)
	}
	rec.body = rec.body[:0]
	return rec.sinkErr
}
