package configs

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"hydrant/formats/column"
)

// An Argument is one argument of a checked configuration, as text. Its path
// has the blocks that it stands in: "destination.bucket".
type Argument struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// An Outline is a whole configuration as text, without its secrets: for
// comparing two of them.
type Outline struct {
	Server  []Argument            `json:"server"`
	Streams map[string][]Argument `json:"streams"`
}

// Outline returns all arguments of c, defaults included. mask says what stands
// for a secret.
func (c *Config) Outline(mask func(Secret) string) Outline {
	o := Outline{Server: outlineOf(c.Server, mask), Streams: make(map[string][]Argument)}
	for _, s := range c.Streams {
		o.Streams[s.Name] = outlineOf(s, mask)
	}
	return o
}

// argumentNames are fields of the checked types that are not called as the
// argument is in the language; "" leaves the field out.
var argumentNames = map[string]string{
	"Stream.Name": "", "Stream.Declared": "", "Server.Grace": "shutdown_grace", "Server.AccessKeys": "access_key",
	"Buffer.Async": "durability", "Buffer.Window": "idempotency_window", "Buffer.Keys": "idempotency_keys",
	"AccessKey.ID": "", "Stream.Transforms": "transform", "Transform.Kind": "kind",
	"Transform.CSVToJSON": "csv_to_json", "CSVToJSON.EmptyNull": "empty_as_null",
	"Format.RowGroupBytes": "row_group_size", "Format.PageBytes": "page_size",
	"Format.ORC": "", "ORC.StripeBytes": "stripe_size", "ORC.CompressionBlockBytes": "compression_block_size",
	"ORC.BlockBytes": "block_size", "ORC.BloomFilterFPP": "bloom_filter_false_positive_probability",
	"PartitionKey.Name": "", "PartitionKey.Query": "jq",
	"Destination.S3": "", "S3.TimeZone": "timezone", "S3.SSE": "sse", "S3.KMSKeyID": "kms_key_id", "S3.ContentEncoded": "content_encoding",
	"TLS.ClientCAFile": "client_ca_file",
}

// sizeFields are fields in bytes.
var sizeFields = map[string]bool{
	"max_disk": true, "max_memory": true, "receipts_max": true, "size": true,
	"row_group_size": true, "page_size": true, "part_size": true,
	"stripe_size": true, "compression_block_size": true, "block_size": true,
}

// inline are structs whose fields stand in the block around them.
var inline = map[string]bool{"Destination.S3": true, "Format.ORC": true}

type outliner struct {
	mask func(Secret) string
	out  []Argument
}

func outlineOf(v any, mask func(Secret) string) []Argument {
	o := &outliner{mask: mask}
	o.fields("", reflect.ValueOf(v))
	return o.out
}

// fields writes the fields of a struct below path.
func (o *outliner) fields(path string, v reflect.Value) {
	for i := range v.NumField() {
		full := v.Type().Name() + "." + v.Type().Field(i).Name
		name, named := argumentNames[full]
		if !named {
			name = snake(v.Type().Field(i).Name)
		}
		switch {
		case inline[full]:
			o.value(path, v.Field(i))
		case name != "":
			o.value(join(path, name), v.Field(i))
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value writes what stands at path; what is not given is left out.
func (o *outliner) value(path string, v reflect.Value) {
	switch x := v.Interface().(type) {
	case Secret:
		if !x.IsZero() {
			o.add(path, o.mask(x))
		}
	case *column.Schema:
		if x != nil {
			for _, c := range x.Columns {
				o.add(path+".column."+c.Name, typeText(c.Type))
			}
		}
	case []AccessKey:
		for _, k := range x {
			o.fields(path+"."+k.ID, reflect.ValueOf(k))
		}
	case []PartitionKey:
		for _, k := range x {
			o.fields(path+"."+k.Name, reflect.ValueOf(k))
		}
	default:
		o.plain(path, v)
	}
}

func (o *outliner) plain(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			o.value(path, v.Elem())
		}
	case reflect.Struct:
		o.fields(path, v)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				o.value(path+"."+strconv.Itoa(i+1), v.Index(i))
			}
			return
		}
		if v.Len() > 0 {
			o.add(path, fmt.Sprintf("%q", v.Interface()))
		}
	case reflect.Map:
		if m, ok := v.Interface().(map[string]string); ok {
			for _, k := range slices.Sorted(maps.Keys(m)) {
				o.add(path+"."+k, strconv.Quote(m[k]))
			}
		}
	default:
		o.add(path, argumentText(path, v))
	}
}

func (o *outliner) add(path, value string) {
	if value != "" {
		o.out = append(o.out, Argument{path, value})
	}
}

// argumentText writes a simple value as the language has it.
func argumentText(path string, v reflect.Value) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	switch x := v.Interface().(type) {
	case time.Duration:
		return durationText(x)
	case slog.Level:
		return strings.ToLower(x.String())
	case byte:
		return strconv.Quote(string(rune(x)))
	case bool:
		if name == "durability" {
			return map[bool]string{true: "async", false: "sync"}[x]
		}
	case string:
		if x == "" {
			return ""
		}
		if strings.TrimSpace(x) != x || strings.ContainsFunc(x, unicode.IsControl) {
			return strconv.Quote(x)
		}
	case int64:
		if sizeFields[name] {
			return sizeText(x)
		}
	}
	return fmt.Sprint(v.Interface())
}

// sizeText writes bytes with the largest unit that needs no fraction.
func sizeText(n int64) string {
	best := strconv.FormatInt(n, 10) + "B"
	for _, u := range units {
		if n != 0 && n%u.bytes == 0 {
			if text := strconv.FormatInt(n/u.bytes, 10) + u.suffix; len(text) < len(best) {
				best = text
			}
		}
	}
	return best
}

// durationText writes 10m and not 10m0s.
func durationText(d time.Duration) string {
	if d >= 48*time.Hour && d%(24*time.Hour) == 0 {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// snake writes MaxDisk as max_disk.
func snake(name string) string {
	var b strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// MaskWith returns a mask for outlines that tells two secrets apart and tells
// little of either: sixteen bits of a hash with a salt.
func MaskWith(salt []byte) func(Secret) string {
	return func(s Secret) string {
		h := hmac.New(sha256.New, salt)
		h.Write([]byte(s.Reveal()))
		return fmt.Sprintf("(secret %x)", h.Sum(nil)[:2])
	}
}
