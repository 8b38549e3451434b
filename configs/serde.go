package configs

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"hydrant/formats/column"
)

// serde checks how JSON becomes values of the schema's columns.
func (d *decoder) serde(b *block, schema *column.Schema) {
	serde := &schema.Serde
	if sb := b.first("serde"); sb != nil && sb.spec.kind != "" {
		serde.TimestampFormats = sb.list("timestamp_formats")
		serde.Kind = sb.spec.kind
		if serde.Kind == column.OpenX {
			serde.CaseSensitive = !sb.flag("case_insensitive")
			serde.DotsToUnderscores = sb.flag("dots_to_underscores")
			serde.Mappings = lowerNames(sb.table("mappings"))
			d.serdePart(sb.arg("mappings"), sb.arg("mappings").at(), "Invalid mapping", schema, column.Serde{
				CaseSensitive: serde.CaseSensitive, DotsToUnderscores: serde.DotsToUnderscores, Mappings: serde.Mappings,
			})
		}
		for i := range serde.TimestampFormats {
			a := sb.arg("timestamp_formats")
			d.serdePart(a, a.elementAt(i), "Invalid timestamp format", schema, column.Serde{TimestampFormats: serde.TimestampFormats[i : i+1]})
		}
	}
	d.unknownColumns(b, schema)
}

// lowerNames puts the names of columns in small letters, as tables have them.
func lowerNames(mappings map[string]string) map[string]string {
	if len(mappings) == 0 {
		return nil
	}
	lower := make(map[string]string, len(mappings))
	for name, key := range mappings {
		lower[strings.ToLower(name)] = key
	}
	return lower
}

func (d *decoder) unknownColumns(b *block, schema *column.Schema) {
	policy, into := b.text("unknown_columns"), strings.ToLower(b.text("collect_into"))
	a := b.arg("collect_into")
	switch {
	case policy == column.Collect && into == "" && !a.bad:
		d.errorAt(b.arg("unknown_columns").at(), "Missing collect_into", `Say which column gets the unknown members: collect_into = "rest", of type string or map<string,string>`)
	case policy == column.Collect:
		schema.Serde.Unknown, schema.Serde.CollectInto = policy, into
		d.serdePart(a, a.at(), "Invalid collect_into", schema, column.Serde{Unknown: policy, CollectInto: into})
	case a.given:
		d.warnAt(a.at(), "collect_into without use", `Unknown members are collected with unknown_columns = "collect" only`)
	case policy == column.Archive:
		schema.Serde.Unknown = policy
	}
}

// serdePart tells what is wrong with the argument that one part of the serde
// came from.
func (d *decoder) serdePart(a *argument, at hcl.Range, summary string, schema *column.Schema, part column.Serde) {
	if !a.given || a.bad {
		return
	}
	trial := column.Schema{Columns: schema.Columns, Serde: part}
	if err := trial.Check(); err != nil {
		text := strings.ReplaceAll(err.Error(), "\n", ". ")
		d.errorAt(at, summary, "%s", capital(strings.TrimPrefix(text, "column: ")))
	}
}
