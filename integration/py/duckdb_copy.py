"""Convert a file of the benchmark's rows to Parquet with DuckDB, one thread.

usage: duckdb_copy.py ROWS.ndjson OUT.parquet COLUMNS
Prints the CPU seconds of this process during the COPY, and its wall time.
"""

import json
import os
import resource
import sys
import time

import duckdb


def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def main():
    rows, out, columns = sys.argv[1:]
    db = duckdb.connect()
    db.execute("SET threads=1")
    db.execute("SET preserve_insertion_order=false")
    wall, before = time.monotonic(), cpu()
    db.execute(
        f"COPY (SELECT * FROM read_json('{rows}', format='newline_delimited', columns={columns})) "
        f"TO '{out}' (FORMAT parquet, COMPRESSION snappy)"
    )
    print(
        json.dumps(
            {
                "version": duckdb.__version__,
                "bytes_in": os.path.getsize(rows),
                "bytes_out": os.path.getsize(out),
                "cpu_seconds": cpu() - before,
                "wall_seconds": time.monotonic() - wall,
            }
        )
    )


main()
