package configs

import (
	"regexp"
	"slices"
	"strings"
)

// streamPattern is what Firehose allows (API reference, CreateDeliveryStream).
var streamPattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)

// Default buffer sizes in bytes, as Firehose has them (API reference,
// BufferingHints): objects of typed columns and of partitions are worth
// reading only when they are large.
const (
	defaultBuffer      = 5 << 20
	defaultLargeBuffer = 128 << 20
)

// A stream is a delivery_stream on its way to being checked.
type stream struct {
	Stream
	block      *block
	dest, sink *store // nil: missing or of an unknown kind
}

func (d *decoder) stream(b *block, server Server) *stream {
	s := &stream{block: b, Stream: Stream{Name: b.label, Declared: place(b.header)}}
	if !streamPattern.MatchString(b.label) {
		d.errorAt(b.labels, "Invalid stream name", "%q does not fit. A name has 1 to 64 letters, digits, _, . and -", b.label)
	}
	for _, t := range b.nested("transform") {
		if t.spec.kind == "csv_to_json" {
			s.Transforms = append(s.Transforms, Transform{Kind: t.spec.kind, CSVToJSON: d.csvToJSON(t)})
		}
	}
	if sb := b.first("schema"); sb != nil {
		s.Schema = d.schema(sb)
	}
	s.Format = d.format(b)
	s.PartitionBy = d.partitionBy(b.first("partition_by"))
	s.Buffer = d.buffer(b, s)
	s.dest = d.store(b.first("destination"), s, server, false)
	s.sink = d.store(b.first("error_sink"), s, server, true)
	if s.dest != nil {
		s.Destination = Destination{Kind: "s3", S3: s.dest.S3}
	}
	if s.sink != nil {
		s.ErrorSink = Destination{Kind: "s3", S3: s.sink.S3}
	}
	d.keysAndPrefix(s)
	d.columnsAndPath(s)
	d.neverFilled(s)
	return s
}

func (d *decoder) buffer(b *block, s *stream) Buffer {
	bb := b.orDefaults("buffer")
	size := bb.size("size")
	if size == 0 {
		size = defaultBuffer
		if s.Format.Columns() || b.first("partition_by") != nil {
			size = defaultLargeBuffer
		}
	}
	return Buffer{Size: size, Interval: bb.duration("interval"), Async: bb.text("durability") == "async", MaxDisk: bb.size("max_disk"),
		Window: bb.duration("idempotency_window"), Keys: int(bb.count("idempotency_keys"))}
}

func (d *decoder) format(b *block) Format {
	fb := b.first("format")
	if fb == nil || fb.spec.kind == "" {
		return Format{}
	}
	f := Format{Kind: fb.spec.kind, Compression: fb.text("compression")}
	schema := b.first("schema")
	switch f.Kind {
	case "parquet":
		f.RowGroupBytes, f.PageBytes, f.Timestamps = fb.size("row_group_size"), fb.size("page_size"), fb.text("timestamps")
		d.needSchema(fb, schema, "Parquet")
		if size := fb.arg("page_size"); size.ok() && f.PageBytes > f.RowGroupBytes {
			d.errorAt(size.at(), "Page larger than its row group", "Pages lie inside row groups. Make page_size smaller than row_group_size")
		}
	case "orc":
		f.ORC = d.orc(fb, schema)
		d.needSchema(fb, schema, "ORC")
	case "json":
		f.Delimiter = "\n"
	case "raw":
		f.Delimiter = fb.text("delimiter")
		if a := fb.arg("delimiter"); a.ok() && len(f.Delimiter) > 16 {
			d.errorAt(a.at(), "Invalid raw delimiter", `A delimiter has at most 16 bytes. Write, for example, "\n"`)
		}
	}
	if schema != nil && f.Kind == "raw" {
		d.warnAt(schema.header, "Schema without use", `Records are written as they are with format "raw", and the schema is not looked at. Take it out, or use another format`)
	}
	return f
}

func (d *decoder) needSchema(fb, schema *block, name string) {
	if schema == nil && d.whole(fb) {
		d.errorAt(fb.header, name+" without a schema", `%s has typed columns. Add schema { column "name" { type = "string" } } to the stream`, name)
	}
}

func (d *decoder) orc(fb, schema *block) *ORC {
	o := &ORC{
		StripeBytes: fb.size("stripe_size"), RowIndexStride: fb.count("row_index_stride"), CompressionBlockBytes: fb.size("compression_block_size"),
		BloomFilterFPP:         fb.share("bloom_filter_false_positive_probability"),
		DictionaryKeyThreshold: fb.share("dictionary_key_threshold"), FormatVersion: fb.text("format_version"),
		EnablePadding: fb.flag("enable_padding"), BlockBytes: fb.size("block_size"), PaddingTolerance: fb.share("padding_tolerance"),
	}
	if schema == nil {
		return o
	}
	var names []string
	for _, cb := range schema.nested("column") {
		names = append(names, strings.ToLower(cb.label))
	}
	a := fb.arg("bloom_filter_columns")
	for i, name := range fb.list("bloom_filter_columns") {
		name = strings.ToLower(name)
		if !slices.Contains(names, name) {
			d.errorAt(a.elementAt(i), "Unknown bloom filter column", "The schema has no column %s.%s It has %s", a.show(name), hintUnless(a.hidden, didYouMean(name, names)), allowed(names))
			continue
		}
		o.BloomFilterColumns = append(o.BloomFilterColumns, name)
	}
	return o
}

// neverFilled warns of columns that no column of a CSV record fills.
func (d *decoder) neverFilled(s *stream) {
	sb := s.block.first("schema")
	if sb == nil || s.Schema == nil || len(s.Transforms) == 0 || s.Format.Kind == "raw" {
		return
	}
	csv := s.Transforms[len(s.Transforms)-1].CSVToJSON
	if csv == nil || len(csv.Columns) == 0 {
		return
	}
	filled := csv.output()
	if tb := s.block.nested("transform"); tb[len(tb)-1].arg("columns").hidden {
		return
	}
	for _, cb := range sb.nested("column") {
		if !slices.Contains(filled, strings.ToLower(cb.label)) {
			d.warnAt(cb.labels, "Column is never filled", "No column of the CSV records becomes %q, so it is always null.%s They become %s", strings.ToLower(cb.label), didYouMean(cb.label, filled), allowed(filled))
		}
	}
}
