// Package orc writes ORC files from typed columns, by the ORC specification,
// version 1 (Apache ORC, ORCv1), and reads them for people and tests.
//
// # A file
//
// Read it from its end. The last byte is the length of the postscript before
// it; all messages are Protocol Buffers, field numbers as in orc_proto.proto.
//
//	"ORC"
//	stripe 1     index    ROW_INDEX of each column, BLOOM_FILTER_UTF8 of some
//	             data     the streams of column 0, of column 1, ...
//	             footer   kind, column and length of each stream in this order;
//	                      encoding of each column; the zone of timestamps
//	stripe 2     ...
//	metadata     statistics of the columns of each stripe
//	footer       where stripes are, types, number of rows, statistics
//	postscript   lengths of footer and metadata, compression; never compressed
//	length       one byte
//
// Columns are the schema's types in pre-order: 0 is the rows as a struct, then
// each column with its parts behind it. map<string,array<int>> is four columns:
// the map, its keys, the arrays, the integers in them.
//
// # Compression
//
// Unless it is none, every stream and message is cut in chunks of up to 256 KiB
// that are compressed one by one. Before each stand three bytes, little-endian:
// twice its length as stored, plus one when it is stored as it was. zlib is raw
// deflate, snappy and lz4 are blocks without frame.
//
// # Streams of a column
//
//	PRESENT          a bit for each slot: is there a value? Only with nulls.
//	                 A part of a struct has a slot for each struct that is there.
//	DATA             boolean         bits, in byte run-length encoding
//	                 tinyint         bytes, in byte run-length encoding
//	                 smallint to bigint, date (days since 1970)   signed integers
//	                 float, double   IEEE 754, little-endian
//	                 decimal         unscaled, as zigzag varint of up to 128 bits
//	                 timestamp       seconds since 2015-01-01 UTC, signed
//	                 text, binary    the bytes end to end; or, with a dictionary,
//	                                 indexes into it, unsigned
//	LENGTH           of text, binary, lists and maps, unsigned; with a
//	                 dictionary of its entries
//	DICTIONARY_DATA  the entries end to end, here in the order of their coming
//	SECONDARY        decimal: the scale of each, signed; timestamp: nanoseconds
//	                 times eight, plus zeros taken from their end less one
//
// Times before 1970 with a millisecond or more of fraction have their second
// rounded up, as Apache's Java writer does it; all readers take a second off.
// So the last second before 1970 can't be told from the first after, but for
// its first millisecond: see [Storable]. char(n) is filled up with blanks.
//
// # Integers
//
// Signed ones are zigzag, (v<<1)^(v>>63). Runs begin with two bits for their
// kind; w stands for five bits of a width, n for nine of a count less one:
//
//	00 sss ccc       short repeat: 3+c times a value of 1+s bytes
//	01 w n           direct: values of w bits
//	10 w n bbb p ggg l   patched base: a base of 1+b bytes (its highest bit is the
//	                 sign), values of w bits to add to it, then l patches: g+1
//	                 bits of distance to the one before, p bits to put above w
//	11 w n           delta: first value, first delta (signed), then the amounts
//	                 of further deltas of w bits, with the sign of the first;
//	                 w = 0: all deltas are the first
//
// Bits go from the highest down, bytes are big-endian, first values are varints.
// Which kind is smallest is tried for each run of up to 512. Widths that are no
// whole bytes are used though the specification would rather not: files are
// smaller, and all readers take them. Format 0.11 has runs of version 1 instead.
// Bytes in run-length encoding: 0 to 127 is a run of 3 more of the next byte,
// negative that many literals.
//
// # Indexes and statistics
//
// A row group is 10,000 rows. ROW_INDEX has an entry for each, with its
// statistics and where it begins in each of the column's streams: the offset of
// the chunk, the offset in the chunk (only this one without compression), for
// integers and bytes the values of the run to skip (here 0: runs end with their
// row group), for booleans the bits to skip after that. PRESENT comes first and
// has no positions where it has no stream.
//
// Statistics of floats are left out where there is a NaN, since engines sort it
// differently. Bounds of text longer than 1,024 bytes are cut. A bloom filter is
// k and a set of bits: the hash's halves a and b set bits |a+i*b|, i from 1 to k.
//
// # How it is written
//
// Rows come as leaves of package column, with levels as Dremel defines them.
// Each column turns its part into streams, which wait compressed in blocks until
// their stripe ends: when it has its size, or when 48 MiB are held. The same
// rows give the same bytes, however they came, unless memory ended a stripe.
package orc
