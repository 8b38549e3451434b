// Hydrant is a self-hosted Amazon Data Firehose: producers send it records,
// and it delivers them in batches, transformed and converted, losing nothing.
//
// This package is the command line. A command is a struct with its flags and
// a Run method; the daemon that run and quickstart start is in
// internal/daemon, the client that put and quickstart send with in
// internal/sender.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"hydrant/cmd/hydrant/internal/term"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals // the user has no patience left
		os.Exit(exitInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program: it runs the command that args name until it is done or
// ctx ends, and returns the exit code. Tests start it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case helpShown:
			code = int(p)
		default:
			panic(p)
		}
	}()
	std := stdio{in, out, errs}
	parser, err := newParser(ctx, std)
	if err != nil {
		return std.fail(err)
	}
	parsed, err := parser.Parse(longVar(args))
	if err != nil {
		return std.fail(usageError(err))
	}
	return std.fail(parsed.Run())
}

// stdio is what a command reads from and writes to: results to out, progress
// and errors to err.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// fail tells err, if there is anything to tell, and returns the exit code.
func (s stdio) fail(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitFailed
	if e, ok := errors.AsType[*exitError](err); ok {
		code, err = e.code, e.err
	}
	if err != nil {
		fmt.Fprintf(s.err, "%s %s\n", term.Colours(s.err).Bad("hydrant:"), strings.TrimSpace(err.Error()))
	}
	return code
}

// helpShown unwinds the parser after it has printed help.
type helpShown int

func newParser(ctx context.Context, std stdio) (*kong.Kong, error) {
	return kong.New(new(commands),
		kong.Name("hydrant"),
		kong.Description(about),
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { panic(helpShown(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoAppDescFormat: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
		kong.Vars{"lines_in_flight": "4"},
	)
}

// usageError says that the command line was wrong and where to read on.
func usageError(err error) error {
	command := "hydrant"
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil && p.Context.Selected() != nil {
		command = p.Context.Selected().FullPath()
	}
	return &exitError{exitUsage, fmt.Errorf("%w\nSee %s --help", err, command)}
}

// longVar lets -var NAME=VALUE be written as Terraform's users do.
func longVar(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		if a == "-var" || strings.HasPrefix(a, "-var=") {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}
