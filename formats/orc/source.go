package orc

import (
	"errors"
	"fmt"
	"math"
)

// A byteSource is a stream that was read, and where in it one is.
type byteSource struct {
	all    []byte
	starts map[int64]int // where chunks begin in all, by their offset
	at     int
}

// take returns the next n bytes.
func (s *byteSource) take(n int) ([]byte, error) {
	if n < 0 || n > len(s.all)-s.at {
		return nil, errCut
	}
	s.at += n
	return s.all[s.at-n : s.at], nil
}

// seek goes to the position with which p begins and returns the rest of p.
func (s *byteSource) seek(p []uint64) ([]uint64, error) {
	n := 1
	if s.starts != nil {
		n = 2
	}
	if len(p) < n {
		return nil, errors.New("too few positions")
	}
	at := int(min(p[0], math.MaxInt32))
	if s.starts != nil {
		start, ok := s.starts[int64(p[0])]
		if !ok {
			return nil, fmt.Errorf("no chunk begins at %d", p[0])
		}
		at = start + int(min(p[1], math.MaxInt32))
	}
	if at > len(s.all) {
		return nil, errCut
	}
	s.at = at
	return p[n:], nil
}

// A byteDecoder reads byte run-length encoding.
type byteDecoder struct {
	byteSource
	literal bool
	left    int
	value   byte
}

func (d *byteDecoder) next() (byte, error) {
	if d.left == 0 {
		head, err := d.take(1)
		if err != nil {
			return 0, err
		}
		if n := int8(head[0]); n < 0 {
			d.literal, d.left = true, -int(n)
		} else {
			d.literal, d.left = false, int(n)+minByteRun
			v, err := d.take(1)
			if err != nil {
				return 0, err
			}
			d.value = v[0]
		}
	}
	d.left--
	if d.literal {
		v, err := d.take(1)
		if err != nil {
			return 0, err
		}
		return v[0], nil
	}
	return d.value, nil
}

func (d *byteDecoder) seek(p []uint64) ([]uint64, error) {
	p, err := d.byteSource.seek(p)
	if err != nil || len(p) == 0 {
		return nil, orTooFew(err)
	}
	d.left = 0
	for range p[0] {
		if _, err := d.next(); err != nil {
			return nil, err
		}
	}
	return p[1:], nil
}

// A boolDecoder reads booleans.
type boolDecoder struct {
	byteDecoder
	bits byte
	n    int
}

func (d *boolDecoder) next() (bool, error) {
	if d.n == 0 {
		b, err := d.byteDecoder.next()
		if err != nil {
			return false, err
		}
		d.bits, d.n = b, 8
	}
	bit := d.bits&0x80 != 0
	d.bits <<= 1
	d.n--
	return bit, nil
}

func (d *boolDecoder) seek(p []uint64) ([]uint64, error) {
	p, err := d.byteDecoder.seek(p)
	if err != nil {
		return nil, err
	}
	if len(p) == 0 || p[0] > 8 {
		return nil, errors.New("no position of a bit")
	}
	d.n = 0
	for range p[0] {
		if _, err := d.next(); err != nil {
			return nil, err
		}
	}
	return p[1:], nil
}

// An intSource reads integers from a stream.
type intSource struct {
	byteSource
	intDecoder
}

func (s *intSource) seek(p []uint64) ([]uint64, error) {
	p, err := s.byteSource.seek(p)
	if err != nil || len(p) == 0 {
		return nil, orTooFew(err)
	}
	s.intDecoder.reset(s.all[s.at:])
	return p[1:], s.skip(int(min(p[0], maxRun)))
}

// orTooFew is err, or that positions are missing.
func orTooFew(err error) error {
	if err == nil {
		err = errors.New("too few positions")
	}
	return err
}
