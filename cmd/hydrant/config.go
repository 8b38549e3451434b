package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

// configFlags name a configuration.
type configFlags struct {
	Config []string          `short:"c" name:"config" placeholder:"PATH" sep:"none" help:"Configuration: a file, or a directory of *.hcl files. May be repeated."`
	Var    map[string]string `name:"var" placeholder:"NAME=VALUE" mapsep:"none" help:"Value of a variable of the configuration. May be repeated."`
}

// load reads the configuration and prints what is wrong with it to std.err.
// It is what both validate and run do.
func (f configFlags) load(std stdio) (*configs.Config, error) {
	if err := f.given(); err != nil {
		return nil, err
	}
	cfg, diags := configs.Load(f.Config, configs.LoadOptions{Vars: f.Var})
	if diags.Len() > 0 {
		if err := tellDiagnostics(std, diags); err != nil {
			return nil, err
		}
	}
	if diags.HasErrors() {
		return nil, &exitError{code: exitFailed}
	}
	return cfg, nil
}

// given fails when no configuration was named.
func (f configFlags) given() error {
	if len(f.Config) > 0 {
		return nil
	}
	return &exitError{exitUsage, errors.New("no configuration given: name a file or a directory with -c")}
}

// tellDiagnostics prints every mistake and warning, and how many there are.
func tellDiagnostics(std stdio, diags configs.Diagnostics) error {
	colour := term.Colours(std.err)
	if err := diags.Write(std.err, colour.On(), min(term.Width(std.err), 100)); err != nil {
		return err
	}
	if !diags.HasErrors() {
		_, err := fmt.Fprintln(std.err)
		return err
	}
	errors, warnings := diags.Counts()
	_, err := fmt.Fprintf(std.err, "\n%s\n", colour.Bad(counts(errors, "mistake")+andWarnings(warnings)))
	return err
}

func andWarnings(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + counts(n, "warning")
}

// counts writes "1 stream", "2 streams".
func counts(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// baseURL returns the URL at which a client on this machine reaches a listen
// address.
func baseURL(scheme, listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return scheme + "://" + listen
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// apiURL returns where the API of a configuration is reached.
func apiURL(s configs.Server) string {
	if s.TLS != nil {
		return baseURL("https", s.Listen)
	}
	return baseURL("http", s.Listen)
}
