"""Print the rows of ORC files as pyarrow reads them, as orc-tools print them.

usage: orc_rows.py DIR    writes FILE.pyarrow beside each FILE.orc
"""

import datetime
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.orc

EPOCH = datetime.datetime(1970, 1, 1)


def timestamp(scalar):
    seconds, nanos = divmod(scalar.value, 10**9)
    text = (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.") + "%09d" % nanos
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text


def decimal(scalar):
    text = format(scalar.as_py(), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def value(s):
    if not s.is_valid:
        return None
    t = s.type
    if pa.types.is_timestamp(t):
        return timestamp(s)
    if pa.types.is_decimal(t):
        return decimal(s)
    if pa.types.is_date(t):
        return s.as_py().strftime("%Y-%m-%d").rjust(10, "0")
    if pa.types.is_binary(t):
        return list(s.as_py())
    if pa.types.is_map(t):
        return [{"_key": value(e[0]), "_value": value(e[1])} for e in s.values] if len(s.values) else []
    if pa.types.is_list(t):
        return [value(e) for e in s.values]
    if pa.types.is_struct(t):
        return {name: value(e) for name, e in s.items()}
    return s.as_py()


def main():
    files = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.orc")):
        table = pyarrow.orc.ORCFile(str(path)).read()
        with open(path.with_suffix(".pyarrow"), "w", encoding="utf-8") as out:
            for i in range(table.num_rows):
                out.write(json.dumps({name: value(table.column(name)[i]) for name in table.column_names}) + "\n")
        files += 1
    print(json.dumps({"files": files}))


main()
