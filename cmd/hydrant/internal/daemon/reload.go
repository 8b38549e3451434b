package daemon

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"hydrant/buffer"
	"hydrant/configs"
	"hydrant/sources/httpserver"
)

// A Reloader is how a daemon comes to another configuration.
type Reloader struct {
	Load     func() (*configs.Config, configs.Diagnostics)
	SetLevel func(slog.Level) // of the log; nil: it can't be changed
}

// running is the configuration that a daemon runs under.
type running struct {
	mu     sync.Mutex // held during a reload
	config configs.Config
	reload Reloader
	salt   []byte // for telling secrets apart without telling them
}

// A Reloaded is the answer to a reload.
type Reloaded struct {
	Applied     bool               `json:"applied"` // all of it
	Difference  configs.Difference `json:"difference"`
	Pending     map[string]int64   `json:"pending"`               // records by stream, before
	Errors      []string           `json:"errors,omitempty"`      // why it was refused, or what of it failed
	Diagnostics []configs.Entry    `json:"diagnostics,omitempty"` // mistakes and warnings
	Text        string             `json:"text,omitempty"`        // the diagnostics for people
}

// A Running is the configuration that a daemon runs under, for comparing
// another with it.
type Running struct {
	Outline configs.Outline  `json:"outline"`
	Salt    []byte           `json:"salt,omitempty"` // what secrets are masked with
	Pending map[string]int64 `json:"pending,omitempty"`
}

// EnableReload makes Reload, POST /v1/reload and SIGHUP work.
func (d *Daemon) EnableReload(r Reloader) {
	d.current.mu.Lock()
	defer d.current.mu.Unlock()
	d.current.reload = r
}

// Reload loads the configuration again and takes it over: everything is checked
// first, and a configuration with a mistake changes nothing. If the machine
// refuses a part of it later (a disk that fails), that part stays as it was and
// the error says so.
func (d *Daemon) Reload(ctx context.Context) (Reloaded, error) {
	d.current.mu.Lock()
	defer d.current.mu.Unlock()
	if d.current.reload.Load == nil {
		return Reloaded{}, errors.New("this daemon has no configuration that it could load again")
	}
	next, diags := d.current.reload.Load()
	out := Reloaded{Diagnostics: diags.Entries(), Pending: d.pending()}
	if diags.Len() > 0 {
		var text bytes.Buffer
		if err := diags.Write(&text, false, 100); err != nil {
			return out, err
		}
		out.Text = text.String()
	}
	if next == nil {
		return out, errors.New("the configuration has mistakes; the old one stays in force")
	}
	mask := configs.MaskWith(d.current.salt)
	out.Difference = configs.Compare(d.current.config.Outline(mask), next.Outline(mask))
	tlsConfig, err := d.check(ctx, next, out.Difference)
	if err != nil {
		return out, fmt.Errorf("%w; the old configuration stays in force", err)
	}
	d.applyServer(next.Server, tlsConfig)
	err = d.applyStreams(ctx, next, out.Difference)
	d.saveOutline()
	if _, resumeErr := d.resume(ctx); resumeErr != nil {
		err = errors.Join(err, resumeErr)
	}
	out.Applied = err == nil
	return out, err
}

// check refuses what could not be taken over, before anything is changed.
func (d *Daemon) check(ctx context.Context, next *configs.Config, diff configs.Difference) (*certificates, error) {
	if err := httpserver.CheckListen(d.config.Load().Listen, len(next.Server.AccessKeys) > 0); err != nil {
		return nil, fmt.Errorf("access keys can't be taken away while the daemon listens on %s: restart it: %w", d.config.Load().Listen, err)
	}
	names := append([]string(nil), diff.Added...)
	for _, c := range diff.Changed {
		names = append(names, c.Name)
	}
	for _, name := range names {
		s, _ := next.Stream(name)
		if err := d.hub.Check(ctx, s); err != nil {
			return nil, err
		}
	}
	return loadCertificates(next.Server.TLS, d.log)
}

// applyServer takes over what of the server block a running daemon can.
func (d *Daemon) applyServer(next configs.Server, certs *certificates) {
	s := *d.config.Load()
	s.AccessKeys, s.Region, s.Account, s.Grace, s.Log.Level = next.AccessKeys, next.Region, next.Account, next.Grace, next.Log.Level
	s.ReceiptsMax = next.ReceiptsMax
	if s.TLS != nil && next.TLS != nil {
		s.TLS = next.TLS
		d.certs.Store(certs)
	}
	d.config.Store(&s)
	d.setPublicHandler()
	d.hub.SetReceipts(buffer.JournalLimits{MaxAge: s.Receipts, MaxBytes: s.ReceiptsMax})
	if d.current.reload.SetLevel != nil {
		d.current.reload.SetLevel(s.Log.Level)
	}
	d.current.config.Server = s
}

// applyStreams does one stream after the other, and notes what has worked.
func (d *Daemon) applyStreams(ctx context.Context, next *configs.Config, diff configs.Difference) error {
	var errs error
	now := make(map[string]configs.Stream)
	for _, s := range d.current.config.Streams {
		now[s.Name] = s
	}
	apply := func(name string, do func(configs.Stream) error) {
		s, ok := next.Stream(name)
		switch err := do(s); {
		case err != nil:
			d.log.Error("a stream could not be reloaded and stays as it was", "stream", name, "err", err)
			errs = errors.Join(errs, err)
		case ok:
			now[name] = s
		default:
			delete(now, name)
		}
	}
	for _, name := range diff.Removed {
		apply(name, func(configs.Stream) error { return d.hub.Remove(name) })
	}
	for _, c := range diff.Changed {
		apply(c.Name, func(s configs.Stream) error { return d.hub.Change(ctx, s) })
	}
	for _, name := range diff.Added {
		apply(name, func(s configs.Stream) error { return d.hub.Start(ctx, s) })
	}
	d.current.config.Streams = nil
	for _, name := range sortedNames(now) {
		d.current.config.Streams = append(d.current.config.Streams, now[name])
	}
	return errs
}

// resume looks after streams on disk that are not in the configuration.
func (d *Daemon) resume(ctx context.Context) (int, error) {
	orphans, err := d.hub.Resume(ctx)
	for _, o := range orphans {
		d.log.Error("a stream has records and is not in the configuration: they are kept and not delivered; add the stream again, "+
			"or take them out with hydrant segments export", "stream", o.Name, "records", o.Pending.Records, "oldest", o.Oldest, "reason", o.Reason)
	}
	return len(orphans), err
}

// pending returns how many records of each stream are not delivered yet.
func (d *Daemon) pending() map[string]int64 {
	pending := make(map[string]int64)
	for _, s := range d.hub.Status().Streams {
		pending[s.Name] = s.Records.Pending
	}
	return pending
}

// RunningFile is where a data directory tells what it was last run under.
const RunningFile = "running.json"

// saveOutline writes down the configuration without its secrets, for comparing
// another with it while no daemon runs. Nothing depends on it.
func (d *Daemon) saveOutline() {
	text, err := json.MarshalIndent(Running{Outline: d.current.config.Outline(configs.Secret.String)}, "", "  ")
	name := filepath.Join(d.config.Load().DataDir, RunningFile)
	if err == nil {
		err = os.WriteFile(name+".tmp", text, 0o600)
	}
	if err == nil {
		err = os.Rename(name+".tmp", name)
	}
	if err != nil {
		d.log.Warn("what the daemon runs under could not be noted in the data directory", "err", err)
	}
}

// serveReload is POST /v1/reload.
func (d *Daemon) serveReload(w http.ResponseWriter, r *http.Request) {
	out, err := d.Reload(context.WithoutCancel(r.Context()))
	d.tellReload(out, err)
	if err != nil {
		out.Errors = []string{err.Error()}
		answerJSON(w, http.StatusUnprocessableEntity, out)
		return
	}
	answerJSON(w, http.StatusOK, out)
}

// ReloadAndLog is Reload for those who have nobody to answer.
func (d *Daemon) ReloadAndLog(ctx context.Context) { d.tellReload(d.Reload(ctx)) }

func (d *Daemon) tellReload(out Reloaded, err error) {
	if err != nil {
		d.log.Error("the configuration was not reloaded", "err", err, "diagnostics", out.Text)
		return
	}
	d.log.Info("the configuration was reloaded", "added", len(out.Difference.Added), "removed", len(out.Difference.Removed),
		"changed", len(out.Difference.Changed), "server", len(out.Difference.Server))
}

// serveConfig is GET /v1/config.
func (d *Daemon) serveConfig(w http.ResponseWriter, _ *http.Request) {
	d.current.mu.Lock()
	defer d.current.mu.Unlock()
	answerJSON(w, http.StatusOK, Running{
		Outline: d.current.config.Outline(configs.MaskWith(d.current.salt)), Salt: d.current.salt, Pending: d.pending(),
	})
}

func newSalt() []byte {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails: crypto/rand
	return salt
}
