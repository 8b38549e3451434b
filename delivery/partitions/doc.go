// Package partitions holds the rows of partitioned streams between the log and
// the destination: a partition is just another buffer, whose records gather
// over many segments of the log until it is large or old enough.
//
// # A row's way
//
// A [Writer] takes the rows of one sealed segment (the parent), gathers each
// partition's in memory, and writes them to a run: one file, one fsync, however
// many partitions there are. When the ledger says durably that the parent's
// records were forwarded, [Store.Own] adds the run's portions to the partitions.
// [Store.Next] takes what is due together as one [Cut]; when its objects are
// durable at the destination and the ledger has settled it, [Store.Consume]
// notes durably that its portions are done. A run goes when nothing of it is
// left.
//
// No file, goroutine or fsync belongs to a single partition. In memory a
// partition is its key, what it holds, the age of its oldest record, and eight
// bytes for each run that has rows of it. When that runs short the largest
// partitions are cut early.
//
// # A run
//
//	head     24 bytes: "HydrRun\n", version, length of the index, CRC-32C
//	rows     portion after portion, in extents of up to 256 KiB
//	index    portions, extents, keys, rules, foot
//	index    the same again, in case the first is damaged
//
//	portion  44 bytes: offset, arrival of the oldest row (unix ns), bytes of
//	         records, rows, first extent, extents, length of the key, CRC-32C
//	extent   8 bytes: length, CRC-32C
//	keys     of all portions: the values of the partition keys, each with a
//	         zero byte behind it
//	rules    JSON, see [Rules]
//	foot     88 bytes: "HydrRuX\n", version, number of the run, id of the parent,
//	         base of arrivals, the counts and sizes of the above, what the run
//	         holds, CRC-32C of the index, CRC-32C of the foot
//
//	row      flags, arrival minus base, offset and index of the record in its
//	         segment, source, and the data or cells; data that is a part of the
//	         source is kept once
//
// Numbers are little-endian; those of rows are varints.
//
// # What a crash leaves
//
//	a run whose parent the log still has, no plan    deleted, and made anew
//	a run whose parent the log still has, a plan     owned when the plan is done
//	a run whose parent is done                       owned
//	a cut without a plan                             nothing: its rows are cut again
//	a plan of a cut that the ledger does not have    shipped again: same bytes, same names
//	a plan of a cut that the ledger has              its portions are noted as consumed
//	a run of which nothing is left                   deleted
//
// Rows that the ledger has and no run does, because a file was damaged, become
// [Cut.Lost]; damaged extents are counted by what is missing when a part was
// read. Both are archived.
package partitions
