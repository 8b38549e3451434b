package parquet

// widen makes b hold what o holds as well.
func (b *bounds) widen(o *bounds, enc valueEncoder) {
	if !b.known {
		*b = *o
		return
	}
	if d := enc.compare(o.min, b.min); d < 0 || d == 0 && o.minExact {
		b.min, b.minExact = o.min, o.minExact
	}
	if d := enc.compare(o.max, b.max); d > 0 || d == 0 && o.maxExact {
		b.max, b.maxExact = o.max, o.maxExact
	}
}

// appendStatistics adds the Statistics struct as field id.
func appendStatistics(t *thrift, id int16, b *bounds, nulls int64) {
	t.openField(id)
	t.i64(3, nulls)
	if b.known {
		t.bytes(5, b.max)
		t.bytes(6, b.min)
		t.bool(7, b.maxExact)
		t.bool(8, b.minExact)
	}
	t.close()
}

// Orders of the bounds of a column's pages.
const (
	orderNone       = 0
	orderAscending  = 1
	orderDescending = 2
)

// appendColumnIndex appends the ColumnIndex struct of a column chunk each of
// whose pages has bounds or no values.
func appendColumnIndex(t *thrift, pages []pageInfo, enc valueEncoder) {
	t.open()
	t.list(1, thriftTrue, len(pages))
	for i := range pages {
		t.elemBool(pages[i].null)
	}
	t.list(2, thriftBinary, len(pages))
	for i := range pages {
		t.elemBytes(pages[i].bounds.min)
	}
	t.list(3, thriftBinary, len(pages))
	for i := range pages {
		t.elemBytes(pages[i].bounds.max)
	}
	t.i32(4, pageOrder(pages, enc))
	t.list(5, thriftI64, len(pages))
	for i := range pages {
		t.elemInt(pages[i].nulls)
	}
	t.close()
}

// pageOrder tells whether the lower and the upper bounds of the pages that
// have values both rise, or both fall.
func pageOrder(pages []pageInfo, enc valueEncoder) int32 {
	up, down := true, true
	var last *bounds
	for i := range pages {
		b := &pages[i].bounds
		if !b.known {
			continue
		}
		if last != nil {
			low, high := enc.compare(last.min, b.min), enc.compare(last.max, b.max)
			up = up && low <= 0 && high <= 0
			down = down && low >= 0 && high >= 0
		}
		last = b
	}
	switch {
	case up:
		return orderAscending
	case down:
		return orderDescending
	}
	return orderNone
}

// appendOffsetIndex appends the OffsetIndex struct of a column chunk whose
// first data page lies at start in the file.
func appendOffsetIndex(t *thrift, pages []pageInfo, start int64) {
	t.open()
	t.list(1, thriftStruct, len(pages))
	for i := range pages {
		t.open()
		t.i64(1, start+pages[i].offset)
		t.i32(2, pages[i].size)
		t.i64(3, pages[i].firstRow)
		t.close()
	}
	t.close()
}
