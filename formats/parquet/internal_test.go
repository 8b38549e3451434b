package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"hydrant/formats/column"
)

// unhybrid decodes the RLE and bit-packing hybrid into n values.
func unhybrid(t *testing.T, b []byte, width, n int) []uint32 {
	t.Helper()
	var out []uint32
	for len(out) < n {
		head, k := binary.Uvarint(b)
		if k <= 0 {
			t.Fatalf("no header after %d of %d values", len(out), n)
		}
		b = b[k:]
		if head&1 == 0 {
			var v uint32
			for i := range (width + 7) / 8 {
				v |= uint32(b[i]) << (8 * i)
			}
			b = b[(width+7)/8:]
			for range head >> 1 {
				out = append(out, v)
			}
			continue
		}
		size := int(head>>1) * width
		for i := range int(head>>1) * 8 {
			var v uint32
			for j := range width {
				bit := i*width + j
				v |= uint32(b[bit/8]>>(bit%8)&1) << j
			}
			out = append(out, v)
		}
		b = b[size:]
	}
	if len(b) > 0 {
		t.Fatalf("%d bytes after %d values", len(b), n)
	}
	for _, v := range out[n:] {
		if v != 0 {
			t.Fatalf("filled up with %d, want 0", v)
		}
	}
	return out[:n]
}

// runs returns n values below limit in runs of random length.
func runs(r *rand.Rand, n, limit int) []uint32 {
	var out []uint32
	for len(out) < n {
		v := uint32(r.IntN(limit))
		for range 1 + r.IntN(1+r.IntN(100)*r.IntN(2)) {
			out = append(out, v)
		}
	}
	return out[:n]
}

func TestHybridHoldsEachValue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for width := 1; width <= 24; width++ {
		for n := range 200 {
			want := runs(r, n, 1<<width)
			b := appendIndexes(nil, want, width)
			if int(b[0]) != width {
				t.Fatalf("width %d is written as %d", width, b[0])
			}
			if got := unhybrid(t, b[1:], width, n); !equal(got, want) {
				t.Fatalf("width %d: indexes %v come back as %v", width, want, got)
			}
			if width > 8 {
				continue
			}
			levels := make([]uint8, n)
			for i, v := range want {
				levels[i] = uint8(v)
			}
			if got := unhybrid(t, appendLevels(nil, levels, width), width, n); !equal(got, want) {
				t.Fatalf("width %d: levels %v come back as %v", width, want, got)
			}
		}
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestEqualLevelsTakeFewBytes(t *testing.T) {
	l := levelBuffer{max: 1}
	for range 1000 {
		l.add(bytes.Repeat([]byte{1}, 1000), true)
	}
	if got := len(l.appendTo(nil)); got > 10 || cap(l.rest) > 0 {
		t.Errorf("a million values without nulls take %d bytes of levels, %d while gathered; want at most 10 and 0", got, cap(l.rest))
	}
}

func TestDecimalsFitTheirLength(t *testing.T) {
	for p := 1; p <= 38; p++ {
		limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(p)), nil)
		want := 1
		for new(big.Int).Lsh(big.NewInt(1), uint(8*want-1)).Cmp(limit) < 0 {
			want++
		}
		if got := decimalLength(p); got != want {
			t.Errorf("precision %d takes %d bytes, want %d", p, got, want)
		}
	}
}

func TestLongBoundsAreCutToTheSafeSide(t *testing.T) {
	text := func(s string) []byte { return []byte(s) }
	tests := []struct {
		name string
		v    []byte
		text bool
		high []byte // nil: there is none
	}{
		{"as long as may be", text(strings.Repeat("a", 64)), true, text(strings.Repeat("a", 64))},
		{"one longer", text(strings.Repeat("a", 65)), true, text(strings.Repeat("a", 63) + "b")},
		{"character on the edge", text(strings.Repeat("a", 63) + "한"), true, text(strings.Repeat("a", 62) + "b")},
		{"last before surrogates", text(strings.Repeat("a", 61) + "\ud7ffa"), true, text(strings.Repeat("a", 61) + "\ue000")},
		{"last of a length", text(strings.Repeat("a", 63) + "\x7fz"), true, text(strings.Repeat("a", 62) + "b")},
		{"last of all", text(strings.Repeat("\U0010ffff", 17)), true, nil},
		{"bytes", append(bytes.Repeat([]byte{7}, 63), 0xff, 0), false, append(bytes.Repeat([]byte{7}, 62), 8)},
		{"last bytes of all", bytes.Repeat([]byte{0xff}, 65), false, nil},
	}
	for _, tt := range tests {
		high, _ := cutHigh(tt.v[:min(len(tt.v), boundBytes+1)], tt.text)
		if !bytes.Equal(high, tt.high) || (high == nil) != (tt.high == nil) {
			t.Errorf("%s: upper bound is %q, want %q", tt.name, high, tt.high)
		}
	}
}

func FuzzBoundsHoldTheValue(f *testing.F) {
	f.Add([]byte(strings.Repeat("é", 40)), true)
	f.Add([]byte(strings.Repeat("\U0010ffff", 30)), true)
	f.Add(bytes.Repeat([]byte{0xff}, 70), false)
	f.Fuzz(func(t *testing.T, v []byte, text bool) {
		text = text && utf8.Valid(v)
		cut := v[:min(len(v), boundBytes+1)]
		low, lowExact := cutLow(cut, text)
		high, highExact := cutHigh(cut, text)
		if len(low) > boundBytes || len(high) > boundBytes {
			t.Fatalf("bounds %q and %q are longer than %d bytes", low, high, boundBytes)
		}
		if bytes.Compare(low, v) > 0 || lowExact != bytes.Equal(low, v) {
			t.Fatalf("lower bound of %q is %q, exact %v", v, low, lowExact)
		}
		if high != nil && (bytes.Compare(high, v) < 0 || highExact != bytes.Equal(high, v)) {
			t.Fatalf("upper bound of %q is %q, exact %v", v, high, highExact)
		}
		if text && !(utf8.Valid(low) && utf8.Valid(high)) {
			t.Fatalf("bounds of %q are %q and %q, not UTF-8", v, low, high)
		}
	})
}

func TestDictionariesNumberValuesInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	ints, texts := intDict{}, bytesDict{prefix: 4}
	ints.reset()
	texts.reset()
	wantInt, wantText := map[int64]uint32{}, map[string]uint32{}
	for range 200_000 {
		v := r.Int64N(40_000) << r.IntN(20)
		s := strings.Repeat("x", r.IntN(30)) + string(rune(r.IntN(3000)))
		i, ok1 := ints.index(v, 1<<30)
		j, ok2 := texts.index([]byte(s), 1<<30)
		if _, ok := wantInt[v]; !ok {
			wantInt[v] = uint32(len(wantInt))
		}
		if _, ok := wantText[s]; !ok {
			wantText[s] = uint32(len(wantText))
		}
		if !ok1 || !ok2 || i != wantInt[v] || j != wantText[s] {
			t.Fatalf("%d is %d %v, want %d; %q is %d %v, want %d", v, i, ok1, wantInt[v], s, j, ok2, wantText[s])
		}
	}
}

// TestCollidingValuesLeaveTheDictionary takes values that an attacker would
// send, all with the same place in the table.
func TestCollidingValuesLeaveTheDictionary(t *testing.T) {
	var d intDict
	d.reset()
	full := 0
	// hashInt is undone: multiply by the inverse, then shift-xor.
	inverse := uint64(1)
	for range 6 {
		inverse *= 2 - 0x9e3779b97f4a7c15*inverse
	}
	for i := range uint64(10_000) {
		x := i * inverse
		if _, ok := d.index(int64(x^x>>32), 1<<30); !ok {
			full++
		}
	}
	if full == 0 {
		t.Error("10,000 colliding values were all searched to the end")
	}
}

func TestHashSpreads(t *testing.T) {
	counts := make([]int, 1<<12)
	for i := range 1 << 16 {
		b := binary.LittleEndian.AppendUint32([]byte("https://example.com/a/"), uint32(i))
		counts[hashBytes(b)&(1<<12-1)]++
	}
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	if most > 64 { // 16 on the average
		t.Errorf("%d of %d values share one of %d places", most, 1<<16, len(counts))
	}
	if bits.Len64(hashBytes(nil)) > 32 {
		t.Error("the hash has more than 32 bits")
	}
}

// noise returns a leaf of strings unlike each other.
func noise(r *rand.Rand, rows int) column.Leaf {
	l := column.Leaf{Type: column.Type{Kind: column.String}, MaxDef: 1}
	for range rows {
		l.Def = append(l.Def, 1)
		for range 1 + r.IntN(8) {
			l.Bytes = binary.LittleEndian.AppendUint64(l.Bytes, r.Uint64())
		}
		l.Ends = append(l.Ends, uint32(len(l.Bytes)))
	}
	return l
}

func TestMemoryStaysBounded(t *testing.T) {
	const columns, rows, limit = 200, 50, 8 << 20
	s := new(column.Schema)
	for i := range columns {
		s.Columns = append(s.Columns, column.Column{Name: fmt.Sprint("c", i), Type: column.Type{Kind: column.String}})
	}
	w, err := NewWriter(io.Discard, s, Options{RowGroupBytes: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	w.limit = limit
	r := rand.New(rand.NewPCG(1, 1))
	var most int64
	for range 80 {
		var leaves []column.Leaf
		for range columns {
			leaves = append(leaves, noise(r, rows))
		}
		if err := w.WriteLeaves(rows, leaves); err != nil {
			t.Fatal(err)
		}
		most = max(most, w.Held())
	}
	if most > limit || most < limit/2 {
		t.Errorf("at most %d bytes were held, want less than %d but near", most, limit)
	}
	if n := len(w.groups); n < 3 || n > 40 {
		t.Errorf("%d row groups, want several but not one for each call", n)
	}
}

func TestPagesAreInOrderWhenBothBoundsAre(t *testing.T) {
	enc := new(boolValues) // compares bytes
	tests := []struct {
		name  string
		pages []string // lower and upper bound
		want  int32
	}{
		{"both rise", []string{"ac", "bd"}, orderAscending},
		{"both fall", []string{"bd", "ac"}, orderDescending},
		{"only the lower rises", []string{"ad", "bc"}, orderNone},
		{"only the upper rises", []string{"bc", "ad"}, orderNone},
		{"a page of nulls between", []string{"ac", "", "bd"}, orderAscending},
		{"only nulls", []string{"", ""}, orderAscending},
	}
	for _, tt := range tests {
		var pages []pageInfo
		for _, p := range tt.pages {
			b := bounds{known: p != ""}
			if b.known {
				b.min, b.max = []byte(p[:1]), []byte(p[1:])
			}
			pages = append(pages, pageInfo{bounds: b, null: p == ""})
		}
		if got := pageOrder(pages, enc); got != tt.want {
			t.Errorf("%s: order %d, want %d", tt.name, got, tt.want)
		}
	}
}
