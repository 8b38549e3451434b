package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"

	"hydrant/integration/harness"
)

// A fate is what a producer knows of a record.
type fate int

const (
	unknown fate = iota // sent, and the answer was lost: it may be in or not
	acked               // accepted: it must be found exactly once
	refused             // answered with an error: it must not be found
)

// A producer sends batches of records with ids of its own, and remembers what
// it was told of each. It never sends an id twice.
type producer struct {
	name   string
	stream string
	pause  time.Duration // between batches
	batch  int           // records in each
	fates  map[string]fate
}

// run sends until ctx is done.
func (p *producer) run(ctx context.Context, client *firehose.Client) {
	p.fates = map[string]fate{}
	for n := 0; ctx.Err() == nil; {
		in := &firehose.PutRecordBatchInput{DeliveryStreamName: &p.stream}
		ids := make([]string, p.batch)
		for i := range ids {
			ids[i] = fmt.Sprintf("%s-%d", p.name, n)
			p.fates[ids[i]] = unknown
			in.Records = append(in.Records, types.Record{Data: record(ids[i], n)})
			n++
		}
		// A request that is under way is let finish: its fate matters.
		sendCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		out, err := client.PutRecordBatch(sendCtx, in, withoutRetries)
		cancel()
		if err == nil {
			p.remember(ids, out.RequestResponses)
		}
		select {
		case <-ctx.Done():
		case <-time.After(p.pause):
		}
	}
}

// withoutRetries keeps the SDK from sending a batch again whose answer was
// lost: the daemon would be right to take it twice.
func withoutRetries(o *firehose.Options) { o.Retryer = aws.NopRetryer{} }

func (p *producer) remember(ids []string, answers []types.PutRecordBatchResponseEntry) {
	for i, id := range ids {
		if i < len(answers) && aws.ToString(answers[i].RecordId) != "" && answers[i].ErrorCode == nil {
			p.fates[id] = acked
		} else {
			p.fates[id] = refused
		}
	}
}

// record is a row with an id; some are spoilt, so that the error archive has
// its part of them.
func record(id string, n int) []byte {
	switch {
	case n%40 == 7:
		return fmt.Appendf(nil, `{"id":%q,"n":"not a number"}`+"\n", id)
	case n%40 == 23:
		return fmt.Appendf(nil, `{"id":%q,"n":%d,`+"\n", id, n)
	}
	return fmt.Appendf(nil, `{"id":%q,"n":%d,"text":"%x"}`+"\n", id, n, rand.Uint64())
}

const loadSchema = `  schema {
    column "id"   { type = "string" }
    column "n"    { type = "bigint" }
    column "text" { type = "string" }
  }
`

var idPattern = regexp.MustCompile(`"id":"([^"]+)"`)

// A load is several producers on one daemon.
type load struct {
	producers []*producer
	stop      context.CancelFunc
	wg        sync.WaitGroup
}

func startLoad(ctx context.Context, d *harness.Daemon, streams []string, each int, pause time.Duration, batch int) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{stop: cancel}
	for _, stream := range streams {
		for i := range each {
			p := &producer{name: fmt.Sprintf("%s/%d", stream, i), stream: stream, pause: pause, batch: batch}
			l.producers = append(l.producers, p)
			l.wg.Go(func() { p.run(ctx, d.Firehose("any", "any")) })
		}
	}
	return l
}

// finish ends the load and returns what became of every id of a stream.
func (l *load) finish() map[string]map[string]fate {
	l.stop()
	l.wg.Wait()
	fates := map[string]map[string]fate{}
	for _, p := range l.producers {
		if fates[p.stream] == nil {
			fates[p.stream] = map[string]fate{}
		}
		for id, f := range p.fates {
			fates[p.stream][id] = f
		}
	}
	return fates
}

func count(fates map[string]fate, f fate) (n int64) {
	for _, got := range fates {
		if got == f {
			n++
		}
	}
	return n
}

// parquetIDs reads the column id of Parquet files.
func parquetIDs(t *testing.T, files []string) []string {
	t.Helper()
	if len(files) == 0 {
		return nil
	}
	var ids []string
	if err := harness.Script(t.Context(), &ids, "ids.py", append([]string{"id"}, files...)...); err != nil {
		t.Fatal(err)
	}
	return ids
}

// jsonIDs reads the member id of JSON lines.
func jsonIDs(t *testing.T, files []string) []string {
	t.Helper()
	var ids []string
	for _, line := range lines(t, files) {
		var row struct{ ID string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("delivered line %.200q: %v", line, err)
		}
		ids = append(ids, row.ID)
	}
	return ids
}

func archivedIDs(t *testing.T, entries []archived) []string {
	t.Helper()
	var ids []string
	for _, a := range entries {
		m := idPattern.FindSubmatch(a.RawData)
		if m == nil {
			t.Errorf("archived record without an id: %.200q", a.RawData)
			continue
		}
		ids = append(ids, string(m[1]))
	}
	return ids
}

// checkFates compares what producers were told with what was found, and both
// with the ledger.
func checkFates(t *testing.T, stream string, fates map[string]fate, delivered, archived []string, ledger harness.Counts) {
	t.Helper()
	found := map[string]int{}
	for _, id := range delivered {
		found[id]++
	}
	for _, id := range archived {
		found[id]++
	}
	problems := 0
	complain := func(format string, args ...any) {
		if problems++; problems <= 5 {
			t.Errorf("stream "+stream+": "+format, args...)
		}
	}
	for id, n := range found {
		f, sent := fates[id]
		switch {
		case !sent:
			complain("record %s was found and never sent", id)
		case n > 1:
			complain("record %s was found %d times", id, n)
		case f == refused:
			complain("record %s was refused, and found", id)
		}
	}
	for id, f := range fates {
		if f == acked && found[id] == 0 {
			complain("record %s was acknowledged, and is lost", id)
		}
	}
	if problems > 5 {
		t.Errorf("stream %s: %d such records in all", stream, problems)
	}
	if ledger.Delivered != int64(len(delivered)) || ledger.Archived != int64(len(archived)) {
		t.Errorf("stream %s: the ledger says %d delivered and %d archived, found were %d and %d",
			stream, ledger.Delivered, ledger.Archived, len(delivered), len(archived))
	}
	if !ledger.Balanced() {
		t.Errorf("stream %s: in + split != delivered + archived + dropped + pending: %+v", stream, ledger)
	}
	t.Logf("stream %s: %d acknowledged, %d unknown, %d refused; found %d delivered, %d archived; ledger %+v",
		stream, count(fates, acked), count(fates, unknown), count(fates, refused), len(delivered), len(archived), ledger)
}
