package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// How often a bar is redrawn, and how often a plain line is written where it
// can't be.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 5 * time.Second
)

// A Progress shows how far something is: a bar that redraws itself on a
// terminal, a line now and then elsewhere. It is safe for concurrent use.
type Progress struct {
	w     io.Writer
	label string
	total int64 // of bytes or whatever is counted; 0: not known
	tty   bool
	start time.Time
	every time.Duration

	mu    sync.Mutex
	last  time.Time
	drawn bool
}

// NewProgress returns a progress of label towards total on w; total 0 means
// that the end is not known. A nil w shows nothing.
func NewProgress(w io.Writer, label string, total int64) *Progress {
	p := &Progress{w: w, label: label, total: total, tty: IsTerminal(w), start: time.Now(), every: lineEvery}
	if p.tty {
		p.every = redrawEvery
	}
	p.last = p.start
	return p
}

// Update shows that done of the total is done; what says the rest, such as
// "12,000 records". Most calls only look at the clock.
func (p *Progress) Update(done int64, what string) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	p.draw(done, what)
}

// Close removes the bar, so that what is written next starts on a clean line.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *Progress) draw(done int64, what string) {
	line := fmt.Sprintf("%s  %s%s", p.label, p.bar(done), what)
	if !p.tty {
		fmt.Fprintln(p.w, line)
		return
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", Cut(line, Width(p.w)-1))
	p.drawn = true
}

// bar returns the bar with a percentage, or nothing when the end is not known.
func (p *Progress) bar(done int64) string {
	if p.total <= 0 {
		return ""
	}
	part := min(float64(done)/float64(p.total), 1)
	if !p.tty {
		return fmt.Sprintf("%3.0f%%  ", part*100)
	}
	const width = 24
	full := int(part * width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full) + fmt.Sprintf(" %3.0f%%  ", part*100)
}
