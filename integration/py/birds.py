"""Write the FAA bird strikes as the rows that csv_to_json and the schema of
the test should make of them: Python's csv module is the second opinion.

usage: birds.py birdstrikes.csv OUT.ndjson
"""

import csv
import json
import re
import sys

NUMBERS = {"cost_other", "cost_repair", "cost_total", "speed_ias_in_knots"}


def name(header):
    return re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")


def main():
    n = 0
    with open(sys.argv[1], newline="", encoding="utf-8") as f, open(sys.argv[2], "w", encoding="utf-8") as out:
        for row in csv.DictReader(f):
            converted = {}
            for header, cell in row.items():
                key = name(header)
                converted[key] = None if cell == "" else int(cell) if key in NUMBERS else cell
            out.write(json.dumps(converted) + "\n")
            n += 1
    print(json.dumps({"rows": n}))


main()
