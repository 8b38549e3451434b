package describe

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hydrant/configs"
	"hydrant/formats/column"
)

// lake is a stream with everything that describe tells of.
func lake() (configs.Server, configs.Stream) {
	server := configs.Server{
		DataDir: "/var/lib/hydrant", MaxDisk: 50 << 30,
		AccessKeys: []configs.AccessKey{
			{ID: "AKIDCLICKS", Secret: configs.NewSecret("hunter2-hunter2"), Streams: []string{"click*"}},
			{ID: "AKIDOTHER", Secret: configs.NewSecret("hunter3-hunter3"), Streams: []string{"orders"}},
		},
	}
	return server, configs.Stream{
		Name: "clicks", Buffer: configs.Buffer{Size: 64 << 20, Interval: 90 * time.Second},
		Transforms:  []configs.Transform{{Kind: "csv_to_json", CSVToJSON: &configs.CSVToJSON{Columns: []string{"id"}}}},
		Schema:      &column.Schema{Columns: []column.Column{{Name: "id"}}},
		Format:      configs.Format{Kind: "parquet", Compression: "snappy"},
		PartitionBy: []configs.PartitionKey{{Name: "region", Query: ".region"}},
		Destination: configs.Destination{Kind: "s3", S3: &configs.S3{
			Bucket: "lake", Prefix: "clicks/region=!{partitionKeyFromQuery:region}/", Endpoint: "http://127.0.0.1:9000",
			AccessKey: "AKIDSTORE", SecretKey: configs.NewSecret("hunter4-hunter4"),
		}},
		ErrorSink: configs.Destination{Kind: "s3", S3: &configs.S3{Bucket: "file:///srv/errors", Prefix: "!{firehose:error-output-type}/"}},
	}
}

func TestPromisesAreMadeConcreteAndSecretsKept(t *testing.T) {
	server, stream := lake()
	got, err := Stream(server, stream, "https://hydrant.example:4573")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"https://hydrant.example:4573/v1/streams/clicks/records", "AKIDCLICKS", "/var/lib/hydrant", "64 MiB", "90s old",
		"region = .region", "Parquet, compressed with snappy", "1 typed column.", "the bucket lake at http://127.0.0.1:9000",
		"clicks/region=REGION/clicks-1-", ".parquet", "the directory /srv/errors", "processing-failed/clicks-1-", "50 GiB",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, hidden := range []string{"hunter", "AKIDOTHER"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("%q is told in\n%s", hidden, text)
		}
	}
}

func TestAsyncDurabilityIsSaid(t *testing.T) {
	server, stream := lake()
	stream.Buffer.Async = true
	got, err := Stream(server, stream, "")
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, s := range got {
		if strings.Contains(s.Text, "power cut") && (s.About == "Says yes" && strings.Contains(s.Text, "before it was fsynced") || s.About == "Not promised") {
			said++
		}
	}
	if said != 2 {
		t.Errorf("got %d statements on what async durability risks, want 2: %+v", said, got)
	}
}

func TestDurationsReadAsTheyAreWritten(t *testing.T) {
	for d, want := range map[time.Duration]string{
		60 * time.Second: "60s", 90 * time.Second: "90s", 5 * time.Minute: "5m", 2 * time.Hour: "2h", 90 * time.Minute: "1h30m",
		150 * time.Second: "2m30s", 10 * time.Minute: "10m", 20 * time.Hour: "20h",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
}
