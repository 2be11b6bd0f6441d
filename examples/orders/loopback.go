package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// loopbackOnly refuses requests whose Host is not a name of this machine. A
// web page elsewhere can let its own name resolve to 127.0.0.1 (DNS
// rebinding); the browser then takes this server for part of that page's
// origin, and only Host tells the difference.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusMisdirectedRequest)
			fmt.Fprintf(w, `{"title":"Misdirected Request","status":421,"detail":%s}`+"\n",
				strconv.QuoteToASCII("This server answers for localhost and loopback addresses only (see -addr and -page)."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback reports whether a Host field, with or without a port, names this
// machine: localhost, a name under .localhost (RFC 6761, section 6.3), or a
// loopback address.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func portOf(addr *net.TCPAddr) string { return strconv.Itoa(addr.Port) }
