package parquet

import "encoding/binary"

// Element types of the Thrift compact protocol.
const (
	thriftTrue   = 1 // a boolean field that is true; also the type of booleans in lists
	thriftFalse  = 2
	thriftByte   = 3
	thriftI32    = 5
	thriftI64    = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

// A thrift appends structs in the Thrift compact protocol, in which Parquet
// writes its page headers and its footer. The zero value is ready; one
// outermost struct is begun by open and ended by close.
type thrift struct {
	b    []byte
	last []int16 // id of the last field of each open struct
}

// open begins a struct that is an element of a list or outermost.
func (t *thrift) open() { t.last = append(t.last, 0) }

// close ends the innermost struct.
func (t *thrift) close() {
	t.b = append(t.b, 0)
	t.last = t.last[:len(t.last)-1]
}

func (t *thrift) field(id int16, typ byte) {
	last := &t.last[len(t.last)-1]
	if d := id - *last; d > 0 && d < 16 {
		t.b = append(t.b, byte(d)<<4|typ)
	} else {
		t.b = append(t.b, typ)
		t.b = binary.AppendVarint(t.b, int64(id))
	}
	*last = id
}

func (t *thrift) i8(id int16, v int8) {
	t.field(id, thriftByte)
	t.b = append(t.b, byte(v))
}

func (t *thrift) i32(id int16, v int32) {
	t.field(id, thriftI32)
	t.b = binary.AppendVarint(t.b, int64(v))
}

func (t *thrift) i64(id int16, v int64) {
	t.field(id, thriftI64)
	t.b = binary.AppendVarint(t.b, v)
}

func (t *thrift) bool(id int16, v bool) { t.field(id, boolByte(v)) }

func (t *thrift) bytes(id int16, v []byte) {
	t.field(id, thriftBinary)
	t.elemBytes(v)
}

func (t *thrift) string(id int16, v string) {
	t.field(id, thriftBinary)
	t.elemString(v)
}

// openField begins a struct that is field id of the innermost struct.
func (t *thrift) openField(id int16) {
	t.field(id, thriftStruct)
	t.open()
}

// empty adds field id as a struct without fields.
func (t *thrift) empty(id int16) {
	t.openField(id)
	t.close()
}

// list begins field id as a list of n elements, which the caller appends.
func (t *thrift) list(id int16, elem byte, n int) {
	t.field(id, thriftList)
	if n < 15 {
		t.b = append(t.b, byte(n)<<4|elem)
		return
	}
	t.b = append(t.b, 0xf0|elem)
	t.b = binary.AppendUvarint(t.b, uint64(n))
}

func (t *thrift) elemInt(v int64) { t.b = binary.AppendVarint(t.b, v) }
func (t *thrift) elemBool(v bool) { t.b = append(t.b, boolByte(v)) }

func (t *thrift) elemBytes(v []byte) {
	t.b = binary.AppendUvarint(t.b, uint64(len(v)))
	t.b = append(t.b, v...)
}

func (t *thrift) elemString(v string) {
	t.b = binary.AppendUvarint(t.b, uint64(len(v)))
	t.b = append(t.b, v...)
}

func boolByte(v bool) byte {
	if v {
		return thriftTrue
	}
	return thriftFalse
}
