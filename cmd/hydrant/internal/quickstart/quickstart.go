// Package quickstart shows the whole path on one machine: it writes a
// configuration, starts the daemon from it, sends the FAA's bird strike reports
// as CSV through the Firehose API, a few of them spoilt, and shows what became
// of them. It starts and sends as the commands run and put do.
package quickstart

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"hydrant/cmd/hydrant/internal/daemon"
	"hydrant/cmd/hydrant/internal/sender"
	"hydrant/configs"
	"hydrant/delivery"
)

// Options say what a quickstart works with.
type Options struct {
	Dir     string // where everything is put
	Shown   string // Dir as the user wrote it
	Data    []byte // the CSV file, header first
	Program string // how the user calls hydrant, such as "go run ./cmd/hydrant"
	Version string

	// Load reads a configuration as the other commands do.
	Load func(path string) (*configs.Config, error)
	// Client returns a client for the API at endpoint.
	Client func(endpoint string, cfg *configs.Config) (sender.API, error)
	// Step is told what is done, as it is done.
	Step func(name, text string)
	// Progress is told how many of all records are accepted.
	Progress func(accepted, all int64)
	Log      *slog.Logger // of the daemon
}

// A Report is what a quickstart did and found.
type Report struct {
	Dir      string           `json:"dir"`
	Config   string           `json:"config"`
	State    string           `json:"config_state"` // "written", "reused", or "changed": not as this version writes it
	API      string           `json:"api"`
	Admin    string           `json:"admin"`
	Sent     sender.Counts    `json:"sent"`
	Spoilt   int              `json:"spoilt"`
	Seconds  float64          `json:"seconds"` // from the first record sent to the last one delivered
	Before   int              `json:"objects_before"`
	Objects  []object         `json:"objects"` // new ones; none when the destination is no directory
	Sample   *sample          `json:"sample,omitempty"`
	Archived []archived       `json:"archived"`
	Ledger   delivery.Amounts `json:"ledger"`
	Row      string           `json:"example_row"` // one line that the stream takes
	Serving  bool             `json:"serving"`

	stream         configs.Stream      // as it is configured
	configured     string              // URL of the API in the configuration
	program, shown string              // of Options
	before         map[string][]object // what was in each directory
}

const streamName = "birdstrikes"

// Run does all of it. The daemon that it returns is running; the caller closes
// it, also when there is an error.
func Run(ctx context.Context, o Options) (*daemon.Daemon, *Report, error) {
	columns, rows, err := readRows(o.Data)
	if err != nil {
		return nil, nil, err
	}
	r := &Report{Dir: o.Dir, Row: string(rows[0]), Spoilt: len(spoilers), program: o.Program, shown: o.Shown}
	cfg, err := r.configure(o, columns)
	if err != nil {
		return nil, nil, err
	}
	if err := writeRecord(o.Dir, r.Row); err != nil {
		return nil, nil, err
	}
	if err := r.look(); err != nil {
		return nil, nil, err
	}
	d, err := r.start(ctx, o, cfg)
	if err != nil {
		return nil, nil, err
	}
	if rows, err = withSpoilt(rows); err != nil {
		return d, nil, err
	}
	start := time.Now()
	if err := r.send(ctx, o, cfg, rows); err != nil {
		return d, nil, err
	}
	if err := r.flush(ctx, o, d); err != nil {
		return d, nil, err
	}
	r.Seconds = time.Since(start).Seconds()
	return d, r, r.collect(d)
}

// configure writes the configuration, if there is none, and loads it.
func (r *Report) configure(o Options, columns []string) (*configs.Config, error) {
	path, state, err := writeConfig(o.Dir, filepath.Join(o.Shown, configName), columns)
	if err != nil {
		return nil, err
	}
	r.Config, r.State = path, state
	shown := filepath.Join(o.Shown, configName)
	o.Step("config", map[string]string{
		configWritten: "wrote " + shown,
		configReused:  "found " + shown + ", as the quickstart wrote it",
		configChanged: "found " + shown + ", which is not as the quickstart writes it: it is used as it is",
	}[state])
	cfg, err := o.Load(path)
	if err != nil {
		return nil, err
	}
	var ok bool
	if r.stream, ok = cfg.Stream(streamName); !ok {
		return nil, fmt.Errorf("%s has no delivery_stream %q, which the quickstart sends to; put it back, or remove the file", shown, streamName)
	}
	r.configured = "http://" + cfg.Server.Listen
	return cfg, nil
}

// start runs the daemon, on other ports if those of the configuration are
// taken.
func (r *Report) start(ctx context.Context, o Options, cfg *configs.Config) (*daemon.Daemon, error) {
	moved := false
	for _, addr := range []*string{&cfg.Server.Listen, &cfg.Server.Admin} {
		if host, _, err := net.SplitHostPort(*addr); err == nil && !isFree(*addr) {
			*addr, moved = net.JoinHostPort(host, "0"), true
		}
	}
	d, err := daemon.Start(ctx, cfg, o.Log, o.Version)
	if err != nil {
		return nil, err
	}
	r.API, r.Admin = d.API(), d.Admin()
	text := "takes records at " + r.API
	if moved {
		text += " (the configured port is taken by another program)"
	}
	o.Step("daemon", text)
	return d, nil
}

// isFree says whether a listener can be opened there now.
func isFree(addr string) bool {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	return ln.Close() == nil
}

// send puts the rows through the API, each a record.
func (r *Report) send(ctx context.Context, o Options, cfg *configs.Config, rows [][]byte) error {
	api, err := o.Client(r.API, cfg)
	if err != nil {
		return err
	}
	start, all := time.Now(), int64(len(rows))
	r.Sent, err = sender.Send(ctx, api, streamName, &sender.Slice{Records: rows}, sender.Options{
		InFlight: 1, // in the order of the file
		Progress: func(c sender.Counts) { o.Progress(c.Accepted, all) },
	})
	if err != nil {
		return err
	}
	if r.Sent.Accepted != all {
		return fmt.Errorf("quickstart: %d of %d records were accepted", r.Sent.Accepted, all)
	}
	o.Step("records", sentText(r.Sent, len(spoilers), time.Since(start)))
	return nil
}

// flush delivers what was sent without waiting for the buffer's interval.
func (r *Report) flush(ctx context.Context, o Options, d *daemon.Daemon) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	start := time.Now()
	if err := d.Flush(ctx, streamName); err != nil {
		return fmt.Errorf("%w%s", err, troubles(d.Status()))
	}
	o.Step("delivery", flushedText(r.stream, time.Since(start)))
	return nil
}

// flushTimeout bounds the wait for a destination that a user has configured.
const flushTimeout = time.Minute

// troubles tells what keeps destinations from taking records.
func troubles(s delivery.Status) (text string) {
	for _, st := range s.Streams {
		for _, d := range st.Destinations {
			if d.LastError != "" {
				text += fmt.Sprintf("\n%s, %s: %s", st.Name, d.Kind, d.LastError)
			}
		}
	}
	return text
}
