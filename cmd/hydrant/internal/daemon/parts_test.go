package daemon

import (
	"slices"
	"testing"

	"hydrant/configs"
	"hydrant/formats/column"
)

func TestCellsAreHandedOverWhereColumnsAreTyped(t *testing.T) {
	named := &configs.CSVToJSON{Columns: []string{"Id", "Cost Total $", "Region"}, SnakeCase: true}
	header := &configs.CSVToJSON{Header: true, SnakeCase: true}
	schema := &column.Schema{Columns: []column.Column{{Name: "cost_total"}, {Name: "id"}}}
	simple := []configs.PartitionKey{{Name: "r", Query: ".region"}}
	program := []configs.PartitionKey{{Name: "r", Query: `.region // "none"`}}
	for _, c := range []struct {
		name   string
		csv    *configs.CSVToJSON
		format string
		keys   []configs.PartitionKey
		want   []string // nil: rows are JSON
	}{
		{"the schema's columns", named, "parquet", nil, []string{"cost_total", "id"}},
		{"and the partition key's", named, "parquet", simple, []string{"cost_total", "id", "region"}},
		{"all columns for a program", named, "parquet", program, []string{"id", "cost_total", "region"}},
		{"columns from headers", header, "parquet", simple, []string{"cost_total", "id", "region"}},
		{"JSON for a program and unknown columns", header, "parquet", program, nil},
		{"JSON for JSON lines", named, "json", simple, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain, fields, err := newTransform(configs.Stream{
				Transforms: []configs.Transform{{Kind: "csv_to_json", CSVToJSON: c.csv}},
				Format:     configs.Format{Kind: c.format}, Schema: schema, PartitionBy: c.keys,
			})
			if err != nil || chain == nil {
				t.Fatalf("got %v, %v", chain, err)
			}
			if !slices.Equal(fields, c.want) {
				t.Errorf("got fields %q, want %q", fields, c.want)
			}
		})
	}
}

func TestUnknownKindsAreRefused(t *testing.T) {
	if _, _, err := newTransform(configs.Stream{Transforms: []configs.Transform{{Kind: "lambda"}}}); err == nil {
		t.Error("transform of an unknown kind: got no error")
	}
	if _, err := newDestination(t.Context(), configs.Destination{Kind: "redshift"}, nil); err == nil {
		t.Error("destination of an unknown kind: got no error")
	}
}
