// Package describe says in words what a stream promises: what design and code
// do, made concrete by one configuration. No secret is in what it says.
package describe

import (
	"fmt"
	"strings"
	"time"

	"hydrant/cmd/hydrant/internal/term"
	"hydrant/configs"
	"hydrant/delivery"
	"hydrant/destinations"
	"hydrant/errorsink"
	"hydrant/formats"
	"hydrant/sources/auth"
)

// A Statement is what is promised about one thing.
type Statement struct {
	About string `json:"about"`
	Text  string `json:"text"`
}

// Stream returns what the stream s promises; api is the URL of the API.
func Stream(server configs.Server, s configs.Stream, api string) ([]Statement, error) {
	sample, err := objectSample(s)
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", s.Name, err)
	}
	failed, err := errorSample(s)
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", s.Name, err)
	}
	all := []Statement{
		{"Takes records", takes(server, s, api)},
		{"Says yes", saysYes(server, s)},
		{"Batches", batches(s)},
	}
	if len(s.Transforms) > 0 {
		all = append(all, Statement{"Transforms", transforms(s)})
	}
	return append(all,
		Statement{"Writes", writes(s)},
		Statement{"Delivers", delivers(s, sample)},
		Statement{"Exactly once", exactlyOnce},
		Statement{"When the destination is down", destinationDown(server, s)},
		Statement{"Failed rows", failedRows(s, failed)},
		Statement{"The ledger", ledger},
		Statement{"Not promised", notPromised(s)},
	), nil
}

func takes(server configs.Server, s configs.Stream, api string) string {
	text := fmt.Sprintf("PutRecord and PutRecordBatch of the Firehose API at %s, and lines by POST to %s/v1/streams/%s/records. ", api, api, s.Name)
	if server.TLS == nil {
		text += "Plain HTTP. "
	} else if server.TLS.ClientCAFile != "" {
		text += "TLS, with a client certificate. "
	}
	if len(server.AccessKeys) == 0 {
		return text + "Requests need no signature, and only this machine can reach the address."
	}
	var ids []string
	for _, key := range server.AccessKeys {
		if (&auth.Key{Streams: key.Streams}).Allows(s.Name) {
			ids = append(ids, key.ID)
		}
	}
	if len(ids) == 0 {
		return text + "No access key allows this stream, so nobody can send to it."
	}
	return text + "Requests are signed (Signature Version 4) with an access key: " + strings.Join(ids, ", ") + "."
}

func saysYes(server configs.Server, s configs.Stream) string {
	if s.Buffer.Async {
		return "After a record was written to " + server.DataDir + ", and before it was fsynced (durability = \"async\"): it outlives a " +
			"crash of Hydrant, while a power cut or a crash of the machine can take the last moments. A batch is accepted whole or not at all."
	}
	return "After a record's bytes were fsynced in " + server.DataDir + ": from then on neither a crash, nor kill -9, nor a power cut " +
		"loses it. A batch is accepted whole or not at all."
}

func batches(s configs.Stream) string {
	text := fmt.Sprintf("A batch is closed when it has %s of records, or when its first record is %s old, whichever comes first.",
		term.Bytes(s.Buffer.Size), duration(s.Buffer.Interval))
	if s.Buffer.Interval == 0 {
		text = "Records that were made durable by one fsync are one batch, which is closed at once (interval = \"0s\")."
	}
	if len(s.PartitionBy) == 0 {
		return text + " It becomes one object." + behind(s)
	}
	var keys []string
	for _, k := range s.PartitionBy {
		keys = append(keys, k.Name+" = "+k.Query)
	}
	return text + " It becomes one object for each partition in it, by " + strings.Join(keys, ", ") +
		". A row without a value for a key goes to the error sink."
}

// behind says what becomes of batches while more than one of them waits.
func behind(s configs.Stream) string {
	text := fmt.Sprintf(" While more than that waits, up to %d batches are under way at once", delivery.MostWorkers())
	if most := delivery.LargestBatch(s); most > s.Buffer.Size {
		text += fmt.Sprintf(", and waiting batches of the same prefix become one object of up to %s of records", term.Bytes(most))
	}
	return text + "; both end when the backlog is gone, and records keep their order. hydrant status shows it as batch_target and workers."
}

// duration writes d as it is written in a configuration: 60s, 1h30m.
func duration(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%gs", d.Seconds())
	}
	text := d.String()
	if d%time.Minute == 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d%time.Hour == 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func transforms(s configs.Stream) string {
	var steps []string
	for _, t := range s.Transforms {
		if t.CSVToJSON == nil {
			steps = append(steps, t.Kind)
			continue
		}
		names := "named by each record's header line"
		if n := len(t.CSVToJSON.Columns); n > 0 {
			names = fmt.Sprintf("%d columns named in the configuration", n)
		}
		steps = append(steps, "csv_to_json makes a row of each line of CSV, "+names+
			"; a line with the wrong number of fields or with bad quotes goes to the error sink, the others of its record go on")
	}
	return strings.Join(steps, ", then ") + "."
}

func writes(s configs.Stream) string {
	compression := "uncompressed"
	if c := s.Format.Compression; c != "" && c != "none" {
		compression = "compressed with " + c
	}
	switch s.Format.Kind {
	case "parquet", "orc":
		name := map[string]string{"parquet": "Parquet", "orc": "ORC"}[s.Format.Kind]
		return fmt.Sprintf("%s, %s, with %s. A row that does not fit the schema goes to the error sink, the others go on.",
			name, compression, columnCount(len(s.Schema.Columns)))
	case "json":
		return "JSON lines, " + compression + ": one row a line."
	case "raw":
		return "The records' bytes as they came, " + compression + "."
	}
	return s.Format.Kind + ", " + compression + "."
}

func columnCount(n int) string {
	if n == 1 {
		return "1 typed column"
	}
	return fmt.Sprintf("%d typed columns", n)
}

func delivers(s configs.Stream, sample string) string {
	return "To " + place(s.Destination) + ". An object is called, for example, " + sample + "."
}

// place says where a store is, and how it is reached.
func place(d configs.Destination) string {
	if d.S3 == nil {
		return d.Kind
	}
	if dir, ok := strings.CutPrefix(d.S3.Bucket, "file://"); ok {
		return "the directory " + dir
	}
	text := "the bucket " + d.S3.Bucket
	if d.S3.Endpoint != "" {
		text += " at " + d.S3.Endpoint
	}
	if d.S3.AccessKey != "" {
		return text + " with the key " + d.S3.AccessKey
	}
	return text + " with the credentials that the AWS SDK finds"
}

const exactlyOnce = "What an object holds and how it is called is decided, and on disk, before its upload begins. A retry after any crash " +
	"sends the same bytes under the same key, so an accepted record is in exactly one object, or in the error archive."

func destinationDown(server configs.Server, s configs.Stream) string {
	full := fmt.Sprintf("When all streams together use server.max_disk, %s,", term.Bytes(server.MaxDisk))
	if s.Buffer.MaxDisk > 0 {
		full = fmt.Sprintf("When the stream uses its max_disk, %s, or all streams together use server.max_disk, %s,",
			term.Bytes(s.Buffer.MaxDisk), term.Bytes(server.MaxDisk))
	}
	return "A batch is tried for ever, with pauses that grow to a minute. Nothing expires: its records stay pending, on this " +
		"machine. Other streams go on. " + full + " new records are refused with ServiceUnavailableException; what was accepted is kept."
}

func failedRows(s configs.Stream, sample string) string {
	return "What can't be transformed, converted or delivered, ever, is archived with its reason, the number of tries and its bytes, as " +
		"JSON lines in Firehose's layout, in " + place(s.ErrorSink) + ", for example in " + sample + ". It counts as archived only when it is durable " +
		"there; while the error sink is down, the batch waits."
}

const ledger = "in + split = delivered + archived + dropped + pending, in records and in bytes, at every moment and after every crash: hydrant status."

func notPromised(s configs.Stream) string {
	text := "A producer that sends a record again after a lost answer has it stored twice, as with Firehose, unless both requests carry the same Idempotency-Key within buffer.idempotency_window. Between objects there is no order. " +
		"Until it is delivered a record is on this machine's disk only."
	if s.Buffer.Async {
		text += " A record that was accepted in the last moments before a power cut."
	}
	return text
}

// sampleID stands for the UUID of an object.
const sampleID = "0198c3a1-7c40-7d3e-9b51-3f0c6d2a8e47"

// objectSample returns a key as the stream's objects have it, now.
func objectSample(s configs.Stream) (string, error) {
	if s.Destination.S3 == nil {
		return s.Name, nil
	}
	ext := s.Destination.S3.Extension
	if ext == "" {
		ext = formats.Extension(s.Format.Kind, s.Format.Compression)
	}
	keys := make(map[string]string)
	for _, k := range s.PartitionBy {
		keys[k.Name] = strings.ToUpper(k.Name)
	}
	return sampleKey(s.Name, s.Destination.S3, false, ext, destinations.Values{PartitionKeys: keys, LambdaKeys: keys})
}

func errorSample(s configs.Stream) (string, error) {
	if s.ErrorSink.S3 == nil {
		return s.Name, nil
	}
	kind := errorsink.ProcessingFailed
	if len(s.Transforms) == 0 && s.Format.Columns() {
		kind = errorsink.FormatConversionFailed
	}
	ext := s.ErrorSink.S3.Extension
	if ext == "" {
		ext = ".ndjson"
	}
	return sampleKey(s.Name, s.ErrorSink.S3, true, ext, destinations.Values{ErrorType: kind})
}

func sampleKey(stream string, store *configs.S3, errorOutput bool, ext string, v destinations.Values) (string, error) {
	zone := time.UTC
	if store.TimeZone != "" {
		var err error
		if zone, err = time.LoadLocation(store.TimeZone); err != nil {
			return "", err
		}
	}
	prefix, err := destinations.ParsePrefix(store.Prefix, destinations.PrefixOptions{ErrorOutput: errorOutput, Location: zone})
	if err != nil {
		return "", err
	}
	v.Time, v.ID = time.Now(), sampleID
	return prefix.Key(v, stream, 1, ext)
}
