package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Build compiles cmd/hydrant into the cache and returns the program's path.
// With race it has the race detector, which needs cgo; without, cgo is off as
// in a release.
func Build(race bool) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	bin, cgo, args := filepath.Join(cache, "bin", "hydrant"), "0", []string{"build"}
	if race {
		bin, cgo, args = bin+"-race", "1", append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "-o", bin, "./cmd/hydrant")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("harness: build cmd/hydrant: %w: %s", err, out)
	}
	return bin, nil
}

// A Daemon is one `hydrant run` with a folder, a config and addresses of its
// own, which survive its restarts.
type Daemon struct {
	*Process
	Dir    string // holds hydrant.hcl, data/ and daemon.log
	Listen string // host:port of the API
	Admin  string // host:port of metrics, status and health
	Env    []string
	Flags  []string // of hydrant run, after -c
	bin    string
	config string
}

// NewDaemon prepares a daemon in dir, which is made when missing; Start runs
// it. server is HCL for inside the server block, beyond listen, admin and
// data_dir; streams is HCL for after it.
func NewDaemon(bin, dir, server, streams string) (*Daemon, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("harness: %w", err)
	}
	listen, err := FreePort()
	if err != nil {
		return nil, err
	}
	admin, err := FreePort()
	if err != nil {
		return nil, err
	}
	d := &Daemon{Dir: dir, Listen: listen, Admin: admin, bin: bin, config: filepath.Join(dir, "hydrant.hcl")}
	return d, d.Configure(server, streams)
}

// DataDir is the daemon's data directory.
func (d *Daemon) DataDir() string { return filepath.Join(d.Dir, "data") }

// Config is the path of the daemon's config file or folder.
func (d *Daemon) Config() string { return d.config }

// UseConfig makes the next Start read another file or folder. It has to name
// the daemon's addresses and data directory.
func (d *Daemon) UseConfig(path string) { d.config = path }

// Configure writes the config that the next Start reads.
func (d *Daemon) Configure(server, streams string) error {
	text := fmt.Sprintf("server {\n  listen   = %q\n  admin    = %q\n  data_dir = %q\n%s\n}\n\n%s\n",
		d.Listen, d.Admin, d.DataDir(), server, streams)
	if err := os.WriteFile(d.Config(), []byte(text), 0o644); err != nil {
		return fmt.Errorf("harness: %w", err)
	}
	return nil
}

// Start runs the daemon and returns when it is ready. A daemon that was
// started before must be gone.
func (d *Daemon) Start() error {
	if err := d.Launch(); err != nil {
		return err
	}
	return d.waitReady("http://"+d.Admin+"/readyz", func(status int) bool { return status == http.StatusOK })
}

// Launch runs the daemon and does not wait until it is ready.
func (d *Daemon) Launch() error {
	env := append(ClientEnv(), d.Env...)
	p, err := startProcess(d.Dir, filepath.Join(d.Dir, "daemon.log"), env, d.bin, append([]string{"run", "-c", d.Config()}, d.Flags...)...)
	if err != nil {
		return err
	}
	d.Process = p
	return nil
}

// URL is the API's base address.
func (d *Daemon) URL() string { return "http://" + d.Listen }

// ErrExit is a daemon that ended with another exit code than 0.
var ErrExit = errors.New("harness: the daemon failed")

// Stop ends the daemon with SIGTERM. Anything but exit code 0 is an error.
func (d *Daemon) Stop() error {
	code, err := d.Terminate(60 * time.Second)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%w: exit code %d: %s", ErrExit, code, d.Tail(4000))
	}
	return nil
}

// Counts is one row of the ledger.
type Counts struct {
	In        int64 `json:"in"`
	Split     int64 `json:"split"`
	Delivered int64 `json:"delivered"`
	Archived  int64 `json:"archived"`
	Dropped   int64 `json:"dropped"`
	Pending   int64 `json:"pending"`
}

// Balanced says whether in + split = delivered + archived + dropped + pending.
func (c Counts) Balanced() bool {
	return c.In+c.Split == c.Delivered+c.Archived+c.Dropped+c.Pending
}

// StreamStatus is what the daemon says of one stream.
type StreamStatus struct {
	Name                 string  `json:"name"`
	Records              Counts  `json:"records"`
	Bytes                Counts  `json:"bytes"`
	OldestPendingSeconds float64 `json:"oldest_pending_seconds"`
	PendingSegments      int64   `json:"pending_segments"`
	BatchTarget          int64   `json:"batch_target"` // bytes
	Workers              int     `json:"workers"`
	Destinations         []struct {
		Kind      string `json:"kind"`
		State     string `json:"state"`
		LastError string `json:"last_error"`
		Attempts  int    `json:"attempts"`
	} `json:"destinations"`
}

// Status asks the admin listener for every stream's ledger.
func (d *Daemon) Status(ctx context.Context) (map[string]StreamStatus, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.Admin+"/v1/status", nil)
	if err != nil {
		return nil, fmt.Errorf("harness: status: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("harness: status: %w", err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		return nil, fmt.Errorf("harness: status: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("harness: status: %s: %.500s", resp.Status, body.String())
	}
	return DecodeStatus(body.Bytes())
}

// DecodeStatus reads the JSON of /v1/status and `hydrant status --json`.
func DecodeStatus(b []byte) (map[string]StreamStatus, error) {
	var status struct {
		Streams []StreamStatus `json:"streams"`
	}
	if err := json.Unmarshal(b, &status); err != nil {
		return nil, fmt.Errorf("harness: status: %w: %.500s", err, b)
	}
	streams := make(map[string]StreamStatus, len(status.Streams))
	for _, s := range status.Streams {
		streams[s.Name] = s
	}
	return streams, nil
}

// WaitStatus polls until done takes a stream's status, and returns that. It
// gives up after limit and says what the status was then.
func (d *Daemon) WaitStatus(ctx context.Context, stream string, limit time.Duration, done func(StreamStatus) bool) (StreamStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var last StreamStatus
	var lastErr error
	for {
		streams, err := d.Status(ctx)
		if err == nil {
			last = streams[stream]
			if last.Name == stream && done(last) {
				return last, nil
			}
		} else if ctx.Err() == nil {
			lastErr = err
		}
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("harness: stream %s after %s: %+v (%v); daemon: %s", stream, limit, last, lastErr, d.Tail(3000))
		case <-d.Exited():
			return last, fmt.Errorf("harness: the daemon ended: %s", d.Tail(3000))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// WaitDrained waits until a stream has taken n records in all and none is
// pending.
func (d *Daemon) WaitDrained(ctx context.Context, stream string, n int64, limit time.Duration) (StreamStatus, error) {
	return d.WaitStatus(ctx, stream, limit, func(s StreamStatus) bool {
		return s.Records.In >= n && s.Records.Pending == 0
	})
}

// Run runs the hydrant program with args to its end in dir and returns what
// it printed on both outputs and its exit code.
func Run(ctx context.Context, bin, dir string, args ...string) (out string, code int, err error) {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), ClientEnv()...)
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return string(b), -1, fmt.Errorf("harness: run %s: %w", bin, err)
	}
	return string(b), cmd.ProcessState.ExitCode(), nil
}
