package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"hydrant/cmd/hydrant/internal/daemon"
	"hydrant/configs"
)

// runCmd is hydrant run.
type runCmd struct {
	configFlags
	JSON bool `name:"json" help:"Log as JSON, whatever the configuration says."`
}

// Help explains signals and gives examples.
func (runCmd) Help() string {
	return `Runs in the foreground and logs to standard error. SIGTERM or SIGINT stops it: no more requests are taken,
those under way are answered, what is pending stays on disk and is delivered after the next start. A
second signal ends it at once, which loses nothing either. SIGHUP loads the configuration again, as hydrant
reload does.

Examples:

  hydrant run -c hydrant.hcl
  hydrant run -c conf.d --var bucket=lake`
}

// Run runs the daemon until ctx ends.
func (c *runCmd) Run(ctx context.Context, std stdio) error {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	if c.JSON {
		cfg.Server.Log.Format = "json"
	}
	limitMemory(cfg.Server.MaxMemory)
	level := new(slog.LevelVar)
	level.Set(cfg.Server.Log.Level)
	log := newLogger(std, cfg.Server.Log.Format, level)
	d, err := daemon.Start(ctx, cfg, log, buildVersion().String())
	if err != nil {
		return err
	}
	d.EnableReload(daemon.Reloader{Load: c.again, SetLevel: level.Set})
	stopReloads := reloadOnSignal(ctx, d)
	defer stopReloads()
	log.Info("running", "api", d.API(), "admin", d.Admin(), "streams", len(cfg.Streams),
		"data_dir", cfg.Server.DataDir, "signed", len(cfg.Server.AccessKeys) > 0)
	select {
	case <-ctx.Done():
		log.Info("stopping", "grace", cfg.Server.Grace)
	case err = <-d.Failed():
	}
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		log.Info("stopped")
	}
	return err
}

// again loads the configuration as Run did.
func (c *runCmd) again() (*configs.Config, configs.Diagnostics) {
	cfg, diags := configs.Load(c.Config, configs.LoadOptions{Vars: c.Var})
	if cfg != nil && c.JSON {
		cfg.Server.Log.Format = "json"
	}
	return cfg, diags
}

// reloadOnSignal reloads the configuration at each SIGHUP, until the function
// that it returns is called.
func reloadOnSignal(ctx context.Context, d *daemon.Daemon) (stop func()) {
	hups, quit, ended := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(hups, syscall.SIGHUP)
	go func() {
		defer close(ended)
		for {
			select {
			case <-hups:
				d.ReloadAndLog(ctx)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hups)
		close(quit)
		<-ended
	}
}

// limitMemory tells the garbage collector the budget, unless the environment
// does. What the collector does not see (stacks, the binary, buffers of the
// kernel) gets the rest.
func limitMemory(budget int64) {
	if os.Getenv("GOMEMLIMIT") == "" && budget > 0 {
		debug.SetMemoryLimit(budget / 100 * 85)
	}
}

// newLogger returns a logger to standard error.
func newLogger(std stdio, format string, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(std.err, options))
	}
	return slog.New(slog.NewTextHandler(std.err, options))
}
