"""Compare Parquet files with the rows that they should hold, row by row.

usage: compare.py EXPECTED.ndjson FILE.parquet...

EXPECTED holds one JSON object a line. Each file is read by pyarrow and by
DuckDB; rows are compared as multisets after both sides were written in one
canonical form, which the column's type in the file decides. Prints, for each
reader, how many rows there were, how many are missing or too many, examples,
and the columns with their types.
"""

import collections
import datetime
import decimal
import json
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)


def canonical(value):
    """Write a value that a reader returned."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return repr(value)
    return value


def expect(value, kind):
    """Write a value of the expected rows, as a column of this type has it."""
    if value is None:
        return None
    if pa.types.is_float32(kind):
        return repr(struct.unpack("f", struct.pack("f", float(value)))[0])
    if pa.types.is_float64(kind):
        return repr(float(value))
    if pa.types.is_decimal(kind):
        return format(decimal.Decimal(str(value)).quantize(decimal.Decimal(1).scaleb(-kind.scale)), "f")
    if pa.types.is_timestamp(kind):
        return datetime.datetime.fromisoformat(value).isoformat(timespec="microseconds")
    if pa.types.is_date(kind):
        return datetime.date.fromisoformat(value).isoformat()
    if pa.types.is_binary(kind):
        return value.encode().hex()
    return value


def difference(wanted, got):
    missing, extra = wanted - got, got - wanted
    return {
        "rows": sum(got.values()),
        "missing": sum(missing.values()),
        "extra": sum(extra.values()),
        "example_missing": [list(r) for r in list(missing)[:3]],
        "example_extra": [list(r) for r in list(extra)[:3]],
    }


def by_pyarrow(files, names):
    got = collections.Counter()
    for file in files:
        table = pq.ParquetFile(file).read()
        columns = [[canonical(v) for v in table.column(n).to_pylist()] for n in names]
        got.update(zip(*columns))
    return got


def by_duckdb(files, names):
    db = duckdb.connect()
    quoted = ", ".join('"' + n.replace('"', '""') + '"' for n in names)
    rows = db.execute(f"SELECT {quoted} FROM read_parquet(?)", [files]).fetchall()
    return collections.Counter(tuple(canonical(v) for v in row) for row in rows)


def main():
    decimal.getcontext().prec = 60
    expected, files = sys.argv[1], sys.argv[2:]
    schema = pq.ParquetFile(files[0]).schema_arrow
    names = schema.names
    wanted = collections.Counter()
    with open(expected, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line, parse_float=str)
            unknown = set(row) - set(names)
            if unknown:
                sys.exit(f"the files have no column {unknown}; they have {names}")
            wanted[tuple(expect(row.get(f.name), f.type) for f in schema)] += 1
    codecs = set()
    for file in files:
        meta = pq.ParquetFile(file).metadata
        for group in range(meta.num_row_groups):
            codecs.update(meta.row_group(group).column(c).compression for c in range(meta.num_columns))
    print(
        json.dumps(
            {
                "wanted": sum(wanted.values()),
                "columns": {f.name: str(f.type) for f in schema},
                "order": names,
                "codecs": sorted(codecs),
                "pyarrow": difference(wanted, by_pyarrow(files, names)),
                "duckdb": difference(wanted, by_duckdb(files, names)),
            }
        )
    )


main()
