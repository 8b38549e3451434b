package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"hydrant/configs"
)

// tls returns the client's side of TLS: it trusts the system, --ca-file, and
// the certificate that the configuration itself serves.
func (f clientFlags) tls(cfg *configs.Config) (*tls.Config, error) {
	out := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.ClientCert != "" || f.ClientKey != "" {
		pair, err := tls.LoadX509KeyPair(f.ClientCert, f.ClientKey)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		out.Certificates = []tls.Certificate{pair}
	}
	var trusted []string
	if f.CAFile != "" {
		trusted = append(trusted, f.CAFile)
	}
	if cfg != nil && cfg.Server.TLS != nil {
		trusted = append(trusted, cfg.Server.TLS.CertFile)
	}
	if len(trusted) == 0 {
		return out, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, name := range trusted {
		pem, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no PEM certificate", name)
		}
	}
	out.RootCAs = pool
	return out, nil
}
