package httpserver

import (
	"fmt"
	"net"
	"net/netip"
)

// CheckListen refuses to let everybody write: without access keys an API may
// only listen where this machine alone can reach it. addr is host:port.
func CheckListen(addr string, hasKeys bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("httpserver: listen %q: %w", addr, err)
	}
	if hasKeys || host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return fmt.Errorf("httpserver: listen %q: without an access_key anybody who reaches this address could write; add one, or listen on 127.0.0.1", addr)
}
