package simulation

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// A value is the least thing that is followed to its place: one JSON value, or
// one piece of text that is none. Its number is in it.
type value struct {
	n    int
	text string
	key  string // partition
	lead string // partition of the first value of its record
	pad  string
	bad  bool // not JSON
}

// A frame is one append: all its values have one fate.
type frame struct {
	stream   int
	producer int // its values have growing numbers
	records  []string
	values   []value // of all records; an empty record has none
	empty    int     // records without bytes
	acked    bool
	rotten   bool // bytes of it were damaged on the disk
}

// newFrame makes a frame whose values have numbers from first on.
func newFrame(r *rand.Rand, stream, producer, first int, refuses bool) *frame {
	f := &frame{stream: stream, producer: producer}
	for range 1 + r.IntN(6) {
		if r.IntN(40) == 0 {
			f.records, f.empty = append(f.records, ""), f.empty+1
			continue
		}
		var record strings.Builder
		parts := 1
		if r.IntN(8) == 0 {
			parts = 2 + r.IntN(2)
		}
		for i := range parts {
			v := newValue(r, first+len(f.values), refuses, i == parts-1)
			if v.lead = v.key; i > 0 {
				v.lead = f.values[len(f.values)-1].lead
			}
			f.values = append(f.values, v)
			record.WriteString(v.text)
		}
		f.records = append(f.records, record.String())
	}
	return f
}

func newValue(r *rand.Rand, n int, refuses, mayBeBad bool) value {
	v := value{n: n, pad: padding(r)}
	switch k := r.IntN(20); {
	case k < 10:
		v.key = fmt.Sprintf("few%d", r.IntN(3))
	case k < 17:
		v.key = fmt.Sprintf("Many%d", r.IntN(50))
	case k == 17 && refuses:
		v.key = refusedKey
	case k == 18:
		v.key = ".."
	}
	switch {
	case mayBeBad && r.IntN(10) == 0:
		v.bad = true
		v.text = fmt.Sprintf("bad %d %s", n, v.pad)
	case v.key == "": // no partition
		v.text = fmt.Sprintf(`{"n":%d,"pad":%q}`, n, v.pad)
	default:
		v.text = fmt.Sprintf(`{"n":%d,"k":%q,"pad":%q}`, n, v.key, v.pad)
	}
	return v
}

// padding is a few bytes mostly, and tens of kilobytes now and then.
func padding(r *rand.Rand) string {
	size := r.IntN(100)
	switch r.IntN(30) {
	case 0:
		size = r.IntN(40_000)
	case 1, 2, 3, 4:
		size = r.IntN(3_000)
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(26))
	}
	return string(b)
}

var numbers = regexp.MustCompile(`"n":(\d+)|bad (\d+) `)

// numbersIn returns the numbers of the values in text, in order.
func numbersIn(text []byte) []int {
	var all []int
	for _, m := range numbers.FindAllSubmatch(text, -1) {
		digits := m[1]
		if digits == nil {
			digits = m[2]
		}
		n, err := strconv.Atoi(string(digits))
		if err == nil {
			all = append(all, n)
		}
	}
	return all
}
