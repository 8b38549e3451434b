package orc

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// A message is a Protocol Buffers message being built.
type message struct{ b []byte }

func (m *message) uint(field protowire.Number, v uint64) {
	m.b = protowire.AppendTag(m.b, field, protowire.VarintType)
	m.b = protowire.AppendVarint(m.b, v)
}

// sint appends a sint64 or sint32, which are in zigzag.
func (m *message) sint(field protowire.Number, v int64) {
	m.uint(field, protowire.EncodeZigZag(v))
}

func (m *message) bool(field protowire.Number, v bool) {
	m.uint(field, protowire.EncodeBool(v))
}

func (m *message) double(field protowire.Number, v float64) {
	m.b = protowire.AppendTag(m.b, field, protowire.Fixed64Type)
	m.b = protowire.AppendFixed64(m.b, math.Float64bits(v))
}

// bytes appends bytes, a string or a message.
func (m *message) bytes(field protowire.Number, v []byte) {
	m.b = protowire.AppendTag(m.b, field, protowire.BytesType)
	m.b = protowire.AppendBytes(m.b, v)
}

func (m *message) string(field protowire.Number, v string) {
	m.b = protowire.AppendTag(m.b, field, protowire.BytesType)
	m.b = protowire.AppendString(m.b, v)
}

// packed appends numbers that share one tag.
func (m *message) packed(field protowire.Number, v []uint64) {
	n := 0
	for _, x := range v {
		n += protowire.SizeVarint(x)
	}
	m.b = protowire.AppendTag(m.b, field, protowire.BytesType)
	m.b = protowire.AppendVarint(m.b, uint64(n))
	for _, x := range v {
		m.b = protowire.AppendVarint(m.b, x)
	}
}
