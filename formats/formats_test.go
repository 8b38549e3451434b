package formats

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// decoders read each codec back with code that did not write it.
var decoders = map[string]func(b []byte) ([]byte, error){
	"none": func(b []byte) ([]byte, error) { return b, nil },
	"gzip": func(b []byte) ([]byte, error) {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		r.Multistream(false) // one member, as Firehose writes
		return io.ReadAll(r)
	},
	"zip": func(b []byte) ([]byte, error) {
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil, err
		}
		if len(z.File) != 1 || z.File[0].Method != zip.Deflate || z.File[0].Name != "orders-1" {
			return nil, fmt.Errorf("entries %v", z.File)
		}
		f, err := z.File[0].Open()
		if err != nil {
			return nil, err
		}
		return io.ReadAll(f)
	},
	"zstd": func(b []byte) ([]byte, error) {
		r, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	},
	"snappy":        readXerial,
	"hadoop_snappy": readHadoop,
}

// readXerial is snappy-java's SnappyInputStream.
func readXerial(b []byte) (out []byte, err error) {
	if !bytes.HasPrefix(b, []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}) {
		return nil, fmt.Errorf("header is % x", b[:min(16, len(b))])
	}
	for b = b[16:]; len(b) > 0; {
		n := binary.BigEndian.Uint32(b)
		block, err := s2.Decode(nil, b[4:4+n])
		if err != nil || len(block) > 32<<10 {
			return nil, fmt.Errorf("block of %d bytes: %v", len(block), err)
		}
		out, b = append(out, block...), b[4+n:]
	}
	return out, nil
}

// readHadoop is Hadoop's BlockDecompressorStream: a block has its length and
// then chunks until that many bytes are out. Its buffers hold 256 KiB.
func readHadoop(b []byte) (out []byte, err error) {
	for len(b) > 0 {
		want := int(binary.BigEndian.Uint32(b)) + len(out)
		for b = b[4:]; len(out) < want; {
			n := binary.BigEndian.Uint32(b)
			chunk, err := s2.Decode(nil, b[4:4+n])
			if err != nil || n > 256<<10 || len(chunk) > 256<<10 {
				return nil, fmt.Errorf("chunk of %d bytes for %d: %v", n, len(chunk), err)
			}
			out, b = append(out, chunk...), b[4+n:]
		}
		if len(out) != want {
			return nil, fmt.Errorf("block ends at %d, want %d", len(out), want)
		}
	}
	return out, nil
}

// encode returns the object of the rows.
func encode(t *testing.T, o Options, rows [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	e, err := New(o, &b)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := e.AppendData(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if got := e.Rows(); got != int64(len(rows)) {
		t.Errorf("%s %s: %d rows, want %d", o.Kind, o.Compression, got, len(rows))
	}
	return b.Bytes()
}

// someRows are rows that compress well, and some that don't.
func someRows(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	rows := make([][]byte, n)
	for i := range rows {
		rows[i] = fmt.Appendf(nil, `{"row":%d,"event":"click","noise":"%x%x"}`, i, r.Uint64(), r.Uint64())
		if i%50 == 0 {
			const size = 30000
			noise := make([]byte, 0, size+20)
			for len(noise) < size {
				noise = strconv.AppendUint(noise, r.Uint64(), 36)
			}
			rows[i] = fmt.Appendf(nil, `{"noise":"%s\\"}`, noise)
		}
	}
	return rows
}

func TestEachCodecIsReadBackByAnotherDecoder(t *testing.T) {
	for _, name := range Compressions() {
		for _, n := range []int{0, 1, 7, 500} {
			rows := someRows(n)
			want := bytes.Join(rows, []byte("\n"))
			if n > 0 {
				want = append(want, '\n')
			}
			o := Options{Kind: JSON, Compression: name, ObjectName: "logs/2026/orders-1.zip"}
			object := encode(t, o, rows)
			got, err := decoders[name](object)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, %d rows: read back %d bytes, %v; want %d", name, n, len(got), err, len(want))
			}
			if again := encode(t, o, rows); !bytes.Equal(again, object) {
				t.Errorf("%s, %d rows: the same rows gave other bytes", name, n)
			}
		}
	}
}

func TestIncompressibleDataFitsHadoopsBuffers(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	row := make([]byte, 1<<20)
	for i := range row {
		row[i] = byte(r.Uint32())
	}
	for _, name := range Compressions() {
		got, err := decoders[name](encode(t, Options{Kind: Raw, Compression: name, ObjectName: "orders-1.zip"}, [][]byte{row}))
		if err != nil || !bytes.Equal(got, row) {
			t.Errorf("%s: read back %d bytes, %v; want %d", name, len(got), err, len(row))
		}
	}
}

func TestHeadersAndNamesAreFirehoses(t *testing.T) {
	for _, tt := range []struct{ kind, compression, extension, encoding, contentType string }{
		{JSON, "none", "", "", "application/x-ndjson"},
		{JSON, "", "", "", "application/x-ndjson"},
		{Raw, "none", "", "", "application/octet-stream"},
		{JSON, "gzip", ".gz", "gzip", "application/gzip"},
		{Raw, "zip", ".zip", "zip", "application/zip"},
		{JSON, "snappy", ".snappy", "snappy-java", "application/octet-stream"},
		{JSON, "hadoop_snappy", ".snappy", "hadoop-snappy", "application/octet-stream"},
		{JSON, "zstd", ".zst", "zstd", "application/zstd"},
		{Parquet, "zstd", ".parquet", "", "application/vnd.apache.parquet"},
		{Parquet, "snappy", ".parquet", "", "application/vnd.apache.parquet"},
	} {
		if got := Extension(tt.kind, tt.compression); got != tt.extension {
			t.Errorf("%s %s: extension %q, want %q", tt.kind, tt.compression, got, tt.extension)
		}
		if got := ContentEncoding(tt.kind, tt.compression); got != tt.encoding {
			t.Errorf("%s %s: encoding %q, want %q", tt.kind, tt.compression, got, tt.encoding)
		}
		if got := ContentType(tt.kind, tt.compression); got != tt.contentType {
			t.Errorf("%s %s: type %q, want %q", tt.kind, tt.compression, got, tt.contentType)
		}
	}
}

func TestUnknownOptionsAreNamed(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Kind: "xml"}, `formats: unknown format "xml"; formats are json, raw, parquet, orc`},
		{Options{Kind: JSON, Compression: "lzo"}, `formats: unknown compression "lzo"; compressions are none, gzip, zip, snappy, hadoop_snappy, zstd`},
		{Options{Kind: Parquet}, `formats: parquet needs a schema`},
		{Options{Kind: ORC}, `formats: orc needs a schema`},
	} {
		if _, err := New(tt.o, io.Discard); err == nil || err.Error() != tt.want {
			t.Errorf("%+v: got %v, want %s", tt.o, err, tt.want)
		}
	}
}

// textOf runs fill on an encoder and returns what it wrote.
func textOf(t *testing.T, o Options, fill func(e Encoder)) (string, Encoder) {
	t.Helper()
	var b strings.Builder
	e, err := New(o, &b)
	if err != nil {
		t.Fatal(err)
	}
	fill(e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), e
}

func TestJSONRowsAreOneLineEach(t *testing.T) {
	got, e := textOf(t, Options{Kind: JSON}, func(e Encoder) {
		for _, row := range []string{"{\"a\":1}\n", "{\n  \"a\" : 2,\r\n  \"b\": \"x  y\"\n}", `{"a":3}{"a":4}`, ` {"a": 5} `, "[1]\n\"s\" 7"} {
			if err := e.AppendData([]byte(row)); err != nil {
				t.Errorf("%q: %v", row, err)
			}
		}
	})
	want := "{\"a\":1}\n{\"a\":2,\"b\":\"x  y\"}\n{\"a\":3}\n{\"a\":4}\n{\"a\": 5}\n[1]\n\"s\"\n7\n"
	if got != want || e.Rows() != 8 {
		t.Errorf("got %q, %d rows; want %q, 8 rows", got, e.Rows(), want)
	}
}

func TestRowsThatFailLeaveNothing(t *testing.T) {
	for _, row := range []string{"", " \n", "{", `{"a":1}{"a":`, `{"a":1} oops`, "{\"a\":\"\xff\"}", `{'a':1}`} {
		got, e := textOf(t, Options{Kind: JSON}, func(e Encoder) {
			var re *RowError
			if err := e.AppendData([]byte(row)); !errors.As(err, &re) || !strings.HasPrefix(re.Code, "DataFormatConversion.") {
				t.Errorf("%q: got %v, want a row error", row, err)
			}
			if err := e.AppendData([]byte(`{"next":1}`)); err != nil {
				t.Errorf("after %q: %v", row, err)
			}
		})
		if got != "{\"next\":1}\n" || e.Rows() != 1 {
			t.Errorf("%q: got %q, %d rows; want the next row only", row, got, e.Rows())
		}
	}
}

func TestPartsOfARecordFailByThemselves(t *testing.T) {
	var parts []string
	got, e := textOf(t, Options{Kind: JSON}, func(e Encoder) {
		err := e.AppendParts([]byte("{\"a\":1}\n{\"a\":\n{\"a\":3}"), func(part []byte, err error) {
			parts = append(parts, fmt.Sprintf("%q %t", part, err == nil))
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if want := `["{\"a\":1}\n" true "{\"a\":\n" false "{\"a\":3}" true]`; fmt.Sprint(parts) != want {
		t.Errorf("parts are %v, want %s", parts, want)
	}
	if want := "{\"a\":1}\n{\"a\":3}\n"; got != want || e.Rows() != 2 {
		t.Errorf("got %q, %d rows; want %q, 2 rows", got, e.Rows(), want)
	}
}

func TestCellsBecomeJSONObjects(t *testing.T) {
	o := Options{Kind: JSON, Fields: []string{"a", `q"`, "n"}}
	got, _ := textOf(t, o, func(e Encoder) {
		if err := e.AppendFields([][]byte{[]byte("x\n\"\\\t\x00\x1f é"), []byte(""), nil}); err != nil {
			t.Error(err)
		}
		var re *RowError
		if err := e.AppendFields([][]byte{[]byte("ok"), []byte("\xff"), nil}); !errors.As(err, &re) || re.Column != `q"` || re.Value != "\ufffd" {
			t.Errorf("invalid UTF-8: got %v", err)
		}
		if err := e.AppendFields([][]byte{nil}); !errors.As(err, &re) {
			t.Errorf("too few cells: got %v", err)
		}
	})
	want := `{"a":"x\n\"\\\t\u0000\u001f é","q\"":"","n":null}` + "\n"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(got), &back); err != nil || back["a"] != "x\n\"\\\t\x00\x1f é" || back["n"] != nil {
		t.Errorf("read back as %q, %v", back, err)
	}
}

func TestRawRowsKeepTheirBytes(t *testing.T) {
	rows := [][]byte{[]byte("abc"), {}, []byte("a\n\x00\xff")}
	for delimiter, want := range map[string]string{"": "abca\n\x00\xff", "\n": "abc\n\na\n\x00\xff\n", "||": "abc||||a\n\x00\xff||"} {
		if got := string(encode(t, Options{Kind: Raw, Delimiter: delimiter}, rows)); got != want {
			t.Errorf("delimiter %q: got %q, want %q", delimiter, got, want)
		}
	}
}

// A shortWriter fails after that many bytes.
type shortWriter struct{ room int }

var errDisk = errors.New("disk is full")

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.room {
		return 0, errDisk
	}
	w.room -= len(p)
	return len(p), nil
}

func TestAFailedWriteIsNeverForgotten(t *testing.T) {
	rows := someRows(300)
	for _, o := range everyFormat(t) {
		size := len(encode(t, o, rows))
		for _, room := range []int{0, 10, size / 2, size - 1} {
			if err := fill(o, &shortWriter{room}, rows); !errors.Is(err, errDisk) {
				t.Errorf("%s %s: with room for %d of %d bytes: got %v", o.Kind, o.Compression, room, size, err)
			}
		}
		if err := fill(o, &shortWriter{size}, rows); err != nil {
			t.Errorf("%s %s: with room for all: %v", o.Kind, o.Compression, err)
		}
	}
}

// fill makes an object and goes on after errors, as a careless caller would;
// what Close says has to tell.
func fill(o Options, w io.Writer, rows [][]byte) error {
	e, err := New(o, w)
	if err != nil {
		return err
	}
	var failed error
	for _, r := range rows {
		if err := e.AppendData(r); err != nil {
			failed = err
		}
	}
	if re := new(RowError); errors.As(failed, &re) {
		return fmt.Errorf("a disk that is full became a row error: %s", failed)
	}
	return e.Close()
}

func TestClosedEncodersTakeNothing(t *testing.T) {
	for _, o := range everyFormat(t) {
		e, err := New(o, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("%s %s: close without rows: %v", o.Kind, o.Compression, err)
		}
		var re *RowError
		if err := e.AppendData([]byte(`{"row":1}`)); err == nil || errors.As(err, &re) {
			t.Errorf("%s %s: append after close: got %v", o.Kind, o.Compression, err)
		}
		if err := e.AppendData([]byte(`{`)); err == nil || errors.As(err, &re) {
			t.Errorf("%s %s: append of what is no JSON after close: got %v", o.Kind, o.Compression, err)
		}
		if err := e.Close(); err == nil {
			t.Errorf("%s %s: second close: got nil", o.Kind, o.Compression)
		}
	}
}

func TestHeldIsNearTheMemoryThatIsTaken(t *testing.T) {
	rows := someRows(600)
	for _, o := range everyFormat(t) {
		const encoders = 4
		var before, after runtime.MemStats
		open := make([]Encoder, encoders)
		runtime.GC()
		runtime.ReadMemStats(&before)
		held := int64(0)
		for i := range open {
			open[i] = halfWritten(t, o, rows)
			held += open[i].Held()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		taken := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		// Parquet and ORC count memory of their codecs that they have yet to take.
		if held < taken*8/10 || o.Kind != Parquet && o.Kind != ORC && held > taken*2 {
			t.Errorf("%s %s: holds %d bytes and says %d", o.Kind, o.Compression, taken/encoders, held/encoders)
		}
		runtime.KeepAlive(open)
	}
}

func halfWritten(t *testing.T, o Options, rows [][]byte) Encoder {
	t.Helper()
	e, err := New(o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := e.AppendData(r); err != nil {
			t.Fatal(err)
		}
	}
	return e
}
