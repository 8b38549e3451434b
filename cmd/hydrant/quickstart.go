package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"hydrant/cmd/hydrant/internal/quickstart"
	"hydrant/cmd/hydrant/internal/sender"
	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

// birdStrikes are 10,000 rows of the FAA Wildlife Strike Database, in the
// public domain, as packaged by vega-datasets 3.2.1.
//
//go:embed birdstrikes.csv
var birdStrikes []byte

// quickstartCmd is hydrant quickstart.
type quickstartCmd struct {
	Dir   string `default:"hydrant-quickstart" placeholder:"DIR" help:"Directory for the configuration, the log and the files (${default})."`
	Serve bool   `help:"Go on running until interrupted."`
	JSON  bool   `name:"json" help:"Print the report as JSON."`
}

// Help says what happens and gives examples.
func (quickstartCmd) Help() string {
	return `Writes a commented configuration, starts the daemon from it, sends 10,000 reports of the FAA's bird strike
database as CSV through the Firehose API with the AWS SDK, a few of them spoilt on purpose, and shows what
became of them. Nothing else is needed, and nothing outside the directory is touched. When it is run again
it uses the configuration that it finds, and adds the rows once more.

Examples:

  hydrant quickstart
  hydrant quickstart --serve --dir /tmp/birds`
}

// Run shows the whole path.
func (c *quickstartCmd) Run(ctx context.Context, std stdio) (err error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("quickstart: %w", err)
	}
	steps := newSteps(std, c.JSON)
	d, report, err := quickstart.Run(ctx, quickstart.Options{
		Dir: dir, Shown: c.Dir, Data: birdStrikes, Program: programName(), Version: buildVersion().String(),
		Load: func(path string) (*configs.Config, error) { return configFlags{Config: []string{path}}.load(std) },
		Client: func(endpoint string, cfg *configs.Config) (sender.API, error) {
			return quickstartClient(ctx, endpoint, cfg)
		},
		Step: steps.done, Progress: steps.progress,
		Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if d != nil {
		defer func() {
			err = errors.Join(err, d.Close())
		}()
	}
	if err != nil {
		return err
	}
	report.Serving = c.Serve
	if err := c.tell(std.out, report); err != nil {
		return err
	}
	if !c.Serve {
		return nil
	}
	fmt.Fprintf(std.err, "\nRunning until Ctrl-C. Status and metrics: %s\n", d.Admin())
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.Failed():
		return err
	}
}

func (c *quickstartCmd) tell(w io.Writer, r *quickstart.Report) error {
	if c.JSON {
		return writeJSON(w, r)
	}
	return r.Write(w)
}

// quickstartClient returns the client that put would use.
func quickstartClient(ctx context.Context, endpoint string, cfg *configs.Config) (sender.API, error) {
	return clientFlags{Endpoint: endpoint, Region: cfg.Server.Region}.clientFor(ctx, "birdstrikes", cfg)
}

// programName returns how the user calls this program.
func programName() string {
	exe, err := os.Executable()
	if err == nil && strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/hydrant"
	}
	return "hydrant"
}

// steps tells of each step of the quickstart as it is done.
type steps struct {
	w      io.Writer
	colour term.Palette
	bar    *term.Progress
}

// newSteps writes to standard output, or to standard error when that is for
// JSON.
func newSteps(std stdio, json bool) *steps {
	w := std.out
	if json {
		w = std.err
	}
	return &steps{w: w, colour: term.Colours(w)}
}

func (s *steps) done(name, text string) {
	if s.bar != nil {
		s.bar.Close()
	}
	fmt.Fprintf(s.w, "%s %-9s %s\n", s.colour.Good("✓"), name, text)
}

func (s *steps) progress(accepted, all int64) {
	if s.bar == nil {
		s.bar = term.NewProgress(s.w, "  records  ", all)
	}
	s.bar.Update(accepted, term.Count(accepted)+" accepted")
}
