package cloudfront

import "fmt"

// A Position is a place in a file. The zero Position is unknown.
type Position struct {
	File string
	Line int // from 1
}

// String returns "file:line", or the file alone if the line is unknown.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// An Unknown is a setting that the files do not determine.
type Unknown struct {
	Position
	Text string // what is unknown, and what would determine it
}

// String returns "file:line: text".
func (u Unknown) String() string { return u.Position.String() + ": " + u.Text }
