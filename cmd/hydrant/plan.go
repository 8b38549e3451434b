package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"hydrant/buffer"
	"hydrant/cmd/hydrant/internal/changes"
	"hydrant/cmd/hydrant/internal/daemon"
	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
	"hydrant/delivery"
)

// planCmd is hydrant plan.
type planCmd struct {
	configFlags
	adminFlags
	DataDir string `placeholder:"DIR" help:"Compare with what a data directory was last run under, and ask no daemon."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Help says what is compared and gives examples.
func (planCmd) Help() string {
	return `Checks a configuration, compares it with the one that the daemon runs under, and says in words what a reload
would change and what would happen to what is buffered. Nothing is changed. When no daemon answers, it compares
with what the data directory was last run under; that has no secrets in it, so changes of secrets are not seen.

Examples:

  hydrant plan -c hydrant.hcl
  hydrant plan -c hydrant.hcl --data-dir /var/lib/hydrant`
}

// Run compares and tells.
func (c *planCmd) Run(ctx context.Context, std stdio) error {
	next, err := c.load(std)
	if err != nil {
		return err
	}
	now, source, err := c.current(ctx, std, next)
	if err != nil {
		return err
	}
	mask := configs.Secret.String
	if len(now.Salt) > 0 {
		mask = configs.MaskWith(now.Salt)
	}
	diff := configs.Compare(now.Outline, next.Outline(mask))
	if c.JSON {
		return writeJSON(std.out, map[string]any{"compared_with": source, "difference": diff, "pending": now.Pending})
	}
	colour := term.Colours(std.out)
	_, err = fmt.Fprintf(std.out, "%s\n%s", colour.Dim("Compared with "+source+":"), changes.Text(changes.Words(diff, now.Pending), colour))
	return err
}

// current returns what the daemon runs under, or ran under last.
func (c *planCmd) current(ctx context.Context, std stdio, next *configs.Config) (now daemon.Running, source string, err error) {
	dir := c.DataDir
	if dir == "" {
		var url string
		if url, err = c.adminURL(c.configFlags, stdio{std.in, io.Discard, io.Discard}); err == nil {
			var body []byte
			if body, err = askAdmin(ctx, url+"/v1/config"); err == nil {
				return now, "the running daemon", json.Unmarshal(body, &now)
			}
		}
		if e, ok := errors.AsType[*exitError](err); !ok || e.code != exitUnreachable {
			return now, "", err
		}
		dir = next.Server.DataDir
	}
	now, storedErr := lastRun(dir)
	if storedErr != nil {
		return now, "", errors.Join(err, storedErr)
	}
	return now, "the data directory " + dir + ", which no daemon was asked about", nil
}

// lastRun returns what a data directory was last run under.
func lastRun(dir string) (now daemon.Running, err error) {
	text, err := os.ReadFile(filepath.Join(dir, daemon.RunningFile))
	if err != nil {
		return now, fmt.Errorf("nothing to compare with: %w", err)
	}
	if err := json.Unmarshal(text, &now); err != nil {
		return now, fmt.Errorf("%s: %w", filepath.Join(dir, daemon.RunningFile), err)
	}
	now.Pending = make(map[string]int64)
	fs := buffer.RealFS()
	streams := path.Join(filepath.ToSlash(dir), "streams")
	names, err := fs.ReadDir(streams)
	for _, name := range names {
		segments, pendingErr := delivery.Pending(fs, path.Join(streams, name))
		err = errors.Join(err, pendingErr)
		for _, s := range segments {
			now.Pending[name] += s.Info().Records
		}
	}
	return now, err
}
