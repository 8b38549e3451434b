package main

import (
	"fmt"
	"strings"

	"hydrant/buffer"
	"hydrant/cmd/hydrant/internal/term"
	"hydrant/delivery"
)

// segmentsCheckCmd is hydrant segments check.
type segmentsCheckCmd struct {
	dataFlags
	JSON bool `name:"json" help:"Print JSON."`
}

// A checked stream is what check found of it.
type checked struct {
	Stream   string             `json:"stream"`
	Findings []delivery.Finding `json:"findings"`
}

// Run reads everything and tells what is damaged; the exit code is 4 if
// something is.
func (c *segmentsCheckCmd) Run(std stdio) error {
	streams, err := c.streams(std)
	if err != nil {
		return err
	}
	all, damaged := []checked{}, 0
	for _, st := range streams {
		found, err := delivery.Check(buffer.RealFS(), st.dir)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.Damage {
				damaged++
			}
		}
		all = append(all, checked{st.name, append([]delivery.Finding{}, found...)})
	}
	if c.JSON {
		err = writeJSON(std.out, map[string]any{"damage": damaged > 0, "streams": all})
	} else {
		err = c.tell(std, all)
	}
	if err == nil && damaged > 0 {
		return &exitError{code: exitPartial}
	}
	return err
}

func (c *segmentsCheckCmd) tell(std stdio, all []checked) error {
	colour := term.Colours(std.out)
	var b strings.Builder
	for _, st := range all {
		damaged := false
		for _, f := range st.Findings {
			damaged = damaged || f.Damage
		}
		verdict := colour.Good("no damage")
		if damaged {
			verdict = colour.Bad("damaged")
		}
		fmt.Fprintf(&b, "%s: %s\n", colour.Bold(term.Plain(st.Stream)), verdict)
		for _, f := range st.Findings {
			mark := colour.Dim("remark")
			if f.Damage {
				mark = colour.Bad("damage")
			}
			fmt.Fprintf(&b, "  %s %s", mark, term.Plain(f.Where))
			if f.Size > 0 {
				fmt.Fprintf(&b, ", %d bytes at %d", f.Size, f.Offset)
			}
			fmt.Fprintf(&b, "\n    %s", term.Plain(f.What))
			if f.Records > 0 {
				fmt.Fprintf(&b, ": %s records", term.Count(f.Records))
			}
			fmt.Fprintf(&b, "\n    then: %s\n", term.Plain(f.Then))
		}
	}
	_, err := fmt.Fprint(std.out, b.String())
	return err
}
