package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hydrant/integration/harness"
)

// withKey is the middleware of docs/idempotency.md with a key that the caller
// chooses.
func withKey(key string) func(*firehose.Options) {
	return firehose.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Build.Add(middleware.BuildMiddlewareFunc("IdempotencyKey",
			func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
				if r, ok := in.Request.(*smithyhttp.Request); ok {
					r.Header.Set("X-Hydrant-Idempotency-Key", key)
				}
				return next.HandleBuild(ctx, in)
			}), middleware.After)
	})
}

func TestARepeatWithItsKeyIsStoredOnceOverAKillAndADelivery(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	access := fmt.Sprintf("  access_key %q { secret = env(\"API_SECRET\") }\n", apiKey)
	d := newDaemon(t, access, stream("keyed", "  format \"json\" {}\n", out, out))
	d.Env = append(d.Env, "API_SECRET="+apiSecret)
	start(t, d)
	name := "keyed"
	put := func(i int) string {
		t.Helper()
		answer, err := d.Firehose(apiKey, apiSecret).PutRecord(t.Context(), &firehose.PutRecordInput{
			DeliveryStreamName: &name, Record: &types.Record{Data: fmt.Appendf(nil, "{\"n\":%d}\n", i)},
		}, withKey(fmt.Sprint("key ", i)))
		if err != nil {
			t.Fatal(err)
		}
		return *answer.RecordId
	}
	var first []string
	for i := range 50 {
		first = append(first, put(i))
	}
	d.Kill()
	start(t, d)
	for i := range 50 {
		if got := put(i); got != first[i] {
			t.Errorf("record %d after a kill: got id %s, want %s", i, got, first[i])
		}
	}
	drained(t, d, "keyed", 50)
	d.Kill()
	start(t, d)
	for i := range 50 {
		if got := put(i); got != first[i] {
			t.Errorf("record %d after its delivery and a kill: got id %s, want %s", i, got, first[i])
		}
	}
	drained(t, d, "keyed", 50)
	if where := hydrant(t, d.Dir, 0, "where", first[7], "--admin", d.Admin); !strings.Contains(where, "delivered: ") {
		t.Errorf("hydrant where: %s", where)
	}
	if got := len(lines(t, objects(t, nil, out, "keyed/"))); got != 50 {
		t.Errorf("%d lines delivered, want 50", got)
	}
}

func TestBoto3SendsKeysByAnEvent(t *testing.T) {
	t.Parallel()
	need(t, harness.Python)
	out := fileSink(t.TempDir())
	d := startDaemon(t, "", stream("hooked", "  format \"json\" {}\n", out, out))
	file := writeFile(t, "rows.ndjson", strings.Repeat("{\"a\":1}\n", 20))
	var answer struct {
		IDs      []string
		Replayed int
	}
	if err := harness.Script(t.Context(), &answer, "put_keyed.py", d.URL(), "hooked", file); err != nil {
		t.Fatal(err)
	}
	if answer.Replayed != 20 || len(answer.IDs) != 40 || len(slices.Compact(answer.IDs)) != 20 {
		t.Errorf("got %d answers marked as replayed and %d ids, want 20 of 40", answer.Replayed, len(answer.IDs))
	}
	drained(t, d, "hooked", 20)
}

// Producers send with keys and repeat what was not answered, while the
// configuration is reloaded again and again and the daemon is killed.
func TestReloadsAndKillsLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	out := fileSink(t.TempDir())
	block := func(prefix string) string {
		return strings.Replace(stream("moving", "  format \"json\" {}\n", out, out), "moving/dt=", "moving/"+prefix+"/dt=", 1)
	}
	d := startDaemon(t, "", block("p0"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	var sent []string
	var producers sync.WaitGroup
	for p := range 4 {
		producers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				line := fmt.Sprintf(`{"n":%d}`, p*1_000_000+i)
				if !putKeyed(t.Context(), d, "moving", line) {
					t.Errorf("%s was not accepted in two minutes", line)
					return
				}
				mu.Lock()
				sent = append(sent, line)
				mu.Unlock()
			}
		})
	}
	for i := range 12 {
		if err := d.Configure("", block(fmt.Sprint("p", i+1))); err != nil {
			t.Fatal(err)
		}
		hydrant(t, d.Dir, 0, "reload", "-c", d.Config())
		if i%4 == 3 {
			d.Kill()
			start(t, d)
		}
	}
	cancel()
	producers.Wait()
	drained(t, d, "moving", int64(len(sent)))
	var got []string
	for _, line := range lines(t, objects(t, nil, out, "moving/")) {
		got = append(got, string(line))
	}
	slices.Sort(got)
	slices.Sort(sent)
	if !slices.Equal(got, sent) || len(sent) == 0 {
		t.Errorf("%d lines delivered (%d different), %d sent", len(got), len(slices.Compact(got)), len(sent))
	}
	if err := os.WriteFile(d.Config(), []byte("delivery_stream {"), 0o600); err != nil {
		t.Fatal(err)
	}
	hydrant(t, d.Dir, 1, "reload", "--admin", d.Admin)
	if !putKeyed(t.Context(), d, "moving", `{"n":-1}`) {
		t.Error("nothing is accepted after a broken configuration was refused")
	}
}

// putKeyed sends a line until it is accepted, always with the same key.
func putKeyed(ctx context.Context, d *harness.Daemon, stream, line string) bool {
	header := http.Header{"Idempotency-Key": {line}}
	for late := time.Now().Add(2 * time.Minute); time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
		status, _, err := d.PostLines(ctx, stream, append(bytes.Clone([]byte(line)), '\n'), header)
		if err == nil && status == http.StatusOK {
			return true
		}
	}
	return false
}
