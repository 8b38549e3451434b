package main

import (
	"fmt"
	"strings"

	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

// validateCmd is hydrant validate.
type validateCmd struct {
	configFlags
	JSON bool `name:"json" help:"Print JSON."`
}

// Help returns an example.
func (validateCmd) Help() string {
	return `Reads the configuration as run does and tells every mistake at once, with its place, what is wrong
and what to write instead. Nothing is started or connected to. Exit code 1 when there is a mistake;
warnings alone are no mistake.

Examples:

  hydrant validate -c hydrant.hcl
  hydrant validate -c conf.d --var bucket=lake --json`
}

// Run checks the configuration.
func (c *validateCmd) Run(std stdio) error {
	if c.JSON {
		return c.runJSON(std)
	}
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	names := streamNames(cfg)
	text := counts(len(names), "stream")
	if len(names) > 0 && len(names) <= 8 {
		text += ": " + strings.Join(names, ", ")
	}
	_, err = fmt.Fprintf(std.out, "%s %s\n", term.Colours(std.out).Good("The configuration is valid."), text)
	return err
}

func (c *validateCmd) runJSON(std stdio) error {
	if err := c.given(); err != nil {
		return err
	}
	cfg, diags := configs.Load(c.Config, configs.LoadOptions{Vars: c.Var})
	out := struct {
		Valid       bool            `json:"valid"`
		Streams     []string        `json:"streams"`
		Diagnostics []configs.Entry `json:"diagnostics"`
	}{cfg != nil, streamNames(cfg), diags.Entries()}
	if err := writeJSON(std.out, out); err != nil {
		return err
	}
	if cfg == nil {
		return &exitError{code: exitFailed}
	}
	return nil
}

func streamNames(cfg *configs.Config) []string {
	names := []string{}
	if cfg != nil {
		for _, s := range cfg.Streams {
			names = append(names, s.Name)
		}
	}
	return names
}
