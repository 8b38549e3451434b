package simulation

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	document       = "../../docs/reliability.md"
	updateVariable = "HYDRANT_UPDATE"
	howToUpdate    = "HYDRANT_UPDATE=1 go test ./delivery/simulation writes it"
)

// The parts of the document that are made from runs stand between such lines.
const (
	begin = "<!-- made by go test ./delivery/simulation: %s -->\n"
	end   = "<!-- end -->\n"
)

var mutantRow = regexp.MustCompile(`(?m)^\| ([^|]+?) \| [^|]+ \| (\d+) \| [^|]* \|$`)

// documentedSeeds returns the seeds of the document's table, by mutant.
func documentedSeeds(t *testing.T) map[string]uint64 {
	b, err := os.ReadFile(document)
	if err != nil && os.Getenv(updateVariable) == "" {
		t.Fatal(err)
	}
	known := make(map[string]uint64)
	for _, row := range mutantRow.FindAllStringSubmatch(string(b), -1) {
		known[row[1]], _ = strconv.ParseUint(row[2], 10, 64)
	}
	return known
}

// writeDocument puts the mutants' seeds and, if programs were run before, their
// figures into the document.
func writeDocument(t *testing.T, seeds map[string]uint64, says map[string]string) {
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	table.WriteString("| mutant | promise that it breaks | seed | how the check puts it |\n|---|---|---|---|\n")
	for _, m := range mutants {
		fmt.Fprintf(&table, "| %s | %s | %d | %s |\n", m.name, m.promise, seeds[m.name], shortened(says[m.name]))
	}
	b = put(t, b, "mutants", table.String())
	if figures["programs"] > 0 && !t.Failed() {
		b = put(t, b, "figures", figureTable())
	}
	if err := os.WriteFile(document, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, b []byte, what, text string) []byte {
	head, rest, ok := strings.Cut(string(b), fmt.Sprintf(begin, what))
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the %s", document, what)
	}
	return []byte(head + fmt.Sprintf(begin, what) + "\n" + text + "\n" + end + tail)
}

var longID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// shortened is what a check says, fit for a cell of a table.
func shortened(s string) string {
	s = longID.ReplaceAllString(strings.ReplaceAll(s, "|", "/"), "…")
	if i := strings.Index(s, "{Streams"); i >= 0 {
		s = s[:i] + "…"
	}
	if runes := []rune(s); len(runes) > 110 {
		s = string(runes[:110]) + "…"
	}
	return strings.TrimSpace(strings.NewReplacer("\n", " ", "<", "‹", ">", "›").Replace(s))
}

func figureTable() string {
	var b strings.Builder
	b.WriteString("| what | how often |\n|---|---:|\n")
	for _, what := range figures.names() {
		fmt.Fprintf(&b, "| %s | %d |\n", what, figures[what])
	}
	b.WriteString("| **acknowledged records lost** | **0** |\n| **records doubled** | **0** |\n")
	return b.String()
}
