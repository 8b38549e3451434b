// Package buffer is the durable log of one delivery stream, and at the same
// time its batch buffer.
//
// # The idea
//
// A log is a directory of append-only segment files. One segment is open and
// takes appends. It is sealed when it holds [Options.Size] bytes of records, or
// when its first record is [Options.Interval] old. A sealed segment is one
// batch: it is handed to the consumers, which deliver it, and when the last of
// them is done the file is deleted. So the write-ahead log and the buffer are
// one thing, a crash copies nothing, and no batch has to fit into memory. The
// segment's identity, a UUID made with it, gives whatever is delivered its
// name; a delivery that is repeated after a crash repeats the name.
//
//	Append ─▶ 00000000000000000007.seg   open
//	          00000000000000000006.seg   sealed ─▶ Next ─▶ Reader ─▶ Done
//	          00000000000000000005.seg   sealed, handed out           │
//	          ledger  ◀──── where the records of each batch went ─────┘
//	          quarantine/                bytes that were damaged, and reports
//
// # When a record is safe
//
// At the moment Append returns nil. Before that, in this order, the frame's
// bytes are written, the file is synced (fdatasync), and, for the first frame
// of a file, the directory is synced. With [Options.Async] Append returns after
// the write: the end of the process then loses nothing, a power cut up to a
// second.
//
// Syncs are shared. Whoever appends while nobody commits becomes the leader: it
// writes all frames that wait, syncs once, and wakes their owners; the first
// that came meanwhile leads next. Checksums are computed by the appenders side
// by side, before they queue. No goroutine runs for a log that is idle.
//
// After a failed write or sync nobody knows what the file holds. All appends
// of that group get the error, nothing more is written to the file, it is cut
// after what was acknowledged and sealed, and the next append makes a new one.
// A frame whose Append failed may still come back after a restart, once, if
// the bytes reached the disk and only the answer failed.
//
// # A segment file
//
// Numbers are little endian. Checksums are CRC-32C. The name of the file is
// the segment's number in twenty digits.
//
//	header, 64 bytes               frame                           footer, 96 bytes, once sealed
//	 0  magic "HydrSeg\n"           0  magic f7 'H' 'y'             0  magic "HydrEnd\n"
//	 8  format version, 4           3  9d, or 9e: it has a key      8  format version, 4
//	12  zero, 4                     4  payload length, 4           12  zero, 4
//	16  UUID version 7, 16          8  records, 4                  16  UUID version 7, 16
//	32  number, 8                  12  checksum of the payload     32  number, 8
//	40  first arrival, unix ns, 8  16  arrival, unix ns, 8         40  first arrival, unix ns, 8
//	48  zero, 12                   24  records before, 4           48  last arrival, unix ns, 8
//	60  checksum of 0..59          28  frames before, 4            56  records, 8
//	                               32  frames with a key before    64  bytes of records, 8
//	                               36  checksum of the UUID        72  frames, 8
//	                               40  checksum of 0..39, offset   80  offset of the footer, 8
//	                               44  payload: with a key, its    88  frames with a key, 4
//	                                   hash, 16, and that of the   92  checksum of 0..91
//	                                   records, 16; then for
//	                                   each record its length,
//	                                   4, its bytes
//
// Version and checksum of the header keep their places in every later format,
// so that an older release can tell a newer file from a damaged one, and then
// refuses to open the log.
//
// A frame holds the records of one Append. Its header is bound to the segment
// and to its own offset, so that a piece of a segment file inside a record, or
// a stale block of the disk, is not taken for a frame. It says how much lies
// before it, so that the next good frame tells what was lost in a damaged one.
//
// # Keys
//
// A producer that has lost an answer sends its records again. If both times it
// gives the request the same key (see [Frame.SetKey]), the frame is stored once
// and both get the same position. The key is a part of the frame that it
// protects, so key and records become durable by the same sync, and what
// proves a frame accepted is the frame itself. Open reads the keys of segments
// that are young enough, without the records; before a segment is deleted, its
// keys are synced to a [Journal] in the directory keys. How long and how many
// keys are remembered is bounded by [KeyLimits]. A key that comes with other
// records is refused, by the hash of the records that lies beside it.
//
// # Recovery
//
// Open reads the header and the footer of each segment, not the backlog. Only
// files without a footer are scanned: the one that was open when the process
// ended, and those given up after a failed write. They are cut and sealed, so
// appends always begin a new file. What the scan meets decides:
//
//   - Bytes at the end that are no complete frame are a torn tail. They were
//     never acknowledged, and are cut.
//   - A complete last frame with a wrong checksum was either torn by a power
//     cut or damaged later; nobody can tell. It is cut, and kept in quarantine
//     with a report that says so.
//   - Damage with a good frame behind it was promised. It goes to quarantine
//     with a report, and the rest is delivered. Its records stay in the count
//     of the segment, and reading returns a [*DamageError] for them, so that
//     whoever delivers archives them: a damaged record is counted, not missed.
//   - A damaged header is replaced by the footer, and the reverse. If both are
//     damaged the batch has lost its identity. The file goes to quarantine
//     whole; a segment of a new identity that holds nothing but the count of
//     the records stands in for it and is reported as lost when it is read.
//   - A file without any frame was never acknowledged, and is removed.
//
// Damage in a sealed segment is met when it is read, and treated the same.
// A power cut that writes later blocks and loses earlier ones of a group that
// was never acknowledged looks like damage that was promised: it is reported,
// which is a false alarm and loses nothing.
//
// A read that fails is none of this. It is an error that Open or Next returns,
// and nothing is cut because of it.
//
// # The ledger
//
// For each consumer the log can say at every moment where its records are:
//
//	In + Split = Delivered + Archived + Dropped + Pending
//
// Done takes an [Outcome] that balances and accounts for exactly what the
// segment holds. One line with it is appended to the file ledger and synced;
// then the segment stops being pending; when no consumer is left, the file is
// deleted and the directory synced. A crash in between leaves the line, and
// Open deletes the file. Pending is what the segments hold that have no line
// yet, and In is the sum, so the equation cannot be broken by a crash.
//
// A line is eight digits of checksum, a space, and JSON. At Open, beyond a
// mebibyte, and after a write that failed, the ledger is replaced by a new file
// with a total for each consumer, and a mark for each segment that is counted
// in it and whose file is still there. A torn last line is cut: its Done never
// returned. Damage before that is [ErrCorrupt], and Open changes nothing.
//
// # What is assumed
//
//   - What fdatasync has confirmed stays, also when the power goes. A disk that
//     lies about it loses acknowledged records; so does one that breaks, since
//     there is one copy.
//   - After a failed sync, what an earlier sync confirmed is still there, and
//     what came later is unknown, even if the next sync succeeds.
//   - Renaming a file over another is atomic, and a directory's changes become
//     durable in their order, at the latest by a sync of the directory.
//   - A write may be torn anywhere. No size is assumed to be atomic.
//   - CRC-32C finds damage; it does not defend against somebody who may write
//     to the directory.
//   - One process at a time uses a directory. Its owner holds [FS].Lock.
//   - The wall clock may jump. Arrivals never decrease within a log, and ages
//     are measured by the monotonic clock. Open leaves no segment unsealed, so
//     no age is carried over a restart.
package buffer
