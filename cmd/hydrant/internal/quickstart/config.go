package quickstart

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed hydrant.hcl.tmpl
var configText string

var configTemplate = template.Must(template.New("hydrant.hcl").Parse(configText))

const configName = "hydrant.hcl"

// recordName is a file with one row beside the configuration: both versions of
// the AWS CLI take a record from a file as it is, but differ in what they make
// of one on the command line.
const recordName = "record.csv"

// A typedColumn is a column of the table that the quickstart fills.
type typedColumn struct{ Name, Type string }

// birdColumns are the columns of the file, in an order for readers.
var birdColumns = []typedColumn{
	{"flight_date", "date"},
	{"origin_state", "string"},
	{"airport_name", "string"},
	{"wildlife_species", "string"},
	{"speed_ias_in_knots", "int"},
	{"cost_total", "bigint"},
	{"wildlife_size", "string"},
	{"effect_amount_of_damage", "string"},
	{"aircraft_make_model", "string"},
	{"aircraft_airline_operator", "string"},
	{"phase_of_flight", "string"},
	{"time_of_day", "string"},
	{"cost_other", "bigint"},
	{"cost_repair", "bigint"},
}

// What happened to the configuration file.
const (
	configWritten = "written"
	configReused  = "reused"  // as the quickstart writes it
	configChanged = "changed" // by the user or written by another version, and used as it is
)

// writeConfig puts the configuration into dir, unless one is there, and says
// what it found.
func writeConfig(dir, shown string, columns []string) (path, state string, err error) {
	text, err := renderConfig(dir, shown, columns)
	if err != nil {
		return "", "", err
	}
	path = filepath.Join(dir, configName)
	found, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(found, text):
		return path, configReused, nil
	case err == nil:
		return path, configChanged, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", "", fmt.Errorf("quickstart: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", "", fmt.Errorf("quickstart: %w", err)
	}
	if err := writeNew(path, text); err != nil {
		return "", "", err
	}
	return path, configWritten, nil
}

// writeNew writes a file that isn't there: what appeared meanwhile is not ours
// to overwrite.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("quickstart: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("quickstart: write %s: %w", path, err)
	}
	return nil
}

// writeRecord puts a row to send into dir, unless one is there.
func writeRecord(dir, row string) error {
	err := writeNew(filepath.Join(dir, recordName), []byte(row+"\n"))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func renderConfig(dir, shown string, columns []string) ([]byte, error) {
	var b bytes.Buffer
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quoteHCL(c)
	}
	err := configTemplate.Execute(&b, map[string]any{
		"Dir": quoteHCL(filepath.ToSlash(dir)), "Shown": shown, "Columns": quoted, "Schema": birdColumns,
	})
	if err != nil {
		return nil, fmt.Errorf("quickstart: %w", err)
	}
	return b.Bytes(), nil
}

// quoteHCL escapes what has a meaning inside a quoted string of HCL.
var quoteHCL = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "${", "$${", "%{", "%%{").Replace
