"""Runs the real AWS CLI's validate-logs over an archive: the objects in moto's S3, the trail and keys from a small stub."""

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import boto3
from moto.server import ThreadedMotoServer

from services import JSONService

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
TIMEOUT = 60


def cloudtrail(trails, keys, organization=None):
    """Answers DescribeTrails and ListPublicKeys as CloudTrail does, and DescribeOrganization as Organizations does."""
    answers = {"DescribeTrails": {"trailList": trails}, "ListPublicKeys": keys,
               "DescribeOrganization": {"Organization": {"Id": organization}}}
    return JSONService(lambda target, *_: (200, answers[target.split(".")[-1]]))


@dataclasses.dataclass
class Answer:
    code: int
    output: str
    errors: str

    @property
    def verdict(self):
        """In one line."""
        invalid = [line for line in self.errors.splitlines() if "INVALID" in line]
        if invalid:
            return f"exit {self.code}: " + invalid[0].split("\t")[-1]
        last = [line for line in (self.output + self.errors).splitlines() if line.strip()]
        return f"exit {self.code}: {last[-1][:100] if last else ''}"


def validate(s3_url, arn, keys, start, end, region, bucket, prefix=None, organization=None, more=(), credentials=None):
    """What validate-logs says of an archive in a store, with the trail and its keys from a stub."""
    trail = {"TrailARN": arn, "S3BucketName": bucket, "IsOrganizationTrail": organization is not None}
    if prefix:
        trail["S3KeyPrefix"] = prefix
    stub = cloudtrail([trail], keys, organization)
    try:
        command = [str(pathlib.Path(sys.executable).parent / "aws"), "cloudtrail", "validate-logs", "--trail-arn", arn,
                   "--start-time", start, "--end-time", end, "--region", region, "--endpoint-url", stub.url, "--verbose",
                   *more]
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL_S3": s3_url,
                       "AWS_ENDPOINT_URL_ORGANIZATIONS": stub.url,
                       "AWS_EC2_METADATA_DISABLED": "true", **(credentials or CREDENTIALS)}
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, env=environment)
        except subprocess.TimeoutExpired:
            # A link in a circle: it goes round for ever.
            return Answer(-1, "", f"does not end within {TIMEOUT} s")
        return Answer(done.returncode, done.stdout, done.stderr)
    finally:
        stub.stop()


class Cloud:
    """A store with an archive in it, and what the CLI asks about the trail."""

    def __init__(self):
        self.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.moto.start()
        host, port = self.moto.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.s3 = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test",
                               aws_secret_access_key="test")

    def stop(self):
        self.moto.stop()

    def fill(self, objects):
        """Only these objects, in buckets that are made for them."""
        for bucket in self.s3.list_buckets()["Buckets"]:
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
                for entry in page.get("Contents", []):
                    self.s3.delete_object(Bucket=bucket["Name"], Key=entry["Key"])
            self.s3.delete_bucket(Bucket=bucket["Name"])
        for bucket in {bucket for bucket, _ in objects}:
            self.s3.create_bucket(Bucket=bucket)
        for (bucket, key), (content, metadata) in objects.items():
            self.s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata=metadata)

    def validate(self, arn, keys, start, end, region, bucket, prefix=None, organization=None, more=()):
        return validate(self.url, arn, keys, start, end, region, bucket, prefix, organization, more)


@contextlib.contextmanager
def cloud():
    made = Cloud()
    try:
        yield made
    finally:
        made.stop()


def objects(folder):
    """The objects of a directory of buckets."""
    found = {}
    folder = pathlib.Path(folder)
    for file in folder.rglob("*"):
        if not file.is_file() or file.name.endswith(".metadata.json") or file.parent == folder:
            continue
        parts = file.relative_to(folder).parts
        sidecar = file.with_name(file.name + ".metadata.json")
        metadata = json.loads(sidecar.read_text()) if sidecar.exists() else {}
        found[parts[0], "/".join(parts[1:])] = (file.read_bytes(), metadata)
    return found
