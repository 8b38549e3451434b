package orc

import (
	"encoding/binary"
	"errors"
)

var errCut = errors.New("the stream ends within a value")

// An intDecoder reads integers in run-length encoding.
type intDecoder struct {
	signed bool
	v1     bool
	src    []byte
	run    []int64 // values of the run that are not read yet
	own    []int64
	buf    [maxRun]uint64
}

func (d *intDecoder) reset(src []byte) { d.src, d.run = src, nil }

// next returns the next value; those of unsigned streams come as they are.
func (d *intDecoder) next() (int64, error) {
	if len(d.run) == 0 {
		d.own = d.own[:0]
		read := d.readRun
		if d.v1 {
			read = d.readRunV1
		}
		if err := read(); err != nil {
			return 0, err
		}
		d.run = d.own
	}
	v := d.run[0]
	d.run = d.run[1:]
	return v, nil
}

// skip skips n values.
func (d *intDecoder) skip(n int) error {
	for range n {
		if _, err := d.next(); err != nil {
			return err
		}
	}
	return nil
}

func (d *intDecoder) readRun() error {
	if len(d.src) == 0 {
		return errCut
	}
	if head := d.src[0]; head&0xc0 == runRepeat {
		return d.readRepeat(int(head>>3&7)+1, int(head&7)+minRepeat)
	}
	if len(d.src) < 2 {
		return errCut
	}
	kind, code := d.src[0]&0xc0, d.src[0]>>1&0x1f
	n := (int(d.src[0]&1)<<8 | int(d.src[1])) + 1
	d.src = d.src[2:]
	switch kind {
	case runDirect:
		return d.readDirect(codedWidth(code), n)
	case runPatched:
		return d.readPatched(codedWidth(code), n)
	}
	return d.readDelta(code, n)
}

func (d *intDecoder) value(u uint64) int64 {
	if d.signed {
		return unzigzag(u)
	}
	return int64(u)
}

func (d *intDecoder) readRepeat(size, n int) error {
	if len(d.src) < 1+size {
		return errCut
	}
	v := d.value(bigEndian(d.src[1 : 1+size]))
	d.src = d.src[1+size:]
	for range n {
		d.own = append(d.own, v)
	}
	return nil
}

func bigEndian(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// unpack reads n values of width w into buf.
func (d *intDecoder) unpack(buf []uint64, w int) error {
	if len(d.src) < packedBytes(len(buf), w) {
		return errCut
	}
	d.src = d.src[unpack(buf, d.src, w):]
	return nil
}

func (d *intDecoder) readDirect(w, n int) error {
	if err := d.unpack(d.buf[:n], w); err != nil {
		return err
	}
	for _, u := range d.buf[:n] {
		d.own = append(d.own, d.value(u))
	}
	return nil
}

func (d *intDecoder) varint() (uint64, error) {
	v, n := binary.Uvarint(d.src)
	if n <= 0 {
		return 0, errCut
	}
	d.src = d.src[n:]
	return v, nil
}

func (d *intDecoder) readDelta(code byte, n int) error {
	first, err := d.varint()
	if err != nil {
		return err
	}
	step, err := d.varint()
	if err != nil {
		return err
	}
	v, delta := d.value(first), unzigzag(step)
	d.own = append(d.own, v)
	if n > 1 {
		v += delta
		d.own = append(d.own, v)
	}
	if n <= 2 {
		return nil
	}
	rest := d.buf[:n-2]
	if code == 0 {
		for i := range rest {
			rest[i] = magnitude(delta)
		}
	} else if err := d.unpack(rest, codedWidth(code)); err != nil {
		return err
	}
	for _, u := range rest {
		if delta < 0 {
			u = -u
		}
		v += int64(u)
		d.own = append(d.own, v)
	}
	return nil
}

func (d *intDecoder) readPatched(w, n int) error {
	if len(d.src) < 2 {
		return errCut
	}
	size, patchWidth := int(d.src[0]>>5)+1, codedWidth(d.src[0]&0x1f)
	gapWidth, patches := int(d.src[1]>>5)+1, int(d.src[1]&0x1f)
	if d.src = d.src[2:]; len(d.src) < size || patchWidth+gapWidth > 64 {
		return errCut
	}
	base, sign := bigEndian(d.src[:size]), uint64(1)<<(8*size-1)
	if base&sign != 0 {
		base = -(base &^ sign)
	}
	d.src = d.src[size:]
	if err := d.unpack(d.buf[:n], w); err != nil {
		return err
	}
	var list [maxPatches]uint64
	if err := d.unpack(list[:patches], roundWidth(patchWidth+gapWidth)); err != nil {
		return err
	}
	at := 0
	for _, p := range list[:patches] {
		if at += int(p >> patchWidth); at >= n {
			return errors.New("a patch lies behind its run")
		}
		d.buf[at] |= p & (1<<patchWidth - 1) << w
	}
	for _, u := range d.buf[:n] {
		d.own = append(d.own, int64(base+u))
	}
	return nil
}

func (d *intDecoder) readRunV1() error {
	if len(d.src) == 0 {
		return errCut
	}
	head := int8(d.src[0])
	d.src = d.src[1:]
	if head < 0 {
		for range -int(head) {
			u, err := d.varint()
			if err != nil {
				return err
			}
			d.own = append(d.own, d.value(u))
		}
		return nil
	}
	if len(d.src) == 0 {
		return errCut
	}
	delta := int64(int8(d.src[0]))
	d.src = d.src[1:]
	u, err := d.varint()
	if err != nil {
		return err
	}
	v := d.value(u)
	for range int(head) + minByteRun {
		d.own = append(d.own, v)
		v += delta
	}
	return nil
}
