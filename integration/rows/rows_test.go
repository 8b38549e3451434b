package rows

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestABodyHoldsItsRowsInEveryRound(t *testing.T) {
	body := NewBody("web", 7)
	for _, round := range []int{0, 1, 999, 0xabcdef} {
		body.Patch(round)
		records, err := Decode(body.JSON)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if len(records) != PerBody {
			t.Fatalf("round %d: %d records, want %d", round, len(records), PerBody)
		}
		for i, got := range records {
			want := Append(nil, 7*PerBody+i)
			Patch(want, round)
			if !bytes.Equal(got, want) {
				t.Fatalf("round %d, record %d: %q, want %q", round, i, got, want)
			}
		}
	}
}

func TestRowsAreJSONOfTheSizeThatIsClaimed(t *testing.T) {
	var total int
	for n := range 2000 {
		row := Append(nil, n)
		Patch(row, n)
		total += len(row)
		if !json.Valid(row) {
			t.Fatalf("row %d: not JSON: %s", n, row)
		}
	}
	if mean := total / 2000; mean < 330 || mean > 370 {
		t.Errorf("mean row: %d bytes, want about 350", mean)
	}
}

func TestNoRowRepeats(t *testing.T) {
	seen := map[string]bool{}
	for round := range 3 {
		for n := range 20_000 {
			row := Append(nil, n)
			Patch(row, round)
			id := string(row[7:43])
			if seen[id] {
				t.Fatalf("round %d, row %d: id %s was there before", round, n, id)
			}
			seen[id] = true
		}
	}
}

func TestColumnsAreThoseOfARow(t *testing.T) {
	var row map[string]any
	if err := json.Unmarshal(Append(nil, 1), &row); err != nil {
		t.Fatal(err)
	}
	columns := Columns()
	if len(columns) != len(row) || columns[0] != "id string" || columns[1] != "ts bigint" {
		t.Errorf("columns %q, want those of %v", columns, row)
	}
}
