package main

import (
	"slices"
	"strings"
	"testing"
)

func TestTheTallyNamesWhatFailedAndWhySomethingWasSkipped(t *testing.T) {
	const events = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"output","Package":"p","Test":"TestB","Output":"    x_test.go:3: skipped part: versitygw: no network\n"}
{"Action":"skip","Package":"p","Test":"TestB","Elapsed":0}
{"Action":"output","Package":"p","Test":"TestC","Output":"    x_test.go:9: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestC","Elapsed":0}
{"Action":"skip","Package":"q","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":0.2}
`
	got := newTally()
	if err := got.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if got.passed != 1 {
		t.Errorf("passed %d, want 1", got.passed)
	}
	if want := []string{"p TestB: versitygw: no network"}; !slices.Equal(got.skipped, want) {
		t.Errorf("skipped %q, want %q", got.skipped, want)
	}
	if want := []string{"p TestC"}; !slices.Equal(got.failed, want) {
		t.Errorf("failed %q, want %q", got.failed, want)
	}
}
