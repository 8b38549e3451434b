package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"

	"hydrant/configs"
	"hydrant/sources/httpserver"
)

// listen takes a port; argument is what the configuration calls it.
func listen(argument, addr string) (*listener, error) {
	ln, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		return &listener{Listener: ln}, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("server.%s: %s is in use by another program; stop it, or choose another port", argument, addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("server.%s: this user may not listen on %s; ports below 1024 need a privilege", argument, addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("server.%s: %s is no address of this machine", argument, addr)
	}
	return nil, fmt.Errorf("server.%s: %w", argument, err)
}

// serve answers requests on l until it is closed.
func (d *Daemon) serve(l *listener, h http.Handler, o httpserver.Options) {
	ctx, stop := context.WithCancel(context.Background())
	l.stop, l.done = stop, make(chan error, 1)
	go func() {
		err := httpserver.Serve(ctx, l.Listener, h, o)
		if ctx.Err() == nil {
			d.failed <- fmt.Errorf("listener %s ended: %w", l.Addr(), err)
		}
		l.done <- err
	}()
}

// close ends the server on l, if there is one, and waits for it.
func (l *listener) close() error {
	if l.stop == nil {
		return l.Close()
	}
	l.stop()
	return <-l.done
}

// serverTLS reads the certificates; nil stays nil.
func serverTLS(c *configs.TLS) (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("server.tls: certificate %s with key %s: %w", c.CertFile, c.KeyFile, err)
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if c.ClientCAFile == "" {
		return out, nil
	}
	pem, err := os.ReadFile(c.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("server.tls: client_ca_file: %w", err)
	}
	out.ClientCAs, out.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !out.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("server.tls: client_ca_file %s holds no PEM certificate", c.ClientCAFile)
	}
	return out, nil
}

// diskTrouble names the faults of a disk that an operator can cure.
func diskTrouble(err error) (string, bool) {
	switch {
	case errors.Is(err, syscall.EROFS):
		return "the file system is read-only", true
	case errors.Is(err, fs.ErrPermission):
		return "this user may not write there", true
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full", true
	case errors.Is(err, syscall.ENOTDIR):
		return "it is no directory", true
	}
	return "", false
}
