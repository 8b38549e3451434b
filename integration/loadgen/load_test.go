package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"hydrant/integration/rows"
)

func TestLoadCountsWhatWasAcceptedAndWhatWasNot(t *testing.T) {
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("body: %v", err)
		}
		if records, err := rows.Decode(body); err != nil || len(records) != rows.PerBody {
			t.Errorf("%d records, %v; want %d", len(records), err, rows.PerBody)
		}
		if seen.Add(1)%5 == 0 {
			http.Error(w, `{"__type":"ServiceUnavailableException"}`, http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `{"FailedPutCount":0,"RequestResponses":[]}`)
	}))
	defer server.Close()
	report, err := Load{URL: server.URL, Stream: "web", Connections: 4, Bodies: 8, MB: 7}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Requests != seen.Load() || report.Errors != seen.Load()/5 {
		t.Errorf("%d requests with %d errors, want %d with %d", report.Requests, report.Errors, seen.Load(), seen.Load()/5)
	}
	if want := (report.Requests - report.Errors) * rows.PerBody; report.Records != want {
		t.Errorf("%d records, want %d", report.Records, want)
	}
	if len(report.FirstErrs) == 0 || !strings.Contains(report.FirstErrs[0], "503") {
		t.Errorf("first errors %q, want the 503", report.FirstErrs)
	}
}

func TestAnAnswerWithFailuresIsNotAccepted(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"FailedPutCount":0,"RequestResponses":[]}`: true,
		`{"FailedPutCount": 0}`:                      true,
		`{"FailedPutCount":1,"RequestResponses":[]}`: false,
		`{"FailedPutCount":05}`:                      false,
		`{"__type":"ServiceUnavailableException"}`:   false,
	} {
		if got := noneFailed([]byte(answer)); got != want {
			t.Errorf("%s: %t, want %t", answer, got, want)
		}
	}
}
