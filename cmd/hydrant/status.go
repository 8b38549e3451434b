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
	adminFlags
	Watch bool `short:"w" help:"Show it anew every second until interrupted."`
	JSON  bool `name:"json" help:"Print what the daemon answers, as JSON."`
}

// Help explains the columns and gives examples.
func (statusCmd) Help() string {
	return `Shows the ledger of each stream, in records: IN + SPLIT = DELIVERED + ARCHIVED + DROPPED + PENDING.
SPLIT are rows that a transform made beyond the records it took; ARCHIVED is what failed and is in the error
sink with its reason; PENDING is accepted, safe on this machine, and not yet delivered. BATCH is how many bytes
of records the next batch may have, WORKERS how many batches may be under way: both grow while a stream is
behind. Exit code 3 when no daemon answers.

Examples:

  hydrant status
  hydrant status -c hydrant.hcl --watch
  hydrant status --json | jq '.streams[].records'`
}

// Run shows the status once, or every second.
func (c *statusCmd) Run(ctx context.Context, std stdio) error {
	url, err := c.adminURL(c.configFlags, std)
	if err != nil {
		return err
	}
	show := func() error { return c.show(ctx, std, url+"/v1/status") }
	if !c.Watch {
		return show()
	}
	return watch(ctx, std, show)
}

// adminFlags say where the admin listener is.
type adminFlags struct {
	Admin string `placeholder:"HOST:PORT" help:"Admin address of the daemon; without it and without -c, 127.0.0.1:4574."`
}

// adminURL returns the daemon's admin address from the flags or the
// configuration.
func (a adminFlags) adminURL(c configFlags, std stdio) (string, error) {
	switch {
	case a.Admin != "":
		return "http://" + strings.TrimSuffix(strings.TrimPrefix(a.Admin, "http://"), "/"), nil
	case len(c.Config) == 0:
		return defaultAdmin, nil
	}
	cfg, err := c.load(stdio{std.in, io.Discard, std.err})
	if err != nil {
		return "", err
	}
	if cfg.Server.Admin == "" {
		return "", errors.New("server.admin is turned off in the configuration")
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
	status, body, err := callAdmin(ctx, http.MethodGet, url)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answered %d: %.200s", url, status, term.Plain(string(body)))
	}
	return body, err
}

// callAdmin sends a request without a body to the admin listener.
func callAdmin(ctx context.Context, method, url string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, nil, &exitError{exitUsage, err}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, &exitError{exitUnreachable, fmt.Errorf("no daemon answers: %w", err)}
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return 0, nil, &exitError{exitUnreachable, fmt.Errorf("no daemon answers: %w", err)}
	}
	return resp.StatusCode, body, nil
}

// stateColumn is that of STATE.
const stateColumn = 10

// writeStatus prints the ledger as a table.
func writeStatus(w io.Writer, s delivery.Status) error {
	if len(s.Streams) == 0 {
		_, err := fmt.Fprintln(w, "no streams")
		return err
	}
	colour := term.Colours(w)
	t := term.Table{
		Head:  strings.Split("STREAM,IN,SPLIT,DELIVERED,ARCHIVED,DROPPED,PENDING,OLDEST,BATCH,WORKERS,STATE,NEXT RETRY,LAST ERROR", ","),
		Right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true},
		Mark: func(row, col int, cell string) string {
			switch state := strings.TrimSpace(cell); {
			case row < 0:
				return colour.Bold(cell)
			case col == stateColumn && state == "ok":
				return colour.Good(cell)
			case col == stateColumn:
				return colour.Bad(cell)
			}
			return cell
		},
	}
	for _, st := range s.Streams {
		t.Add(statusRow(st)...)
	}
	if err := t.WriteTo(w, ""); err != nil {
		return err
	}
	for _, st := range s.Streams {
		if st.State != delivery.StateOrphaned {
			continue
		}
		if _, err := fmt.Fprintf(w, "\n%s %s: %s records: %s\n", colour.Bad("orphaned"), term.Plain(st.Name),
			term.Count(st.Records.Pending), term.Plain(st.Remark)); err != nil {
			return err
		}
	}
	return nil
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
	if st.State == delivery.StateDraining || st.State == delivery.StateOrphaned {
		state = st.State
	}
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
	return append(cells, oldest, term.Bytes(st.BatchTarget), term.Count(int64(st.Workers)), state, next, last)
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
