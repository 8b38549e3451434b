package httpserver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// LoadTLS returns a server's TLS configuration, version 1.2 or later. With a
// clientCAFile (PEM) clients have to show a certificate that one of its
// authorities signed.
//
// The certificate is read again when its files change, so that a renewed one
// serves without a restart. If that fails the old one stays and log says so.
func LoadTLS(certFile, keyFile, clientCAFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	config := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
	if clientCAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(clientCAFile)
	if err != nil {
		return nil, fmt.Errorf("httpserver: client_ca_file: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("httpserver: client_ca_file %s: no PEM certificate in it", clientCAFile)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config, nil
}

// A certificate is a pair of files and what was last read from them.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	seen [2]time.Time // when the files had last changed, as of the last load
}

// current returns the certificate, read anew if its files have changed.
func (c *certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := c.changed()
	if err == nil && changed == c.seen {
		return c.pair
	}
	if err == nil {
		// A failure is told once for each change, not for each handshake.
		err = c.loadLocked(changed)
	}
	if err != nil && c.log != nil {
		c.log.Error("the renewed TLS certificate cannot be used; the old one stays", "err", err)
	}
	return c.pair
}

func (c *certificate) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := c.changed()
	if err != nil {
		return err
	}
	return c.loadLocked(changed)
}

func (c *certificate) loadLocked(changed [2]time.Time) error {
	c.seen = changed
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("httpserver: cert_file %s, key_file %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair = &pair
	return nil
}

func (c *certificate) changed() ([2]time.Time, error) {
	cert, err1 := os.Stat(c.certFile)
	key, err2 := os.Stat(c.keyFile)
	if err := errors.Join(err1, err2); err != nil {
		return [2]time.Time{}, fmt.Errorf("httpserver: tls: %w", err)
	}
	return [2]time.Time{cert.ModTime(), key.ModTime()}, nil
}
