package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// fakeAPI accepts what answer says: it returns the code of an entry's error,
// "" to accept it, and an error for the request as a whole.
type fakeAPI struct {
	answer func(call, entry int) (code string, err error)

	mu       sync.Mutex
	calls    int
	accepted []string
	largest  struct{ records, bytes int }
}

func (f *fakeAPI) PutRecordBatch(ctx context.Context, in *firehose.PutRecordBatchInput, _ ...func(*firehose.Options)) (*firehose.PutRecordBatchOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	out := &firehose.PutRecordBatchOutput{}
	size := 0
	for i, r := range in.Records {
		code, err := f.answer(f.calls, i)
		if err != nil {
			return nil, err
		}
		entry := types.PutRecordBatchResponseEntry{}
		if code == "" {
			f.accepted = append(f.accepted, string(r.Data))
		} else {
			entry.ErrorCode, entry.ErrorMessage = &code, &code
		}
		size += len(r.Data)
		out.RequestResponses = append(out.RequestResponses, entry)
	}
	f.largest.records = max(f.largest.records, len(in.Records))
	f.largest.bytes = max(f.largest.bytes, size)
	return out, nil
}

func answered(status int, msg string) error {
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      errors.New(msg),
	}
}

func numbered(n int) *Slice {
	s := new(Slice)
	for i := range n {
		s.Records = append(s.Records, fmt.Appendf(nil, "r%d", i))
	}
	return s
}

func TestEveryRecordIsAcceptedOnceThoughEntriesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{answer: func(call, entry int) (string, error) {
			switch {
			case call == 2:
				return "", answered(503, "slow down")
			case call <= 4 && entry%3 == 0:
				return "ServiceUnavailableException", nil
			}
			return "", nil
		}}
		counts, err := Send(t.Context(), api, "clicks", numbered(2000), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if counts.Read != 2000 || counts.Accepted != 2000 || counts.Refused != 0 || counts.Retried == 0 {
			t.Errorf("got %+v, want 2000 read and accepted, some retried", counts)
		}
		seen := map[string]int{}
		for _, r := range api.accepted {
			seen[r]++
		}
		if len(seen) != 2000 || len(api.accepted) != 2000 {
			t.Errorf("accepted %d records, %d different, want 2000 of each", len(api.accepted), len(seen))
		}
	})
}

func TestBatchesStayWithinTheLimits(t *testing.T) {
	api := &fakeAPI{answer: func(int, int) (string, error) { return "", nil }}
	src := numbered(1200)
	for range 12 {
		src.Records = append(src.Records, make([]byte, MaxRecordBytes))
	}
	src.Records = append(src.Records, make([]byte, MaxRecordBytes+1))
	counts, err := Send(t.Context(), api, "clicks", src, Options{InFlight: 1})
	if err != nil {
		t.Fatal(err)
	}
	if counts.TooLarge != 1 || counts.Refused != 1 || counts.Accepted != 1212 {
		t.Errorf("got %+v, want 1212 accepted and 1 too large", counts)
	}
	if api.largest.records != MaxBatchRecords || api.largest.bytes > MaxBatchBytes {
		t.Errorf("largest batch %+v, want 500 records and at most 4 MiB", api.largest)
	}
}

func TestSendStopsWhenNoTryCanHelp(t *testing.T) {
	for _, c := range []struct {
		name    string
		code    string
		err     error
		within  time.Duration
		unheard bool
	}{
		{name: "unknown stream", err: answered(400, "ResourceNotFoundException"), within: time.Second},
		{name: "entry that is refused for good", code: "ValidationException", within: time.Second},
		{name: "nobody there", err: errors.New("connection refused"), within: 10 * time.Second, unheard: true},
		{name: "busy for ever", err: answered(503, "slow down"), within: 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				api := &fakeAPI{answer: func(int, int) (string, error) { return c.code, c.err }}
				counts, err := Send(t.Context(), api, "clicks", numbered(5000), Options{})
				if err == nil || errors.Is(err, ErrUnreachable) != c.unheard {
					t.Errorf("got error %v, want one, unreachable %v", err, c.unheard)
				}
				if counts.Accepted != 0 || counts.Refused != counts.Read || counts.Read == 0 {
					t.Errorf("got %+v, want all that was read refused", counts)
				}
				if took := time.Since(start); took > c.within {
					t.Errorf("took %s, want at most %s", took, c.within)
				}
			})
		})
	}
}

func TestAnInterruptedSendKnowsWhatWasAccepted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api := &fakeAPI{}
	api.answer = func(call, entry int) (string, error) {
		if call == 3 {
			cancel() // while the request is under way: its answer still counts
		}
		return "", nil
	}
	counts, err := Send(ctx, api, "clicks", numbered(100_000), Options{InFlight: 2})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if counts.Accepted != int64(len(api.accepted)) || counts.Accepted < 1500 || counts.Read != counts.Accepted+counts.Refused {
		t.Errorf("got %+v, the server accepted %d", counts, len(api.accepted))
	}
}

// blocked is a source that never yields again, as a terminal without a typist.
type blocked struct {
	records [][]byte
	until   chan struct{}
}

func (b *blocked) Next() ([]byte, error) {
	if len(b.records) == 0 {
		<-b.until
		return nil, io.EOF
	}
	r := b.records[0]
	b.records = b.records[1:]
	return r, nil
}

func TestInputThatTricklesIsSentAndAnInterruptEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		src := &blocked{records: numbered(700).Records, until: make(chan struct{})}
		defer close(src.until)
		api := &fakeAPI{answer: func(int, int) (string, error) { return "", nil }}
		counts, err := Send(ctx, api, "clicks", src, Options{})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want the context's", err)
		}
		if counts.Read != 700 || counts.Accepted != 700 || counts.Refused != 0 {
			t.Errorf("got %+v, want all 700 accepted though the source has not ended", counts)
		}
	})
}

func TestLinesBecomeRecords(t *testing.T) {
	long := strings.Repeat("x", MaxRecordBytes)
	for _, c := range []struct {
		name, in string
		skip     int
		keep     bool
		want     []string
		blank    int64
	}{
		{name: "line ends of both kinds", in: "a\nb\r\nc", want: []string{"a", "b", "c"}},
		{name: "blank lines", in: "\na\n\r\n\nb\n", want: []string{"a", "b"}, blank: 3},
		{name: "header left out", in: "h\na\nb\n", skip: 1, want: []string{"a", "b"}},
		{name: "line ends kept", in: "a\r\nb\nc", keep: true, want: []string{"a\r\n", "b\n", "c"}},
		{name: "inner blanks stay", in: " a \n\tb\n", want: []string{" a ", "\tb"}},
		{name: "largest record", in: long + "\r\n" + "a", want: []string{long, "a"}},
		{name: "empty", in: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := NewLines(strings.NewReader(c.in))
			l.Skip, l.Keep = c.skip, c.keep
			var got []string
			for {
				r, err := l.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(r))
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) || l.Blank != c.blank {
				t.Errorf("got %.80q and %d blank, want %.80q and %d", got, l.Blank, c.want, c.blank)
			}
		})
	}
}

func TestALineThatIsTooLongIsCutNotHeld(t *testing.T) {
	l := NewLines(io.MultiReader(strings.NewReader(strings.Repeat("y", 8<<20)), strings.NewReader("\nnext\n")))
	first, err := l.Next()
	if err != nil || len(first) <= MaxRecordBytes || len(first) > MaxRecordBytes+10 {
		t.Fatalf("got %d bytes and %v, want a little more than %d", len(first), err, MaxRecordBytes)
	}
	if next, err := l.Next(); string(next) != "next" || err != nil {
		t.Errorf("got %.20q and %v, want the next line", next, err)
	}
}
