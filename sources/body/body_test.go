package body

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func request(text io.Reader, length int64) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", text)
	r.ContentLength = length
	return r
}

func TestBodiesAreReadWhole(t *testing.T) {
	for _, size := range []int{0, 1, 4095, 4096, 4097, 65536, 65537, 1 << 20, MaxSize - 1, MaxSize} {
		want := bytes.Repeat([]byte{'x'}, size)
		for _, length := range []int64{int64(size), -1} {
			budget := NewBudget(4*MaxSize, 0)
			b, err := Read(request(bytes.NewReader(want), length), MaxSize, budget)
			if err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Fatalf("%d bytes, Content-Length %d: %v", size, length, err)
			}
			if held := budget.InUse(); held < int64(size) || held > int64(max(4*size, 2*firstBytes)) {
				t.Errorf("%d bytes, Content-Length %d: %d held", size, length, held)
			}
			b.Release()
			b.Release()
			if held := budget.InUse(); held != 0 {
				t.Errorf("%d bytes, Content-Length %d: %d held after release", size, length, held)
			}
		}
	}
}

func TestBadBodiesAreToldApart(t *testing.T) {
	broken := errors.New("connection reset")
	tests := []struct {
		name   string
		text   io.Reader
		length int64
		want   error
		text2  string
	}{
		{"too large", strings.NewReader("x"), 11, ErrTooLarge, "11 bytes, at most 10"},
		{"too large without a length", strings.NewReader("12345678901"), -1, ErrTooLarge, "at most 10 bytes"},
		{"nothing came", strings.NewReader(""), 5, ErrTruncated, "it ended after 0 of the 5 bytes"},
		{"too little came", strings.NewReader("1234"), 5, ErrTruncated, "it ended after 4 of the 5 bytes"},
		{"reset", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), 5, ErrTruncated, "after 2 bytes: connection reset"},
		{"reset without a length", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), -1, ErrTruncated, "after 2 bytes: connection reset"},
		{"slow", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(os.ErrDeadlineExceeded)), 5, ErrSlow, "2 bytes came in the time given"},
		{"slow without a length", iotest.ErrReader(os.ErrDeadlineExceeded), -1, ErrSlow, "0 bytes came in the time given"},
		{"broken chunk", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, ErrTruncated, "after 2 bytes: unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			budget := NewBudget(MaxSize, 0)
			_, err := Read(request(tt.text, tt.length), 10, budget)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text2) {
				t.Errorf("got %v, want %v: %s", err, tt.want, tt.text2)
			}
			if held := budget.InUse(); held != 0 {
				t.Errorf("%d bytes still held", held)
			}
		})
	}
}

func TestAnUnsizedBodyGrowsWithinTheBudget(t *testing.T) {
	budget := NewBudget(600<<10, 0) // 2 x (64+128) KiB fit beside nothing larger
	_, err := Read(request(bytes.NewReader(make([]byte, 1<<20)), -1), MaxSize, budget)
	if !errors.Is(err, ErrBusy) || budget.InUse() != 0 {
		t.Errorf("got %v, %d held", err, budget.InUse())
	}
}

func TestABodyWaitsForItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := NewBudget(100, time.Second)
		acquire := func(n int64) (*Share, error) {
			s := budget.Share(nil, n)
			return s, s.Grow(t.Context(), n)
		}
		first, err := acquire(60)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 2)
		go func() {
			_, err := acquire(50)
			got <- err
		}()
		time.Sleep(900 * time.Millisecond)
		first.Release()
		if err := <-got; err != nil {
			t.Errorf("memory came in time: %v", err)
		}
		start := time.Now()
		_, err = acquire(51)
		if !errors.Is(err, ErrBusy) || time.Since(start) != time.Second {
			t.Errorf("memory did not come: %v after %v", err, time.Since(start))
		}
		if _, err := acquire(101); !errors.Is(err, ErrBusy) {
			t.Errorf("more than there is: %v", err)
		}
		if held := budget.InUse(); held != 50 {
			t.Errorf("%d held, want 50", held)
		}
	})
}

func TestEncodingsAreNamed(t *testing.T) {
	tests := []struct{ header, want string }{
		{"", Identity}, {"identity", Identity}, {"GZIP", Gzip}, {" x-gzip ", Gzip}, {"zstd", "refused"}, {"gzip, gzip", "refused"}, {"br", "refused"},
	}
	for _, tt := range tests {
		got, err := Encoding(tt.header, Gzip)
		if err != nil && errors.Is(err, ErrUnsupported) {
			got = "refused"
		}
		if got != tt.want {
			t.Errorf("%q: got %q, %v; want %q", tt.header, got, err, tt.want)
		}
	}
}

func zipped(t *testing.T, encoding string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if encoding == Zstd {
		w, _ = zstd.NewWriter(&b)
	}
	_, err := w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodersTellBadDataFromABadConnection(t *testing.T) {
	text := bytes.Repeat([]byte("line of text\n"), 10_000)
	for _, encoding := range []string{Gzip, Zstd} {
		whole := zipped(t, encoding, text)
		half := bytes.NewReader(whole[:len(whole)/2])
		tests := []struct {
			name string
			src  io.Reader
			want error
		}{
			{"whole", bytes.NewReader(whole), nil},
			{"cut off", half, ErrEncoding},
			{"garbage", strings.NewReader("this is plain text, and long enough"), ErrEncoding},
			{"garbage after it", io.MultiReader(bytes.NewReader(whole), strings.NewReader("this is plain text")), ErrEncoding},
			{"slow", io.MultiReader(bytes.NewReader(whole[:20]), iotest.ErrReader(ErrSlow)), ErrSlow},
			{"connection lost", io.MultiReader(bytes.NewReader(whole[:20]), iotest.ErrReader(ErrTruncated)), ErrTruncated},
		}
		for _, tt := range tests {
			t.Run(encoding+" "+tt.name, func(t *testing.T) {
				d, err := NewDecoder(encoding, tt.src)
				var got []byte
				if err == nil {
					got, err = io.ReadAll(d)
					if err := d.Close(); err != nil {
						t.Error(err)
					}
				}
				if !errors.Is(err, tt.want) || tt.want == nil && !bytes.Equal(got, text) {
					t.Errorf("got %d bytes, %v; want %v", len(got), err, tt.want)
				}
			})
		}
	}
}

func FuzzGunzip(f *testing.F) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(strings.Repeat("hello", 100)))
	_ = w.Close()
	f.Add(b.Bytes())
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		budget := NewBudget(1<<20, 0)
		packed, err := Read(request(bytes.NewReader(data), int64(len(data))), 1<<16, budget)
		if err != nil {
			return
		}
		text, err := packed.Gunzip(t.Context(), 1<<16)
		if err == nil {
			if len(text.Bytes()) > 1<<16 {
				t.Errorf("%d bytes are over the limit", len(text.Bytes()))
			}
			text.Release()
		} else if !errors.Is(err, ErrEncoding) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v", err)
		}
		packed.Release()
		if budget.InUse() != 0 {
			t.Errorf("%d bytes still held", budget.InUse())
		}
	})
}
