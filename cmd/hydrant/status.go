package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"hydrant/cmd/hydrant/internal/term"
	"hydrant/delivery"
)

// Where a daemon listens when its configuration does not say.
const (
	defaultAPI   = "http://127.0.0.1:4573"
	defaultAdmin = "http://127.0.0.1:4574"
)

// statusCmd is hydrant status.
type statusCmd struct {
	configFlags
	Admin string `placeholder:"HOST:PORT" help:"Admin address of the daemon; without it and without -c, 127.0.0.1:4574."`
	Watch bool   `short:"w" help:"Show it anew every second until interrupted."`
	JSON  bool   `name:"json" help:"Print what the daemon answers, as JSON."`
}

// Help explains the columns and gives examples.
func (statusCmd) Help() string {
	return `Shows the ledger of each stream, in records: IN + SPLIT = DELIVERED + ARCHIVED + DROPPED + PENDING.
SPLIT are rows that a transform made beyond the records it took; ARCHIVED is what failed and is in the error
sink with its reason; PENDING is accepted, safe on this machine, and not yet delivered. Exit code 3 when no
daemon answers.

Examples:

  hydrant status
  hydrant status -c hydrant.hcl --watch
  hydrant status --json | jq '.streams[].records'`
}

// Run shows the status once, or every second.
func (c *statusCmd) Run(ctx context.Context, std stdio) error {
	url, err := c.adminURL(std)
	if err != nil {
		return err
	}
	show := func() error { return c.show(ctx, std, url+"/v1/status") }
	if !c.Watch {
		return show()
	}
	return watch(ctx, std, show)
}

// adminURL returns the daemon's admin address from the flags or the
// configuration.
func (c *statusCmd) adminURL(std stdio) (string, error) {
	switch {
	case c.Admin != "":
		return "http://" + strings.TrimSuffix(strings.TrimPrefix(c.Admin, "http://"), "/"), nil
	case len(c.Config) == 0:
		return defaultAdmin, nil
	}
	cfg, err := c.load(stdio{std.in, io.Discard, std.err})
	if err != nil {
		return "", err
	}
	if cfg.Server.Admin == "" {
		return "", errors.New("status: server.admin is turned off in the configuration")
	}
	return baseURL("http", cfg.Server.Admin), nil
}

// watch calls show every second until ctx ends, on a terminal in place.
func watch(ctx context.Context, std stdio, show func() error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if term.IsTerminal(std.out) {
			fmt.Fprint(std.out, "\x1b[H\x1b[2J", time.Now().Format(time.TimeOnly), "\n\n")
		}
		if err := show(); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (c *statusCmd) show(ctx context.Context, std stdio, url string) error {
	body, err := askAdmin(ctx, url)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := std.out.Write(body)
		return err
	}
	var s delivery.Status
	if err := json.Unmarshal(body, &s); err != nil {
		return fmt.Errorf("status: answer of %s: %w", url, err)
	}
	return writeStatus(std.out, s)
}

// askAdmin gets url from the admin listener.
func askAdmin(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("status: %w", err)}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, &exitError{exitUnreachable, fmt.Errorf("no daemon answers: %w", err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, &exitError{exitUnreachable, fmt.Errorf("no daemon answers: %w", err)}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status: %s answered %s: %.200s", url, resp.Status, term.Plain(string(body)))
	}
	return body, nil
}

// writeStatus prints the ledger as a table.
func writeStatus(w io.Writer, s delivery.Status) error {
	if len(s.Streams) == 0 {
		_, err := fmt.Fprintln(w, "no streams")
		return err
	}
	colour := term.Colours(w)
	t := term.Table{
		Head:  strings.Split("STREAM,IN,SPLIT,DELIVERED,ARCHIVED,DROPPED,PENDING,OLDEST,STATE,NEXT RETRY,LAST ERROR", ","),
		Right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true},
		Mark: func(row, col int, cell string) string {
			switch state := strings.TrimSpace(cell); {
			case row < 0:
				return colour.Bold(cell)
			case col == 8 && state == "ok":
				return colour.Good(cell)
			case col == 8:
				return colour.Bad(cell)
			}
			return cell
		},
	}
	for _, st := range s.Streams {
		t.Add(statusRow(st)...)
	}
	return t.WriteTo(w, "")
}

// statusRow returns one stream's cells; of its destinations it shows the one
// that is in trouble. The error of one that works again is history.
func statusRow(st delivery.StreamStatus) []string {
	r := st.Records
	cells := []string{term.Plain(st.Name)}
	for _, n := range []int64{r.In, r.Split, r.Delivered, r.Archived, r.Dropped, r.Pending} {
		cells = append(cells, term.Count(n))
	}
	oldest, state, next, last := "-", "ok", "-", "-"
	if r.Pending > 0 {
		oldest = term.Duration(seconds(st.OldestPendingSeconds))
	}
	for _, d := range st.Destinations {
		if d.State != "ok" {
			state = d.State
			next = fmt.Sprintf("%s (try %d)", term.Duration(seconds(d.NextRetrySeconds)), d.Attempts+1)
			last = lastError(d, time.Now())
			break
		}
	}
	return append(cells, oldest, state, next, last)
}

// lastError is a destination's trouble with its age.
func lastError(d delivery.DestinationStatus, now time.Time) string {
	text := d.Kind
	if !d.LastErrorAt.IsZero() {
		text += ", " + term.Duration(max(now.Sub(d.LastErrorAt), 0)) + " ago"
	}
	return text + ": " + term.Cut(term.Plain(d.LastError), 120)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
