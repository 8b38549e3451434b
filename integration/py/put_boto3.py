"""Send a file's lines to a delivery stream with boto3, unmodified.

usage: put_boto3.py ENDPOINT ACCESS_KEY SECRET_KEY STREAM FILE
An access key of "unsigned" sends without a signature.
"""

import json
import sys

import boto3
import botocore
from botocore.config import Config


def main():
    endpoint, access, secret, stream, file = sys.argv[1:]
    config = Config(signature_version=botocore.UNSIGNED if access == "unsigned" else None, retries={"max_attempts": 1})
    client = boto3.client(
        "firehose",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=config,
    )
    with open(file, "rb") as f:
        lines = f.read().splitlines(keepends=True)
    first = client.put_record(DeliveryStreamName=stream, Record={"Data": lines[0]})
    failed = 0
    for at in range(1, len(lines), 500):
        batch = [{"Data": line} for line in lines[at : at + 500]]
        failed += client.put_record_batch(DeliveryStreamName=stream, Records=batch)["FailedPutCount"]
    described = client.describe_delivery_stream(DeliveryStreamName=stream)["DeliveryStreamDescription"]
    print(
        json.dumps(
            {
                "sent": len(lines),
                "failed": failed,
                "record_id": first["RecordId"],
                "status": described["DeliveryStreamStatus"],
                "name": described["DeliveryStreamName"],
                "streams": client.list_delivery_streams()["DeliveryStreamNames"],
            }
        )
    )


main()
