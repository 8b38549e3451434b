package sender

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"reflect"
)

// tlsFault says what is wrong between a client and a server that would never
// agree on a connection; "" is that nothing is known to be.
func tlsFault(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the server's certificate is of an authority that is not trusted here; name its certificate with --ca-file"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the server's certificate is for another name than that of the endpoint"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate is not valid"
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return "the server speaks no TLS; use an endpoint with http://"
	}
	switch alert := remoteAlert(err); {
	case alert == 116 || alert == 42:
		return "the server asks for a client certificate; give one with --client-cert and --client-key"
	case alert >= 43 && alert <= 49:
		return "the server does not trust the client certificate"
	case alert == 40 || alert == 70 || alert == 71 || alert == 112 || alert == 120:
		return "the server and this client do not agree on TLS"
	}
	return ""
}

// remoteAlert returns the number of the alert by which the other side ended
// the connection (RFC 8446, section 6), 0 when it sent none. crypto/tls keeps
// the type of alerts to itself; it is a uint8.
func remoteAlert(err error) uint64 {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "remote error" {
		return 0
	}
	if alert := reflect.ValueOf(op.Err); alert.Kind() == reflect.Uint8 {
		return alert.Uint()
	}
	return 0
}
