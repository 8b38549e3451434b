package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"hydrant/cmd/hydrant/internal/changes"
	"hydrant/cmd/hydrant/internal/daemon"
	"hydrant/cmd/hydrant/internal/term"
)

// reloadCmd is hydrant reload.
type reloadCmd struct {
	configFlags
	adminFlags
	JSON bool `name:"json" help:"Print what the daemon answers, as JSON."`
}

// Help explains what is reloaded and gives examples.
func (reloadCmd) Help() string {
	return `Makes a running daemon load the configuration that it was started with again, and prints what changed. The
same happens on SIGHUP. Everything is checked first: a configuration with a mistake is refused wholly, the old
one stays in force, and the exit code is 1. hydrant plan says beforehand what would change. -c is needed only
to find the daemon's admin address.

Examples:

  hydrant reload
  hydrant reload -c hydrant.hcl`
}

// reloadTimeout is long enough for a reload that waits for what is being
// delivered, stream by stream.
const reloadTimeout = 10 * time.Minute

// Run asks the daemon and tells its answer.
func (c *reloadCmd) Run(ctx context.Context, std stdio) error {
	url, err := c.adminURL(c.configFlags, std)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reloadTimeout)
	defer cancel()
	status, body, err := callAdmin(ctx, http.MethodPost, url+"/v1/reload")
	if err != nil {
		return err
	}
	var answer daemon.Reloaded
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK && status != http.StatusUnprocessableEntity {
		return fmt.Errorf("%s answered %d: %.200s", url, status, term.Plain(string(body)))
	}
	if c.JSON {
		_, err := std.out.Write(body)
		return errors.Join(err, refused(answer, true))
	}
	if _, err := io.WriteString(std.err, answer.Text); err != nil {
		return err
	}
	if answer.Applied {
		_, err = io.WriteString(std.out, changes.Text(changes.Words(answer.Difference, answer.Pending), term.Colours(std.out)))
	}
	return errors.Join(err, refused(answer, false))
}

// refused returns the error of a reload that did not work.
func refused(answer daemon.Reloaded, told bool) error {
	if answer.Applied {
		return nil
	}
	if told || len(answer.Errors) == 0 {
		return &exitError{code: exitFailed}
	}
	return errors.New(term.Plain(answer.Errors[0]))
}
