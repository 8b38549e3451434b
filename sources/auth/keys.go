// Package auth says who sent a request and to which streams they may write:
// access keys, AWS Signature Version 4, and HTTP Basic for clients that cannot
// sign.
package auth

import (
	"log/slog"
	"strings"
)

// A Key is an access key. Printing it shows its ID only.
type Key struct {
	ID      string
	Secret  string
	Streams []string // patterns of names, * stands for any text; empty allows none
}

func (k Key) String() string       { return k.ID }
func (k Key) GoString() string     { return k.ID }
func (k Key) LogValue() slog.Value { return slog.StringValue(k.ID) }

// Allows says whether the key may be used with the stream of that name.
func (k *Key) Allows(stream string) bool {
	if k == nil {
		return false
	}
	for _, pattern := range k.Streams {
		if matches(pattern, stream) {
			return true
		}
	}
	return false
}

// matches says whether name is of the pattern. It takes the first place that
// fits for each piece between two stars, so it is linear in both.
func matches(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, head)
	if !ok {
		return false
	}
	for {
		piece, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(name, piece)
		}
		at := strings.Index(name, piece)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(piece):], more
	}
}
