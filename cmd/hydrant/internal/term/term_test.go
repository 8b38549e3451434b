package term

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestNumbersAreReadAtAGlance(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(-1234567), "-1,234,567"},
		{Bytes(0), "0 B"}, {Bytes(1023), "1023 B"}, {Bytes(1024), "1 KiB"}, {Bytes(1536), "1.5 KiB"},
		{Bytes(64 << 20), "64 MiB"}, {Bytes(1<<20 - 1), "1.0 MiB"}, {Bytes(5 << 40), "5 TiB"},
		{Duration(300 * time.Millisecond), "0.3 s"}, {Duration(42 * time.Second), "42 s"},
		{Duration(250 * time.Second), "4m10s"}, {Duration(200 * time.Minute), "3h20m"}, {Duration(52 * time.Hour), "2d4h"},
		{Cut("abcdef", 4), "abc…"}, {Cut("abc", 3), "abc"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestForeignTextCannotDriveTheTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, ünïcode": "plain text, ünïcode",
		"red \x1b[31m":        `red \x1b[31m`,
		"line\nbreak\r\t":     `line\nbreak\r\t`,
		"bad \xff byte":       `bad \xff byte`,
		"turned \u202e":       `turned \u202e`,
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNoColourWithoutATerminal(t *testing.T) {
	var b bytes.Buffer
	if got := Colours(&b).Bad("x"); got != "x" {
		t.Errorf("got %q, want plain x", got)
	}
	if got := (Palette{on: true}).Bad("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("got %q, want red x", got)
	}
}

func TestTableAlignsColumns(t *testing.T) {
	table := Table{Head: []string{"NAME", "IN"}, Right: map[int]bool{1: true}}
	table.Add("clicks", "12")
	table.Add("ünï", "1,200")
	var b bytes.Buffer
	if err := table.WriteTo(&b, "> "); err != nil {
		t.Fatal(err)
	}
	want := "> NAME       IN\n> clicks     12\n> ünï     1,200\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestProgressWritesPlainLinesWithoutATerminal(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, "put clicks", 200)
	p.Update(10, "too early to be worth a line")
	p.every = 0
	p.Update(50, "1,000 records")
	p.Close()
	if got, want := b.String(), "put clicks   25%  1,000 records\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("control characters outside a terminal")
	}
	NewProgress(nil, "silent", 1).Update(1, "nothing")
}
