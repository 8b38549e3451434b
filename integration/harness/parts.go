package harness

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A Part is something real that the tests need and the repository does not
// hold. Where it can't be had, the tests that need it are skipped by name.
type Part struct {
	Name  string
	Use   string // what it is for, for the list of skipped parts
	path  string // below the cache folder; it is there when this is there
	fetch func(cache string) error
}

// The parts, with pinned versions.
var (
	S3Server    = goPart("versitygw", "a real S3 server", "github.com/versity/versitygw/cmd/versitygw@v1.8.0")
	Staticcheck = goPart("staticcheck", "static analysis", "honnef.co/go/tools/cmd/staticcheck@v0.8.2")
	Govulncheck = goPart("govulncheck", "known vulnerabilities", "golang.org/x/vuln/cmd/govulncheck@v1.8.0")
	Python      = Part{
		Name:  "python",
		Use:   "AWS CLI, boto3, pyarrow and DuckDB, in a virtual environment",
		path:  pythonPath(),
		fetch: fetchPython,
	}
	Parts = []Part{S3Server, Python, OrcTools, Staticcheck, Govulncheck}
)

// A MissingError says that a part could not be had.
type MissingError struct {
	Part   string
	Reason string
}

func (e *MissingError) Error() string { return e.Part + ": " + e.Reason }

// Path returns where the part lies, or a [*MissingError] when it was not
// fetched; the reason is the one that [Part.Fetch] wrote down.
func (p Part) Path() (string, error) {
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, p.path)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	reason := "not fetched; run make parts"
	if b, err := os.ReadFile(failureFile(cache, p)); err == nil {
		reason = string(b)
	}
	return "", &MissingError{Part: p.Name, Reason: reason}
}

// Fetch gets the part unless it is there. A failure is written down, so that
// the tests which need the part can say why they were skipped.
func (p Part) Fetch() error {
	if _, err := p.Path(); err == nil {
		return nil
	} else if missing := (*MissingError)(nil); !errors.As(err, &missing) {
		return err
	}
	cache, err := Cache()
	if err != nil {
		return err
	}
	if err := p.fetch(cache); err != nil {
		return errors.Join(
			&MissingError{Part: p.Name, Reason: err.Error()},
			os.WriteFile(failureFile(cache, p), []byte(err.Error()), 0o644))
	}
	_ = os.Remove(failureFile(cache, p)) // there is none after a first success
	return nil
}

func failureFile(cache string, p Part) string { return filepath.Join(cache, p.Name+".failed") }

// goPart is a program that `go install` builds.
func goPart(name, use, pkg string) Part {
	version := pkg[strings.LastIndexByte(pkg, '@')+1:]
	path := filepath.Join("bin", name+"-"+version)
	fetch := func(cache string) error {
		bin := filepath.Join(cache, "bin")
		cmd := exec.Command("go", "install", pkg)
		cmd.Env = append(os.Environ(), "GOBIN="+bin, "CGO_ENABLED=0")
		if err := runQuietly(cmd); err != nil {
			return err
		}
		return os.Rename(filepath.Join(bin, name), filepath.Join(cache, path))
	}
	return Part{Name: name, Use: use, path: path, fetch: fetch}
}

// fetchPython makes a virtual environment with what requirements.txt pins. The
// file "complete" in it is written last.
func fetchPython(cache string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	complete := filepath.Join(cache, pythonPath())
	dir := filepath.Dir(complete)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := runQuietly(exec.Command("python3", "-m", "venv", dir)); err != nil {
		return err
	}
	pip := exec.Command(filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "-q",
		"-r", filepath.Join(root, "integration", "requirements.txt"))
	if err := runQuietly(pip); err != nil {
		return err
	}
	return os.WriteFile(complete, nil, 0o644)
}

// pythonPath names the environment after what is pinned, so that a new pin
// makes a new one.
func pythonPath() string {
	var pins []byte
	if root, err := Root(); err == nil {
		// without the file the fetch fails and says so
		pins, _ = os.ReadFile(filepath.Join(root, "integration", "requirements.txt"))
	}
	sum := sha256.Sum256(pins)
	return filepath.Join("venv-"+hex.EncodeToString(sum[:4]), "complete")
}

// fetchTries is how often a fetch is tried: registries have hiccups.
const fetchTries = 3

// runQuietly runs cmd, up to fetchTries times, and keeps the end of what it
// printed for the error.
func runQuietly(cmd *exec.Cmd) error {
	var err error
	for try := range fetchTries {
		time.Sleep(time.Duration(try) * 2 * time.Second)
		again := exec.Command(cmd.Args[0], cmd.Args[1:]...)
		again.Env = cmd.Env
		var out bytes.Buffer
		again.Stdout, again.Stderr = &out, &out
		if err = again.Run(); err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args[:min(3, len(cmd.Args))], " "), err, lastLines(out.String(), 3))
		if errors.Is(err, exec.ErrNotFound) {
			return err
		}
	}
	return err
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}
