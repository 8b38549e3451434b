package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// selfSigned writes a certificate for 127.0.0.1 and its key, in PEM form.
func selfSigned(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hydrant test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = writeFile(t, filepath.Join(dir, "server.crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	key = writeFile(t, filepath.Join(dir, "server.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	return cert, key
}

func TestPutSpeaksTLSAndShowsItsCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := selfSigned(t, dir)
	config := writeConfig(t, dir, fmt.Sprintf("tls {\n cert_file = %q\n key_file = %q\n client_ca_file = %[1]q\n }", cert, key), "")
	r := start(t, config)
	if !strings.HasPrefix(r.api, "https://") {
		t.Fatalf("got API at %q, want https", r.api)
	}
	with := []string{"put", "clicks", "-c", config, "--endpoint", r.api, "--patience", "1s"}
	if code, out, errs := hydrant(t, records(5), with...); code == exitOK || !strings.Contains(errs, "--client-cert") {
		t.Errorf("without a client certificate: got code %d, output\n%s%s", code, out, errs)
	}
	code, out, errs := hydrant(t, records(5), append(with, "--client-cert", cert, "--client-key", key)...)
	if code != exitOK || !strings.Contains(out, "5 of 5 records accepted") {
		t.Errorf("with a client certificate: got code %d, output\n%s%s", code, out, errs)
	}
}

func TestTheDaemonShowsARenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := selfSigned(t, dir)
	config := writeConfig(t, dir, fmt.Sprintf("tls {\n cert_file = %q\n key_file = %q\n }", cert, key), "")
	r := start(t, config)
	shown := func() string {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(r.api, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return string(conn.ConnectionState().PeerCertificates[0].Raw)
	}
	first := shown()
	selfSigned(t, dir)
	renewed := time.Now().Add(time.Minute)
	if err := errors.Join(os.Chtimes(cert, renewed, renewed), os.Chtimes(key, renewed, renewed)); err != nil {
		t.Fatal(err)
	}
	if shown() == first {
		t.Error("the old certificate is still shown")
	}
}

func TestARequestUnderWayIsAnsweredWhenTheDaemonStops(t *testing.T) {
	dir := t.TempDir()
	config := writeConfig(t, dir, "", "")
	r := start(t, config)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/streams/clicks/records HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: 15\r\n\r\n", conn.RemoteAddr())
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("got %q, %v, want 100 Continue: the handler reads the body", line, err)
	}
	if _, err := answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	r.cancel()
	r.log.wait(t, "msg=stopping")
	fmt.Fprint(conn, "{\"a\":1}\n{\"b\":2}")
	resp, err := http.ReadResponse(answer, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v, want the request under way answered with 200", resp, err)
	}
	resp.Body.Close()
	conn.Close()
	if code := r.stop(t); code != exitOK {
		t.Errorf("got exit code %d, want 0; log:\n%s", code, r.log)
	}
	if _, err := net.Dial("tcp", conn.RemoteAddr().String()); err == nil {
		t.Error("a stopped daemon takes connections")
	}
	again := start(t, config)
	if s := status(t, again); s.Records.In != 2 { // and pending, or delivered already
		t.Errorf("after the next start: got %+v, want 2 records", s.Records)
	}
	if code := again.stop(t); code != exitOK {
		t.Errorf("got exit code %d, want 0; log:\n%s", code, again.log)
	}
}
