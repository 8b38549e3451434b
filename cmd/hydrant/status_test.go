package main

import (
	"strings"
	"testing"
	"time"

	"hydrant/delivery"
)

func TestStatusShowsTroubleWithItsAgeAndNoHistory(t *testing.T) {
	trouble := delivery.DestinationStatus{Kind: "s3", State: "retrying", LastError: "connection refused", LastErrorAt: time.Now().Add(-3 * time.Minute), Attempts: 2}
	over := trouble
	over.State, over.Attempts = "ok", 0
	for _, c := range []struct {
		name        string
		destination delivery.DestinationStatus
		want        string
	}{
		{"in trouble", trouble, "s3, 3m00s ago: connection refused"},
		{"works again", over, "-"},
	} {
		row := statusRow(delivery.StreamStatus{Name: "clicks", Destinations: []delivery.DestinationStatus{c.destination}})
		if got := row[len(row)-1]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
