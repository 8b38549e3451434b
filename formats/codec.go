package formats

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// A codec is one way to compress an object of text.
type codec struct {
	name      string
	extension string
	encoding  string // Content-Encoding, as Firehose sets it
	mediaType string
	held      int64 // bytes of memory that its writer takes, as measured
	open      func(object string, w io.Writer) (io.WriteCloser, error)
}

// codecs by name, extension and encoding as Firehose has them (Amazon Data
// Firehose API Reference, S3DestinationConfiguration; the bodies are what its
// objects hold). zstd is ours.
var codecs = []codec{
	{name: "none", open: func(_ string, w io.Writer) (io.WriteCloser, error) { return plain{w}, nil }},
	{name: "gzip", extension: ".gz", encoding: "gzip", mediaType: "application/gzip", held: 896 << 10, open: openGzip},
	{name: "zip", extension: ".zip", encoding: "zip", mediaType: "application/zip", held: 896 << 10, open: openZip},
	{name: "snappy", extension: ".snappy", encoding: "snappy-java", held: xerialBlock * 9 / 4, open: openXerial},
	{name: "hadoop_snappy", extension: ".snappy", encoding: "hadoop-snappy", held: hadoopBlock * 9 / 4, open: openHadoop},
	{name: "zstd", extension: ".zst", encoding: "zstd", mediaType: "application/zstd", held: 2 << 20, open: openZstd},
}

// Compressions returns the names of the codecs of JSON and raw objects.
func Compressions() []string {
	names := make([]string, len(codecs))
	for i, c := range codecs {
		names[i] = c.name
	}
	return names
}

func findCodec(name string) (codec, error) {
	if name == "" {
		name = "none"
	}
	for _, c := range codecs {
		if c.name == name {
			return c, nil
		}
	}
	return codec{}, fmt.Errorf("formats: unknown compression %q; compressions are %s", name, strings.Join(Compressions(), ", "))
}

// Extension returns how the key of an object ends, as Firehose has it: nothing
// for text that isn't compressed. Readers tell gzip by it.
func Extension(kind, compression string) string {
	switch kind {
	case Parquet:
		return ".parquet"
	case ORC:
		return ".orc"
	}
	c, _ := findCodec(compression)
	return c.extension
}

// ContentEncoding returns the header of that name for an object, as Firehose
// sets it; "" for none. Parquet and ORC have none: their compression is inside.
// (Firehose says hadoop-snappy there, which HTTP clients can't make sense of.)
func ContentEncoding(kind, compression string) string {
	if kind == Parquet || kind == ORC {
		return ""
	}
	c, _ := findCodec(compression)
	return c.encoding
}

// ContentType returns the header of that name for an object whose
// Content-Encoding is not set.
func ContentType(kind, compression string) string {
	c, _ := findCodec(compression)
	switch {
	case kind == Parquet:
		return "application/vnd.apache.parquet"
	case kind == ORC:
		return "application/vnd.apache.orc"
	case c.mediaType != "":
		return c.mediaType
	case kind == JSON && c.extension == "":
		return "application/x-ndjson"
	}
	return "application/octet-stream"
}

// plain is no compression.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// fastest is twice as fast as the usual level for a tenth more bytes.
const fastest = flate.BestSpeed

// openGzip writes one member without name and time.
func openGzip(_ string, w io.Writer) (io.WriteCloser, error) {
	return gzip.NewWriterLevel(w, fastest)
}

// openZstd keeps to one goroutine and a window of 1 MiB, so that memory is
// bounded and bytes don't depend on timing.
func openZstd(_ string, w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
}

// openZip writes an archive of one entry, which is called like the object
// without its extension and is as old as can be, not of now.
func openZip(object string, w io.Writer) (io.WriteCloser, error) {
	name := strings.TrimSuffix(path.Base(object), ".zip")
	if name == "" || name == "." || name == "/" {
		name = "data"
	}
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, fastest) })
	epoch := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) // the first day that a zip can name
	entry, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch})
	if err != nil {
		return nil, err
	}
	return zipEntry{entry, z}, nil
}

type zipEntry struct {
	io.Writer
	archive *zip.Writer
}

// Close ends the entry and writes the archive's directory.
func (z zipEntry) Close() error { return z.archive.Close() }
