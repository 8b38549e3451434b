"""Compare nested Parquet files with the rows that they should hold, row by row
and in order.

usage: nested.py FILE.parquet EXPECTED.ndjson [FILE.parquet EXPECTED.ndjson ...]

EXPECTED holds a row a line: a list of the columns' values, each in one
canonical form (see canonical). Prints how many rows each reader compared, and
what differs.
"""

import datetime
import decimal
import json
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)
MICRO = datetime.timedelta(microseconds=1)


def canonical(value, kind):
    """Write a value that a reader returned, of the Arrow type kind."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if pa.types.is_float32(kind):
        return "f" + struct.pack(">f", value).hex()
    if pa.types.is_float64(kind):
        return "d" + struct.pack(">d", value).hex()
    if pa.types.is_decimal(kind):
        return str(int(value.scaleb(kind.scale)))
    if isinstance(value, datetime.datetime):
        return str((value.replace(tzinfo=None) - EPOCH) // MICRO)
    if isinstance(value, datetime.date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, bytes):
        return value.hex()
    if pa.types.is_map(kind):
        pairs = value.items() if isinstance(value, dict) else value
        return [[canonical(k, kind.key_type), canonical(v, kind.item_type)] for k, v in pairs]
    if pa.types.is_struct(kind):
        return [canonical(value[f.name], f.type) for f in kind]
    if pa.types.is_list(kind):
        return [canonical(v, kind.value_type) for v in value]
    return str(value)


def same(got, want):
    if isinstance(want, list) and len(want) == 2 and want[0] == "json":
        # JSON kept as text: the test of xitongsys compares it, here it has to be JSON.
        json.loads(got)
        return True
    if isinstance(want, list) and isinstance(got, list):
        return len(got) == len(want) and all(map(same, got, want))
    return got == want


def by_pyarrow(file, _):
    table = pq.ParquetFile(file, coerce_int96_timestamp_unit="us", page_checksum_verification=True).read()
    columns = [[canonical(v, f.type) for v in table.column(f.name).to_pylist()] for f in table.schema]
    return [list(row) for row in zip(*columns)]


def by_duckdb(file, schema):
    db = duckdb.connect()
    rows = db.execute("SELECT * FROM read_parquet(?)", [file]).fetchall()
    return [[canonical(v, f.type) for v, f in zip(row, schema)] for row in rows]


def bloom_problems(file, rows):
    """Ask DuckDB what the bloom filter of the ids, the first column, excludes. (It
    does not find those of columns behind nested ones.)"""
    db, name, at = duckdb.connect(), "id", 0
    probe = "SELECT bool_and(bloom_filter_excludes) FROM parquet_bloom_probe(?, ?, ?)"
    excluded = sum(db.execute(probe, [file, name, f"not there {n}"]).fetchone()[0] for n in range(100))
    problems = []
    if excluded < 90:
        problems.append(f"the bloom filter of {name} in {file} excludes {excluded} of 100 values that are not there")
    for row in rows:
        if db.execute(probe, [file, name, row[at]]).fetchone()[0]:
            problems.append(f"the bloom filter of {name} in {file} excludes {row[at]}, which is there")
    return problems


def main():
    decimal.getcontext().prec = 60
    counts, problems, wanted = {"pyarrow": 0, "duckdb": 0}, [], {}
    for file, expected in zip(sys.argv[1::2], sys.argv[2::2]):
        if expected not in wanted:
            with open(expected, encoding="utf-8") as lines:
                wanted[expected] = [json.loads(line) for line in lines]
        schema = pq.ParquetFile(file, coerce_int96_timestamp_unit="us").schema_arrow
        if "quakes-snappy-bloom" in file:
            problems += bloom_problems(file, wanted[expected])
        for reader, read in (("pyarrow", by_pyarrow), ("duckdb", by_duckdb)):
            try:
                got = read(file, schema)
            except Exception as e:
                problems.append(f"{reader} {file}: {e!r}"[:2000])
                continue
            if len(got) != len(wanted[expected]):
                problems.append(f"{reader} {file}: {len(got)} rows, want {len(wanted[expected])}")
            for n, (g, w) in enumerate(zip(got, wanted[expected])):
                if not same(g, w):
                    bad = [(f.name, a, b) for f, a, b in zip(schema, g, w) if not same(a, b)]
                    problems.append(f"{reader} {file}: row {n}: {bad[:1]}"[:2000])
                    break
                counts[reader] += 1
    print(json.dumps({"rows": counts, "problems": problems[:20]}))


main()
