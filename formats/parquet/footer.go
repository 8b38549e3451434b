package parquet

import "encoding/binary"

// magic begins and ends a Parquet file.
const magic = "PAR1"

// createdBy has the form that readers parse to know of a writer's bugs.
const createdBy = "hydrant version 0.1 (build dev)"

// An indexPlace is where an index of a column chunk lies in the file.
type indexPlace struct {
	offset int64
	length int32 // 0 when there is none
}

// writeFooter writes the page indexes and the footer.
func (w *Writer) writeFooter() error {
	columnIndexes, err := w.writeIndexes(func(m *chunkMeta) []byte { return m.columnIndex })
	if err != nil {
		return err
	}
	offsetIndexes, err := w.writeIndexes(func(m *chunkMeta) []byte { return m.offsetIndex })
	if err != nil {
		return err
	}
	var t thrift
	w.appendFileMeta(&t, columnIndexes, offsetIndexes)
	t.b = binary.LittleEndian.AppendUint32(t.b, uint32(len(t.b)))
	return w.write(append(t.b, magic...))
}

// writeIndexes writes one kind of index of all column chunks, and returns
// where they lie, in the order of row groups and columns.
func (w *Writer) writeIndexes(of func(*chunkMeta) []byte) ([]indexPlace, error) {
	var places []indexPlace
	for i := range w.groups {
		chunks := w.groups[i].chunks
		for j := range chunks {
			index := of(&chunks[j])
			places = append(places, indexPlace{w.offset, int32(len(index))})
			if err := w.write(index); err != nil {
				return nil, err
			}
		}
	}
	return places, nil
}

// appendFileMeta appends the FileMetaData struct.
func (w *Writer) appendFileMeta(t *thrift, columnIndexes, offsetIndexes []indexPlace) {
	t.open()
	t.i32(1, 1) // version
	t.list(2, thriftStruct, w.elements.n)
	t.b = append(t.b, w.elements.b...)
	t.i64(3, w.rows)
	t.list(4, thriftStruct, len(w.groups))
	for i := range w.groups {
		n := len(w.columns)
		appendRowGroup(t, &w.groups[i], columnIndexes[i*n:], offsetIndexes[i*n:])
	}
	t.string(6, createdBy)
	t.list(7, thriftStruct, len(w.columns))
	for range w.columns {
		t.open()
		t.empty(1) // the order that the type defines
		t.close()
	}
	t.close()
}

func appendRowGroup(t *thrift, g *rowGroup, columnIndexes, offsetIndexes []indexPlace) {
	t.open()
	t.list(1, thriftStruct, len(g.chunks))
	for i := range g.chunks {
		t.open()
		t.i64(2, 0) // no ColumnMetaData outside the footer
		t.field(3, thriftStruct)
		t.b = append(t.b, g.chunks[i].meta...)
		appendIndexPlace(t, 4, offsetIndexes[i])
		appendIndexPlace(t, 6, columnIndexes[i])
		t.close()
	}
	t.i64(2, g.uncompressed)
	t.i64(3, g.rows)
	t.i64(5, g.start)
	t.i64(6, g.compressed)
	t.close()
}

func appendIndexPlace(t *thrift, id int16, p indexPlace) {
	if p.length > 0 {
		t.i64(id, p.offset)
		t.i32(id+1, p.length)
	}
}
