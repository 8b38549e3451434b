package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hydrant/cmd/hydrant/internal/sender"
	"hydrant/cmd/hydrant/internal/term"
)

// putCmd is hydrant put.
type putCmd struct {
	configFlags
	clientFlags

	KeepNewline bool          `help:"Keep the line end as part of each record."`
	RawFile     bool          `help:"Send each file as one record."`
	SkipLines   int           `placeholder:"N" help:"Leave out this many lines at the head of each file, such as the header of a CSV file."`
	InFlight    int           `default:"4" help:"Batches under way at once."`
	Patience    time.Duration `default:"1m" help:"How long to try while nothing is accepted."`
	Quiet       bool          `short:"q" help:"Show no progress."`
	JSON        bool          `name:"json" help:"Print the counts as JSON."`

	Stream string   `arg:"" help:"Name of the delivery stream."`
	Files  []string `arg:"" optional:"" help:"Files to read, in this order; - or none is standard input."`
}

// Help says what is sent and gives examples.
func (putCmd) Help() string {
	return `Sends each line as a record through PutRecordBatch, in batches of up to 500 records and 4 MiB, and sends
again only what was not accepted. Blank lines are left out. Records that the server said to be durable are
counted as accepted. A batch whose answer was lost is sent again with the same idempotency key, and Hydrant
stores it once; running put again sends everything again.

The address is that of --endpoint, else of the configuration, else AWS_ENDPOINT_URL_FIREHOSE or
AWS_ENDPOINT_URL, else http://127.0.0.1:4573. Keys are those of the configuration, else those that the
AWS SDK finds, else requests are not signed.

Exit code 0 only when every record was accepted; 4 when some were, 3 when no daemon answers.

Examples:

  hydrant put clicks events.ndjson
  zcat events.csv.gz | hydrant put clicks --skip-lines 1
  hydrant put clicks -c hydrant.hcl --json < events.ndjson`
}

// A putReport is what put says at its end.
type putReport struct {
	Stream string `json:"stream"`
	sender.Counts
	Blank   int64   `json:"blank"` // blank lines that were left out
	Seconds float64 `json:"seconds"`
}

// Run sends the records and tells what became of them.
func (c *putCmd) Run(ctx context.Context, std stdio) error {
	api, err := c.clientFlags.client(ctx, c.Stream, c.configFlags, std)
	if err != nil {
		return err
	}
	src, err := newFileSource(c.Files, std.in, c.lines())
	if err != nil {
		return err
	}
	defer src.close()
	progress := term.NewProgress(c.progressOutput(std), "put "+c.Stream, src.total)
	start := time.Now()
	sent, err := sender.Send(ctx, api, c.Stream, src, sender.Options{
		InFlight: c.InFlight, Patience: c.Patience,
		Progress: func(n sender.Counts) {
			progress.Update(src.read.Load(), fmt.Sprintf("%s accepted, %s", term.Count(n.Accepted), term.Bytes(n.Bytes)))
		},
	})
	progress.Close()
	report := putReport{Stream: c.Stream, Counts: sent, Blank: src.blank, Seconds: time.Since(start).Seconds()}
	if tellErr := c.tell(std.out, report); err == nil {
		err = tellErr
	}
	return putResult(report, err)
}

func (c *putCmd) progressOutput(std stdio) io.Writer {
	if c.Quiet {
		return nil
	}
	return std.err
}

// tell prints the counts.
func (c *putCmd) tell(w io.Writer, r putReport) error {
	if c.JSON {
		return writeJSON(w, r)
	}
	line := fmt.Sprintf("%s of %s records accepted (%s) in %s",
		term.Count(r.Accepted), term.Count(r.Read), term.Bytes(r.Bytes), term.Duration(seconds(r.Seconds)))
	for _, more := range []struct {
		n    int64
		text string
	}{
		{r.Retried, "sent again"}, {r.TooLarge, "larger than 1,000 KiB"},
		{r.Refused - r.TooLarge, "not accepted"}, {r.Blank, "blank lines left out"},
	} {
		if more.n > 0 {
			line += fmt.Sprintf(", %s %s", term.Count(more.n), more.text)
		}
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// putResult returns the error that gives the right exit code.
func putResult(r putReport, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return &exitError{exitInterrupted, errors.New("interrupted: what the line above counts as accepted is safe")}
	case err != nil && r.Accepted > 0:
		return &exitError{exitPartial, err}
	case errors.Is(err, sender.ErrUnreachable):
		return &exitError{exitUnreachable, err}
	case err != nil:
		return err
	case r.Refused > 0 && r.Accepted > 0:
		return &exitError{exitPartial, fmt.Errorf("%s records were not accepted", term.Count(r.Refused))}
	case r.Refused > 0:
		return fmt.Errorf("no record was accepted")
	}
	return nil
}
