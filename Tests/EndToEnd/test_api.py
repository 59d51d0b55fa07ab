"""CloudTrail's own API by boto3 and the AWS CLI, unchanged but for the endpoint."""

import base64
import gzip
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.client
import botocore.credentials
import botocore.exceptions
import pytest



import node as nodes
from events import event, lines
from node import records, wait_for
from test_readers import first, principal, profile

OWN, OTHER = "111122223333", "444455556666"
REGIONS = "us-east-1,us-east-2,eu-west-1"
BUCKET = "cairn-logs"


@pytest.fixture
def node(tmp_path):
    made = nodes.Node(
        tmp_path / "node", "--cut-age", "200ms", "--digest-period", "5s", "--log-level", "notice", "--regions", REGIONS)
    made.start("up")
    made.command("accounts", "add", OTHER, "--no-trail")
    made.command("grants", "allow", "bucket", BUCKET, "--accounts", "all")
    made.command("grants", "allow", "topic", "cairn-deliveries", "--accounts", "all")
    yield made
    made.stop(signal.SIGKILL)


def client(node, keys=None, region="us-east-2", service="cloudtrail", **config):
    config.setdefault("retries", {"max_attempts": 0})
    keys = keys or first(node)
    return boto3.client(
        service, endpoint_url=f"http://127.0.0.1:{node.port}", region_name=region, aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1], config=botocore.client.Config(**config))


def code(call, *arguments, **named):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"]


def calls(node, name=None):
    """The events that cairn made of calls of its API, as delivered."""
    return [
        record for file in node.all_files() for record in map(json.loads, records(file, own=True))
        if record["eventSource"] == "cloudtrail.cairn" and (name is None or record["eventName"] == name)]


def test_a_trail_from_its_making_to_its_end(node):
    api = client(node)
    made = api.create_trail(
        Name="writes", S3BucketName=BUCKET, S3KeyPrefix="prod", SnsTopicName="cairn-deliveries", IsMultiRegionTrail=True,
        EnableLogFileValidation=True, KmsKeyId="alias/cairn", TagsList=[{"Key": "team", "Value": "audit"}])
    arn = f"arn:aws:cloudtrail:us-east-2:{OWN}:trail/writes"
    assert made["TrailARN"] == arn and made["KmsKeyId"].startswith("arn:aws:kms:")
    assert not api.get_trail_status(Name="writes")["IsLogging"]
    api.start_logging(Name=arn)
    api.put_event_selectors(
        TrailName="writes", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}])
    selectors = api.get_event_selectors(TrailName="writes")
    assert selectors["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    described = api.describe_trails(trailNameList=[arn, "nothing-here"])["trailList"]
    assert [trail["HasCustomEventSelectors"] for trail in described] == [True]
    assert api.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == [{"Key": "team", "Value": "audit"}]
    # What is put in force is in force: an event that comes now is delivered by it.
    assert node.post(lines(event(eventName="DeleteThings", readOnly=False, awsRegion="us-east-2")))[0] == 200
    wait_for(lambda: any("prod/AWSLogs" in str(file) for file in node.all_files()))
    status = wait_for(lambda: (lambda s: s if "LatestDeliveryTime" in s else None)(api.get_trail_status(Name=arn)), 90)
    assert status["IsLogging"] and status["StartLoggingTime"] <= status["LatestDeliveryTime"]
    api.stop_logging(Name="writes")
    assert not api.get_trail_status(Name=arn)["IsLogging"]
    api.delete_trail(Name=arn)
    assert code(api.get_trail, Name=arn) == "TrailNotFoundException"


def test_regions_come_from_the_signature(node):
    ohio, ireland = client(node), client(node, region="eu-west-1")
    ohio.create_trail(Name="everywhere", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    ireland.create_trail(Name="here", S3BucketName=BUCKET)
    assert code(ireland.stop_logging, Name="everywhere") == "InvalidHomeRegionException"
    assert code(ohio.get_trail, Name="here") == "TrailNotFoundException"
    assert {t["Name"] for t in ireland.list_trails()["Trails"]} == {"main", "everywhere", "here"}
    assert {t["Name"] for t in ireland.describe_trails(includeShadowTrails=False)["trailList"]} == {"here"}
    assert code(client(node, region="ap-south-1").list_trails) == "InvalidSignatureException"


def test_accounts_and_roles(node):
    admin = principal(node, "theirs", "admin", OTHER)
    auditor = principal(node, "auditor", "auditor", OWN)
    producer = principal(node, "producer", "producer", OWN)
    api = client(node)
    api.create_trail(Name="ours", S3BucketName=BUCKET)
    theirs = client(node, admin)
    assert theirs.list_trails()["Trails"] == []
    arn = theirs.create_trail(Name="ours", S3BucketName=BUCKET)["TrailARN"]
    assert f":{OTHER}:" in arn and code(api.get_trail, Name=arn) == "TrailNotFoundException"
    assert client(node, auditor).get_trail(Name="ours")["Trail"]["Name"] == "ours"
    assert code(client(node, auditor).stop_logging, Name="ours") == "AccessDeniedException"
    assert code(client(node, producer).list_trails) == "AccessDeniedException"
    # A new key of the same principal, then the old one is disabled.
    renewed = profile(node.command("principals", "rotate", "theirs").stdout.decode(), "cairn-theirs")
    assert client(node, renewed).get_trail(Name="ours")["Trail"]["TrailARN"] == arn
    node.command("principals", "disable", admin[0])

    def refused():
        try:
            client(node, admin).list_trails()
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
    wait_for(lambda: refused() == "UnrecognizedClientException", 10)


def test_every_call_is_an_event(node):
    api = client(node, user_agent_extra="audit-test")
    api.create_trail(Name="seen", S3BucketName=BUCKET)
    api.describe_trails()
    assert code(api.stop_logging, Name="unseen") == "TrailNotFoundException"
    made = wait_for(lambda: calls(node, "CreateTrail"))[0]
    assert made["userIdentity"]["userName"] == "first" and made["sourceIPAddress"] == "127.0.0.1"
    assert made["requestParameters"] == {"name": "seen", "s3BucketName": BUCKET}
    assert made["responseElements"]["trailARN"].endswith("trail/seen") and "audit-test" in made["userAgent"]
    assert wait_for(lambda: calls(node, "DescribeTrails"))[0]["readOnly"] is True
    assert wait_for(lambda: calls(node, "StopLogging"))[0]["errorCode"] == "TrailNotFoundException"
    assert first(node)[1] not in json.dumps(calls(node))


def signed(node, body, target, service="cloudtrail", keys=None, headers=None, unsigned=None, path="/", tamper=None):
    """A request that is signed by hand. `unsigned` headers are added after signing."""
    keys = keys or first(node)
    request = botocore.awsrequest.AWSRequest(
        "POST", f"http://127.0.0.1:{node.port}{path}", data=body,
        headers={"Content-Type": "application/x-amz-json-1.1", **({"X-Amz-Target": target} if target else {}), **(headers or {})})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*keys), service, "us-east-2").add_auth(request)
    sent = dict(request.headers.items())
    sent.update(unsigned or {})
    ask = urllib.request.Request(request.url, data=tamper if tamper is not None else body, headers=sent, method="POST")
    try:
        with urllib.request.urlopen(ask, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        said = error.read()
        return error.code, json.loads(said) if said[:1] == b"{" else said.decode()


PREFIX = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."


def test_protocol_and_signatures(node):
    ok = signed(node, b"{}", PREFIX + "ListTrails")
    assert ok[0] == 200 and "Trails" in ok[1]
    assert signed(node, b"", "CloudTrail_20131101.ListTrails")[0] == 200
    for target, body, headers, status, name in [
        (PREFIX + "NoSuchThing", b"{}", {}, 404, "UnknownOperationException"),
        ("ListTrails", b"{}", {}, 404, "UnknownOperationException"),
        ("DynamoDB_20120810.ListTrails", b"{}", {}, 404, "UnknownOperationException"),
        (PREFIX + "ListTrails", b"{", {}, 400, "SerializationException"),
        (PREFIX + "ListTrails", b'{"NextToken":"a","NextToken":"b"}', {}, 400, "SerializationException"),
        (PREFIX + "ListTrails", b'{"NextToken":1}', {}, 400, "SerializationException"),
        (PREFIX + "ListTrails", b"[" * 5000, {}, 400, "SerializationException"),
        (PREFIX + "ListTrails", b"{}", {"Content-Type": "text/plain"}, 400, "SerializationException"),
        (PREFIX + "GetTrail", b"{}", {}, 400, "ValidationException"),
        (PREFIX + "ListTrails", b"{" + b" " * (2 << 20) + b"}", {}, 413, "RequestEntityTooLargeException"),
    ]:
        answer = signed(node, body, target, headers=headers)
        assert (answer[0], answer[1]["__type"]) == (status, name), (target, body[:20], answer)
    # An operation that is not signed cannot be swapped for another; nor can anything else.
    status, said = signed(node, b'{"Name":"main"}', None, unsigned={"X-Amz-Target": PREFIX + "StopLogging"})
    assert (status, said["__type"]) == (403, "InvalidSignatureException") and "x-amz-target" in said["Message"]
    for change in [
        dict(service="s3"), dict(service="sqs"), dict(tamper=b'{"Name":"main"} '),
        dict(unsigned={"X-Amz-Security-Token": "x"}), dict(keys=(first(node)[0], "0" * 40)),
        dict(keys=("AKIAIOSFODNN7EXAMPLE", "0" * 40)), dict(unsigned={"X-Amz-Date": "20200101T000000Z"}),
    ]:
        status, said = signed(node, b'{"Name":"main"}', PREFIX + "StopLogging", **change)
        assert status == 403, (change, said)
    assert client(node, region="us-east-1").get_trail_status(Name="main")["IsLogging"]
    # Who does not sign at all is told so in the same form.
    ask = urllib.request.Request(
        f"http://127.0.0.1:{node.port}/", data=b"{}", method="POST", headers={"X-Amz-Target": PREFIX + "ListTrails"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(ask, timeout=30)
    assert json.loads(caught.value.read())["__type"] == "MissingAuthenticationTokenException"


def test_kill_in_the_middle_of_changes_leaves_no_change_without_an_event(node):
    """Trails are made and deleted while the node is killed again and again: each that was answered has its event, once."""
    made = 0
    for round in range(4):
        api = client(node, region="us-east-2", connect_timeout=5, read_timeout=5)
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            name = f"trail-{made}"
            try:
                api.create_trail(Name=name, S3BucketName=BUCKET)
                made += 1
                api.delete_trail(Name=name)
            except botocore.exceptions.ClientError:
                made += 1
            if time.monotonic() > deadline - 0.5:
                break
        node.processes[-1].kill(signal.SIGKILL)
        node.start("up")
        # What was left of the round before is tidied up, so that the limit of five trails is no matter.
        api = client(node, region="us-east-2")
        for trail in api.list_trails()["Trails"]:
            if trail["Name"].startswith("trail-"):
                api.delete_trail(Name=trail["TrailARN"])
    assert made > 8

    def complete():
        created = [c for c in calls(node, "CreateTrail") if "errorCode" not in c]
        return len(created) >= made and created
    created = wait_for(complete, 60)
    names = [c["requestParameters"]["name"] for c in created]
    assert len(names) == len(set(names)), "an event of a call came twice"


def audit_event(**fields):
    made = {
        "version": "1.0", "userIdentity": {"type": "CustomUser", "principalId": "u-17"}, "eventSource": "app.example.com",
        "eventName": "OrderDeleted", "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "UID": "9f1c",
        "recipientAccountId": OWN}
    made.update(fields)
    return json.dumps(made)


def test_events_come_in_through_a_channel(node):
    api, keys = client(node), principal(node, "shop", "producer", OWN)
    [channel] = api.list_channels()["Channels"]
    data = client(node, keys, service="cloudtrail-data")
    good = audit_event(requestParameters={"order": 17})
    checksum = base64.b64encode(hashlib.sha256(good.encode()).digest()).decode()
    sent = [
        {"id": "evt-1", "eventData": good, "eventDataChecksum": checksum}, {"id": "evt-2", "eventData": "{"},
        {"id": "evt-3", "eventData": audit_event(recipientAccountId=OTHER)},
        {"id": "evt-4", "eventData": audit_event(eventSource="kms.cairn")}]
    answer = data.put_audit_events(channelArn=channel["ChannelArn"], auditEvents=sent)
    assert [e["id"] for e in answer["successful"]] == ["evt-1"]
    assert {e["id"]: e["errorCode"] for e in answer["failed"]} == {
        "evt-2": "InvalidData", "evt-3": "InvalidRecipient", "evt-4": "InvalidEventSource"}
    # Sent again, because an answer was lost, it is the same event.
    again = data.put_audit_events(channelArn=channel["ChannelArn"], auditEvents=sent[:1])
    assert again["successful"] == answer["successful"]

    def delivered():
        return [r for f in node.all_files() for r in map(json.loads, records(f)) if r["eventName"] == "OrderDeleted"]
    [record] = wait_for(delivered)
    assert record["eventID"] == answer["successful"][0]["eventID"] and record["requestParameters"] == {"order": 17}
    assert record["awsRegion"] == "us-east-2" and record["metadata"] == {"channelARN": channel["ChannelArn"]}
    assert api.get_channel(Channel=channel["ChannelArn"])["IngestionStatus"]["LatestIngestionSuccessEventID"] == record["eventID"]
    assert code(data.put_audit_events, channelArn="arn:aws:s3:::x", auditEvents=sent[:1]) == "InvalidChannelARN"
    twice = [sent[0], sent[0]]
    assert code(data.put_audit_events, channelArn=channel["ChannelArn"], auditEvents=twice) == "DuplicatedAuditEventId"
    assert len(wait_for(delivered)) == 1


def test_organizations_and_who_am_i(node):
    node.command("organization", "create")
    node.command("organization", "add", OTHER)
    organizations = client(node, service="organizations", region="us-east-1")
    assert organizations.describe_organization()["Organization"]["MasterAccountId"] == OWN
    assert {a["Id"] for a in organizations.list_accounts()["Accounts"]} == {OWN, OTHER}
    me = client(node, service="sts").get_caller_identity()
    assert me["Account"] == OWN and me["Arn"] == f"arn:aws:iam::{OWN}:user/first"
    api, theirs = client(node), client(node, principal(node, "theirs", "admin", OTHER))
    arn = api.create_trail(Name="everyone", S3BucketName=BUCKET, IsOrganizationTrail=True)["TrailARN"]
    assert theirs.get_trail(Name=arn)["Trail"]["IsOrganizationTrail"]
    assert code(theirs.stop_logging, Name=arn) == "AccessDeniedException"
    api.register_organization_delegated_admin(MemberAccountId=OTHER)
    theirs.stop_logging(Name=arn)
    assert [d["Id"] for d in organizations.list_delegated_administrators()["DelegatedAdministrators"]] == [OTHER]


def test_refused_requests_are_one_event_a_network(node):
    for _ in range(20):
        assert code(client(node, ("AKIAIOSFODNN7EXAMPLE", "0" * 40)).list_trails) == "UnrecognizedClientException"
    assert code(client(node, (first(node)[0], "0" * 40)).list_trails) == "InvalidSignatureException"
    # They are written down once a minute, and when the node ends.
    node.stop()
    node.start("up")
    [refused] = wait_for(lambda: calls(node, "RefusedRequests"))
    details = refused["serviceEventDetails"]
    assert (details["network"], details["service"], details["count"]) == ("127.0.0.0/24", "cloudtrail", 21)
    assert details["errorCodes"] == ["InvalidSignatureException", "UnrecognizedClientException"]


def aws(node, *arguments, region="us-east-1", check=True):
    """The real AWS CLI: one variable says where cairn is, as for every client."""
    keys = first(node)
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).parent / "aws"), *arguments, "--region", region], capture_output=True, text=True, timeout=120, env={
            "PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{node.port}",
            "AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1],
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""})
    if check:
        assert done.returncode == 0, done.stderr
    return done


def test_the_aws_cli_makes_trails_and_validates_them(node):
    made = json.loads(aws(
        node, "cloudtrail", "create-trail", "--name", "plain", "--s3-bucket-name", BUCKET, "--s3-key-prefix", "plain",
        "--enable-log-file-validation", region="eu-west-1").stdout)
    node.command("organization", "create")
    node.command("organization", "add", OTHER)
    everyone = json.loads(aws(
        node, "cloudtrail", "create-trail", "--name", "everyone", "--s3-bucket-name", BUCKET, "--is-organization-trail",
        "--is-multi-region-trail", "--enable-log-file-validation", "--kms-key-id", "alias/cairn").stdout)
    aws(node, "cloudtrail", "start-logging", "--name", made["TrailARN"], region="eu-west-1")
    aws(node, "cloudtrail", "start-logging", "--name", "everyone")
    status = json.loads(aws(node, "cloudtrail", "get-trail-status", "--name", everyone["TrailARN"], region="eu-west-1").stdout)
    assert status["IsLogging"] is True
    assert "TrailNotFoundException" in aws(node, "cloudtrail", "get-trail", "--name", "nothing", check=False).stderr
    for region in ("us-east-1", "eu-west-1"):
        for account in (OWN, OTHER):
            assert node.post(lines(event(awsRegion=region, recipientAccountId=account)))[0] == 200
    # Digests come every five seconds here, of each Region and account.
    wait_for(lambda: all(
        sum("CloudTrail-Digest" in f.parts and wanted in str(f) for f in (node.data / "buckets").rglob("*.json.gz")) >= 3
        for wanted in (f"cairn-logs/AWSLogs/{OWN}/CloudTrail-Digest/us-east-1", "plain/AWSLogs",
                       f"o-", f"/{OTHER}/CloudTrail-Digest/eu-west-1")), 120)
    # A node that delivers nothing more: what is looked at stands still.
    node.stop()
    node.start("serve")
    trails = [
        (f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/main", "us-east-1", []),
        (f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/main", "eu-west-1", []),
        (made["TrailARN"], "eu-west-1", []),
        (everyone["TrailARN"], "us-east-1", ["--account-id", OWN]), (everyone["TrailARN"], "eu-west-1", ["--account-id", OTHER]),
    ]
    for arn, region, more in trails:
        answer = aws(node, "cloudtrail", "validate-logs", "--trail-arn", arn, "--start-time", "2026-01-01T00:00:00Z",
                     "--end-time", "2038-01-01T00:00:00Z", *more, region=region, check=False)
        assert answer.returncode == 0 and "INVALID" not in answer.stdout + answer.stderr, (arn, region, answer)
        digests, files = (re.search(rf"(\d+)/(\d+) {kind} files valid", answer.stdout) for kind in ("digest", "log"))
        assert digests and files and digests[1] == digests[2] and files[1] == files[2], (arn, region, answer.stdout)
        assert int(digests[1]) >= 2 and int(files[1]) >= 1, (arn, region, answer.stdout)
    # Another event in it, and it is told.
    victim = next(f for f in node.all_files() if "plain/AWSLogs" in str(f))
    victim.write_bytes(gzip.compress(gzip.decompress(victim.read_bytes()).replace(b"eventName", b"eventname", 1)))
    answer = aws(node, "cloudtrail", "validate-logs", "--trail-arn", made["TrailARN"], "--start-time", "2026-01-01T00:00:00Z",
                 "--end-time", "2038-01-01T00:00:00Z", region="eu-west-1", check=False)
    assert answer.returncode == 1 and "INVALID" in answer.stderr


def test_the_call_that_stops_a_trail_is_the_last_that_it_delivers(node):
    node.command("grants", "allow", "bucket", "only-here", "--accounts", OWN)
    api = client(node)
    api.create_trail(Name="short", S3BucketName="only-here")
    api.start_logging(Name="short")
    api.stop_logging(Name="short")

    def delivered():
        return [
            record["eventName"] for file in (node.data / "buckets" / "only-here").rglob("*.json.gz")
            if "CloudTrail-Digest" not in file.parts for record in map(json.loads, records(file, own=True))]
    wait_for(delivered)
    # What made it, and what started it, came before it logged.
    assert delivered() == ["StopLogging"]


def test_events_are_looked_up(node):
    api = client(node)
    names = [f"Action{i % 5}" for i in range(120)]
    for i, name in enumerate(names):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - i % 7))
        node.post(lines(event(eventName=name, eventTime=now, awsRegion="us-east-2", eventID=f"looked-up-{i}", userIdentity={
            "type": "IAMUser", "userName": f"user-{i % 2}", "accessKeyId": f"AKIA{i % 2}", "accountId": OWN})))

    def lookup(key=None, value=None, region="us-east-2", **more):
        attributes = [{"AttributeKey": key, "AttributeValue": value}] if key else []
        pages = client(node, region=region).get_paginator("lookup_events").paginate(LookupAttributes=attributes, **more)
        return [e for page in pages for e in page["Events"] if e["EventSource"] != "cloudtrail.cairn"]
    wait_for(lambda: len(lookup()) == 120)
    assert len(lookup("EventName", "Action3")) == 24
    mine = lookup("Username", "user-1")
    assert len(mine) == 60 and mine[0]["AccessKeyId"] == "AKIA1"
    [one] = lookup("EventId", "looked-up-7")
    assert json.loads(one["CloudTrailEvent"])["eventName"] == "Action2" and one["EventName"] == "Action2"
    assert [e["EventId"] for e in lookup()] == [e["EventId"] for e in lookup(PaginationConfig={"PageSize": 7})]
    assert lookup("EventName", "nothing") == [] and lookup(region="eu-west-1") == []
    assert lookup("EventName", "Action3", StartTime=time.time() + 3600) == []
    # What is older than 90 days is no part of it.
    node.post(lines(event(eventName="Old", eventTime="2026-03-01T10:12:44Z", awsRegion="us-east-2", eventID="old")))
    node.post(lines(event(eventName="New", eventTime=now, awsRegion="us-east-2", eventID="new")))
    wait_for(lambda: lookup("EventId", "new"))
    assert lookup("EventId", "old") == []
    # Calls of the API are in it, too: this one by its name.
    wait_for(lambda: api.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "LookupEvents"}])["Events"])
    assert code(api.lookup_events, MaxResults=50, NextToken="nonsense") == "InvalidNextTokenException"
    # It is there after a restart, and after a kill, each event once.
    node.processes[-1].kill(signal.SIGKILL)
    node.start("up")
    wait_for(lambda: len(lookup("EventName", "Action4")) == 24)
    assert len(lookup()) == 121
