package errorsink

import (
	"bytes"
	"encoding/json"
	"time"
)

// failedRecord is the layout of a line of all kinds but format conversion, in
// Firehose's order (Firehose developer guide, Data transformation failure
// handling). What follows rawData is ours; readers of Firehose's archive don't
// mind.
type failedRecord struct {
	AttemptsMade           int    `json:"attemptsMade"`
	ArrivalTimestamp       int64  `json:"arrivalTimestamp"` // milliseconds since 1970
	ErrorCode              string `json:"errorCode"`
	ErrorMessage           string `json:"errorMessage"`
	AttemptEndingTimestamp int64  `json:"attemptEndingTimestamp"`
	RawData                []byte `json:"rawData"` // base64
	own
}

// failedConversion is the layout of format-conversion-failed, whose names for
// the error differ (Firehose developer guide, Record format conversion error
// handling). Firehose's dataCatalogTable is left out: there is none.
type failedConversion struct {
	AttemptsMade           int    `json:"attemptsMade"`
	ArrivalTimestamp       int64  `json:"arrivalTimestamp"`
	LastErrorCode          string `json:"lastErrorCode"`
	LastErrorMessage       string `json:"lastErrorMessage"`
	AttemptEndingTimestamp int64  `json:"attemptEndingTimestamp"`
	RawData                []byte `json:"rawData"`
	SequenceNumber         string `json:"sequenceNumber"` // our record id
	SubSequenceNumber      int    `json:"subSequenceNumber"`
	own
}

// own are the members that Firehose doesn't have.
type own struct {
	RecordID  string `json:"recordId,omitempty"`
	Transform string `json:"transform,omitempty"`
	Column    string `json:"column,omitempty"`
	Line      int    `json:"line,omitempty"`
	Type      string `json:"errorOutputType,omitempty"`
}

// AppendEntry appends e as one line of NDJSON, its line end included. Times
// have a precision of a millisecond; text that is not UTF-8 is made so, save
// Raw, which is kept to the byte.
func AppendEntry(dst []byte, e Entry) []byte {
	e.Attempts = max(1, e.Attempts)
	extra := own{RecordID: e.RecordID, Transform: e.Transform, Column: e.Column, Line: e.Line, Type: e.Type}
	raw := e.Raw
	if raw == nil {
		raw = []byte{} // "" and not null
	}
	var line any = failedRecord{e.Attempts, millis(e.Arrival), e.Code, e.Message, millis(e.Ended), raw, extra}
	if e.Type == FormatConversionFailed {
		line = failedConversion{e.Attempts, millis(e.Arrival), e.Code, e.Message, millis(e.Ended), raw, e.RecordID, 0, extra}
	}
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line); err != nil {
		panic(err) // strings, numbers and bytes can always be written
	}
	return buf.Bytes()
}

// millis returns milliseconds since 1970, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
