package httpserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// identity writes a self-signed certificate for name and its key into dir.
func identity(t *testing.T, dir, name string) (certFile, keyFile string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	write(t, certFile, certPEM)
	write(t, keyFile, keyPEM)
	if pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, pair
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func fetch(addr string, config *tls.Config) (*http.Response, error) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
	r, err := client.Get("https://" + addr)
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return r, err
}

func TestTLSAsksForWhatItShould(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, _ := identity(t, dir, "server")
	clientCA, _, client := identity(t, dir, "client")
	_, _, stranger := identity(t, dir, "stranger")
	roots := x509.NewCertPool()
	text, err := os.ReadFile(certFile)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	dial := func(pair ...tls.Certificate) *tls.Config {
		return &tls.Config{RootCAs: roots, ServerName: "server", Certificates: pair}
	}
	old := dial()
	old.MaxVersion = tls.VersionTLS11
	tests := []struct {
		name, clientCA string
		config         *tls.Config
		ok             bool
	}{
		{"any client", "", dial(), true},
		{"TLS 1.1", "", old, false},
		{"its certificate", clientCA, dial(client), true},
		{"no certificate", clientCA, dial(), false},
		{"another's certificate", clientCA, dial(stranger), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config, err := LoadTLS(certFile, keyFile, tt.clientCA, nil)
			if err != nil {
				t.Fatal(err)
			}
			addr, _ := start(t, Options{TLS: config}, ok)
			r, err := fetch(addr, tt.config)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v, want ok %v", err, tt.ok)
			}
			if err == nil && r.ProtoMajor != 1 {
				t.Errorf("speaks %s", r.Proto)
			}
		})
	}
}

func TestBrokenTLSFilesAreNamed(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, _ := identity(t, dir, "server")
	junk := filepath.Join(dir, "junk")
	write(t, junk, []byte("junk"))
	tests := []struct{ cert, key, ca, want string }{
		{"nope", keyFile, "", "nope"}, {certFile, "nope", "", "nope"}, {junk, keyFile, "", "junk"},
		{certFile, keyFile, "nope", "client_ca_file: open nope"}, {certFile, keyFile, junk, "no PEM certificate"},
	}
	for _, tt := range tests {
		if _, err := LoadTLS(tt.cert, tt.key, tt.ca, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

func TestARenewedCertificateServesWithoutARestart(t *testing.T) {
	certFile, keyFile, _ := identity(t, t.TempDir(), "server")
	var log strings.Builder
	config, err := LoadTLS(certFile, keyFile, "", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	leaf := func() string {
		c, err := config.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(c.Certificate[0])
	}
	first := leaf()
	touch := func(at time.Time, text []byte) {
		write(t, certFile, text)
		if err := os.Chtimes(certFile, at, at); err != nil {
			t.Fatal(err)
		}
	}
	touch(time.Now().Add(time.Minute), []byte("half a file"))
	if again, oncemore := leaf(), leaf(); again != first || oncemore != first || strings.Count(log.String(), "cannot be used") != 1 {
		t.Errorf("with a broken file: another certificate, or not one line of log: %s", &log)
	}
	newCert, newKey, _ := identity(t, t.TempDir(), "server")
	for from, to := range map[string]string{newKey: keyFile, newCert: certFile} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, to, text)
	}
	at := time.Now().Add(2 * time.Minute)
	if err := os.Chtimes(certFile, at, at); err != nil {
		t.Fatal(err)
	}
	if leaf() == first {
		t.Error("the renewed certificate is not used")
	}
}
