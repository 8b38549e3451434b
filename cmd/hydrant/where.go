package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"hydrant/buffer"
	"hydrant/cmd/hydrant/internal/term"
	"hydrant/delivery"
)

// whereCmd is hydrant where.
type whereCmd struct {
	configFlags
	adminFlags
	DataDir string `placeholder:"DIR" help:"Look into this data directory, and ask no daemon."`
	JSON    bool   `name:"json" help:"Print JSON."`
	Record  string `arg:"" help:"RecordId, as it was returned when the record was accepted."`
}

// Help says what is told and gives examples.
func (whereCmd) Help() string {
	return `Says where a record is: pending on this machine and in which segment, delivered and in which object,
archived in the error sink and why, or dropped by a transform. For records that are no longer pending it
needs their receipts, which are kept as server.receipts and server.receipts_max say. Exit code 1 when nothing
is known of the record.

Examples:

  hydrant where 019a98c1d2e37f00a1b2c3d4e5f6a7b800000000004000000003
  hydrant where --data-dir /var/lib/hydrant --json 019a98c1d2e37f00a1b2c3d4e5f6a7b800000000004000000003`
}

// Run looks for the record.
func (c *whereCmd) Run(ctx context.Context, std stdio) error {
	id, err := buffer.ParseRecordID(c.Record)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	found, err := c.find(ctx, std, id)
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(std.out, found)
	} else {
		_, err = io.WriteString(std.out, whereText(found))
	}
	if err == nil && found.State == delivery.StateUnknown {
		return &exitError{code: exitFailed}
	}
	return err
}

func (c *whereCmd) find(ctx context.Context, std stdio, id buffer.RecordID) (found delivery.Whereabouts, err error) {
	if c.DataDir != "" {
		return delivery.Where(buffer.RealFS(), filepath.ToSlash(c.DataDir), id)
	}
	url, err := c.adminURL(c.configFlags, std)
	if err != nil {
		return found, err
	}
	body, err := askAdmin(ctx, url+"/v1/where?id="+id.String())
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(body, &found)
}

// whereText says in words where a record is.
func whereText(w delivery.Whereabouts) string {
	var b strings.Builder
	switch w.State {
	case delivery.StatePending:
		fmt.Fprintf(&b, "pending: stream %s, segment %s in %s", term.Plain(w.Stream), w.Segment, term.Plain(w.File))
		if w.Damaged {
			b.WriteString("\n  it cannot be read: the log is damaged there, and it will be archived as buffer-damaged")
		} else {
			fmt.Fprintf(&b, "\n  accepted %s, %d bytes", w.Arrival.Format(time.RFC3339Nano), w.Bytes)
		}
	case delivery.StateUnknown:
		b.WriteString("unknown: " + w.Remark)
	default:
		fmt.Fprintf(&b, "stream %s, segment %s, acknowledged %s", term.Plain(w.Stream), w.Segment, w.Settled.Format(time.RFC3339))
	}
	for _, p := range w.Places {
		fmt.Fprintf(&b, "\n  %s", p.Fate)
		if p.Key != "" {
			fmt.Fprintf(&b, ": %s %s", term.Plain(p.Bucket), term.Plain(p.Key))
		}
		if p.Reason != "" {
			fmt.Fprintf(&b, " (%s)", term.Plain(p.Reason))
		}
	}
	b.WriteByte('\n')
	return b.String()
}
