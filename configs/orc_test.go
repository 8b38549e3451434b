package configs

import (
	"reflect"
	"strings"
	"testing"
)

func TestEveryArgumentOfORCArrives(t *testing.T) {
	text := strings.Replace(minimal, `format "json" {}`, `
  schema {
    column "id" { type = "string" }
    column "b" { type = "int" }
  }
  format "orc" {
    compression            = "zstd"
    stripe_size            = "32MiB"
    row_index_stride       = 5000
    compression_block_size = "64KiB"
    bloom_filter_columns   = ["ID"]

    bloom_filter_false_positive_probability = 0.01

    dictionary_key_threshold = 0.8
    format_version           = "V0_11"
    enable_padding           = true
    block_size               = "128MiB"
    padding_tolerance        = 0.5
  }`, 1)
	got := mustLoad(t, text, LoadOptions{}).Streams[0]
	want := Format{Kind: "orc", Compression: "zstd", ORC: &ORC{
		StripeBytes: 32 << 20, RowIndexStride: 5000, CompressionBlockBytes: 64 << 10,
		BloomFilterColumns: []string{"id"}, BloomFilterFPP: 0.01, DictionaryKeyThreshold: 0.8, FormatVersion: "V0_11",
		EnablePadding: true, BlockBytes: 128 << 20, PaddingTolerance: 0.5,
	}}
	if !reflect.DeepEqual(got.Format, want) {
		t.Errorf("got %+v %+v, want %+v %+v", got.Format, got.Format.ORC, want, want.ORC)
	}
	assertNoZeroField(t, reflect.ValueOf(*got.Format.ORC), "ORC")
	if got.Buffer.Size != defaultLargeBuffer {
		t.Errorf("the buffer has %d bytes, want %d", got.Buffer.Size, defaultLargeBuffer)
	}
	changed := got
	other := *got.Format.ORC
	other.RowIndexStride++
	changed.Format.ORC = &other
	if Fingerprint(got) == Fingerprint(changed) {
		t.Error("another row index stride leaves the fingerprint as it was")
	}
}
