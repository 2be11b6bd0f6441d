package cachecontrol

// An Event says that a response was not for everyone, and what became of it.
type Event struct {
	Risk   Risk
	Kept   bool // it leaves as it was, by the handler's own public; else private
	Status int  // of the response
}

// A Risk is why a response may be one user's alone. When there are several,
// the first of them is told.
type Risk uint8

const (
	NoRisk        Risk = iota // nothing says that it is one user's
	Identity                  // package etag says so, by its Conditional's Identity
	Authorization             // the request carries Authorization
	SetCookie                 // the response carries Set-Cookie
	Cookie                    // the request carries Cookie, and PrivateOnCookie is set
)

// String returns a short name, such as "set-cookie".
func (r Risk) String() string {
	switch r {
	case Identity:
		return "identity"
	case Authorization:
		return "authorization"
	case SetCookie:
		return "set-cookie"
	case Cookie:
		return "cookie"
	}
	return "none"
}
