package simulation

import (
	"hydrant/buffer"
	"hydrant/buffer/buffertest"
	"hydrant/delivery"
	"net/http"
)

type mutant struct {
	name                  string
	restart               func(*buffertest.FS)
	disk                  func(buffer.FS) func(buffertest.Op, []byte, func() error) error
	options               func(*delivery.Options)
	network               func(http.RoundTripper) http.RoundTripper
	parts                 func(delivery.Parts) delivery.Parts
	acks, trustsChecksums bool
}

type bentDisk struct {
	buffer.FS
	on func(buffertest.Op, []byte, func() error) error
}
