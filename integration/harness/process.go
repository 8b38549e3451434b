package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// StartLimit is how long a part may take until it is ready. A machine busy
// with builds needs many times what an idle one does.
const StartLimit = 90 * time.Second

// A Process is a child that was started and is waited for exactly once.
type Process struct {
	cmd  *exec.Cmd
	log  string        // file with what it printed
	done chan struct{} // closed when it is gone
	err  error         // of Wait; read it after done
}

// startProcess starts name with args in dir; what it prints is appended to
// the file log. env is added to the environment of this process.
func startProcess(dir, log string, env []string, name string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("harness: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("harness: start %s: %w", name, err)
	}
	p := &Process{cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited is closed when the process is gone.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Kill ends the process with SIGKILL and returns when it is gone.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Pause stops the process with SIGSTOP: its sockets stay open and answer
// nothing. Resume undoes it.
func (p *Process) Pause() { p.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (p *Process) Resume() { p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.done: // the id may belong to another process by now
	default:
		_ = p.cmd.Process.Signal(s)
	}
}

// Terminate sends SIGTERM and returns the exit code. A process that is still
// there after limit is killed, which is an error.
func (p *Process) Terminate(limit time.Duration) (code int, err error) {
	p.signal(syscall.SIGTERM)
	return p.Wait(limit)
}

// Wait returns the exit code of a process that ends by itself. One that is
// still there after limit is killed, which is an error.
func (p *Process) Wait(limit time.Duration) (code int, err error) {
	select {
	case <-p.done:
	case <-time.After(limit):
		p.Kill()
		return -1, fmt.Errorf("harness: %s did not end within %s; its output ends: %s", p.cmd.Path, limit, p.Tail(2000))
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		return -1, fmt.Errorf("harness: wait for %s: %w", p.cmd.Path, p.err)
	}
	return p.cmd.ProcessState.ExitCode(), nil
}

// Tail returns the last n bytes of what the process printed.
func (p *Process) Tail(n int) string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-n):])
}

// waitReady polls url until it answers with a status that ok takes, the
// process ends, or StartLimit is over.
func (p *Process) waitReady(url string, ok func(status int) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), StartLimit)
	defer cancel()
	var last error
	for {
		if last = probe(ctx, url, ok); last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("harness: %s ended before it was ready: %s", p.cmd.Path, p.Tail(4000))
		case <-ctx.Done():
			return fmt.Errorf("harness: %s was not ready after %s (%v): %s", p.cmd.Path, StartLimit, last, p.Tail(4000))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func probe(ctx context.Context, url string, ok func(status int) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if !ok(resp.StatusCode) {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}
