package orc

// blockBytes is the unit in which what waits for the stripe's end is kept.
const blockBytes = 16 << 10

// A blockPool keeps the blocks that are free, for all streams of one writer.
type blockPool struct {
	free  [][]byte
	total int // blocks in use and free
}

func (p *blockPool) get() []byte {
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free[n-1] = nil
		p.free = p.free[:n-1]
		return b[:0]
	}
	p.total++
	return make([]byte, 0, blockBytes)
}

func (p *blockPool) held() int64 { return int64(p.total) * blockBytes }

// release gives up the free blocks.
func (p *blockPool) release() {
	p.total -= len(p.free)
	p.free = nil
}

// A blockBuffer is bytes in blocks of a pool: it grows without copying.
type blockBuffer struct {
	blocks [][]byte
	size   int64
}

func (b *blockBuffer) write(pool *blockPool, p []byte) {
	b.size += int64(len(p))
	for len(p) > 0 {
		last := len(b.blocks) - 1
		if last < 0 || len(b.blocks[last]) == blockBytes {
			b.blocks = append(b.blocks, pool.get())
			last++
		}
		room := min(len(p), blockBytes-len(b.blocks[last]))
		b.blocks[last] = append(b.blocks[last], p[:room]...)
		p = p[room:]
	}
}

// reset gives the blocks back.
func (b *blockBuffer) reset(pool *blockPool) {
	pool.free = append(pool.free, b.blocks...)
	clear(b.blocks)
	b.blocks, b.size = b.blocks[:0], 0
}
