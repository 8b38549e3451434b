package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hydrant/cmd/hydrant/internal/describe"
	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

// describeCmd is hydrant describe.
type describeCmd struct {
	configFlags
	JSON   bool   `name:"json" help:"Print JSON."`
	Stream string `arg:"" optional:"" help:"Name of a delivery stream; without it, all of them."`
}

// Help says what is described and gives examples.
func (describeCmd) Help() string {
	return `Says for each stream, in words, what is promised: when a record is safe, what becomes of it, how objects are
called, where failed rows go, what happens when something is down, and what is not promised. It reads the
configuration and asks nobody. No secret is printed.

Examples:

  hydrant describe -c hydrant.hcl
  hydrant describe clicks -c conf.d --json`
}

// A described stream is what describe says of it.
type described struct {
	Stream   string               `json:"stream"`
	Declared string               `json:"declared"` // file:line
	Promises []describe.Statement `json:"promises"`
}

// Run describes one stream or all.
func (c *describeCmd) Run(std stdio) error {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	streams := cfg.Streams
	if c.Stream != "" {
		s, ok := cfg.Stream(c.Stream)
		if !ok {
			return fmt.Errorf("the configuration has no delivery_stream %q; it has: %s", c.Stream, strings.Join(streamNames(cfg), ", "))
		}
		streams = []configs.Stream{s}
	}
	var all []described
	for _, s := range streams {
		promises, err := describe.Stream(cfg.Server, s, apiURL(cfg.Server))
		if err != nil {
			return err
		}
		all = append(all, described{s.Name, s.Declared, promises})
	}
	if c.JSON {
		return writeJSON(std.out, map[string]any{"streams": slices.Concat([]described{}, all)})
	}
	return writeDescribed(std.out, all)
}

func writeDescribed(w io.Writer, all []described) error {
	colour := term.Colours(w)
	width := min(term.Width(w), 110)
	var b strings.Builder
	for i, s := range all {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s  %s\n", colour.Bold("delivery stream "+s.Stream), colour.Dim(s.Declared))
		for _, p := range s.Promises {
			fmt.Fprintf(&b, "\n  %s\n", colour.Name(p.About))
			for _, line := range term.Wrap(term.Plain(p.Text), width-4) {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
