package orc

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// parseStatistics reads a ColumnStatistics message.
func parseStatistics(b []byte) (s Statistics, err error) {
	err = fields(b, func(field protowire.Number, n uint64, b []byte) error {
		switch field {
		case 1:
			s.Values = int64(n)
		case 10:
			s.HasNull = n != 0
		case 2, 7:
			return s.parseBounds(b, signedText)
		case 3:
			return s.parseBounds(b, func(n uint64, _ []byte) string {
				return strconv.FormatFloat(math.Float64frombits(n), 'g', -1, 64)
			})
		case 4:
			return s.parseText(b)
		case 5:
			return s.parseTrues(b)
		case 6:
			return s.parseBounds(b, func(_ uint64, b []byte) string { return string(b) })
		case 8:
			return fields(b, func(_ protowire.Number, n uint64, _ []byte) error {
				s.Sum = signedText(n, nil)
				return nil
			})
		case 9:
			return s.parseTimes(b)
		case 12:
			return s.parseBounds(b, func(n uint64, _ []byte) string { return strconv.FormatUint(n, 10) })
		}
		return nil
	})
	return s, err
}

func signedText(n uint64, _ []byte) string { return strconv.FormatInt(unzigzag(n), 10) }

// parseBounds reads messages of minimum, maximum and sum.
func (s *Statistics) parseBounds(b []byte, text func(uint64, []byte) string) error {
	return fields(b, func(field protowire.Number, n uint64, b []byte) error {
		switch field {
		case 1:
			s.Min = text(n, b)
		case 2:
			s.Max = text(n, b)
		case 3:
			s.Sum = text(n, b)
		}
		return nil
	})
}

func (s *Statistics) parseText(b []byte) error {
	return fields(b, func(field protowire.Number, n uint64, b []byte) error {
		switch field {
		case 1, 4:
			s.Min = string(b)
		case 2, 5:
			s.Max = string(b)
		case 3:
			s.Sum = signedText(n, nil)
		}
		return nil
	})
}

func (s *Statistics) parseTrues(b []byte) error {
	return fields(b, func(_ protowire.Number, _ uint64, b []byte) error {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return damaged("statistics of booleans")
		}
		s.Sum = strconv.FormatUint(n, 10)
		return nil
	})
}

func (s *Statistics) parseTimes(b []byte) error {
	var low, high int64
	lowNanos, highNanos := int64(0), int64(msNanos-1)
	err := fields(b, func(field protowire.Number, n uint64, _ []byte) error {
		switch field {
		case 3:
			low = unzigzag(n)
		case 4:
			high = unzigzag(n)
		case 5:
			lowNanos = int64(n) - 1
		case 6:
			highNanos = int64(n) - 1
		}
		return nil
	})
	s.Min, s.Max = timeText(low, lowNanos), timeText(high, highNanos)
	return err
}

func timeText(ms, nanos int64) string {
	return time.UnixMilli(ms).UTC().Add(time.Duration(nanos)).Format("2006-01-02 15:04:05.999999999")
}

// String returns the statistics as one line.
func (s Statistics) String() string {
	text := fmt.Sprintf("%d values", s.Values)
	if s.HasNull {
		text += ", nulls"
	}
	for _, part := range []struct{ name, value string }{{"min", s.Min}, {"max", s.Max}, {"sum", s.Sum}} {
		if part.value != "" {
			text += fmt.Sprintf(", %s %s", part.name, part.value)
		}
	}
	return text
}
