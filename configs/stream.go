package configs

import (
	"regexp"
	"slices"

	"hydrant/formats/column"
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
	s.Format = d.format(b, s.Schema)
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
		if s.Format.Kind == "parquet" || b.first("partition_by") != nil {
			size = defaultLargeBuffer
		}
	}
	return Buffer{Size: size, Interval: bb.duration("interval"), Async: bb.text("durability") == "async", MaxDisk: bb.size("max_disk")}
}

// format checks the format block; parsed is the schema, nil if it has none.
func (d *decoder) format(b *block, parsed *column.Schema) Format {
	fb := b.first("format")
	if fb == nil || fb.spec.kind == "" {
		return Format{}
	}
	f := Format{Kind: fb.spec.kind, Compression: fb.text("compression")}
	schema := b.first("schema")
	switch f.Kind {
	case "parquet":
		f.RowGroupBytes, f.PageBytes, f.Timestamps = fb.size("row_group_size"), fb.size("page_size"), fb.text("timestamps")
		d.parquetOptions(fb, &f, parsed)
		if schema == nil && d.whole(fb) {
			d.errorAt(fb.header, "Parquet without a schema", `Parquet has typed columns. Add schema { column "name" { type = "string" } } to the stream`)
		}
		if size := fb.arg("page_size"); size.ok() && f.PageBytes > f.RowGroupBytes {
			d.errorAt(size.at(), "Page larger than its row group", "Pages lie inside row groups. Make page_size smaller than row_group_size")
		}
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
	for _, c := range s.Schema.Columns {
		name, read := c.Name, s.Schema.Serde.Mappings[c.Name] == ""
		if read && name != s.Schema.Serde.CollectInto && !slices.Contains(filled, name) {
			d.warnAt(d.columnAt(sb, name), "Column is never filled", "No column of the CSV records becomes %q, so it is always null.%s They become %s", name, didYouMean(name, filled), allowed(filled))
		}
	}
}
