// Package harness starts and stops the real parts that the integration tests
// and the benchmark run against: the daemon itself, an S3 server, and clients
// and Parquet readers in Python. It returns errors and knows no *testing.T, so
// that the benchmark uses the same code.
package harness

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Root returns the repository's top folder: the nearest one above the working
// directory that holds cmd/hydrant.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("harness: working directory: %w", err)
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "cmd", "hydrant")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("harness: no cmd/hydrant in or above %s", dir)
		}
	}
}

// Cache returns the folder that fetched parts and built programs lie in. It
// is made when missing; git ignores it.
func Cache() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache")
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		return "", fmt.Errorf("harness: %w", err)
	}
	return dir, nil
}

// FreePort returns a loopback address that nobody listened on a moment ago.
func FreePort() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("harness: free port: %w", err)
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
