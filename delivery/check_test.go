package delivery

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/buffer/buffertest"
)

const logDir = "/data/streams/s/log/"

// damagedDisk is a stopped data directory with four segments of two frames each and
// a staged one, after damage to it.
func damagedDisk(t *testing.T) *buffertest.FS {
	t.Helper()
	w := newWorld()
	w.lake.set(down)
	w.mustOpen(t, testStream("s"))
	for i := range 4 {
		w.mustAppend(t, "s", fmt.Sprintf(`{"n":%d}`, i), "bad")
		w.mustAppend(t, "s", fmt.Sprintf(`{"m":%d}`, i))
		time.Sleep(2 * time.Minute)
	}
	w.close(t)
	return w.disk.Kill()
}

func segmentFile(seq int) string { return fmt.Sprintf("%s%020d.seg", logDir, seq) }

// rewrite changes a file.
func rewrite(t *testing.T, disk *buffertest.FS, name string, change func([]byte) []byte) {
	t.Helper()
	b, err := disk.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	disk.WriteFile(name, change(b))
}

func flipAt(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 0x10
		return b
	}
}

// stagedName finds a staged file by the end of its name.
func stagedName(t *testing.T, disk *buffertest.FS, end string) string {
	t.Helper()
	for _, name := range disk.Names() {
		if strings.Contains(name, "/staging/") && strings.HasSuffix(name, end) {
			return name
		}
	}
	t.Fatalf("nothing is staged that ends in %s: %q", end, disk.Names())
	return ""
}

func TestCheckFindsEveryKindOfDamage(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, disk *buffertest.FS)
		where  string // part of the path; "": no damage
		what   string
		lost   int64
	}{
		{name: "none", damage: func(*testing.T, *buffertest.FS) {}},
		{"header", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, segmentFile(2), flipAt(20)) }, "02.seg", "header is damaged", 0},
		{"footer", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, segmentFile(2), flipAt(-20)) }, "02.seg", "footer is damaged", 0},
		{"header and footer", func(t *testing.T, d *buffertest.FS) {
			rewrite(t, d, segmentFile(2), flipAt(20))
			rewrite(t, d, segmentFile(2), flipAt(-20))
		}, "02.seg", "identity is lost", 0},
		{"frame header", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, segmentFile(2), flipAt(64+9)) }, "02.seg", "does not match", 2},
		{"record", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, segmentFile(3), flipAt(64+44+5)) }, "03.seg", "does not match", 2},
		{"last record", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, segmentFile(4), flipAt(-97)) }, "04.seg", "does not match", 1},
		{"lost file", func(t *testing.T, d *buffertest.FS) {
			if err := d.Remove(segmentFile(3)); err != nil {
				t.Fatal(err)
			}
		}, "log", "no segment 3", 0},
		{"ledger line", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, logDir+"ledger", flipAt(12)) }, "ledger", "checksum", 0},
		{"lost ledger", func(t *testing.T, d *buffertest.FS) {
			if err := d.Remove(logDir + "ledger"); err != nil {
				t.Fatal(err)
			}
		}, "ledger", "missing", 0},
		{"staged object differs", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, stagedName(t, d, "objects"), flipAt(1)) }, "staging", "differ", 0},
		{"staged object lost", func(t *testing.T, d *buffertest.FS) {
			if err := d.Remove(stagedName(t, d, ".ndjson")); err != nil {
				t.Fatal(err)
			}
		}, "staging", "not exist", 0},
		{"plan", func(t *testing.T, d *buffertest.FS) { rewrite(t, d, stagedName(t, d, planFile), flipAt(0)) }, "staging", "damaged", 0},
		{"note of a removed stream", func(t *testing.T, d *buffertest.FS) {
			d.WriteFile("/data/streams/s/"+leavingFile, []byte("{"))
		}, leavingFile, "stored stream", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := damagedDisk(t)
				c.damage(t, disk)
				before := disk.Names()
				found, err := Check(disk, "/data/streams/s")
				if err != nil {
					t.Fatal(err)
				}
				var damages []Finding
				for _, f := range found {
					if f.Damage {
						damages = append(damages, f)
					}
				}
				if c.where == "" {
					if len(damages) > 0 {
						t.Errorf("got %+v, want none", damages)
					}
					return
				}
				if len(damages) != 1 || !strings.Contains(damages[0].Where, c.where) || !strings.Contains(damages[0].What, c.what) ||
					damages[0].Records != c.lost || damages[0].Then == "" {
					t.Errorf("got %+v, want one in %s: %s, %d records", damages, c.where, c.what, c.lost)
				}
				if after := disk.Names(); strings.Join(after, " ") != strings.Join(before, " ") {
					t.Errorf("check changed the files: %q", after)
				}
			})
		})
	}
}

func TestCheckTellsATornEndAsARemark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.mustOpen(t, testStream("s"))
		w.mustAppend(t, "s", `{"n":1}`)
		disk := w.disk.Kill()
		w.close(t)
		rewrite(t, disk, segmentFile(1), func(b []byte) []byte { return append(b, b[64:80]...) })
		found, err := Check(disk, "/data/streams/s")
		if err != nil || len(found) != 1 || found[0].Damage || !strings.Contains(found[0].What, "16 bytes") || path.Base(found[0].Where) != path.Base(segmentFile(1)) {
			t.Errorf("got %+v, %v, want a remark about 16 bytes", found, err)
		}
	})
}
