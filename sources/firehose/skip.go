package firehose

import "bytes"

// skip steps over the value that is next and checks that it is JSON. Members
// that the API does not know are skipped, as AWS does.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return s.fail("nested too deep")
	}
	switch c := s.next(); c {
	case '{':
		s.pos++
		return s.skipObject(depth)
	case '[':
		s.pos++
		return s.skipArray(depth)
	case '"':
		_, err := s.text()
		return err
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) skipObject(depth int) error {
	for first := true; ; first = false {
		if _, more, err := s.member(first); !more || err != nil {
			return err
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
	}
}

func (s *scanner) skipArray(depth int) error {
	for first := true; ; first = false {
		if more, err := s.element(first); !more || err != nil {
			return err
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
	}
}

func (s *scanner) word(w string) error {
	if !bytes.HasPrefix(s.src[s.pos:], []byte(w)) {
		return s.fail("expected a value")
	}
	s.pos += len(w)
	return nil
}

// number steps over -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() error {
	s.take("-")
	switch {
	case s.take("0"):
	case s.digits() == 0:
		return s.fail("expected a value")
	}
	if s.take(".") && s.digits() == 0 {
		return s.fail("a number without digits after its point")
	}
	if s.take("eE") {
		s.take("+-")
		if s.digits() == 0 {
			return s.fail("a number without digits in its exponent")
		}
	}
	return nil
}

// take steps over one of the bytes in set, if that is next.
func (s *scanner) take(set string) bool {
	if s.pos < len(s.src) && bytes.IndexByte([]byte(set), s.src[s.pos]) >= 0 {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.src) && s.src[s.pos] >= '0' && s.src[s.pos] <= '9' {
		s.pos++
	}
	return s.pos - start
}
