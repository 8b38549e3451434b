package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// The exit codes; about and docs/cli.md tell them to users.
const (
	exitOK          = 0
	exitFailed      = 1   // the configuration is wrong, or the command failed
	exitUsage       = 2   // the command line is wrong
	exitUnreachable = 3   // no daemon answers
	exitPartial     = 4   // done in part: some records were not accepted; or damage was found
	exitInterrupted = 130 // ended by a signal before it was done
)

const about = `Hydrant takes records over the API of Amazon Data Firehose, keeps them safe on disk, and
delivers them in batches, transformed and converted, to S3. Nothing that it accepted is lost.

First steps:
  hydrant quickstart                            see the whole path on this machine
  hydrant validate -c hydrant.hcl               check a configuration
  hydrant run -c hydrant.hcl                    run it
  hydrant put clicks events.ndjson              send records
  hydrant status                                see where each record is

Exit codes:
  0    done
  1    the configuration is wrong, or the command failed
  2    the command line is wrong
  3    no daemon answers
  4    done in part: some records were not accepted; or damage was found
  130  ended by a signal before it was done`

// commands is the grammar of the command line.
type commands struct {
	Run        runCmd        `cmd:"" help:"Run the daemon."`
	Validate   validateCmd   `cmd:"" help:"Check a configuration and tell every mistake in it."`
	Quickstart quickstartCmd `cmd:"" help:"Run the whole path on this machine: CSV in, Parquet out."`
	Put        putCmd        `cmd:"" help:"Send lines of files or of standard input to a stream."`
	Status     statusCmd     `cmd:"" help:"Show where the records of a running daemon are."`
	Where      whereCmd      `cmd:"" help:"Say where one record is."`
	Plan       planCmd       `cmd:"" help:"Say what a changed configuration would change."`
	Reload     reloadCmd     `cmd:"" help:"Make a running daemon take over its changed configuration."`
	Segments   segmentsCmd   `cmd:"" help:"Look into the log: list, read, check and export segments."`
	Describe   describeCmd   `cmd:"" help:"Say in words what a configuration promises."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Help       helpCmd       `cmd:"" help:"Show help for a command."`
}

// An exitError is an error with the exit code that it deserves; without err,
// everything was told already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// helpCmd is hydrant help [COMMAND].
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"Command to explain."`
}

// Help returns an example.
func (helpCmd) Help() string { return "Example:\n\n  hydrant help put" }

// Run prints the help.
func (c *helpCmd) Run(ctx context.Context, std stdio) error {
	parser, err := newParser(ctx, std)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(append(c.Command, "--help")); err != nil {
		return usageError(err)
	}
	return nil
}

// writeJSON prints v for machines, indented for people who look anyway.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
