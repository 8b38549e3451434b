package e2e

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"hydrant/integration/harness"
)

// kills is how often the daemon is killed in one run: HYDRANT_KILLS, or 20.
func kills(t *testing.T) int {
	text := os.Getenv("HYDRANT_KILLS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("HYDRANT_KILLS=%q is not a number of kills", text)
	}
	return n
}

func TestKillNineUnderLoadLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	need(t, harness.S3Server, harness.Python)
	s3 := startS3(t, "lake", "lake-errors")
	onS3, failed, onDisk := s3Sink(s3, "lake"), s3Sink(s3, "lake-errors"), fileSink(t.TempDir())
	d := startDaemon(t, "",
		stream("kill_parquet", loadSchema+parquetOf("snappy"), onS3, failed)+
			stream("kill_json", loadSchema+"  format \"json\" { compression = \"gzip\" }\n", onDisk, onDisk))

	load := startLoad(t.Context(), d, []string{"kill_parquet", "kill_json"}, 2, 4*time.Millisecond, 25)
	for n := range kills(t) {
		time.Sleep(200*time.Millisecond + rand.N(1800*time.Millisecond))
		d.Kill()
		if n%5 == 3 { // the store dies too, perhaps in the middle of an upload
			s3.Kill()
		}
		start(t, d)
		checkBalanced(t, d, n)
		if n%5 == 3 {
			time.Sleep(rand.N(time.Second))
			if err := s3.Restart(); err != nil {
				t.Fatal(err)
			}
		}
	}
	fates := load.finish()

	for _, name := range []string{"kill_parquet", "kill_json"} {
		ledger := emptied(t, d, name)
		var delivered, spoilt []string
		if name == "kill_parquet" {
			delivered = parquetIDs(t, objects(t, s3, onS3, name+"/"))
			spoilt = archivedIDs(t, archive(t, s3, failed, name))
		} else {
			delivered = jsonIDs(t, objects(t, nil, onDisk, name+"/"))
			spoilt = archivedIDs(t, archive(t, nil, onDisk, name))
		}
		checkFates(t, name, fates[name], delivered, spoilt, ledger.Records)
		if n := count(fates[name], acked); n < 1000 || len(spoilt) == 0 {
			t.Errorf("stream %s: only %d acknowledged and %d archived; this run shows nothing", name, n, len(spoilt))
		}
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
}

// emptied waits until nothing of a stream is pending.
func emptied(t *testing.T, d *harness.Daemon, stream string) harness.StreamStatus {
	t.Helper()
	s, err := d.WaitStatus(t.Context(), stream, 2*time.Minute, func(s harness.StreamStatus) bool { return s.Records.Pending == 0 })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkBalanced(t *testing.T, d *harness.Daemon, kill int) {
	t.Helper()
	status, err := d.Status(t.Context())
	if err != nil {
		t.Fatalf("after kill %d: %v", kill, err)
	}
	for name, s := range status {
		if !s.Records.Balanced() || !s.Bytes.Balanced() {
			t.Errorf("after kill %d: stream %s: in + split != delivered + archived + dropped + pending: records %+v, bytes %+v", kill, name, s.Records, s.Bytes)
		}
	}
}

// outage is how long the store is away.
const outage = time.Minute

func TestAMinuteWithoutS3DelaysOneStreamAndLosesNothing(t *testing.T) {
	t.Parallel()
	need(t, harness.S3Server, harness.Python)
	s3 := startS3(t, "lake", "lake-errors")
	onS3, failed, onDisk := s3Sink(s3, "lake"), s3Sink(s3, "lake-errors"), fileSink(t.TempDir())
	d := startDaemon(t, "", stream("to_s3", loadSchema+parquetOf("snappy"), onS3, failed)+
		stream("to_file", loadSchema+"  format \"json\" {}\n", onDisk, onDisk))
	load := startLoad(t.Context(), d, []string{"to_s3", "to_file"}, 1, 50*time.Millisecond, 20)
	if _, err := d.WaitStatus(t.Context(), "to_s3", time.Minute, func(s harness.StreamStatus) bool { return s.Records.Delivered > 0 }); err != nil {
		t.Fatal(err)
	}

	s3.Kill()
	down := time.Now()
	before := statusOf(t, d)
	down3 := down.Add(outage * 3 / 4)
	waitUntil(t, d, "to_s3", down3, func(s harness.StreamStatus) bool { return lastError(s) != "" }, "error of a destination")
	waitUntil(t, d, "to_file", down3, func(s harness.StreamStatus) bool {
		return s.Records.Delivered > before["to_file"].Records.Delivered+200
	}, "deliveries of the other stream")
	time.Sleep(time.Until(down3))
	during := statusOf(t, d)
	// The last quarter of the outage the server takes connections and answers
	// nothing.
	if err := s3.Restart(); err != nil {
		t.Fatal(err)
	}
	s3.Pause()
	time.Sleep(time.Until(down.Add(outage)))
	s3.Resume()

	if in, was := during["to_s3"].Records.In, before["to_s3"].Records.In; in < was+500 {
		t.Errorf("with S3 away the stream took %d records, want it to go on accepting", in-was)
	}
	if during["to_s3"].Records.Pending == 0 {
		t.Error("with S3 away nothing is pending")
	}
	if age := during["to_s3"].OldestPendingSeconds; age < 30 {
		t.Errorf("with S3 away for 45 s the oldest pending record is %.0f s old", age)
	}
	fates := load.finish()
	ledger := emptied(t, d, "to_s3")
	checkFates(t, "to_s3", fates["to_s3"], parquetIDs(t, objects(t, s3, onS3, "to_s3/")), archivedIDs(t, archive(t, s3, failed, "to_s3")), ledger.Records)
	if n := count(fates["to_s3"], unknown) + count(fates["to_s3"], refused); n != 0 {
		t.Errorf("%d records were not acknowledged while S3 was away, want none", n)
	}
	ledger = emptied(t, d, "to_file")
	checkFates(t, "to_file", fates["to_file"], jsonIDs(t, objects(t, nil, onDisk, "to_file/")), archivedIDs(t, archive(t, nil, onDisk, "to_file")), ledger.Records)
}

func statusOf(t *testing.T, d *harness.Daemon) map[string]harness.StreamStatus {
	t.Helper()
	status, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// lastError returns what the status says went wrong at the store, be it with
// the objects or with the error archive.
func lastError(s harness.StreamStatus) string {
	for _, d := range s.Destinations {
		if d.LastError != "" {
			return d.LastError
		}
	}
	return ""
}

func waitUntil(t *testing.T, d *harness.Daemon, stream string, deadline time.Time, done func(harness.StreamStatus) bool, what string) {
	t.Helper()
	if _, err := d.WaitStatus(t.Context(), stream, time.Until(deadline), done); err != nil {
		t.Errorf("no %s within the outage: %v", what, err)
	}
}
