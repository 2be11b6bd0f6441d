package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

//go:embed client.mjs
var client string

// A suite is a checkout of the public tests, and its origin server.
type suite struct {
	folder string
	origin string // host and port
	server *exec.Cmd
}

// start runs the suite's origin server.
func start(folder string) (*suite, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &suite{folder: folder, origin: net.JoinHostPort("localhost", port)}
	s.server = exec.Command("node", "test-engine/server/server.mjs")
	s.server.Dir = folder
	s.server.Env = append(os.Environ(), "npm_config_protocol=http", "npm_config_port="+port,
		"npm_config_pidfile="+os.DevNull)
	s.server.Stderr = os.Stderr
	if err := s.server.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		conn, err := net.Dial("tcp", s.origin)
		if err == nil {
			return s, conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("the suite's server does not listen on %s", s.origin)
}

func (s *suite) stop() {
	_ = s.server.Process.Kill()
	_ = s.server.Wait()
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// An outcome is the result of one test: "pass", "Assertion", "Setup" or the
// name of another error.
type outcome struct {
	ID      string `json:"id"`
	Suite   string `json:"suite"`
	Kind    string `json:"kind"`    // required, optimal or check
	Verdict string `json:"verdict"` // of the suite's own evaluation: pass, fail, optional_fail, yes, no, ...
	Result  string `json:"result"`
	Message string `json:"message"`
}

// run has the suite's client test the cache at base.
func (s *suite) run(ctx context.Context, base string, browser bool, only string) ([]outcome, error) {
	cmd := exec.CommandContext(ctx, "node", "--no-warnings", "--input-type=module", "-", base, strconv.FormatBool(browser), only)
	cmd.Dir = s.folder
	cmd.Stdin = bytes.NewBufferString(client)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the suite's client: %w", err)
	}
	return decode(out)
}

// published reads the results that the suite holds for a real cache.
func (s *suite) published(file string) (map[string]string, error) {
	content, err := os.ReadFile(filepath.Join(s.folder, "results", file))
	if err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		return nil, err
	}
	results := map[string]string{}
	for id, r := range raw {
		var failure []string
		if string(r) == "true" {
			results[id] = "pass"
		} else if err := json.Unmarshal(r, &failure); err == nil && len(failure) > 0 {
			results[id] = failure[0]
		}
	}
	return results, nil
}

func decode(out []byte) (outcomes []outcome, err error) {
	// The client may log before its last line, which is ours.
	out = bytes.TrimSpace(out)
	if i := bytes.LastIndexByte(out, '\n'); i >= 0 {
		out = out[i+1:]
	}
	if err := json.Unmarshal(out, &outcomes); err != nil {
		return nil, err
	}
	if len(outcomes) == 0 {
		return nil, fmt.Errorf("no test ran")
	}
	return outcomes, nil
}

func address(host string) string { return (&url.URL{Scheme: "http", Host: host}).String() }
