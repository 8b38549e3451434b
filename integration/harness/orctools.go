package harness

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// orcToolsVersion is the release of Apache ORC whose tools the tests use.
const orcToolsVersion = "2.1.2"

// OrcTools are Apache ORC's own tools in one jar, from Maven Central.
var OrcTools = Part{
	Name:  "orc-tools",
	Use:   "Apache ORC's Java tools, which read and check ORC files",
	path:  filepath.Join("jars", "orc-tools-"+orcToolsVersion+"-uber.jar"),
	fetch: fetchOrcTools,
}

func fetchOrcTools(cache string) error {
	dir := filepath.Join(cache, "jars")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if _, err := exec.LookPath("java"); err != nil {
		return err
	}
	return runQuietly(exec.Command("mvn", "-q", "-B", "dependency:copy",
		"-Dartifact=org.apache.orc:orc-tools:"+orcToolsVersion+":jar:uber", "-DoutputDirectory="+dir))
}

// RunOrcTools runs a command of orc-tools in UTC and returns what it printed.
func RunOrcTools(ctx context.Context, args ...string) ([]byte, error) {
	jar, err := OrcTools.Path()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "java", append([]string{"-Duser.timezone=UTC", "-jar", jar}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("harness: orc-tools %s: %w: %s", args[0], err, lastLines(stderr.String(), 30))
	}
	return stdout.Bytes(), nil
}
