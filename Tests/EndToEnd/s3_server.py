"""moto's S3 for the Swift tests: prints its endpoint, makes its one bucket anew for each line that it is given (and says
'ready'), and ends with its standard input."""

import json
import sys
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
client = boto3.client(
    "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
print(json.dumps({"endpoint": endpoint}), flush=True)
for _ in sys.stdin:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=30).read()
    client.create_bucket(Bucket="spec-bucket")
    print("ready", flush=True)
server.stop()
