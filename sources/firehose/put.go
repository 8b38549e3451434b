package firehose

import (
	"net/http"
	"strconv"
	"sync"

	"hydrant/buffer"
	"hydrant/sources"
)

// recordIDRoom is about what one entry of RequestResponses takes, in bytes.
const recordIDRoom = 80

var rooms = sync.Pool{New: func() any { return new([]byte) }}

// room returns an empty slice for an answer of about size bytes. It is reused
// after the call.
func (c *call) room(size int) []byte {
	c.lent = rooms.Get().(*[]byte)
	if cap(*c.lent) < size {
		*c.lent = make([]byte, 0, size)
	}
	return (*c.lent)[:0]
}

// release gives the room back.
func (c *call) release() {
	if c.lent != nil {
		rooms.Put(c.lent)
	}
}

// putRecord is PutRecord (Firehose API reference).
func (c *call) putRecord(text []byte) ([]byte, error) {
	frame := newFrame(text)
	defer frame.Release()
	at, err := c.put(text, false, frame)
	if err != nil {
		return nil, err
	}
	answer := append(c.room(recordIDRoom*2), `{"RecordId":"`...)
	answer, err = recordID(at, 0).AppendText(answer)
	return append(answer, `","Encrypted":false}`...), err
}

// putRecordBatch is PutRecordBatch (Firehose API reference). A batch is
// accepted whole or not at all, so FailedPutCount is always 0; there are
// clients that look for exactly these bytes.
func (c *call) putRecordBatch(text []byte) ([]byte, error) {
	frame := newFrame(text)
	defer frame.Release()
	at, err := c.put(text, true, frame)
	if err != nil {
		return nil, err
	}
	answer := append(c.room(recordIDRoom*(frame.Len()+1)), `{"FailedPutCount":0,"Encrypted":false,"RequestResponses":[`...)
	for i := range frame.Len() {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = append(answer, `{"RecordId":"`...)
		if answer, err = recordID(at, i).AppendText(answer); err != nil {
			return nil, err
		}
		answer = append(answer, `"}`...)
	}
	return append(answer, `]}`...), nil
}

// newFrame returns a frame with room for all that a body can hold: base64 is
// longer than what it stands for by more than a record's framing.
func newFrame(text []byte) *buffer.Frame { return buffer.NewFrame(len(text)/4*3 + 64) }

func recordID(at buffer.Position, i int) buffer.RecordID {
	return buffer.RecordID{Segment: at.Segment, Offset: at.Offset, Index: uint32(i)}
}

// put takes the records of a body into the stream that it names.
func (c *call) put(text []byte, batch bool, frame *buffer.Frame) (buffer.Position, error) {
	var none buffer.Position
	p, err := parsePut(text, batch, frame)
	if err != nil {
		return none, err
	}
	name := string(p.name)
	if err := p.check(name, batch); err != nil {
		return none, err
	}
	stream, err := c.stream(name)
	if err != nil {
		return none, err
	}
	key, err := sources.Key(c.r.Header)
	if err != nil {
		return none, refuse(http.StatusBadRequest, "InvalidArgumentException", "%s: %s.", sources.OwnKeyHeader, err)
	}
	if key != "" {
		frame.SetKey(key, 0)
	}
	at, err := stream.Append(c.r.Context(), frame)
	if err != nil {
		return none, appendError(name, err)
	}
	c.replayed = at.Repeat
	c.told.Records, c.told.Bytes = int64(frame.Len()), frame.Bytes()
	return at, nil
}

// check holds a body to the constraints of the API's model first, as AWS does,
// and then to the size of a batch.
func (p *putBody) check(name string, batch bool) error {
	var v violations
	v.streamName(name, p.name != nil)
	switch {
	case !p.given && batch:
		v.add("records", notNull)
	case !p.given:
		v.add("record", notNull)
	case batch && p.records == 0:
		v.add("records", "Member must have length greater than or equal to 1")
	case batch && p.records > MaxBatchRecords:
		v.add("records", "Member must have length less than or equal to "+strconv.Itoa(MaxBatchRecords))
	}
	v.join(&p.problems)
	if err := v.err(); err != nil {
		return err
	}
	if batch && p.bytes > MaxBatchBytes {
		return refuse(http.StatusBadRequest, "InvalidArgumentException", "Records size exceeds 4 MB limit: the records have %d bytes, and a batch may have %d.", p.bytes, MaxBatchBytes)
	}
	return nil
}
