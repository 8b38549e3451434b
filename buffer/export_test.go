package buffer

// The sizes of the parts of a segment file, for tests that damage one.
const (
	HeaderSize      = headerSize
	FooterSize      = footerSize
	FrameHeaderSize = frameHeaderSize
	CompactLedger   = compactLedger
)

// NextID returns the id of a segment that follows last.
var NextID = SegmentID.next

// PutSum ends b with the checksum of the rest.
var PutSum = putSum
