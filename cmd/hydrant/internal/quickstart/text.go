package quickstart

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hydrant/cmd/hydrant/internal/sender"
	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
)

func sentText(c sender.Counts, spoilt int, took time.Duration) string {
	return fmt.Sprintf("sent %s CSV rows with the AWS SDK for Go in %s, %d of them spoilt on purpose",
		term.Count(c.Accepted), term.Duration(took), spoilt)
}

func flushedText(s configs.Stream, took time.Duration) string {
	where := s.Destination.Kind
	if s.Destination.S3 != nil {
		where = s.Destination.S3.Bucket
	}
	return fmt.Sprintf("flushed to %s as %s %s in %s", where, formatName(s.Format.Kind), s.Format.Compression, term.Duration(took))
}

func formatName(kind string) string {
	switch kind {
	case "parquet":
		return "Parquet"
	case "json":
		return "JSON lines"
	}
	return kind
}

// How much of the tree and how wide a table is shown.
const (
	treeObjects = 6
	tableWidth  = 112
	cellWidth   = 28
)

// Write prints the report for people.
func (r *Report) Write(out io.Writer) error {
	w := bufio.NewWriter(out)
	p := page{w, term.Colours(out)}
	p.objects(r)
	p.sample(r)
	p.archive(r)
	p.ledger(r)
	p.next(r)
	return w.Flush()
}

// A page is a report on its way to w.
type page struct {
	w      *bufio.Writer
	colour term.Palette
}

func (p page) title(format string, args ...any) {
	fmt.Fprintf(p.w, "\n%s\n", p.colour.Bold(fmt.Sprintf(format, args...)))
}

func (p page) line(format string, args ...any) { fmt.Fprintf(p.w, "  "+format+"\n", args...) }

// objects draws what is new in the lake.
func (p page) objects(r *Report) {
	lake := r.stores()[0]
	if lake == "" {
		return
	}
	p.title("The lake: %s, %s", objectCount(len(r.Objects)), term.Bytes(totalBytes(r.Objects)))
	p.line("%s", p.colour.Name(r.pathShown(lake)+"/"))
	for _, line := range tree(r.Objects, treeObjects) {
		p.line("  %s", line)
	}
	if r.Before > 0 {
		p.line("%s from before were left as they were: sending rows again adds rows, as it does with Firehose", objectCount(r.Before))
	}
}

// pathShown writes a path below the quickstart's directory as the user would.
func (r *Report) pathShown(dir string) string {
	if rel, err := filepath.Rel(r.Dir, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return path.Join(filepath.ToSlash(r.shown), filepath.ToSlash(rel))
	}
	return dir
}

// sample prints a file's schema and its first rows.
func (p page) sample(r *Report) {
	if r.Sample == nil {
		return
	}
	p.title("One of its files, read back by parquet-go: %s, %s rows", path.Base(path.Dir(r.Sample.Object)), term.Count(r.Sample.Rows))
	for line := range strings.Lines(r.Sample.Schema) {
		p.line("%s", p.colour.Dim(strings.TrimRight(strings.ReplaceAll(line, "\t", "  "), "\n")))
	}
	fmt.Fprintln(p.w)
	t, left := r.Sample.table()
	t.Mark = func(row, _ int, cell string) string {
		if row < 0 {
			return p.colour.Bold(cell)
		}
		return cell
	}
	_ = t.WriteTo(p.w, "  ") // into the buffer: Flush tells
	if left > 0 {
		p.line("%s", p.colour.Dim(fmt.Sprintf("… and %d more columns", left)))
	}
}

// table returns the first rows with as many columns as fit, and how many don't.
func (s *sample) table() (t term.Table, left int) {
	width, n := 0, 0
	for i, name := range s.Names {
		widest := len(name)
		for _, row := range s.First {
			widest = max(widest, min(len(row[i]), cellWidth))
		}
		if width += widest + 2; width > tableWidth {
			break
		}
		n++
	}
	t.Head = s.Names[:n]
	for _, row := range s.First {
		cells := make([]string, n)
		for i := range cells {
			cells[i] = term.Cut(term.Plain(row[i]), cellWidth)
		}
		t.Add(cells...)
	}
	return t, len(s.Names) - n
}

// archive prints why rows failed.
func (p page) archive(r *Report) {
	if r.stores()[1] == "" {
		return
	}
	p.title("The error archive: %s rows, with the reason of each", term.Count(int64(len(r.Archived))))
	last := ""
	for _, a := range r.Archived {
		if dir := path.Dir(a.Object); dir != last {
			p.line("%s", p.colour.Name(path.Join(r.pathShown(r.stores()[1]), term.Plain(dir))+"/"))
			last = dir
		}
		reason := term.Plain(a.reason())
		p.line("  %s  %s", p.colour.Warn(term.Plain(a.Code)), term.Cut(reason, 160))
		p.line("    %s", p.colour.Dim(term.Cut(term.Plain(a.Raw), 108)))
	}
}

// reason is why a row failed, with its column, and without its text, which is
// shown below it.
func (a archived) reason() string {
	reason := a.Message
	text := strings.TrimSuffix(strconv.Quote(a.Raw[:min(len(a.Raw), 16)]), `"`)
	if before, _, ok := strings.Cut(reason, ": "+text); ok {
		reason = before
	}
	if a.Column != "" && !strings.Contains(reason, a.Column) {
		reason = "column " + a.Column + ": " + reason
	}
	return reason
}

// ledger prints the account.
func (p page) ledger(r *Report) {
	l := r.Ledger
	p.title("The ledger")
	p.line("in %d + split %d = delivered %d + archived %d + dropped %d + pending %d", l.In, l.Split, l.Delivered, l.Archived, l.Dropped, l.Pending)
	if l.In+l.Split == l.Delivered+l.Archived+l.Dropped+l.Pending {
		p.line("%s", p.colour.Good("It balances: every record that was accepted is in exactly one place."))
	} else {
		p.line("%s", p.colour.Bad("It does not balance."))
	}
}

// next prints what can be done now.
func (p page) next(r *Report) {
	config := path.Join(filepath.ToSlash(r.shown), configName)
	if r.Serving {
		p.title("Send it something, from another terminal")
	} else {
		p.title("Send it something")
		p.line("%s", p.colour.Name(r.program+" run -c "+shellQuote(config)))
		p.line("and then, from another terminal:")
	}
	fmt.Fprintln(p.w)
	for _, line := range r.examples() {
		p.line("%s", p.colour.Name(line))
	}
	p.title("Next")
	p.line("%s   # where each record is", p.colour.Name(r.program+" status -c "+shellQuote(config)+" --watch"))
	p.line("%s   # what the stream promises, in words", p.colour.Name(r.program+" describe -c "+shellQuote(config)))
	p.line("Then open %s: write bucket = \"my-lake\" to deliver to S3, and put your own columns in.", p.colour.Name(config))
	p.line("To begin anew, remove %s.", p.colour.Name(r.shown))
}

// examples are three ways to send one more row.
func (r *Report) examples() []string {
	api := r.configuredAPI()
	python := fmt.Sprintf(`import boto3, botocore; print(boto3.client("firehose", endpoint_url=%q, region_name="us-east-1", `+
		`config=botocore.config.Config(signature_version=botocore.UNSIGNED)).put_record(DeliveryStreamName=%q, Record={"Data": %q})["RecordId"])`,
		api, streamName, r.Row)
	return []string{
		"aws firehose put-record --endpoint-url " + api + " --region us-east-1 --no-sign-request" +
			" --delivery-stream-name " + streamName + " --record " + shellQuote("Data@=fileb://"+path.Join(filepath.ToSlash(r.shown), recordName)),
		"python3 -c " + shellQuote(python),
		"curl " + api + "/v1/streams/" + streamName + "/records -H 'Content-Type: application/x-ndjson' --data-binary " + shellQuote(r.Row),
	}
}

// configuredAPI returns where the API is when the user starts the daemon: at
// the configured address, or here if it goes on running.
func (r *Report) configuredAPI() string {
	if r.Serving || r.configured == "" {
		return r.API
	}
	return r.configured
}

// shellQuote quotes s for a POSIX shell, if it needs to be.
func shellQuote(s string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_./:=,@%+", c)
	}
	if s != "" && strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
