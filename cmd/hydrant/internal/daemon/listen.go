package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
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

// certificates are what the public listener shows and asks for.
type certificates struct{ config *tls.Config }

// loadCertificates reads the files; nil stays nil. A certificate that is renewed
// in its place is read again by itself.
func loadCertificates(c *configs.TLS, log *slog.Logger) (*certificates, error) {
	if c == nil {
		return nil, nil
	}
	config, err := httpserver.LoadTLS(c.CertFile, c.KeyFile, c.ClientCAFile, log)
	if err != nil {
		return nil, fmt.Errorf("server.tls: %w", err)
	}
	return &certificates{config}, nil
}

// serverTLS returns a configuration that follows reloads; nil is plain HTTP.
func (d *Daemon) serverTLS() *tls.Config {
	certs := d.certs.Load()
	if certs == nil {
		return nil
	}
	config := certs.config.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return d.certs.Load().config, nil }
	return config
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

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
