package front

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// runtimeAPI serves the Lambda Runtime API, version 2018-06-01, to one process.
type runtimeAPI struct {
	next    chan *invocation // unbuffered: a process that asks takes one
	mu      sync.Mutex
	pending map[string]*invocation
	refused string // the process's own message why it could not start
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan outcome // holds one
}

type outcome struct {
	err    error
	body   io.Reader
	stream bool
	finish func() // called when body is not read any more
}

// A FunctionError is an error that a function reported instead of a result.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

const functionARN = "arn:aws:lambda:us-east-1:000000000000:function:local"

func newRuntimeAPI() *runtimeAPI {
	return &runtimeAPI{next: make(chan *invocation), pending: map[string]*invocation{}}
}

func newInvocation(payload []byte, deadline time.Time) *invocation {
	return &invocation{id: newRequestID(), payload: payload, deadline: deadline, done: make(chan outcome, 1)}
}

func (api *runtimeAPI) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", api.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", api.serveResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", api.serveError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", api.serveInitError)
	return mux
}

func (api *runtimeAPI) serveNext(w http.ResponseWriter, r *http.Request) {
	select {
	case next := <-api.next:
		api.mu.Lock()
		api.pending[next.id] = next
		api.mu.Unlock()
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Lambda-Runtime-Aws-Request-Id", next.id)
		header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(next.deadline.UnixMilli(), 10))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", functionARN)
		header.Set("Lambda-Runtime-Trace-Id", newTraceID()+";Sampled=0")
		w.Write(next.payload)
	case <-r.Context().Done():
	}
}

func (api *runtimeAPI) serveResponse(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") == streamType {
		api.serveStream(w, r)
		return
	}
	// One byte beyond the limit tells that it was passed, without reading all.
	payload, err := io.ReadAll(io.LimitReader(r.Body, MaxPayload+1))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The runtime reports an error met while it sent the payload in trailers.
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		api.finish(w, r, outcome{err: &FunctionError{Type: kind, Message: "the response ended early"}})
		return
	}
	if len(payload) > MaxPayload {
		api.settle(r.PathValue("id"), outcome{err: &FunctionError{
			Type:    "Function.ResponseSizeTooLarge",
			Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxPayload),
		}})
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	api.finish(w, r, outcome{body: bytes.NewReader(payload), finish: func() {}})
}

// streamType is how a function announces a stream.
const streamType = "application/vnd.awslambda.http-integration-response"

// serveStream passes a stream on while the function writes it.
func (api *runtimeAPI) serveStream(w http.ResponseWriter, r *http.Request) {
	finished := make(chan struct{})
	result := outcome{body: &streamReader{r}, stream: true, finish: func() { close(finished) }}
	if !api.settle(r.PathValue("id"), result) {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	select {
	case <-finished:
		// The client has gone, or has everything. Lambda lets the function run on.
		_, _ = io.Copy(io.Discard, r.Body)
	case <-r.Context().Done():
		<-finished // the reader is still about to read its error
	}
	w.WriteHeader(http.StatusAccepted)
}

// A streamReader reads a stream. The runtime reports in trailers that the
// function failed.
type streamReader struct{ request *http.Request }

func (s *streamReader) Read(p []byte) (int, error) {
	n, err := s.request.Body.Read(p)
	if err == io.EOF {
		if kind := s.request.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
			return n, &FunctionError{Type: kind, Message: "the stream ended early"}
		}
	}
	return n, err
}

func (api *runtimeAPI) serveError(w http.ResponseWriter, r *http.Request) {
	api.finish(w, r, outcome{err: readFunctionError(r.Body)})
}

func (api *runtimeAPI) serveInitError(w http.ResponseWriter, r *http.Request) {
	api.mu.Lock()
	api.refused = readFunctionError(r.Body).Error()
	api.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (api *runtimeAPI) finish(w http.ResponseWriter, r *http.Request, result outcome) {
	if !api.settle(r.PathValue("id"), result) {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (api *runtimeAPI) settle(id string, result outcome) bool {
	api.mu.Lock()
	defer api.mu.Unlock()
	pending, known := api.pending[id]
	if !known {
		return false
	}
	delete(api.pending, id)
	pending.done <- result
	return true
}

func (api *runtimeAPI) refusal() string {
	api.mu.Lock()
	defer api.mu.Unlock()
	return api.refused
}

func readFunctionError(body io.Reader) *FunctionError {
	reported := &FunctionError{Type: "Unknown", Message: "the function reported an error without a reason"}
	// A report that does not parse keeps the values above.
	_ = json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(reported)
	return reported
}

func newRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // UUID version 4
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func newTraceID() string {
	var b [12]byte
	rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%x", time.Now().Unix(), b)
}
