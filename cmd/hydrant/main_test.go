package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// hydrant runs the program with args and returns what it gave back.
func hydrant(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

// A running is a daemon that a test started with hydrant run.
type running struct {
	api, admin string
	log        *syncBuffer
	cancel     context.CancelFunc
	code       chan int
}

// start runs the configuration until the test stops it or ends.
func start(t *testing.T, config string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{log: new(syncBuffer), cancel: cancel, code: make(chan int, 1)}
	go func() { r.code <- run(ctx, []string{"run", "-c", config}, strings.NewReader(""), io.Discard, r.log) }()
	t.Cleanup(func() { r.cancel() })
	line := r.log.wait(t, "msg=running")
	r.api, r.admin = field(line, "api"), strings.TrimPrefix(field(line, "admin"), "http://")
	return r
}

// stop does what SIGTERM does and returns the exit code.
func (r *running) stop(t *testing.T) int {
	t.Helper()
	r.cancel()
	select {
	case code := <-r.code:
		return code
	case <-time.After(20 * time.Second):
		t.Fatalf("the daemon did not stop; its log:\n%s", r.log)
		return 0
	}
}

func field(line, key string) string {
	m := regexp.MustCompile(`\b` + key + `=(\S+)`).FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1]
}

// A syncBuffer is written by a daemon and read by a test.
type syncBuffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{}
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// wait returns the first line with text in it.
func (s *syncBuffer) wait(t *testing.T, text string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		have := s.b.String()
		if s.more == nil {
			s.more = make(chan struct{})
		}
		more := s.more
		s.mu.Unlock()
		for line := range strings.Lines(have) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				return line
			}
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("no %q in the log:\n%s", text, have)
		}
	}
}

// writeConfig writes a configuration with one stream of JSON lines, on free
// ports; server and stream are added to their blocks.
func writeConfig(t *testing.T, dir, server, stream string) string {
	t.Helper()
	text := fmt.Sprintf(`
server {
  listen   = "127.0.0.1:0"
  admin    = "127.0.0.1:0"
  data_dir = %[1]q
  %[3]s
}
delivery_stream "clicks" {
  source "direct_put" {}
  buffer { interval = "60s" }
  format "json" {}
  %[4]s
  destination "s3" {
    bucket = "file://%[2]s/lake"
    prefix = "clicks/dt=!{timestamp:yyyy-MM-dd}/"
  }
  error_sink "s3" {
    bucket = "file://%[2]s/errors"
    prefix = "clicks/!{firehose:error-output-type}/"
  }
}
`, filepath.Join(dir, "data"), dir, server, stream)
	return writeFile(t, filepath.Join(dir, "hydrant.hcl"), text)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// filesBelow returns the contents of all files below dir, by path.
func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		files[p] = string(b)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}
