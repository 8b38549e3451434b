// Parts fetches what the integration tests and the benchmark need beside the
// repository, by the ordinary means of Go and Python. A part that can't be had
// is not an error here: the tests which need it are skipped by name.
package main

import (
	"fmt"
	"os"
	"time"

	"hydrant/integration/harness"
)

func main() {
	for _, part := range harness.Parts {
		start := time.Now()
		if err := part.Fetch(); err != nil {
			fmt.Fprintf(os.Stderr, "parts: %s can't be had: %v\n", part.Name, err)
			continue
		}
		if took := time.Since(start); took > time.Second {
			fmt.Fprintf(os.Stderr, "parts: %s fetched in %s\n", part.Name, took.Round(time.Second))
		}
	}
}
