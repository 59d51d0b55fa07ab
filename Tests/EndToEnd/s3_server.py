"""An S3 for the Swift tests: prints its endpoint, makes its one bucket anew for each line that it is given (and says
'ready'), and ends with its standard input. It is moto's, or another one that listens where CAIRN_S3_ENDPOINT says."""

import json
import os
import sys
import urllib.request

import boto3
from botocore.config import Config

BUCKET = "spec-bucket"
endpoint = os.environ.get("CAIRN_S3_ENDPOINT")
server = None
if not endpoint:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
client = boto3.client(
    "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret",
    config=Config(s3={"addressing_style": "path"}))


def empty():
    if server:
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=30).read()
    elif BUCKET in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for entry in page.get("Contents", []):
                client.delete_object(Bucket=BUCKET, Key=entry["Key"])
        client.delete_bucket(Bucket=BUCKET)
    client.create_bucket(Bucket=BUCKET)


print(json.dumps({"endpoint": endpoint}), flush=True)
for _ in sys.stdin:
    empty()
    print("ready", flush=True)
if server:
    server.stop()
