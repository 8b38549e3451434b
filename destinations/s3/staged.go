package s3

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"hydrant/destinations"
)

// checkStaged reads the staged object once and returns the SHA-256 of each of
// its parts. It fails when the object's bytes are no longer those that were
// staged.
func checkStaged(ctx context.Context, o destinations.Object, partSize int64) ([][32]byte, error) {
	in, err := o.Open()
	if err != nil {
		return nil, fmt.Errorf("staged object: %w", err)
	}
	defer in.Close() // only read
	whole, buf := sha256.New(), make([]byte, 1<<18)
	var sums [][32]byte
	var size int64
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := sha256.New()
		n, err := io.CopyBuffer(io.MultiWriter(whole, part), io.LimitReader(in, partSize), buf)
		if err != nil {
			return nil, fmt.Errorf("staged object: %w", err)
		}
		if size += n; n > 0 {
			sums = append(sums, [32]byte(part.Sum(nil)))
		}
		if n < partSize {
			break
		}
	}
	if sum := [32]byte(whole.Sum(nil)); size != o.Size || sum != o.SHA256 {
		return nil, fmt.Errorf("staged object is damaged: %d bytes with SHA-256 %x, want %d with %x", size, sum, o.Size, o.SHA256)
	}
	return sums, nil
}

// A section is part of a file that is read as if it were all of it.
type section struct {
	f           io.ReadSeeker
	start, size int64
	at          int64
}

func newSection(f io.ReadSeeker, start, size int64) (*section, error) {
	s := &section{f: f, start: start, size: size}
	_, err := s.Seek(0, io.SeekStart)
	return s, err
}

func (s *section) Read(p []byte) (int, error) {
	left := s.size - s.at
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := s.f.Read(p[:min(int64(len(p)), left)])
	s.at += int64(n)
	return n, err
}

func (s *section) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, errors.New("s3: seek before the section's start")
	}
	if _, err := s.f.Seek(s.start+offset, io.SeekStart); err != nil {
		return 0, err
	}
	s.at = offset
	return offset, nil
}
