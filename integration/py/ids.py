"""Print the values of one column of Parquet files, one a line, as JSON list.

usage: ids.py COLUMN FILE.parquet...
"""

import json
import sys

import pyarrow.parquet as pq

values = []
for file in sys.argv[2:]:
    values += pq.ParquetFile(file).read(columns=[sys.argv[1]]).column(0).to_pylist()
print(json.dumps(values))
