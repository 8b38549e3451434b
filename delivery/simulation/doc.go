// Package simulation runs the product's own code, from the append of a record
// to the object in the store, in a world that can be broken at will: a disk, a
// clock and an object store in memory. It is made of tests alone.
//
// A program is a list of operations made from a seed: appends by several
// producers, time, faults of the disk and of the store, power cuts and kills
// between any two operations of disk and store, restarts, shut-downs, changes of
// configuration, bytes that rot. When it has ended, all faults end too, and
// everything must be in its place within a bounded time:
//
//   - every acknowledged record is in exactly one object or archive entry;
//   - no record is anywhere twice, acknowledged or not;
//   - the records of one append are there all or none;
//   - each stream's ledger says what is there, also after one more start; during
//     the run it balances, and never says more than what is there;
//   - an object that was written does not change;
//   - within a stream and a partition one producer's records are in order;
//   - nothing is left on the disk, and nothing in its budget.
//
// What is real: buffer, its ledger, delivery (the Hub), formats, errorsink,
// destinations/s3 with the AWS SDK. What is not: the disk (buffertest.FS: what
// was not synced is lost, torn or out of order after a power cut, and a failed
// sync drops what it should have written), the clock (testing/synctest), the
// S3 server (an http.RoundTripper), and the sources.
//
// A seed gives the same program always. It runs on one processor with the
// random numbers of crypto/rand fixed, and which operation fails is decided by
// the seed, the operation's name and how often it came: so a run repeats too,
// as far as it does not depend on the order in which Go wakes goroutines or
// walks maps. TestASeedRepeatsItsRun measures that.
//
// That the simulation can fail is shown by its mutants: faults put into the
// running code from outside, by what stands between it and the world, each of
// which must be caught. docs/reliability.md lists them.
package simulation
