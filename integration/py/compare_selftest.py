"""Show that compare.py can fail: write a small file with every kind of column,
compare it with its own rows, and print how each of several damaged copies of
the rows differs."""

import datetime
import decimal
import json
import pathlib
import subprocess
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

ROW = {
    "i": 7, "f": 0.1, "d": 0.1, "m": "12.50", "s": "ä\0", "day": "1969-12-31", "ts": "2026-01-02T03:04:05.000006", "b": True, "n": None,
}
DAMAGE = {"i": 8, "f": 0.2, "d": 0.10000000000000002, "m": "12.51", "s": "a", "day": "1970-01-01",
          "ts": "2026-01-02T03:04:05.000007", "b": False, "n": "x"}


def run(folder, rows):
    (folder / "want.ndjson").write_text("".join(json.dumps(r) + "\n" for r in rows))
    script = pathlib.Path(__file__).with_name("compare.py")
    out = subprocess.run([sys.executable, script, folder / "want.ndjson", folder / "f.parquet"], check=True, capture_output=True)
    result = json.loads(out.stdout)
    return [result[reader][side] for reader in ("pyarrow", "duckdb") for side in ("missing", "extra")]


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        table = pa.table(
            {
                "i": pa.array([7], pa.int32()),
                "f": pa.array([0.1], pa.float32()),
                "d": pa.array([0.1], pa.float64()),
                "m": pa.array([decimal.Decimal("12.50")], pa.decimal128(9, 2)),
                "s": pa.array(["ä\0"]),
                "day": pa.array([datetime.date(1969, 12, 31)]),
                "ts": pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 6)], pa.timestamp("us")),
                "b": pa.array([True]),
                "n": pa.array([None], pa.string()),
            }
        )
        pq.write_table(table, folder / "f.parquet")
        same = run(folder, [ROW])
        damaged = {k: run(folder, [{**ROW, k: v}]) for k, v in DAMAGE.items()}
        print(json.dumps({"same": same, "damaged": damaged, "repeated": run(folder, [ROW, ROW])}))


main()
