"""The readers' port: the embedded buckets as S3's clients read them, the embedded queues as SQS's consumers do."""

import base64
import configparser
import datetime
import gzip
import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.client
import botocore.credentials
import botocore.exceptions
import pytest

import aws_cli
import node as nodes
from events import event, lines
from node import wait_for

BUCKET = "cairn-logs"


@pytest.fixture
def node(tmp_path):
    made = nodes.Node(
        tmp_path / "node", "--cut-age", "200ms", "--digest-period", "5s", "--log-level", "notice", "--regions", "us-east-1")
    yield made
    made.stop(signal.SIGKILL)


def profile(text, name):
    parsed = configparser.RawConfigParser()
    parsed.read_string(text)
    return parsed[name]["aws_access_key_id"], parsed[name]["aws_secret_access_key"]


def first(node):
    return profile((node.data / "credentials").read_text(), "cairn")


def principal(node, name, may, accounts="all"):
    text = node.command("principals", "create", name, "--accounts", accounts, "--role", may).stdout.decode()
    return profile(text, f"cairn-{name}")


def client(node, service, keys, **config):
    config.setdefault("retries", {"max_attempts": 0})
    return boto3.client(
        service, endpoint_url=f"http://127.0.0.1:{node.port}", region_name="us-east-1", aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1], config=botocore.client.Config(**config))


def code(call, *arguments, **named):
    """The error code of a call that must fail, and its status."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def deliver(node, count=1, **fields):
    for _ in range(count):
        assert node.post(lines(event(**fields)))[0] == 200
        node.wait_delivered()


def stored(node, bucket=BUCKET):
    """Files of a bucket as they lie on disk, by key."""
    root = node.data / "buckets" / bucket
    return {
        str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*")
        if file.is_file() and not file.name.endswith(".metadata.json")}


def all_keys(s3, **arguments):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **arguments)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_boto3_reads_the_buckets_in_clear_or_as_they_are_stored(node):
    node.start("up")
    sent = event()
    assert node.post(lines(sent))[0] == 200
    node.wait_delivered()
    wait_for(lambda: any("CloudTrail-Digest" in key for key in stored(node)))
    node.stop()
    node.start("serve")
    clear, plain = client(node, "s3", first(node)), client(node, "s3", principal(node, "auditor", "read"))
    files = stored(node)
    assert [bucket["Name"] for bucket in plain.list_buckets()["Buckets"]] == [BUCKET]
    assert all_keys(plain) == sorted(files) == all_keys(clear)
    assert plain.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
    assert plain.head_bucket(Bucket=BUCKET)["BucketRegion"] == "us-east-1"
    found = []
    for key, content in files.items():
        raw = plain.get_object(Bucket=BUCKET, Key=key)
        assert raw["Body"].read() == content and raw["ContentLength"] == len(content)
        is_digest = "CloudTrail-Digest" in key
        got = clear.get_object(Bucket=BUCKET, Key=key)
        body = got["Body"].read()
        assert got["ContentEncoding"] == "gzip" and got["ContentType"] == "application/json"
        head = clear.head_object(Bucket=BUCKET, Key=key)
        assert head["ContentLength"] == len(body) and head["ETag"] == got["ETag"]
        listed = clear.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"][0]
        assert listed["Size"] == len(body) and listed["ETag"] == got["ETag"]
        assert listed["LastModified"] == got["LastModified"].replace(microsecond=listed["LastModified"].microsecond)
        if is_digest:
            assert set(got["Metadata"]) >= {"signature", "signature-algorithm"} and body == content
        else:
            assert content[0] == 2 and raw["ContentType"] == "application/octet-stream"
            found += [record["eventID"] for record in json.loads(gzip.decompress(body))["Records"]]
    assert sent["eventID"] in found
    # Each read in clear was written down before it was answered.
    node.stop()
    node.start("up")
    node.command("trails", "create", "reads", "--bucket", "reads-bucket", "--multi-region", "--start", "--kms-key-id", "none")
    node.command("trails", "set-selectors", "reads", input=json.dumps({"EventSelectors": [
        {"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": [
            {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]}).encode())
    key = next(key for key in files if "/CloudTrail/" in key)
    got = client(node, "s3", first(node)).get_object(Bucket=BUCKET, Key=key, Range="bytes=0-9")
    assert got["ContentRange"].startswith("bytes 0-9/") and len(got["Body"].read()) == 10
    node.wait_delivered()
    read, = [
        record for content in stored(node, "reads-bucket").values() if content[:2] == b"\x1f\x8b"
        for record in json.loads(gzip.decompress(content)).get("Records", []) if record["eventName"] == "GetObject"]
    assert read["requestParameters"] == {"bucketName": BUCKET, "key": key} and read["eventSource"] == "s3.cairn"
    assert read["additionalEventData"]["keyVersion"].startswith("cairn trail/") and read["readOnly"]
    assert read["userIdentity"]["accessKeyId"] == first(node)[0] and read["managementEvent"] is False


def test_listings_are_those_of_s3(node):
    node.start("up")
    keys = first(node)
    s3 = client(node, "s3", keys)
    names = ["a/1", "a/2", "a/b/1", "a/b/2", "a-", "a0", "b", "c/d/e/f", "ä/ö ü+&=?#<>\"'", "z%2F", "zz/" + "x" * 200, "~"]
    root = node.data / "buckets" / "listing"
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    (root / "a" / "1.metadata.json").write_text('{"owner":"Zo\\u00eb","bad name":"x","k":"v\\r\\ninjected: 1"}')
    os.symlink("/etc/passwd", root / "link")
    os.symlink("/etc", root / "etc")
    in_order = sorted(names, key=lambda name: name.encode())
    for size in [1, 2, 3, 1000]:
        for operation in ["list_objects", "list_objects_v2"]:
            pages = s3.get_paginator(operation).paginate(Bucket="listing", PaginationConfig={"PageSize": size})
            assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == in_order, (size, operation)
            pages = list(s3.get_paginator(operation).paginate(Bucket="listing", Delimiter="/", PaginationConfig={"PageSize": size}))
            assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == [n for n in in_order if "/" not in n]
            prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
            assert prefixes == sorted({n.split("/")[0] + "/" for n in names if "/" in n}, key=str.encode), (size, operation)
    under = s3.list_objects_v2(Bucket="listing", Prefix="a/", Delimiter="/")
    assert [e["Key"] for e in under["Contents"]] == ["a/1", "a/2"] and [e["Prefix"] for e in under["CommonPrefixes"]] == ["a/b/"]
    # A marker is a place, not a key: it need not be there.
    assert [e["Key"] for e in s3.list_objects(Bucket="listing", Marker="a/b/15")["Contents"]] == [
        n for n in in_order if n.encode() > b"a/b/15"]
    assert s3.list_objects_v2(Bucket="listing", MaxKeys=0)["KeyCount"] == 0
    for name in names:
        assert s3.get_object(Bucket="listing", Key=name)["Body"].read() == name.encode()
    # Metadata that would be another header is no header.
    got = s3.get_object(Bucket="listing", Key="a/1")
    assert "injected" not in got["ResponseMetadata"]["HTTPHeaders"] and "bad name" not in got["Metadata"]
    # Links, and the store's own files, are no objects.
    for name in ["link", "etc/passwd", "a/1.metadata.json", "a", "nothing", "a/../b", "../keys"]:
        assert code(s3.get_object, Bucket="listing", Key=name) == ("NoSuchKey", 404), name
    assert code(s3.head_object, Bucket="listing", Key="nothing")[1] == 404
    assert code(s3.list_objects_v2, Bucket="no-such-bucket") == ("NoSuchBucket", 404)
    assert code(s3.get_object, Bucket="no-such-bucket", Key="x") == ("NoSuchBucket", 404)
    assert code(s3.list_objects_v2, Bucket="listing", ContinuationToken="\u00e4") == ("InvalidArgument", 400)
    assert code(s3.put_object, Bucket="listing", Key="x", Body=b"x")[0] == "MethodNotAllowed"
    assert code(s3.delete_object, Bucket="listing", Key="b")[0] == "MethodNotAllowed"
    assert code(s3.get_bucket_acl, Bucket="listing")[0] == "NotImplemented"
    assert code(s3.get_object, Bucket="listing", Key="b", ResponseContentType="text/html")[0] == "InvalidRequest"


def test_ranges_and_conditions(node):
    node.start("up")
    s3 = client(node, "s3", first(node))
    root = node.data / "buckets" / "ranges"
    root.mkdir(parents=True)
    content = os.urandom(3_000_000)
    (root / "big").write_bytes(content)
    (root / "empty").write_bytes(b"")

    def get(text):
        return s3.get_object(Bucket="ranges", Key="big", Range=text)["Body"].read()

    assert get("bytes=0-0") == content[:1] and get("bytes=5-") == content[5:] and get("bytes=-7") == content[-7:]
    assert get("bytes=1048570-2097160") == content[1048570:2097161] and get("bytes=10-99999999") == content[10:]
    # What says nothing, or several things, is passed over, as S3 does.
    assert get("bytes=9-5") == content and get("bytes=1-2,4-5") == content and get("lines=1-2") == content
    assert code(s3.get_object, Bucket="ranges", Key="big", Range="bytes=3000000-") == ("InvalidRange", 416)
    assert code(s3.get_object, Bucket="ranges", Key="empty", Range="bytes=0-")[0] == "InvalidRange"
    assert s3.get_object(Bucket="ranges", Key="empty")["Body"].read() == b""
    head = s3.head_object(Bucket="ranges", Key="big", Range="bytes=2-3")
    assert head["ContentLength"] == 2
    etag, when = head["ETag"], head["LastModified"]
    hour = datetime.timedelta(hours=1)
    assert s3.get_object(Bucket="ranges", Key="big", IfMatch=etag)["ETag"] == etag
    assert code(s3.get_object, Bucket="ranges", Key="big", IfMatch='"x"') == ("PreconditionFailed", 412)
    assert code(s3.get_object, Bucket="ranges", Key="big", IfNoneMatch=etag)[1] == 304
    assert code(s3.get_object, Bucket="ranges", Key="big", IfModifiedSince=when)[1] == 304
    assert s3.get_object(Bucket="ranges", Key="big", IfModifiedSince=when - hour)["ETag"] == etag
    assert code(s3.get_object, Bucket="ranges", Key="big", IfUnmodifiedSince=when - hour)[0] == "PreconditionFailed"
    # What is overwritten is another object.
    (root / "big").unlink()
    (root / "big").write_bytes(content)
    assert s3.head_object(Bucket="ranges", Key="big")["ETag"] != etag


def test_who_may_do_what(node):
    node.start("up")
    node.command("accounts", "add", "444455556666")
    deliver(node, 1)
    deliver(node, 1, recipientAccountId="444455556666")
    writer = principal(node, "writer", "")
    reader = principal(node, "reader", "read")
    bound = principal(node, "bound", "read,decrypt,consume", accounts="444455556666")
    s3 = client(node, "s3", writer)
    assert code(s3.list_buckets) == ("AccessDenied", 403)
    assert code(client(node, "sqs", reader).list_queues)[1] == 403
    files = stored(node)
    own = next(key for key in files if "AWSLogs/444455556666/CloudTrail/" in key)
    other = next(key for key in files if "AWSLogs/111122223333/CloudTrail/" in key)
    s3 = client(node, "s3", bound)
    assert gzip.decompress(s3.get_object(Bucket=BUCKET, Key=own)["Body"].read())
    assert code(s3.get_object, Bucket=BUCKET, Key=other) == ("AccessDenied", 403)
    assert code(s3.list_objects_v2, Bucket=BUCKET) == ("AccessDenied", 403)
    assert code(s3.list_objects_v2, Bucket=BUCKET, Prefix="AWSLogs/44445555666") == ("AccessDenied", 403)
    assert own in [e["Key"] for e in s3.list_objects_v2(Bucket=BUCKET, Prefix="AWSLogs/444455556666/")["Contents"]]
    assert code(client(node, "sqs", bound).list_queues)[1] == 403
    # Rights that are taken away are gone within a second, and so is the key of who is disabled.
    node.command("principals", "set", bound[0], "--role", "read")
    wait_for(lambda: s3.get_object(Bucket=BUCKET, Key=own)["Body"].read() == files[own])
    node.command("principals", "disable", bound[0])
    wait_for(lambda: "SignatureDoesNotMatch" in failing(s3.get_object, Bucket=BUCKET, Key=own))
    # Without its key there is nothing in clear, and the reason is told.
    arn = next(line.split()[0] for line in node.command("keys", "list").stdout.decode().splitlines() if "arn:" in line)
    node.command("keys", "disable", arn)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client(node, "s3", first(node)).get_object(Bucket=BUCKET, Key=other)
    assert caught.value.response["Error"]["Code"] == "AccessDenied" and "is disabled" in str(caught.value)


def failing(call, **named):
    try:
        call(**named)
        return ""
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


def request(node, method, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def test_signatures_that_are_not_true(node):
    node.start("up")
    deliver(node)
    keys = first(node)
    key = next(iter(stored(node)))
    assert code(client(node, "s3", (keys[0], "wrong")).list_buckets) == ("SignatureDoesNotMatch", 403)
    assert code(client(node, "s3", ("AKIAUNKNOWN", "wrong")).list_buckets) == ("SignatureDoesNotMatch", 403)
    status, headers, body = request(node, "GET", f"/{BUCKET}?list-type=2")
    assert status == 403 and "<Code>AccessDenied</Code>" in body and headers["Content-Type"] == "application/xml"
    # Signed for one service, sent to another.
    creds = botocore.credentials.Credentials(*keys)
    for service, reason in [("ec2", "here are s3, sqs")]:
        asked = botocore.awsrequest.AWSRequest("GET", f"http://127.0.0.1:{node.port}/{BUCKET}")
        botocore.auth.SigV4Auth(creds, service, "us-east-1").add_auth(asked)
        status, _, body = request(node, "GET", f"/{BUCKET}", dict(asked.headers))
        assert status == 403 and reason in body
    s3 = client(node, "s3", keys, signature_version="s3v4")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}, ExpiresIn=600)
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
        assert gzip.decompress(answer.read())
    target = url.split(f":{node.port}", 1)[1]
    assert request(node, "GET", target.replace(BUCKET, "other-bucket"))[0] == 403
    assert request(node, "DELETE", target)[0] == 400
    status, _, body = request(node, "GET", target + "&X-Amz-Expires=900")
    assert status == 400 and "once in the URL" in body and "X-Amz-Signature=" not in body
    long = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}, ExpiresIn=604800)
    assert request(node, "GET", long.split(f":{node.port}", 1)[1])[0] == 400
    short = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}, ExpiresIn=1)
    wait_for(lambda: "ended at" in request(node, "GET", short.split(f":{node.port}", 1)[1])[2])
    # A clock that is an hour behind.
    past = subprocess.run(
        [sys.executable, "-c", "import boto3,sys; print(boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1',"
         "aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3]).list_buckets())",
         f"http://127.0.0.1:{node.port}", *keys], capture_output=True, timeout=120,
        env={**os.environ, "PATH": os.environ["PATH"]})
    assert past.returncode == 0, past.stderr
    asked = botocore.awsrequest.AWSRequest("GET", f"http://127.0.0.1:{node.port}/{BUCKET}")
    asked.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    signer = botocore.auth.S3SigV4Auth(creds, "s3", "us-east-1")
    signer.add_auth(asked)
    stale = {name: value.replace(asked.context["timestamp"][:8], "20200101") for name, value in asked.headers.items()}
    assert "RequestTimeTooSkewed" in request(node, "GET", f"/{BUCKET}", stale)[2]


def test_the_aws_cli_lists_copies_and_syncs(node, tmp_path):
    node.start("up")
    deliver(node, 3)
    node.stop()
    node.start("serve")
    keys = first(node)
    env = {**os.environ, "AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1], "AWS_DEFAULT_REGION": "us-east-1",
           "AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}

    def aws(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "awscli", "--endpoint-url", f"http://127.0.0.1:{node.port}", "s3", *arguments], env=env,
            capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    assert BUCKET in aws("ls")
    files = {key: content for key, content in stored(node).items()}
    listed = {line.split()[-1] for line in aws("ls", "--recursive", f"s3://{BUCKET}").splitlines()}
    assert listed == set(files)
    assert "AWSLogs/" in aws("ls", f"s3://{BUCKET}/")
    key = next(iter(files))
    aws("cp", f"s3://{BUCKET}/{key}", str(tmp_path / "copy"))
    assert json.loads(gzip.decompress((tmp_path / "copy").read_bytes()))
    big = node.data / "buckets" / BUCKET / "big"
    big.write_bytes(os.urandom(20 << 20))
    aws("cp", f"s3://{BUCKET}/big", str(tmp_path / "big"))
    assert (tmp_path / "big").read_bytes() == big.read_bytes()
    big.unlink()
    assert aws("sync", f"s3://{BUCKET}", str(tmp_path / "tree")).count("download:") == len(files)
    # Sizes of what is listed and of what is read agree: there is nothing left to copy.
    assert aws("sync", f"s3://{BUCKET}", str(tmp_path / "tree")) == ""


def test_the_aws_cli_validates_an_encrypted_archive_where_it_is_served(node):
    node.start("up")
    for _ in range(3):
        deliver(node)
    wait_for(lambda: sum("CloudTrail-Digest" in key for key in stored(node)) >= 4, seconds=90)
    node.stop()
    node.start("serve")
    keys = first(node)
    root = node.data / "buckets"
    listed = json.loads((root / "public-keys.json").read_text())
    answer = aws_cli.validate(
        f"http://127.0.0.1:{node.port}", "arn:aws:cloudtrail:us-east-1:111122223333:trail/main", listed, "2026-01-01T00:00:00Z",
        "2038-01-01T00:00:00Z", "us-east-1", BUCKET,
        credentials={"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1], "AWS_DEFAULT_REGION": "us-east-1"})
    digests = sum("CloudTrail-Digest" in key for key in stored(node))
    files = sum("/CloudTrail/" in key for key in stored(node))
    assert answer.code == 0 and "INVALID" not in answer.errors, answer
    assert f"{digests}/{digests} digest files valid" in answer.output, answer.output[-800:]
    assert f"{files}/{files} log files valid" in answer.output and files >= 3, answer.output[-800:]


def test_boto3_consumers_of_a_queue(node):
    node.start("up")
    sqs = client(node, "sqs", first(node))
    url = sqs.get_queue_url(QueueName="cairn-queue")["QueueUrl"]
    assert sqs.list_queues()["QueueUrls"] == [url] and "QueueUrls" not in sqs.list_queues(QueueNamePrefix="x")
    node.wait_delivered()
    deliver(node, 3)
    wait_for(lambda: int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]) >= 3)
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=300)["Messages"]
    body = json.loads(got[0]["Body"])
    assert body["Type"] == "Notification" and body["TopicArn"] == "arn:aws:sns:us-east-1:111122223333:cairn-deliveries"
    notice = json.loads(body["Message"])
    client(node, "s3", first(node)).head_object(Bucket=notice["s3Bucket"], Key=notice["s3ObjectKey"][0])
    assert got[0]["Attributes"]["ApproximateReceiveCount"] == "1" and int(got[0]["Attributes"]["SentTimestamp"]) > 0
    assert hashlib.md5(got[0]["Body"].encode()).hexdigest() == got[0]["MD5OfBody"]
    # Visible again at once, and received with the same id; those behind it of its lane wait for it.
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"], VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url, VisibilityTimeout=300)["Messages"][0]
    assert again["MessageId"] == got[0]["MessageId"] and again["ReceiptHandle"] != got[0]["ReceiptHandle"]
    done = sqs.delete_message_batch(QueueUrl=url, Entries=[
        {"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate([again] + got[1:])])
    assert len(done["Successful"]) == len(got) and not done.get("Failed")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    bad = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "x", "ReceiptHandle": "nonsense"}])
    assert bad["Failed"][0]["Code"] == "ReceiptHandleIsInvalid" and bad["Failed"][0]["SenderFault"]
    # A call that waits is answered as soon as there is something.
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)))
    waiting.start()
    deliver(node)
    waiting.join(timeout=20)
    assert len(answers[0]["Messages"]) == 1
    deliver(node, 2)
    sqs.purge_queue(QueueUrl=url)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"] == {
        "ApproximateNumberOfMessages": "0"}
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="no-such-queue")
    assert code(sqs.create_queue, QueueName="new")[1] == 400
    assert code(sqs.send_message, QueueUrl=url, MessageBody="x")[1] == 400
    with pytest.raises(botocore.exceptions.ClientError):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)


def query(node, keys, **fields):
    """A call in SQS's older protocol: a form, answered with XML."""
    body = urllib.parse.urlencode(fields)
    url = f"http://127.0.0.1:{node.port}/"
    asked = botocore.awsrequest.AWSRequest(
        "POST", url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*keys), "sqs", "us-east-1").add_auth(asked)
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    try:
        connection.request("POST", "/", body=body, headers=dict(asked.headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_older_protocol_of_queues(node):
    node.start("up")
    keys = first(node)
    deliver(node, 1)
    status, text = query(node, keys, Action="GetQueueUrl", QueueName="cairn-queue")
    assert status == 200 and "<GetQueueUrlResponse" in text
    url = text.split("<QueueUrl>")[1].split("<")[0]
    status, text = query(node, keys, Action="ReceiveMessage", QueueUrl=url, MaxNumberOfMessages="10", **{"AttributeName.1": "All"})
    assert status == 200, text
    assert "<Body>{&quot;Type&quot;:&quot;Notification&quot;" in text and "<Name>SentTimestamp</Name>" in text
    handles = [part.split("<")[0] for part in text.split("<ReceiptHandle>")[1:]]
    entries = {}
    for i, handle in enumerate(handles, 1):
        entries[f"DeleteMessageBatchRequestEntry.{i}.Id"] = f"m{i}"
        entries[f"DeleteMessageBatchRequestEntry.{i}.ReceiptHandle"] = handle
    status, text = query(node, keys, Action="DeleteMessageBatch", QueueUrl=url, **entries)
    assert status == 200 and text.count("<DeleteMessageBatchResultEntry>") == len(handles)
    status, text = query(node, keys, Action="GetQueueUrl", QueueName="nothing")
    assert status == 400 and "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in text
    assert query(node, keys, Version="2012-11-05")[0] == 400


def test_a_log_shipper_with_consumers_that_crash_misses_nothing(node):
    """Long-poll the queue, get the object, delete the message; consumers and the node are killed in between."""
    node.start("up")
    sent, seen, lock, over = set(), set(), threading.Lock(), threading.Event()
    keys = first(node)
    url = client(node, "sqs", keys).get_queue_url(QueueName="cairn-queue")["QueueUrl"]
    deaths = []

    def consume(number):
        turn = 0
        while not over.is_set():
            try:
                sqs, s3 = client(node, "sqs", keys), client(node, "s3", keys)
                for message in sqs.receive_message(
                        QueueUrl=url, MaxNumberOfMessages=3, WaitTimeSeconds=1, VisibilityTimeout=2).get("Messages", []):
                    notice = json.loads(json.loads(message["Body"])["Message"])
                    body = s3.get_object(Bucket=notice["s3Bucket"], Key=notice["s3ObjectKey"][0])["Body"].read()
                    turn += 1
                    if turn % 5 == number:
                        deaths.append(number)
                        break
                    with lock:
                        seen.update(record["eventID"] for record in json.loads(gzip.decompress(body))["Records"])
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                pass

    consumers = [threading.Thread(target=consume, args=(number,), daemon=True) for number in range(4)]
    for consumer in consumers:
        consumer.start()
    for turn in range(6):
        for _ in range(5):
            one = event()
            if node.post(lines(one))[0] == 200:
                sent.add(one["eventID"])
        node.wait_delivered()
        if turn in (2, 4):
            node.stop(signal.SIGKILL)
            node.flags += ["--listen", f"127.0.0.1:{node.port}"]
            node.start("up")
    wait_for(lambda: sent <= seen, seconds=90)
    over.set()
    for consumer in consumers:
        consumer.join(timeout=30)
    assert deaths
