package configs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"hydrant/formats/column"
)

// Fingerprint is a hash of everything in s that decides what its objects
// hold, how they are cut and where they go. It is the same on every machine
// and in later releases: an argument that is added to the language leaves it
// as it is until someone uses that argument. Secrets, credentials and how fast
// things go and how much may wait (durability, part size, disk) are not in it.
func Fingerprint(s Stream) string {
	shape := streamShape{
		Name: s.Name, Size: s.Buffer.Size, Interval: s.Buffer.Interval,
		Format: formatShapeOf(s.Format), PartitionBy: s.PartitionBy,
		Destination: storeShapeOf(s.Destination), ErrorSink: storeShapeOf(s.ErrorSink),
	}
	for _, t := range s.Transforms {
		one := transformShape{Kind: t.Kind}
		if t.CSVToJSON != nil {
			csv := csvShape(*t.CSVToJSON)
			one.CSV = &csv
		}
		shape.Transforms = append(shape.Transforms, one)
	}
	if s.Schema != nil {
		for _, c := range s.Schema.Columns {
			shape.Columns = append(shape.Columns, columnShape{c.Name, typeText(c.Type)})
		}
	}
	text, err := json.Marshal(shape)
	if err != nil { // no field can fail to be written
		panic(fmt.Sprintf("configs: fingerprint: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// The shapes fix names and order of what is hashed, whatever becomes of the
// checked types. New fields need omitempty.
type (
	streamShape struct {
		Name        string           `json:"name"`
		Size        int64            `json:"size"`
		Interval    time.Duration    `json:"interval"`
		Transforms  []transformShape `json:"transforms,omitempty"`
		Columns     []columnShape    `json:"columns,omitempty"`
		Format      formatShape      `json:"format"`
		PartitionBy []PartitionKey   `json:"partition_by,omitempty"`
		Destination *storeShape      `json:"destination,omitempty"`
		ErrorSink   *storeShape      `json:"error_sink,omitempty"`
	}
	transformShape struct {
		Kind string    `json:"kind"`
		CSV  *csvShape `json:"csv,omitempty"`
	}
	columnShape struct{ Name, Type string }
	csvShape    struct {
		Columns   []string          `json:"columns,omitempty"`
		Header    bool              `json:"header,omitempty"`
		Rename    map[string]string `json:"rename,omitempty"`
		SnakeCase bool              `json:"snake_case,omitempty"`
		Delimiter byte              `json:"delimiter,omitempty"`
		Quote     byte              `json:"quote,omitempty"`
		EmptyNull bool              `json:"empty_as_null,omitempty"`
		Skip      []string          `json:"skip,omitempty"`
	}
	formatShape struct {
		Kind          string `json:"kind"`
		Compression   string `json:"compression,omitempty"`
		Delimiter     string `json:"delimiter,omitempty"`
		RowGroupBytes int64  `json:"row_group,omitempty"`
		PageBytes     int64  `json:"page,omitempty"`
		Timestamps    string `json:"timestamps,omitempty"`

		ORC *orcShape `json:"orc,omitempty"`
	}
	orcShape struct {
		StripeBytes            int64    `json:"stripe,omitempty"`
		RowIndexStride         int64    `json:"stride,omitempty"`
		CompressionBlockBytes  int64    `json:"chunk,omitempty"`
		BloomFilterColumns     []string `json:"filters,omitempty"`
		BloomFilterFPP         float64  `json:"filters_fpp,omitempty"`
		DictionaryKeyThreshold float64  `json:"dictionary,omitempty"`
		FormatVersion          string   `json:"version,omitempty"`
		EnablePadding          bool     `json:"padding,omitempty"`
		BlockBytes             int64    `json:"block,omitempty"`
		PaddingTolerance       float64  `json:"tolerance,omitempty"`
	}
	storeShape struct {
		Kind           string            `json:"kind"`
		Bucket         string            `json:"bucket,omitempty"`
		Prefix         string            `json:"prefix,omitempty"`
		Extension      string            `json:"extension,omitempty"`
		TimeZone       string            `json:"timezone,omitempty"`
		Endpoint       string            `json:"endpoint,omitempty"`
		Region         string            `json:"region,omitempty"`
		SSE            string            `json:"sse,omitempty"`
		KMSKeyID       string            `json:"kms_key_id,omitempty"`
		StorageClass   string            `json:"storage_class,omitempty"`
		Tags           map[string]string `json:"tags,omitempty"`
		ContentEncoded bool              `json:"content_encoding,omitempty"`
	}
)

func formatShapeOf(f Format) formatShape {
	shape := formatShape{
		Kind: f.Kind, Compression: f.Compression, Delimiter: f.Delimiter,
		RowGroupBytes: f.RowGroupBytes, PageBytes: f.PageBytes, Timestamps: f.Timestamps,
	}
	if f.ORC != nil {
		orc := orcShape(*f.ORC)
		shape.ORC = &orc
	}
	return shape
}

func storeShapeOf(d Destination) *storeShape {
	if d.S3 == nil {
		return nil
	}
	return &storeShape{
		Kind: d.Kind, Bucket: d.S3.Bucket, Prefix: d.S3.Prefix, Extension: d.S3.Extension, TimeZone: d.S3.TimeZone,
		Endpoint: d.S3.Endpoint, Region: d.S3.Region, SSE: d.S3.SSE, KMSKeyID: d.S3.KMSKeyID,
		StorageClass: d.S3.StorageClass, Tags: d.S3.Tags, ContentEncoded: d.S3.ContentEncoded,
	}
}

func typeText(t column.Type) string {
	return t.String()
}
