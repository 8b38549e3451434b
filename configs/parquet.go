package configs

import (
	"strings"

	"hydrant/formats/column"
)

// parquetOptions reads what is new since the first release, of which defaults
// leave f as it was.
func (d *decoder) parquetOptions(fb *block, f *Format, schema *column.Schema) {
	if v := fb.text("writer_version"); v != "v1" {
		f.PageVersion = v
	}
	if names := fb.text("list_names"); names != "standard" {
		f.ListNames = names
	}
	size := fb.arg("dictionary_size")
	switch {
	case !fb.flag("dictionary"):
		f.DictionaryBytes = -1
		if size.given {
			d.warnAt(size.at(), "Dictionary size without use", "There are no dictionaries with dictionary = false")
		}
	case size.given:
		f.DictionaryBytes = fb.size("dictionary_size")
	}
	f.BloomFilters = fb.list("bloom_filters")
	if schema != nil && schema.Check() == nil {
		d.bloomFilters(fb.arg("bloom_filters"), f, schema)
	}
}

// bloomFilters checks that the filters are of parts that have one.
func (d *decoder) bloomFilters(a *argument, f *Format, schema *column.Schema) {
	kinds := map[string]column.Kind{}
	var names []string
	for _, l := range schema.Leaves() {
		kinds[l.Name()] = l.Type.Kind
		names = append(names, l.Name())
	}
	for i, name := range f.BloomFilters {
		switch kind := kinds[strings.ToLower(name)]; {
		case kind == 0:
			d.errorAt(a.elementAt(i), "Unknown column for a bloom filter", "The schema has no column %q of one value.%s Parts of others are called geo.lat, tags.element, labels.key and labels.value", name, didYouMean(name, names))
		case kind == column.Boolean:
			d.errorAt(a.elementAt(i), "No bloom filter for this column", "%q is a boolean, which has none", name)
		case kind == column.Timestamp && f.Timestamps == "int96":
			d.warnAt(a.elementAt(i), "Bloom filter without use", `Readers do not look for timestamps of the kind int96 in bloom filters. Use timestamps = "micros", or leave %q out`, name)
		}
	}
}
