// Package daemon is a running Hydrant: the hub of all streams, the public
// listener that takes records, and the admin listener that shows how they
// fare. The commands run and quickstart start the same daemon.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"hydrant/buffer"
	"hydrant/cmd/hydrant/internal/metrics"
	"hydrant/configs"
	"hydrant/delivery"
	"hydrant/sources/body"
	"hydrant/sources/httpserver"
)

// A Daemon is one running Hydrant. Several can run in one process, each on a
// data directory of its own.
type Daemon struct {
	config  atomic.Pointer[configs.Server]
	current running
	log     *slog.Logger
	metrics *metrics.Metrics
	hub     *delivery.Hub
	ready   atomic.Bool // streams are recovered and records are taken

	handler atomic.Pointer[http.Handler] // of the public listener; a reload replaces it
	certs   atomic.Pointer[certificates]
	memory  *body.Budget

	public, admin *listener // admin is nil when it is off
	failed        chan error
}

// A listener is a server that is running.
type listener struct {
	net.Listener
	stop context.CancelFunc
	done chan error // gets the server's end, once
}

// Start runs a daemon under cfg. When it returns, all streams are recovered and
// records are taken. It takes what can be refused first: the ports, the
// certificate, the data directory. version names the program in metrics.
func Start(ctx context.Context, cfg *configs.Config, log *slog.Logger, version string) (_ *Daemon, err error) {
	d := &Daemon{
		log: log, metrics: metrics.New(version), failed: make(chan error, 2),
		memory: body.NewBudget(max(cfg.Server.MaxMemory/bodyShare, body.MinBudget), bodyWait),
	}
	d.config.Store(&cfg.Server)
	d.current.config, d.current.salt = *cfg, newSalt()
	certs, err := loadCertificates(cfg.Server.TLS, log)
	if err != nil {
		return nil, err
	}
	d.certs.Store(certs)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.abandon())
		}
	}()
	if err := d.listen(); err != nil {
		return nil, err
	}
	disk := buffer.NewDisk(cfg.Server.MaxDisk)
	d.hub, err = delivery.Open(delivery.Options{
		FS: buffer.RealFS(), DataDir: cfg.Server.DataDir, Disk: disk, MaxMemory: cfg.Server.MaxMemory,
		Log: log, Metrics: d.metrics, Build: d.buildParts,
		Receipts: buffer.JournalLimits{MaxAge: cfg.Server.Receipts, MaxBytes: cfg.Server.ReceiptsMax},
	})
	if err != nil {
		return nil, explainDataDir(cfg.Server.DataDir, err)
	}
	d.metrics.Collect(d.hub.Status, disk)
	if d.admin != nil {
		d.serve(d.admin, d.adminHandler(), httpserver.Options{Grace: adminGrace, BodyTimeout: adminTimeout, Log: log})
	}
	for _, s := range cfg.Streams {
		if err := d.hub.Start(ctx, s); err != nil {
			return nil, explainDataDir(cfg.Server.DataDir, err)
		}
	}
	if _, err := d.resume(ctx); err != nil {
		return nil, explainDataDir(cfg.Server.DataDir, err)
	}
	d.saveOutline()
	d.setPublicHandler()
	d.serve(d.public, http.HandlerFunc(d.servePublic), httpserver.Options{
		TLS: d.serverTLS(), MaxConnections: cfg.Server.MaxConnections, HeaderTimeout: cfg.Server.HeaderTimeout,
		BodyTimeout: cfg.Server.BodyTimeout, IdleTimeout: cfg.Server.IdleTimeout,
		Grace: max(cfg.Server.Grace/2, time.Millisecond), Log: log, // the streams get the rest
	})
	d.ready.Store(true)
	return d, nil
}

// The admin listener answers those who wait for a flush, and does not hold up
// a shutdown for them.
const (
	adminTimeout = 10 * time.Minute
	adminGrace   = time.Second
)

// listen takes the ports.
func (d *Daemon) listen() (err error) {
	if err := httpserver.CheckListen(d.config.Load().Listen, len(d.config.Load().AccessKeys) > 0); err != nil {
		return err
	}
	if d.public, err = listen("listen", d.config.Load().Listen); err != nil {
		return err
	}
	if d.config.Load().Admin != "" {
		d.admin, err = listen("admin", d.config.Load().Admin)
	}
	return err
}

// API returns the URL of the public listener.
func (d *Daemon) API() string {
	if d.config.Load().TLS != nil {
		return "https://" + d.public.Addr().String()
	}
	return "http://" + d.public.Addr().String()
}

// Admin returns the URL of the admin listener, "" when it is off.
func (d *Daemon) Admin() string {
	if d.admin == nil {
		return ""
	}
	return "http://" + d.admin.Addr().String()
}

// Status returns the account of all streams.
func (d *Daemon) Status() delivery.Status { return d.hub.Status() }

// Flush seals what the stream took so far and waits until all of it is
// delivered or archived.
func (d *Daemon) Flush(ctx context.Context, stream string) error { return d.hub.Flush(ctx, stream) }

// Failed yields an error when a listener has ended by itself.
func (d *Daemon) Failed() <-chan error { return d.failed }

// Close stops the daemon in the direction of the data: no more requests, those
// in flight are answered, the loops stop, the logs are closed. What is pending
// stays on disk. It takes no longer than server.shutdown_grace; running out of
// it loses nothing, and is logged and no error.
func (d *Daemon) Close() error {
	d.ready.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), d.config.Load().Grace)
	defer cancel()
	if err := d.public.close(); err != nil { // 1. nobody appends
		d.log.Warn("requests were cut off", "err", err)
	}
	err := d.hub.Close(ctx) // 2. nobody delivers, nobody writes
	if errors.Is(err, context.DeadlineExceeded) {
		d.log.Warn("the grace period ran out; what is pending is delivered after the next start", "err", err)
		err = nil
	}
	if d.admin != nil { // 3. nobody looks
		_ = d.admin.close() // a scrape that is cut off is no loss
	}
	return err
}

// abandon undoes what a failed Start did.
func (d *Daemon) abandon() error {
	var err error
	for _, l := range []*listener{d.public, d.admin} {
		if l != nil {
			err = errors.Join(err, l.close())
		}
	}
	if d.hub != nil {
		ctx, cancel := context.WithTimeout(context.Background(), d.config.Load().Grace)
		defer cancel()
		err = errors.Join(err, d.hub.Close(ctx))
	}
	return err
}

// explainDataDir says what to do about a data directory that can't be used.
func explainDataDir(dir string, err error) error {
	if errors.Is(err, buffer.ErrLocked) {
		return fmt.Errorf("server.data_dir %s is in use: another hydrant runs on it; stop that one, or give this one a directory of its own", dir)
	}
	if text, ok := diskTrouble(err); ok {
		return fmt.Errorf("server.data_dir %s can't be used: %s: %w", dir, text, err)
	}
	return err
}
