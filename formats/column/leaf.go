package column

import (
	"encoding/base64"
	"fmt"
	"math"
	"unicode/utf8"
)

// limits are the values of the integer types.
var limits = [...]struct{ low, high int64 }{
	TinyInt:  {math.MinInt8, math.MaxInt8},
	SmallInt: {math.MinInt16, math.MaxInt16},
	Int:      {math.MinInt32, math.MaxInt32},
	BigInt:   {math.MinInt64, math.MaxInt64},
}

func (l *Leaf) addNull() { l.Def = append(l.Def, l.MaxDef-1) }

func (l *Leaf) addInt(v int64) {
	l.Ints = append(l.Ints, v)
	l.Def = append(l.Def, l.MaxDef)
}

func (l *Leaf) addFloat(v float64) {
	l.Floats = append(l.Floats, v)
	l.Def = append(l.Def, l.MaxDef)
}

func (l *Leaf) addTime(seconds int64, nanos int32) {
	l.Nanos = append(l.Nanos, nanos)
	l.addInt(seconds)
}

func (l *Leaf) addBytes(b []byte) {
	l.Bytes = append(l.Bytes, b...)
	l.endBytes()
}

// endBytes makes what was appended to Bytes a value.
func (l *Leaf) endBytes() {
	l.Ends = append(l.Ends, uint32(len(l.Bytes)))
	l.Def = append(l.Def, l.MaxDef)
}

// truncate drops the slots from the given one on, and their values. It also
// drops bytes that belong to no value, which a failure leaves.
func (l *Leaf) truncate(slots int) {
	values := 0
	for _, d := range l.Def[min(slots, len(l.Def)):] {
		if d == l.MaxDef {
			values++
		}
	}
	l.Def = l.Def[:min(slots, len(l.Def))]
	l.Rep = l.Rep[:min(slots, len(l.Rep))]
	l.dropValues(values)
}

// truncateRows drops the slots of the rows from the given one on.
func (l *Leaf) truncateRows(rows int) {
	if l.MaxRep == 0 {
		l.truncate(rows)
		return
	}
	slots := len(l.Rep)
	for l.begun > rows {
		slots--
		if l.Rep[slots] == 0 {
			l.begun--
		}
	}
	l.truncate(slots)
}

// rows returns how many rows have slots.
func (l *Leaf) rows() int {
	if l.MaxRep == 0 {
		return len(l.Def)
	}
	return l.begun
}

// dropValues drops the last values, and bytes that belong to none.
func (l *Leaf) dropValues(values int) {
	l.Nanos = l.Nanos[:max(len(l.Nanos)-values, 0)]
	l.Ints = l.Ints[:max(len(l.Ints)-values, 0)]
	l.Floats = l.Floats[:max(len(l.Floats)-values, 0)]
	l.Ends = l.Ends[:max(len(l.Ends)-values, 0)]
	end := uint32(0)
	if n := len(l.Ends); n > 0 {
		end = l.Ends[n-1]
	}
	l.Bytes = l.Bytes[:end]
}

// Why a value does not fit. An empty string is: it fits.

// forInput is the message that Java has for text that is no number; Firehose
// passes it on, and people search for it.
func forInput(b []byte) string {
	return fmt.Sprintf("For input string: %q", Excerpt(b))
}

func (l *Leaf) notA(b []byte) string {
	return fmt.Sprintf("%q is no %s", Excerpt(b), l.Type)
}

func (l *Leaf) outOfRange(b []byte) string {
	if lim := l.Type.Kind; lim >= TinyInt && lim <= BigInt {
		return fmt.Sprintf("%s is out of the range of %s, %d to %d", Excerpt(b), l.Type, limits[lim].low, limits[lim].high)
	}
	return fmt.Sprintf("%s is out of the range of %s", Excerpt(b), l.Type)
}

// addText adds the text of a string or of a cell, valid UTF-8, and says why it
// does not fit. For types other than text, blanks around it do not count.
func (l *Leaf) addText(b []byte) string {
	switch l.Type.Kind {
	case String:
		l.addBytes(b)
		return ""
	case Char, Varchar:
		l.addBytes(firstRunes(b, l.Type.Length))
		return ""
	}
	b = trimBlanks(b)
	switch l.Type.Kind {
	case Boolean:
		return l.addBoolean(b)
	case Date:
		days, ok := parseDate(b)
		if !ok {
			return l.notA(b) + "; a date is written 2026-01-31"
		}
		l.addInt(days)
		return ""
	case Timestamp:
		if l.times != nil {
			if done, why := l.addByRule(b); done {
				return why
			}
		}
		if seconds, nanos, ok := parseTimestamp(b); ok {
			l.addTime(seconds, nanos)
			return ""
		}
		if !isNumber(b) {
			return l.notA(b) + "; a timestamp is written 2026-01-31T23:59:59Z or 2026-01-31 23:59:59, or is a Unix time"
		}
	case Binary:
		return l.addBase64(b)
	}
	if !isNumber(b) {
		return forInput(b)
	}
	return l.addNumber(b)
}

// addByRule adds a timestamp by the rule of the serde. done is false when the
// forms that everyone knows are to be tried.
func (l *Leaf) addByRule(b []byte) (done bool, why string) {
	seconds, nanos, ok := l.times.parse(b)
	if ok {
		l.addTime(seconds, nanos)
		return true, ""
	}
	if l.times.only {
		return true, l.times.why(b)
	}
	return false, ""
}

// firstRunes returns the first n characters of b.
func firstRunes(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	i := 0
	for ; n > 0 && i < len(b); n-- {
		_, size := utf8.DecodeRune(b[i:])
		i += size
	}
	return b[:i]
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// addBoolean adds "true" or "false", in any case.
func (l *Leaf) addBoolean(b []byte) string {
	switch {
	case isFold(b, "true"):
		l.addInt(1)
	case isFold(b, "false"):
		l.addInt(0)
	default:
		return l.notA(b)
	}
	return ""
}

// isFold says whether b is the word, which is in small letters.
func isFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}

// addBase64 adds binary data: JSON can't hold it otherwise.
func (l *Leaf) addBase64(b []byte) string {
	at := len(l.Bytes)
	var err error
	if l.Bytes, err = base64.StdEncoding.AppendDecode(l.Bytes, b); err != nil {
		l.Bytes = l.Bytes[:at]
		return l.notA(b) + "; binary is written in base64"
	}
	l.endBytes()
	return ""
}

// addNumber adds a number of checked grammar and says why it does not fit. A
// text column gets the number as it is written.
func (l *Leaf) addNumber(b []byte) string {
	switch l.Type.Kind {
	case TinyInt, SmallInt, Int, BigInt:
		return l.addInteger(b)
	case Double, Float:
		return l.addReal(b)
	case Decimal:
		return l.addDecimal(b)
	case Timestamp:
		if l.times != nil {
			if done, why := l.addByRule(b); done {
				return why
			}
		}
		seconds, nanos, ok := unixTime(b)
		if !ok {
			return l.outOfRange(b) + ", the years 1 to 9999"
		}
		l.addTime(seconds, nanos)
		return ""
	case String, Char, Varchar:
		return l.addText(b)
	}
	return l.notA(b)
}

// addSimple adds a number that simpleNumber read, and says whether it did; if
// not, addNumber has to.
func (l *Leaf) addSimple(m uint64, fraction int, minus bool) bool {
	switch l.Type.Kind {
	case TinyInt, SmallInt, Int, BigInt:
		v := int64(m)
		if minus {
			v = -v
		}
		if lim := &limits[l.Type.Kind]; fraction >= 0 || m > math.MaxInt64 || v < lim.low || v > lim.high {
			return false
		}
		l.addInt(v)
		return true
	case Double:
		if m >= 1<<53 {
			return false
		}
		v := float64(m) / floatPowers[max(fraction, 0)]
		if minus {
			v = -v
		}
		l.addFloat(v)
		return true
	}
	return false
}

func (l *Leaf) addInteger(b []byte) string {
	v, whole, fits := parseInt(b)
	if !whole {
		return forInput(b) + " (" + l.Type.String() + " takes no fraction)"
	}
	if lim := &limits[l.Type.Kind]; !fits || v < lim.low || v > lim.high {
		return l.outOfRange(b)
	}
	l.addInt(v)
	return ""
}

func (l *Leaf) addReal(b []byte) string {
	parse := parseFloat64
	if l.Type.Kind == Float {
		parse = parseFloat32
	}
	v, ok := parse(b)
	if !ok {
		return l.outOfRange(b)
	}
	l.addFloat(v)
	return ""
}

func (l *Leaf) addDecimal(b []byte) string {
	v, minus, ok := parseDecimal(b, l.Type.Precision, l.Type.Scale)
	if !ok {
		return l.outOfRange(b)
	}
	if l.Type.Precision > 18 {
		l.Bytes = appendDecimal16(l.Bytes, v, minus)
		l.endBytes()
		return ""
	}
	unscaled := int64(v.lo)
	if minus {
		unscaled = -unscaled
	}
	l.addInt(unscaled)
	return ""
}
