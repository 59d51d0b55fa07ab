"""moto's KMS for the Swift tests: prints its endpoint and two keys as one line of JSON, and ends with its standard input."""

import json
import sys

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
client = boto3.client(
    "kms", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
arns = [client.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
print(json.dumps({"endpoint": endpoint, "keys": arns}), flush=True)
sys.stdin.read()
server.stop()
