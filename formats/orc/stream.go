package orc

// shared is what the columns of a writer use in turn.
type shared struct {
	comp    *compressor
	pool    blockPool
	block   int  // bytes of a compression chunk before compression
	v1      bool // format 0.11: run-length encoding version 1
	scratch []byte
	ints    []int64
	bits    []uint8
	zigzags [maxRun]uint64
}

// A stream is the bytes of one stream of a stripe. Bytes gather in raw until
// they fill a compression chunk.
type stream struct {
	*shared
	raw []byte
	out blockBuffer
}

func (s *stream) write(p []byte) {
	for len(p) > 0 {
		n := min(len(p), s.block-len(s.raw))
		s.raw = append(s.raw, p[:n]...)
		p = p[n:]
		if len(s.raw) == s.block {
			s.flush()
		}
	}
}

// flush ends the chunk being filled.
func (s *stream) flush() {
	if len(s.raw) == 0 {
		return
	}
	if s.comp.codec == codecNone {
		s.out.write(&s.pool, s.raw)
	} else {
		header, body := s.comp.chunk(s.raw)
		s.out.write(&s.pool, header[:])
		s.out.write(&s.pool, body)
	}
	s.raw = s.raw[:0]
}

// positions appends where the next byte will lie: the offset, in compressed
// streams that of the chunk and then the offset in it.
func (s *stream) positions(dst []uint64) []uint64 {
	if s.comp.codec == codecNone {
		return append(dst, uint64(s.out.size)+uint64(len(s.raw)))
	}
	return append(dst, uint64(s.out.size), uint64(len(s.raw)))
}

// size returns about how many bytes of the file the stream takes.
func (s *stream) size() int64 { return s.out.size + int64(len(s.raw)) }

// held returns the bytes of memory held, without the pool's blocks.
func (s *stream) held() int64 { return int64(cap(s.raw)) }

func (s *stream) reset() {
	s.raw = s.raw[:0]
	s.out.reset(&s.pool)
}
