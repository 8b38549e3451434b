"""Send each line twice with one idempotency key, as a producer that lost the answer.

usage: put_keyed.py ENDPOINT STREAM FILE
"""

import json
import sys

import boto3


def main():
    endpoint, stream, file = sys.argv[1:]
    client = boto3.client(
        "firehose", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id="any", aws_secret_access_key="any",
    )
    key = {"now": ""}

    def add_key(params, **kwargs):
        params["headers"]["X-Hydrant-Idempotency-Key"] = key["now"]

    client.meta.events.register("before-call.firehose.PutRecord", add_key)
    client.meta.events.register("before-call.firehose.PutRecordBatch", add_key)
    with open(file, "rb") as f:
        lines = f.read().splitlines(keepends=True)
    ids, replayed = [], 0
    for at, line in enumerate(lines):
        key["now"] = "boto3-%d" % at
        for again in range(2):
            answer = client.put_record(DeliveryStreamName=stream, Record={"Data": line})
            ids.append(answer["RecordId"])
            headers = answer["ResponseMetadata"]["HTTPHeaders"]
            replayed += headers.get("idempotency-replayed") == "true"
    print(json.dumps({"ids": ids, "replayed": replayed}))


main()
