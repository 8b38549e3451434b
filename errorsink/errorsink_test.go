package errorsink

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	accepted = time.UnixMilli(1654710150135).UTC()
	ended    = time.UnixMilli(1654710238263).UTC()
)

func entries() []Entry {
	return []Entry{
		{
			Type: ProcessingFailed, Code: "CsvToJson.WrongFieldCount", Message: `line 2: there are 1 fields, want 2: "<x>"`, Attempts: 1,
			Arrival: accepted, Ended: ended, Raw: []byte("x\n\xff\x00"), RecordID: "seg-1", Transform: "csv_to_json", Line: 2,
		},
		{
			Type: FormatConversionFailed, Code: "DataFormatConversion.MalformedData", Message: `Data does not match the schema.`, Attempts: 1,
			Arrival: accepted, Ended: ended, Raw: []byte(`{"a":"oops"}`), RecordID: "seg-2", Column: "a",
		},
		{Type: DeliveryFailed, Code: "S3.KeyTooLong", Message: "too long", Attempts: 4, Arrival: accepted, Ended: ended, Raw: []byte{}},
		{Type: BufferDamaged, Code: "Buffer.Checksum", Attempts: 1, Raw: []byte("?")},
	}
}

func TestLinesHaveFirehosesLayout(t *testing.T) {
	want := []string{
		`{"attemptsMade":1,"arrivalTimestamp":1654710150135,"errorCode":"CsvToJson.WrongFieldCount","errorMessage":"line 2: there are 1 fields, want 2: \"<x>\"","attemptEndingTimestamp":1654710238263,"rawData":"eAr/AA==","recordId":"seg-1","transform":"csv_to_json","line":2,"errorOutputType":"processing-failed"}`,
		`{"attemptsMade":1,"arrivalTimestamp":1654710150135,"lastErrorCode":"DataFormatConversion.MalformedData","lastErrorMessage":"Data does not match the schema.","attemptEndingTimestamp":1654710238263,"rawData":"eyJhIjoib29wcyJ9","sequenceNumber":"seg-2","subSequenceNumber":0,"recordId":"seg-2","column":"a","errorOutputType":"format-conversion-failed"}`,
		`{"attemptsMade":4,"arrivalTimestamp":1654710150135,"errorCode":"S3.KeyTooLong","errorMessage":"too long","attemptEndingTimestamp":1654710238263,"rawData":"","errorOutputType":"delivery-failed"}`,
		`{"attemptsMade":1,"arrivalTimestamp":0,"errorCode":"Buffer.Checksum","errorMessage":"","attemptEndingTimestamp":0,"rawData":"Pw==","errorOutputType":"buffer-damaged"}`,
	}
	for i, e := range entries() {
		if got := string(AppendEntry([]byte("before "), e)); got != "before "+want[i]+"\n" {
			t.Errorf("%s:\n got %swant before %s", e.Type, got, want[i])
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	var archive []byte
	for _, e := range entries() {
		archive = AppendEntry(archive, e)
	}
	r := NewReader(bytes.NewReader(archive))
	for _, want := range entries() {
		if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestFirehosesOwnLinesAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want Entry
	}{
		"guide": {
			`{"attemptsMade":4,"arrivalTimestamp":1654710150135,"errorCode":"Lambda.FunctionTimedOut","errorMessage":"m","attemptEndingTimestamp":1654710238263,"rawData":"eA==","lambdaArn":"arn:f"}`,
			Entry{Type: ProcessingFailed, Code: "Lambda.FunctionTimedOut", Message: "m", Attempts: 4, Arrival: accepted, Ended: ended, Raw: []byte("x"), Transform: "arn:f"},
		},
		"capture": {
			`{"rawData":"eA==","errorCode":"c","errorMessage":"m","attemptsMade":"4","arrivalTimestamp":"1654710150135","attemptEndingTimestamp":1654710238263,"lambdaARN":"arn:f:$LATEST"}`,
			Entry{Type: ProcessingFailed, Code: "c", Message: "m", Attempts: 4, Arrival: accepted, Ended: ended, Raw: []byte("x"), Transform: "arn:f:$LATEST"},
		},
		"conversion": {
			`{"attemptsMade":1,"arrivalTimestamp":1654710150135,"lastErrorCode":"c","lastErrorMessage":"m","attemptEndingTimestamp":1654710238263,"rawData":"eA==","sequenceNumber":"4966","subSequenceNumber":null,"dataCatalogTable":{"tableName":"t"}}`,
			Entry{Type: FormatConversionFailed, Code: "c", Message: "m", Attempts: 1, Arrival: accepted, Ended: ended, Raw: []byte("x"), RecordID: "4966"},
		},
		"later guide": {
			`{"ErrorCode":"c","ErrorMessage":"m","rawData":""}`,
			Entry{Type: ProcessingFailed, Code: "c", Message: "m", Raw: []byte{}},
		},
	} {
		if got, err := NewReader(strings.NewReader(c.line)).Next(); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestABadLineDoesNotHideTheNext(t *testing.T) {
	good := string(AppendEntry(nil, entries()[0]))
	for name, bad := range map[string]string{
		"not JSON": "oops\n", "no record": "{}\n", "not base64": `{"rawData":"*"}` + "\n", "a list": "[]\n",
		"bad number": `{"rawData":"","line":"x"}` + "\n", "too long": strings.Repeat("x", MaxLine+1) + "\n",
	} {
		r := NewReader(strings.NewReader(good + "\n" + bad + good + `{"rawData":"`))
		if _, err := r.Next(); err != nil {
			t.Errorf("%s: first line: %v", name, err)
		}
		var lerr *LineError
		if _, err := r.Next(); !errors.As(err, &lerr) || lerr.Line != 3 {
			t.Errorf("%s: got %v, want an error of line 3", name, err)
		}
		if e, err := r.Next(); err != nil || e.RecordID != "seg-1" {
			t.Errorf("%s: line behind it: %+v, %v", name, e, err)
		}
		if _, err := r.Next(); !errors.As(err, &lerr) || lerr.Line != 5 {
			t.Errorf("%s: torn last line: %v", name, err)
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

func TestAFailedReadIsNoEnd(t *testing.T) {
	broken := errors.New("broken")
	r := NewReader(io.MultiReader(strings.NewReader(`{"rawData":`), failing{broken}))
	if _, err := r.Next(); err != broken {
		t.Errorf("got %v, want the reader's error", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReaderReadsAnything(f *testing.F) {
	for _, e := range entries() {
		f.Add(AppendEntry(nil, e))
	}
	f.Add([]byte("{\"rawData\":\"\"}\n\n[]"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		r := NewReader(bytes.NewReader(archive))
		for {
			e, err := r.Next()
			var lerr *LineError
			if errors.As(err, &lerr) {
				continue
			}
			if err != nil {
				return
			}
			// What was read can be written, and is read as the same.
			e.Attempts = max(1, e.Attempts)
			again, err := NewReader(bytes.NewReader(AppendEntry(nil, e))).Next()
			if err != nil || !bytes.Equal(again.Raw, e.Raw) || again.Code != e.Code {
				t.Fatalf("%+v is read as %+v, %v", e, again, err)
			}
		}
	})
}
