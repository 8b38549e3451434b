package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Stream returns the delivery stream of that name.
func (c *Config) Stream(name string) (Stream, bool) {
	i, ok := slices.BinarySearchFunc(c.Streams, name, func(s Stream, name string) int { return cmp.Compare(s.Name, name) })
	if !ok {
		return Stream{}, false
	}
	return c.Streams[i], true
}

// defaults is a block that was not written: all arguments have their defaults.
func defaults(typ string, spec *blockSpec) *block {
	b := &block{spec: spec, typ: typ, args: map[string]*argument{}}
	for _, arg := range spec.args {
		b.args[arg.name] = absent(arg)
	}
	return b
}

// orDefaults returns the block of a type in b, or one with the defaults.
func (b *block) orDefaults(typ string) *block {
	if found := b.first(typ); found != nil {
		return found
	}
	return defaults(typ, b.spec.nest(typ).kinds[0])
}

// config checks the decoded blocks, alone and against one another.
func (d *decoder) config(root *block) *Config {
	server := root.orDefaults("server")
	cfg := &Config{Server: d.server(server)}
	var all []*stream
	first := map[string]hcl.Range{}
	for _, b := range root.nested("delivery_stream") {
		if at, twice := first[b.label]; twice {
			d.errorAt(b.labels, "Duplicate delivery stream", "Stream %q was first declared at %s. Rename one of them", b.label, place(at))
		} else {
			first[b.label] = b.header
		}
		all = append(all, d.stream(b, cfg.Server))
	}
	d.across(server, cfg.Server, all)
	for _, s := range all {
		cfg.Streams = append(cfg.Streams, s.Stream)
	}
	slices.SortStableFunc(cfg.Streams, func(a, b Stream) int { return cmp.Compare(a.Name, b.Name) })
	return cfg
}

// across checks what concerns several blocks.
func (d *decoder) across(server *block, s Server, all []*stream) {
	if d.partial {
		return
	}
	for _, b := range server.nested("access_key") {
		d.patternsMatch(b.arg("streams"), all)
	}
	for _, st := range all {
		if st.Buffer.Size > s.MaxDisk && !server.arg("max_disk").bad {
			at := st.block.header
			if b := st.block.first("buffer"); b != nil && b.arg("size").given {
				at = b.arg("size").at()
			}
			d.errorAt(at, "Buffer larger than the disk budget", "A batch of stream %q may have %d bytes, and all of server's max_disk is %d. Make buffer.size smaller, or max_disk larger", st.Name, st.Buffer.Size, s.MaxDisk)
		}
		if most := st.Buffer.MaxDisk; most > 0 && st.Buffer.Size > most {
			d.errorAt(st.block.first("buffer").arg("max_disk").at(), "Buffer larger than its disk budget", "A batch of stream %q may have %d bytes, and max_disk of its buffer is %d. Make buffer.size smaller, or max_disk larger", st.Name, st.Buffer.Size, most)
		}
		for _, other := range all {
			d.errorsAmongData(st, other)
		}
	}
}

// patternsMatch warns of patterns of streams that match none.
func (d *decoder) patternsMatch(a *argument, all []*stream) {
	list, _ := a.value.([]string)
	if !a.ok() || len(all) == 0 {
		return
	}
	for i, pattern := range list {
		if !slices.ContainsFunc(all, func(s *stream) bool { return matchStream(pattern, s.Name) }) {
			names := make([]string, len(all))
			for j, s := range all {
				names[j] = s.Name
			}
			d.warnAt(a.elementAt(i), "Pattern matches no stream", "%s matches none of the streams.%s There are: %s", capital(a.show(pattern)), hintUnless(a.hidden, didYouMean(pattern, names)), allowed(names))
		}
	}
}

func hintUnless(hidden bool, hint string) string {
	if hidden {
		return ""
	}
	return hint
}

// matchStream says whether a pattern, in which * stands for any text, matches
// a name.
func matchStream(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, part)
		}
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(part):], next
	}
}

// errorsAmongData tells when the errors of one stream are written where
// readers of another one's data (or its own) look.
func (d *decoder) errorsAmongData(errors, data *stream) {
	sink, dest := errors.sink, data.dest
	if sink == nil || dest == nil || sink.place == "" || sink.place != dest.place || !strings.HasPrefix(sink.location, dest.location) {
		return
	}
	cure := fmt.Sprintf("Use another bucket, or a prefix outside of it, such as \"errors/%s/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/\"", errors.Name)
	if dest.root {
		if errors != data {
			return // too far-fetched: whoever shares a bucket looks at folders in it
		}
		cure = fmt.Sprintf("Use another bucket, or give the destination a folder of its own, such as prefix = \"%s/\"", data.Name)
	}
	text := fmt.Sprintf("The errors are written below %s, where the data of stream %q lies: whoever reads the data reads the errors too. ", dest.describe(), data.Name)
	if data.Format.Columns() {
		d.errorAt(sink.prefixAt(), "Errors among the data", "%sAn error object isn't %s, so queries would fail. %s", text, formatName(data.Format.Kind), cure)
		return
	}
	d.warnAt(sink.prefixAt(), "Errors among the data", "%s%s", text, cure)
}

// formatName is how a format of columns is called.
func formatName(kind string) string {
	if kind == "orc" {
		return "ORC"
	}
	return "Parquet"
}
