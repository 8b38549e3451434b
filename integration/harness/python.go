package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// PythonProgram returns the path of a program of the virtual environment,
// such as "python" or "aws".
func PythonProgram(name string) (string, error) {
	complete, err := Python.Path()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(complete), "bin", name), nil
}

// Script runs integration/py/NAME with args and decodes the JSON that it
// prints into out. What it printed on standard error is in the error.
func Script(ctx context.Context, out any, name string, args ...string) error {
	python, err := PythonProgram("python")
	if err != nil {
		return err
	}
	root, err := Root()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, python, append([]string{filepath.Join(root, "integration", "py", name)}, args...)...)
	cmd.Env = append(os.Environ(), ClientEnv()...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("harness: %s: %w: %s", name, err, lastLines(stderr.String(), 30))
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		return fmt.Errorf("harness: %s printed %.2000q: %w", name, stdout.String(), err)
	}
	return nil
}

// ClientEnv keeps AWS clients from the settings of whoever runs the tests and
// from the network: no profile, no instance metadata, no proxy.
func ClientEnv() []string {
	return []string{
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_REGION=us-east-1",
		"AWS_PAGER=",
		"NO_PROXY=*",
	}
}
