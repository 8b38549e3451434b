package orc

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// decodeInts reads n integers.
func decodeInts(src []byte, n int, signed, v1 bool) ([]int64, error) {
	d := intDecoder{signed: signed, v1: v1}
	d.reset(src)
	var out []int64
	for range n {
		v, err := d.next()
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, nil
}

func encodeInts(v []int64, signed, v1 bool) []byte {
	var out []byte
	e := intEncoder{shared: &shared{v1: v1}, signed: signed, out: func(b []byte) { out = append(out, b...) }}
	e.add(v)
	e.flush()
	return out
}

// sequences are what run-length encodings find hard.
func sequences() map[string][]int64 {
	r := rand.New(rand.NewPCG(3, 4))
	many := func(n int, f func(i int) int64) []int64 {
		v := make([]int64, n)
		for i := range v {
			v[i] = f(i)
		}
		return v
	}
	return map[string][]int64{
		"one": {7}, "two equal": {7, 7}, "three equal": {7, 7, 7}, "ten equal": many(10, func(int) int64 { return -3 }),
		"eleven equal": many(11, func(int) int64 { return math.MinInt64 }), "many equal": many(5000, func(int) int64 { return math.MaxInt64 }),
		"extremes":         {math.MinInt64, math.MaxInt64, 0, math.MinInt64, -1, 1, math.MaxInt64, math.MaxInt64 - 1},
		"rising":           many(3000, func(i int) int64 { return int64(i) * 17 }),
		"falling":          many(3000, func(i int) int64 { return -int64(i) * 17 }),
		"rising unevenly":  many(3000, func(i int) int64 { return int64(i)*1000 + int64(i%7) }),
		"falling unevenly": many(700, func(i int) int64 { return 5_000_000 - int64(i)*1000 - int64(i%7) }),
		"rising to the top": many(600, func(i int) int64 {
			return math.MaxInt64 - 600 + int64(i)
		}),
		"starts equal, then rises": append([]int64{4, 4}, many(600, func(i int) int64 { return 5 + int64(i*i) })...),
		"outliers": many(2000, func(i int) int64 {
			if i%97 == 0 {
				return 1 << 40
			}
			return 1000 + int64(i*7919%200)
		}),
		"negative base, one far outlier": many(512, func(i int) int64 {
			if i == 511 {
				return 1 << 50
			}
			return -1000 - int64(i*7919%200)
		}),
		"outlier first and last": many(512, func(i int) int64 {
			if i == 0 || i == 511 {
				return 1 << 30
			}
			return int64(i * 7919 % 100)
		}),
		"narrow and far from zero": many(1500, func(i int) int64 { return 1_700_000_000_000 + int64(i*7919%1000) }),
		"random":                   many(4000, func(int) int64 { return int64(r.Uint64()) }),
		"random of all sizes":      many(9000, func(int) int64 { return int64(r.Uint64()) >> r.IntN(64) }),
		"bits":                     many(3000, func(int) int64 { return r.Int64N(2) }),
		"short runs":               many(3000, func(i int) int64 { return int64(i / 7 * 131 % 1000) }),
	}
}

func TestIntegersComeBackFromBothVersions(t *testing.T) {
	for name, v := range sequences() {
		for _, v1 := range []bool{false, true} {
			got, err := decodeInts(encodeInts(v, true, v1), len(v), true, v1)
			if err != nil || !slices.Equal(got, v) {
				t.Errorf("%s, version 1 %v: %v, error %v", name, v1, firstDifference(got, v), err)
			}
			plain := slices.Clone(v)
			for i := range plain {
				plain[i] &= math.MaxInt64
			}
			got, err = decodeInts(encodeInts(plain, false, v1), len(v), false, v1)
			if err != nil || !slices.Equal(got, plain) {
				t.Errorf("%s, unsigned, version 1 %v: %v, error %v", name, v1, firstDifference(got, plain), err)
			}
		}
	}
}

func firstDifference(got, want []int64) string {
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return "differs"
		}
	}
	return "equal"
}

// The examples of the specification.
func TestRunsOfTheSpecification(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     []int64
		signed bool
		v1     bool
		want   []byte
	}{
		{"short repeat", []int64{10000, 10000, 10000, 10000, 10000}, false, false, []byte{0x0a, 0x27, 0x10}},
		{"direct", []int64{23713, 43806, 57005, 48879}, false, false, []byte{0x5e, 0x03, 0x5c, 0xa1, 0xab, 0x1e, 0xde, 0xad, 0xbe, 0xef}},
		{"delta", []int64{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}, false, false, []byte{0xc6, 0x09, 0x02, 0x02, 0x22, 0x42, 0x42, 0x46}},
		{"version 1, run", slices.Repeat([]int64{7}, 100), false, true, []byte{0x61, 0x00, 0x07}},
		{"version 1, literals", []int64{2, 3, 6, 7, 11}, false, true, []byte{0xfb, 0x02, 0x03, 0x06, 0x07, 0x0b}},
	} {
		got, err := decodeInts(c.want, len(c.in), c.signed, c.v1)
		if err != nil || !slices.Equal(got, c.in) {
			t.Errorf("%s: decoded %v, error %v, want %v", c.name, got, err, c.in)
		}
		if enc := encodeInts(c.in, c.signed, c.v1); len(enc) > len(c.want) {
			t.Errorf("%s: encoded % x, want % x", c.name, enc, c.want)
		}
	}
	patched := []byte{
		0x8e, 0x13, 0x2b, 0x21, 0x07, 0xd0, 0x1e, 0x00, 0x14, 0x70, 0x28, 0x32, 0x3c, 0x46, 0x50, 0x5a, 0x64, 0x6e,
		0x78, 0x82, 0x8c, 0x96, 0xa0, 0xaa, 0xb4, 0xbe, 0xfc, 0xe8,
	}
	want := []int64{2030, 2000, 2020, 1000000, 2040, 2050, 2060, 2070, 2080, 2090, 2100, 2110, 2120, 2130, 2140, 2150, 2160, 2170, 2180, 2190}
	if got, err := decodeInts(patched, len(want), false, false); err != nil || !slices.Equal(got, want) {
		t.Errorf("patched base: decoded %v, error %v, want %v", got, err, want)
	}
	if enc := encodeInts(want, false, false); enc[0]>>6 != runPatched>>6 || len(enc) > len(patched) {
		t.Errorf("patched base: encoded in %d bytes of kind %d, want at most %d of kind 2", len(enc), enc[0]>>6, len(patched))
	}
}

func TestRunsAreAsSmallAsTheirKindPromises(t *testing.T) {
	for name, most := range map[string]int{
		"many equal": 130, "rising": 40, "falling": 40, "outliers": 2300, "narrow and far from zero": 1950, "bits": 780,
	} {
		v := sequences()[name]
		if got := len(encodeInts(v, true, false)); got > most {
			t.Errorf("%s: %d values take %d bytes, want at most %d", name, len(v), got, most)
		}
	}
}

func FuzzIntegersComeBack(f *testing.F) {
	for _, v := range sequences() {
		var b []byte
		for _, x := range v[:min(len(v), 300)] {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
		f.Add(b, uint8(8), uint8(0))
	}
	f.Add([]byte{1, 2, 3, 200, 1, 1, 1, 1, 1, 1, 1}, uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, width, repeat uint8) {
		var v []int64
		size := int(width%8) + 1
		for ; len(b) >= size && len(v) < 1<<14; b = b[size:] {
			x := int64(bigEndian(b[:size]))
			for range int(repeat%4) + 1 {
				v = append(v, x)
			}
		}
		for _, v1 := range []bool{false, true} {
			got, err := decodeInts(encodeInts(v, true, v1), len(v), true, v1)
			if err != nil || !slices.Equal(got, v) {
				t.Errorf("version 1 %v: %d values came back as %d, error %v", v1, len(v), len(got), err)
			}
		}
	})
}

func FuzzIntegersOfAnyBytesEnd(f *testing.F) {
	f.Add(encodeInts(sequences()["outliers"], true, false), false)
	f.Add(encodeInts(sequences()["rising"], true, true), true)
	f.Fuzz(func(t *testing.T, b []byte, v1 bool) {
		d := intDecoder{signed: true, v1: v1}
		d.reset(b)
		for n := 0; ; n++ {
			if _, err := d.next(); err != nil {
				return
			}
			if n > maxRun*(len(b)+1) {
				t.Fatalf("%d bytes hold more than %d values", len(b), n)
			}
		}
	})
}

func TestBytesAndBooleansComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 127, 128, 129, 130, 131, 1000, 5000} {
		for _, alphabet := range []int{1, 2, 256} {
			data := make([]byte, n)
			bits := make([]uint8, n)
			for i := range data {
				data[i] = byte(r.IntN(alphabet))
				bits[i] = data[i] & 1
			}
			s := &shared{comp: &compressor{codec: codecNone}, block: blockBytes}
			be := byteEncoder{out: &stream{shared: s}}
			for _, b := range data {
				be.add(b)
			}
			be.flush()
			bd := byteDecoder{byteSource: byteSource{all: be.out.raw}}
			got := make([]byte, n)
			for i := range got {
				got[i], _ = bd.next()
			}
			if !bytes.Equal(got, data) || bd.at != len(bd.all) {
				t.Fatalf("%d bytes of %d kinds: came back otherwise", n, alphabet)
			}
			oe := boolEncoder{bytes: byteEncoder{out: &stream{shared: s}}}
			oe.add(bits)
			oe.addTrue(n)
			oe.finish()
			od := boolDecoder{byteDecoder: byteDecoder{byteSource: byteSource{all: oe.bytes.out.raw}}}
			for i := range 2 * n {
				want := i >= n || bits[i] == 1
				if bit, err := od.next(); bit != want || err != nil {
					t.Fatalf("boolean %d of %d: %v, error %v, want %v", i, n, bit, err, want)
				}
			}
		}
	}
}
