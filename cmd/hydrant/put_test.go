package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is a server that answers each PutRecordBatch by answer: a status
// for the request, and of its records those with a code are refused.
func answering(t *testing.T, answer func(record int) (status int, code string)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Records []struct{ Data []byte } }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		var entries []string
		failed := 0
		for i := range in.Records {
			status, code := answer(i)
			if status != http.StatusOK {
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"__type":%q,"message":"no"}`, code)
				return
			}
			if code != "" {
				failed++
				entries = append(entries, fmt.Sprintf(`{"ErrorCode":%q,"ErrorMessage":"no"}`, code))
			} else {
				entries = append(entries, `{"RecordId":"r"}`)
			}
		}
		fmt.Fprintf(w, `{"FailedPutCount":%d,"RequestResponses":[%s]}`, failed, strings.Join(entries, ","))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestPutSaysWhatWasAccepted(t *testing.T) {
	tooLong := strings.Repeat("x", 1_024_001)
	for _, c := range []struct {
		name   string
		stdin  string
		args   []string
		answer func(int) (int, string)
		code   int
		out    string
	}{
		{name: "all", stdin: "a\nb\n", code: exitOK, out: "2 of 2 records accepted (2 B)"},
		{name: "blank lines", stdin: "a\n\n\n", code: exitOK, out: "1 of 1 records accepted (1 B) in 0.0 s, 2 blank lines left out"},
		{name: "header left out", stdin: "id,ts\n1,2\n", args: []string{"--skip-lines", "1"}, code: exitOK, out: "1 of 1"},
		{name: "one is too large", stdin: "a\n" + tooLong + "\n", code: exitPartial, out: "1 of 2 records accepted (1 B)"},
		{name: "unknown stream", stdin: "a\n", code: exitFailed, out: "0 of 1",
			answer: func(int) (int, string) { return 400, "ResourceNotFoundException" }},
		{name: "one is refused for good", stdin: "a\nb\n", code: exitPartial, out: "1 of 2",
			answer: func(i int) (int, string) { return 200, []string{"", "ValidationException"}[i] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.answer == nil {
				c.answer = func(int) (int, string) { return 200, "" }
			}
			args := append([]string{"put", "clicks", "--endpoint", answering(t, c.answer)}, c.args...)
			code, out, errs := hydrant(t, c.stdin, args...)
			if code != c.code || !strings.Contains(out, c.out) {
				t.Errorf("got code %d, want %d and %q in\n%s%s", code, c.code, c.out, out, errs)
			}
		})
	}
}

func TestPutOfNobodyIsUnreachable(t *testing.T) {
	code, out, errs := hydrant(t, "a\n", "put", "clicks", "--endpoint", "http://127.0.0.1:1", "--patience", "100ms")
	if code != exitUnreachable || !strings.Contains(out, "0 of 1 records accepted") {
		t.Errorf("got code %d, want 3; output\n%s%s", code, out, errs)
	}
}

func TestPutReportsAsJSON(t *testing.T) {
	dir := t.TempDir()
	one := writeFile(t, dir+"/one.txt", "a\nb")
	two := writeFile(t, dir+"/two.txt", "c\n")
	url := answering(t, func(int) (int, string) { return 200, "" })
	for _, c := range []struct {
		args []string
		want putReport
	}{
		{nil, putReport{Stream: "clicks"}},
		{[]string{"--raw-file"}, putReport{Stream: "clicks"}},
		{[]string{"--keep-newline"}, putReport{Stream: "clicks"}},
	} {
		args := append([]string{"put", "clicks", one, two, "--json", "--endpoint", url}, c.args...)
		code, out, errs := hydrant(t, "", args...)
		var got putReport
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitOK {
			t.Fatalf("%v: code %d, %v in\n%s%s", c.args, code, err, out, errs)
		}
		want := map[string][2]int64{"": {3, 3}, "--raw-file": {2, 5}, "--keep-newline": {3, 5}}[strings.Join(c.args, "")]
		if got.Accepted != want[0] || got.Bytes != want[1] {
			t.Errorf("%v: got %d records and %d bytes, want %v", c.args, got.Accepted, got.Bytes, want)
		}
	}
}
