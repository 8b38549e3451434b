// Convertbench converts a file of JSON lines to one Parquet file as a stream
// does it, on one processor, and prints as JSON what CPU time that took. The
// benchmark holds it against other converters of the same file.
//
//	convertbench [-profile cpu.prof] ROWS.ndjson OUT.parquet "name type" ...
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"hydrant/formats"
	"hydrant/formats/column"
)

func main() {
	runtime.GOMAXPROCS(1)
	profile := flag.String("profile", "", "write a CPU profile to this `file`")
	flag.Parse()
	if err := run(*profile, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "convertbench:", err)
		os.Exit(1)
	}
}

// A report is what convertbench prints. CPU is that of the process, collection
// of garbage and reading and writing included.
type report struct {
	Version  string  `json:"version"`
	Rows     int64   `json:"rows"`
	BytesIn  int64   `json:"bytes_in"`
	BytesOut int64   `json:"bytes_out"`
	CPU      float64 `json:"cpu_seconds"`
	Wall     float64 `json:"wall_seconds"`
}

func run(profile string, args []string) error {
	if len(args) < 3 {
		return errors.New(`usage: convertbench ROWS.ndjson OUT.parquet "name type" ...`)
	}
	schema, err := parseSchema(args[2:])
	if err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	r := report{Version: runtime.Version()}
	start, before := time.Now(), cpuSeconds()
	if err := convert(args[0], args[1], schema, &r); err != nil {
		return err
	}
	r.CPU, r.Wall = cpuSeconds()-before, time.Since(start).Seconds()
	return json.NewEncoder(os.Stdout).Encode(r)
}

func parseSchema(columns []string) (*column.Schema, error) {
	s := &column.Schema{}
	for _, text := range columns {
		name, typ, _ := strings.Cut(text, " ")
		t, err := column.ParseType(typ)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", text, err)
		}
		s.Columns = append(s.Columns, column.Column{Name: name, Type: t})
	}
	return s, nil
}

func convert(from, to string, schema *column.Schema, r *report) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 64<<10)
	if err := encode(in, w, schema, r); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		return err
	}
	r.BytesOut = info.Size()
	return out.Close()
}

// encode converts line by line, as a stream converts record by record.
func encode(in io.Reader, out io.Writer, schema *column.Schema, r *report) error {
	enc, err := formats.New(formats.Options{Kind: formats.Parquet, Compression: "snappy", Schema: schema}, out)
	if err != nil {
		return err
	}
	var bad error
	done := func(_ []byte, err error) { bad = err }
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		r.BytesIn += int64(len(line))
		if len(line) > 0 {
			if err := errors.Join(enc.AppendParts(line, done), bad); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	r.Rows = enc.Rows()
	return enc.Close()
}

// cpuSeconds returns the CPU time, user and system, of this process.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}
