"""Buckets in S3, as moto's server speaks it: what is delivered there, and what happens while it is away or refuses."""

import collections
import datetime
import gzip
import json
import os
import signal
import subprocess
import time
import uuid

import boto3
import pytest

import node as nodes
from events import event, lines
from moto_server import Moto
from node import CAIRN, wait_for

VALIDATE = os.environ.get("CAIRN_VALIDATE_BIN", "cairn-validate")


class S3(Moto):
    def __init__(self, folder):
        super().__init__(folder, "s3")
        self.flags = ["--s3-buckets", "cairn-logs", "--s3-endpoint", self.endpoint, "--s3-path-style", "true"]

    def keys(self, bucket="cairn-logs"):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def log_files(self):
        return [key for key in self.keys() if "/CloudTrail/" in key]

    def listed(self):
        """The log files that digests list."""
        found = set()
        for key in self.keys():
            if "/CloudTrail-Digest/" in key:
                body = self.client.get_object(Bucket="cairn-logs", Key=key)["Body"].read()
                found.update(file["s3Object"] for file in json.loads(gzip.decompress(body))["logFiles"])
        return found

    def events(self):
        """How often each event stands in the log files."""
        found = collections.Counter()
        for key in self.log_files():
            body = self.client.get_object(Bucket="cairn-logs", Key=key)["Body"].read()
            # What was cut before the trail was told not to encrypt holds events of cairn's own.
            if body.startswith(b"\x1f\x8b"):
                found.update(record["eventID"] for record in json.loads(gzip.decompress(body))["Records"])
        return found

    def mirror(self, node):
        """The bucket as the directory store would have it."""
        for key in self.keys():
            got = self.client.get_object(Bucket="cairn-logs", Key=key)
            path = node.data / "buckets" / "cairn-logs" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(got["Body"].read())
            if got["Metadata"]:
                path.with_name(path.name + ".metadata.json").write_text(json.dumps(got["Metadata"]))


@pytest.fixture
def s3(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    made = S3(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def node(tmp_path):
    made = nodes.Node(tmp_path / "node", "--cut-age", "200ms", "--digest-period", "5s", "--log-level", "notice", "--regions", "us-east-1")
    yield made
    made.stop(signal.SIGKILL)


def with_id():
    return event(eventID=str(uuid.uuid4()))


def id_of(one):
    return (one if isinstance(one, dict) else json.loads(one))["eventID"]


@pytest.mark.parametrize("puts", ["conditional", "checked"])
def test_a_trail_delivers_to_s3_while_another_uses_the_directory(node, s3, puts):
    s3.client.create_bucket(Bucket="cairn-logs")
    node.start("up", *s3.flags, "--s3-puts", puts)
    node.command("trails", "update", "main", "--kms-key-id", "none")
    node.command("trails", "create", "local", "--bucket", "here", "--multi-region", "--start")
    sent = [with_id() for _ in range(40)]
    for one in sent:
        assert node.post(lines(one))[0] == 200
    node.wait_delivered()
    ids = {id_of(one) for one in sent}
    found = s3.events()
    assert {name: found[name] for name in ids} == {name: 1 for name in ids}
    here = [record for file in node.files() for record in nodes.records(file)]
    assert {json.loads(record)["eventID"] for record in here} >= ids
    assert all("/here/" in str(file) for file in node.all_files())
    # Each notice names an object that can be read.
    for line in node.command("queue", "receive", "cairn-queue", "--count", "500", "--ack").stdout.splitlines():
        notice = json.loads(json.loads(line)["message"])
        if notice["s3Bucket"] == "cairn-logs":
            for key in notice["s3ObjectKey"]:
                s3.client.head_object(Bucket="cairn-logs", Key=key)
    wait_for(lambda: sum("CloudTrail-Digest" in key for key in s3.keys()) >= 3)
    node.stop()
    digest = max(key for key in s3.keys() if "CloudTrail-Digest" in key)
    assert set(s3.client.head_object(Bucket="cairn-logs", Key=digest)["Metadata"]) >= {"signature", "signature-algorithm"}
    assert b"0 files that no digest lists" in node.command("fsck", *s3.flags).stdout
    name = "111122223333_CloudTrail_us-east-1_20260301T1000Z_AAAAAAAAAAAAAAAA.json.gz"
    planted = s3.log_files()[0].rsplit("/", 1)[0] + "/" + name
    s3.client.put_object(Bucket="cairn-logs", Key=planted, Body=b"planted")
    found = node.command("fsck", *s3.flags, check=False)
    assert found.returncode == 3 and f"{name}: unproven".encode() in found.stdout
    s3.client.delete_object(Bucket="cairn-logs", Key=planted)
    # Both kinds of buckets in one run, by the keyring, and from S3 alone by what the operator pinned.
    done = node.command("validate", *s3.flags, "--format", "json", "--require-pinned", check=False)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0 and summary["logsValid"] > len(s3.log_files()), done.stdout.decode()
    where = ["--s3-endpoint", s3.endpoint, "--s3-path-style"]
    keys = str(node.data / "buckets" / "public-keys.json")
    alone = validator(["s3://cairn-logs", *where, "--keys", keys])
    assert alone.returncode == 0, alone.stdout.decode() + alone.stderr.decode()
    # What was cut after the last digest, while the node stopped, is no digest's yet.
    counts = json.loads(alone.stdout.splitlines()[-1])
    listed = s3.listed()
    assert counts["logsValid"] == len(listed) and counts["logsValid"] + counts["logsPending"] == len(s3.log_files())
    # One file is gone: it is missed, wherever it is looked for.
    gone = min(listed)
    kept = s3.client.get_object(Bucket="cairn-logs", Key=gone)["Body"].read()
    s3.client.delete_object(Bucket="cairn-logs", Key=gone)
    for missed in [node.command("validate", *s3.flags, check=False), validator(["s3://cairn-logs", *where, "--keys", keys])]:
        assert missed.returncode == 3 and gone.encode() in missed.stdout, missed.stdout.decode()
    s3.client.put_object(Bucket="cairn-logs", Key=gone, Body=kept)
    # A record of a file in S3 by its name, or by its URL.
    for name in [f"cairn-logs/{gone}", f"s3://cairn-logs/{gone}"]:
        assert node.command("open", name, *s3.flags).stdout


def validator(arguments):
    return subprocess.run(
        [VALIDATE, *arguments, "--format", "json"], capture_output=True, timeout=300)


def test_status_says_what_GetTrailStatus_says(node, s3):
    def status(code):
        done = node.command("status", "--trail", "main", "--format", "json", check=False)
        assert done.returncode == code, done.stdout.decode() + done.stderr.decode()
        [found] = json.loads(done.stdout)
        return found

    def until(code, *members):
        """The status as soon as it has these members, and no errors if the code is 0."""
        def look():
            done = node.command("status", "--trail", "main", "--format", "json", check=False)
            [found] = json.loads(done.stdout)
            return done.returncode == code and found if all(name in found for name in members) else None
        return wait_for(look, seconds=120)

    s3.client.create_bucket(Bucket="cairn-logs")
    begun = time.time()
    node.start("up", *s3.flags)
    node.command("trails", "update", "main", "--kms-key-id", "none")
    assert node.post(lines(with_id()))[0] == 200
    times = ["LatestDeliveryTime", "LatestNotificationTime", "LatestDigestDeliveryTime", "StartLoggingTime"]
    found = until(0, *times)
    assert found["IsLogging"] is True and found["Region"] == "us-east-1"
    assert found["TrailARN"] == "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
    assert all(begun - 1 < found[name] <= time.time() for name in times)
    assert not [name for name in found if "Error" in name or "Stop" in name]
    # The bucket is gone: that is what keeps log files, and digests.
    for key in s3.keys():
        s3.client.delete_object(Bucket="cairn-logs", Key=key)
    s3.client.delete_bucket(Bucket="cairn-logs")
    assert node.post(lines(with_id()))[0] == 200
    found = until(1, "LatestDeliveryError", "LatestDigestDeliveryError")
    assert "NoSuchBucket" in found["LatestDeliveryError"] and "NoSuchBucket" in found["LatestDigestDeliveryError"]
    shown = node.command("status", check=False)
    assert shown.returncode == 1 and b"trail/main" in shown.stdout and b"NoSuchBucket" in shown.stdout
    s3.client.create_bucket(Bucket="cairn-logs")
    delivered = until(0, *times)["LatestDeliveryTime"]
    assert delivered > found["LatestDeliveryTime"]
    node.command("trails", "stop", "main")
    found = status(0)
    assert found["IsLogging"] is False and found["StopLoggingTime"] > found["StartLoggingTime"]
    for wrong in [("--trail", "none"), ("--format", "json"), ("--trail", "main", "--account", "1")]:
        assert node.command("status", *wrong, check=False).returncode == 2


def test_a_mirror_is_a_verified_copy_that_goes_on_where_it_was(node, s3, tmp_path):
    s3.client.create_bucket(Bucket="cairn-logs")
    node.start("up", *s3.flags)
    for _ in range(3):
        assert node.post(lines(with_id()))[0] == 200
        node.wait_delivered()
    wait_for(lambda: sum("CloudTrail-Digest" in key for key in s3.keys()) >= 2)
    node.stop()
    copy = tmp_path / "copy"
    # Names that no directory keeps are told of; everything else is there.
    s3.client.put_object(Bucket="cairn-logs", Key="odd//name", Body=b"x")
    s3.client.put_object(Bucket="cairn-logs", Key="odd/x.metadata.json", Body=b"x")
    # No XML can hold this one: whoever put it must not make the whole bucket unreadable.
    s3.client.put_object(Bucket="cairn-logs", Key="odd/\x01", Body=b"x")
    done = node.command("mirror", "s3://cairn-logs", str(copy), *s3.flags, check=False)
    assert done.returncode == 1 and b"odd//name" in done.stderr and b"odd/x.metadata.json" in done.stderr
    assert b"no directory can keep an object of that name" in done.stderr and b"odd/\x01" not in done.stderr
    for key in ["odd//name", "odd/x.metadata.json", "odd/\x01"]:
        s3.client.delete_object(Bucket="cairn-logs", Key=key)
    keys = s3.keys()
    assert f"{len(keys)} copied".encode() in done.stdout
    for key in keys:
        got = s3.client.get_object(Bucket="cairn-logs", Key=key)
        assert (copy / "cairn-logs" / key).read_bytes() == got["Body"].read()
        sidecar = copy / "cairn-logs" / (key + ".metadata.json")
        assert (json.loads(sidecar.read_text()) if sidecar.exists() else {}) == got["Metadata"]
    # Cut off, and changed: what is missing comes, what is another is told of and stays.
    (copy / "cairn-logs" / keys[0]).unlink()
    (copy / "cairn-logs" / keys[1]).write_bytes(b"something else")
    done = node.command("mirror", "s3://cairn-logs", str(copy), *s3.flags, check=False)
    assert done.returncode == 1 and keys[1].encode() in done.stderr
    assert f"1 copied".encode() in done.stdout and f"{len(keys) - 2} were there, 1 failed".encode() in done.stdout
    assert (copy / "cairn-logs" / keys[1]).read_bytes() == b"something else"
    flipped = bytearray(s3.client.get_object(Bucket="cairn-logs", Key=keys[1])["Body"].read())
    flipped[20] ^= 1
    (copy / "cairn-logs" / keys[1]).write_bytes(bytes(flipped))
    assert node.command("mirror", "s3://cairn-logs", str(copy), *s3.flags, check=False).returncode == 0
    done = node.command("mirror", "s3://cairn-logs", str(copy), "--recheck", *s3.flags, check=False)
    assert done.returncode == 1 and b"with other bytes" in done.stderr
    (copy / "cairn-logs" / keys[1]).unlink()
    node.command("mirror", "s3://cairn-logs", str(copy), *s3.flags)
    judged = validator([str(copy), "--keys", str(node.data / "buckets" / "public-keys.json")])
    assert b"cannot be opened" in judged.stdout or judged.returncode == 0, judged.stdout.decode()
    assert node.command("mirror", "s3://no-such-bucket", str(copy), *s3.flags, check=False).returncode == 1
    assert node.command("mirror", "s3://Bad_Bucket", str(copy), *s3.flags, check=False).returncode == 2


def test_the_store_encrypts_and_holds_what_a_trail_asks_it_to(node, s3):
    def head(key):
        return s3.client.head_object(Bucket="cairn-logs", Key=key)

    made = boto3.client(
        "kms", endpoint_url=s3.endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret").create_key()["KeyMetadata"]["Arn"]
    s3.client.create_bucket(Bucket="cairn-logs", ObjectLockEnabledForBucket=True)
    node.start("up", *s3.flags)
    node.command(
        "trails", "update", "main", "--kms-key-id", made, "--encrypted-by", "store", "--object-lock", "governance:30", *s3.flags)
    first = with_id()
    assert node.post(lines(first))[0] == 200
    node.wait_delivered()
    assert s3.events()[id_of(first)] == 1
    wait_for(lambda: any("CloudTrail-Digest" in key and head(key).get("SSEKMSKeyId") for key in s3.keys()))

    kinds = {folder: [head(key) for key in s3.keys() if f"/{folder}/" in key] for folder in ["CloudTrail", "CloudTrail-Digest"]}
    for found in kinds.values():
        stored = [one for one in found if one.get("ServerSideEncryption") == "aws:kms"]
        assert stored and all(one["SSEKMSKeyId"] == made for one in stored)
        for one in stored:
            assert (one["ContentType"], one["ContentEncoding"]) == ("application/json", "gzip")
            held = one["ObjectLockRetainUntilDate"] - one["LastModified"]
            assert one["ObjectLockMode"] == "GOVERNANCE" and 29 <= held.days <= 30, held
    # Without a key the store uses its own, and what cairn encrypts itself is no gzip for anybody else.
    node.command("trails", "update", "main", "--kms-key-id", "none", "--object-lock", "none", *s3.flags)
    assert node.post(lines(with_id()))[0] == 200
    node.wait_delivered()
    node.command("trails", "update", "main", "--kms-key-id", "alias/cairn", "--encrypted-by", "files", *s3.flags)
    assert node.post(lines(with_id()))[0] == 200
    node.wait_delivered()
    heads = [head(key) for key in s3.log_files()]
    plain = [one for one in heads if one.get("ServerSideEncryption") == "AES256" and one.get("ContentEncoding") == "gzip"]
    assert plain and all("ObjectLockMode" not in one for one in plain)
    assert any(one["ContentType"] == "application/octet-stream" for one in heads)
    node.stop()
    assert node.command("validate", *s3.flags, "--require-pinned", check=False).returncode == 0


def test_nobody_is_told_that_a_store_holds_or_encrypts_what_it_does_not(node, s3):
    s3.client.create_bucket(Bucket="cairn-logs")
    node.start("up", *s3.flags, "--patience", "300ms")
    for flags, says in [
        (["--encrypted-by", "store"], b"bucket audit is a directory"),
        (["--object-lock", "compliance:5"], b"bucket audit is a directory"),
        (["--object-lock", "compliance:0"], b"1 to 36500 days"), (["--object-lock", "hold:1"], b"governance:DAYS"),
        (["--encrypted-by", "both", "--kms-key-id", "none"], b"need a key"), (["--encrypted-by", "me"], b"files, store or both"),
        (["--encrypted-by", "store", "--kms-key-id", "alias/cairn"], b"alias/cairn"),
    ]:
        done = node.command("trails", "create", "more", "--bucket", "audit", *flags, *s3.flags, check=False)
        assert done.returncode == 2 and says in done.stderr, done.stderr.decode()
    # A bucket without Object Lock takes objects and holds none: the lane waits, and says what for.
    node.command("trails", "update", "main", "--object-lock", "governance:30", *s3.flags)
    one = with_id()
    assert node.post(lines(one))[0] == 200
    status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"held" in s.stdout and s)
    assert b"ObjectLockConfiguration" in status.stdout and b"Object Lock, which the trail wants" in status.stdout
    node.command("trails", "update", "main", "--object-lock", "none", *s3.flags)


def test_what_stands_at_a_name_in_s3_gives_way_and_is_kept(node, s3):
    s3.client.create_bucket(Bucket="cairn-logs")
    # Digests' names can be told before: one for each second to come.
    now = datetime.datetime.now(datetime.timezone.utc)
    for seconds in range(90):
        end = now + datetime.timedelta(seconds=seconds)
        name = f"111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_{end:%Y%m%dT%H%M%SZ}.json.gz"
        s3.client.put_object(
            Bucket="cairn-logs", Key=f"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/{end:%Y/%m/%d}/{name}",
            Body=f"planted {seconds}".encode())
    node.start("up", *s3.flags)
    status = wait_for(lambda: (s := node.command("status", check=False)) and b"plantedObject" in s.stdout and s, seconds=90)
    assert b"it is in quarantine now" in status.stdout
    kept = wait_for(lambda: [
        file for file in (node.data / "quarantine" / "cairn-logs").rglob("*.json.gz.*") if file.read_bytes().startswith(b"planted ")])
    # What stands there now is a digest.
    key = str(kept[0].relative_to(node.data / "quarantine" / "cairn-logs")).rsplit(".", 1)[0]
    wait_for(lambda: s3.client.get_object(Bucket="cairn-logs", Key=key)["Body"].read().startswith(b"\x1f\x8b"))


def test_kills_of_cairn_and_silences_of_the_store_lose_and_double_nothing(node, s3):
    s3.client.create_bucket(Bucket="cairn-logs")
    node.start("up", *s3.flags)
    node.command("trails", "update", "main", "--kms-key-id", "none")
    ids = set()
    for round in range(8):
        sent = [with_id() for _ in range(50)]
        ids |= {id_of(one) for one in sent}
        assert node.post(lines(*sent))[0] == 200
        if round % 2:
            s3.process.send_signal(signal.SIGSTOP)
        node.stop(signal.SIGKILL)
        node.start("up", *s3.flags)
        s3.process.send_signal(signal.SIGCONT)
    node.wait_delivered()
    found = s3.events()
    assert {name: found[name] for name in ids} == {name: 1 for name in ids}


def test_a_bucket_that_is_not_there_is_waited_for_with_an_alarm(node, s3):
    node.start("up", *s3.flags, "--patience", "300ms")
    one = with_id()
    assert node.post(lines(one))[0] == 200
    status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"held" in s.stdout and s)
    assert b"NoSuchBucket" in status.stdout and b"make the bucket" in status.stdout
    s3.client.create_bucket(Bucket="cairn-logs")
    wait_for(s3.log_files)
    wait_for(lambda: node.command("status", check=False).returncode == 0)


def test_without_credentials_it_says_where_it_looked(node, s3, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(node.folder))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    node.start("up", *s3.flags, "--patience", "300ms")
    assert node.post(lines(with_id()))[0] == 200
    status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"held" in s.stdout and s)
    assert b"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in" in status.stdout
    assert b"answers status" not in status.stdout, "nobody was asked"


@pytest.mark.parametrize("flags, says", [
    (["--s3-buckets", "Not_A_Bucket"], b"--s3-buckets): expected names of buckets"),
    (["--s3-buckets", "logs", "--s3-endpoint", "http://store.example.com"], b"--s3-endpoint): expected https://HOST"),
    (["--s3-buckets", "logs", "--s3-puts", "hopefully"], b"--s3-puts): expected conditional or checked"),
    (["--s3-buckets", "logs", "--s3-bucket-owner", "me"], b"--s3-bucket-owner): expected an account id"),
    (["--s3-buckets", "logs", "--s3-ca-file", "/nowhere"], b"/nowhere is no file of certificates"),
])
def test_settings_that_make_no_sense_are_refused(node, flags, says):
    done = subprocess.run(
        [CAIRN, "up", "--data", str(node.data), "--listen", "127.0.0.1:0", *flags], capture_output=True, timeout=60)
    assert done.returncode != 0 and says in done.stderr, done.stderr.decode()
