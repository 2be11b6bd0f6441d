package page_test

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
)

// events gives a function that decodes one event of the stream after another.
func events(stream io.Reader) func(into any) error {
	lines := bufio.NewReader(stream)
	return func(into any) error {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return err
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				return json.Unmarshal([]byte(data), into)
			}
		}
	}
}
