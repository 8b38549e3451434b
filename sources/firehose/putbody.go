package firehose

import (
	"bytes"
	"fmt"
	"strconv"

	"hydrant/buffer"
)

// Limits of the API (Firehose developer guide, "Amazon Data Firehose Quota").
// Bytes are counted after base64.
const (
	// MaxRecordBytes is the most that one record may have: 1,000 KiB.
	MaxRecordBytes = 1_024_000
	// MaxBatchRecords is the most records that one PutRecordBatch may have.
	MaxBatchRecords = 500
	// MaxBatchBytes is the most bytes of all records of a PutRecordBatch.
	MaxBatchBytes = 4 << 20
)

// A putBody is what the body of PutRecord or PutRecordBatch says. Records are
// decoded straight into a frame. Anything but these members is skipped, null
// counts as absent, and a member given twice is refused: to take either one
// would lose the other.
type putBody struct {
	scan  scanner
	frame *buffer.Frame

	name     []byte // part of the body; nil: absent
	given    bool   // Record or Records is there
	records  int
	bytes    int64
	problems violations // with the records; a frame with any is not used
}

// parsePut reads a body into frame. It changes body. The error is about the
// JSON; everything else is left for check.
func parsePut(body []byte, batch bool, frame *buffer.Frame) (*putBody, error) {
	p := &putBody{scan: scanner{src: body}, frame: frame}
	if err := p.scan.open('{', "expected a JSON object"); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		name, more, err := p.scan.member(first)
		if err == nil && !more {
			return p, p.scan.end()
		}
		if err == nil {
			err = p.member(name, batch)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *putBody) member(name []byte, batch bool) error {
	switch {
	case string(name) == "DeliveryStreamName":
		return p.streamName()
	case batch && string(name) == "Records":
		return p.recordList()
	case !batch && string(name) == "Record":
		return p.singleRecord()
	}
	return p.scan.skip(1)
}

func (p *putBody) streamName() error {
	if p.scan.null() {
		return nil
	}
	if p.name != nil {
		return p.scan.fail("DeliveryStreamName is given twice")
	}
	if p.scan.next() != '"' {
		return p.scan.fail("DeliveryStreamName must be a string")
	}
	name, err := p.scan.text()
	p.name = name
	return err
}

func (p *putBody) singleRecord() error {
	if p.scan.null() {
		return nil
	}
	if p.given {
		return p.scan.fail("Record is given twice")
	}
	p.given = true
	return p.record(false)
}

func (p *putBody) recordList() error {
	if p.scan.null() {
		return nil
	}
	if p.given {
		return p.scan.fail("Records is given twice")
	}
	p.given = true
	if err := p.scan.open('[', "Records must be an array"); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := p.scan.element(first)
		if err != nil || !more {
			return err
		}
		if err := p.record(true); err != nil {
			return err
		}
	}
}

// record reads {"Data": "..."}.
func (p *putBody) record(batch bool) error {
	p.records++
	if batch && p.scan.null() {
		p.problems.add(p.path(batch, ""), notNull)
		return nil
	}
	if err := p.scan.open('{', "a record must be an object"); err != nil {
		return err
	}
	given, size := false, 0
	for first := true; ; first = false {
		name, more, err := p.scan.member(first)
		switch {
		case err != nil:
			return err
		case !more:
			p.commit(batch, given, size)
			return nil
		case string(name) != "Data":
			err = p.scan.skip(2)
		case p.scan.null():
		case given:
			err = p.scan.fail("Data is given twice")
		default:
			given = true
			size, err = p.data()
		}
		if err != nil {
			return err
		}
	}
}

// data decodes a Data string into the frame's free room and returns its size.
// Base64 has no quote and no backslash, so the first quote ends the string
// unless it holds an escape, which the decoder refuses.
func (p *putBody) data() (int, error) {
	s := &p.scan
	if s.next() != '"' {
		return 0, s.fail("Data must be a string of base64")
	}
	rest := s.src[s.pos+1:]
	if end := bytes.IndexByte(rest, '"'); end >= 0 {
		if n, ok := p.decode(rest[:end]); ok {
			s.pos += end + 2
			return n, nil
		}
	}
	at := s.pos
	text, err := s.text()
	if err != nil {
		return 0, err
	}
	n, ok := p.decode(text)
	if !ok {
		return 0, &syntaxError{at, "Data is not standard base64 with padding"}
	}
	return n, nil
}

func (p *putBody) decode(text []byte) (int, bool) {
	return decodeBase64(p.frame.Reserve(len(text)/4*3), text)
}

// commit adds the record that was decoded last to the frame, if nothing is
// wrong with it. Once a request will be refused the frame no longer grows.
func (p *putBody) commit(batch, given bool, size int) {
	p.bytes += int64(size)
	switch {
	case !given:
		p.problems.add(p.path(batch, "data"), notNull)
	case size > MaxRecordBytes:
		p.problems.add(p.path(batch, "data"), "Member must have length less than or equal to "+strconv.Itoa(MaxRecordBytes))
	case p.records <= MaxBatchRecords && p.bytes <= MaxBatchBytes && p.problems.n == 0:
		p.frame.Commit(size)
	}
}

// path names the current record, or a member of it, as AWS does.
func (p *putBody) path(batch bool, member string) string {
	path := "record"
	if batch {
		path = fmt.Sprintf("records.%d.member", p.records)
	}
	if member != "" {
		path += "." + member
	}
	return path
}
