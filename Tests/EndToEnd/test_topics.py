"""Notices that are passed on: to SNS and SQS as moto's server speaks them, and to webhooks."""

import base64
import json
import signal
import time

import boto3
import pytest
from standardwebhooks.webhooks import Webhook as Verifier

import node as nodes
from events import event, lines
from moto_server import Moto
from node import wait_for
from webhook_server import Webhook

TOPIC = "cairn-deliveries"


@pytest.fixture
def node(tmp_path):
    made = nodes.Node(tmp_path / "node", "--cut-age", "200ms", "--log-level", "notice", "--regions", "us-east-1")
    yield made
    made.stop(signal.SIGKILL)


@pytest.fixture
def aws(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    made = Moto(tmp_path, "sqs")
    made.flags = ["--sns-endpoint", made.endpoint, "--sqs-endpoint", made.endpoint]
    made.sns = boto3.client(
        "sns", endpoint_url=made.endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret")
    yield made
    made.stop()


@pytest.fixture
def webhook(tmp_path):
    made = Webhook(tmp_path)
    yield made
    made.stop()


def deliver(node, count):
    """So many files, one after the other."""
    for _ in range(count):
        assert node.post(lines(event()))[0] == 200
        node.wait_delivered()


def announced(message):
    notice = json.loads(message)
    assert set(notice) == {"s3Bucket", "s3ObjectKey"} and len(notice["s3ObjectKey"]) == 1
    return notice["s3ObjectKey"][0]


def keys(node):
    """The keys of all files, as notices name them."""
    return {str(file.relative_to(node.data / "buckets" / "cairn-logs")) for file in node.all_files()}


def is_just(found, wanted, node):
    """All that is wanted was announced, and nothing else than files; cairn's own first files may be among them."""
    return wanted <= set(found) <= keys(node)


def received(aws, url):
    """All messages of a queue of SQS, acknowledged."""
    found = []
    while True:
        got = aws.client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages", [])
        if not got:
            return found
        found += got
        for message in got:
            aws.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def queue(aws, name, **attributes):
    url = aws.client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, aws.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def subscriptions(node):
    """Rows of 'cairn topics list' by name: behind, dead."""
    rows = [line.split() for line in node.command("topics", "list").stdout.decode().splitlines()[1:]]
    return {row[1]: (int(row[3]), int(row[4])) for row in rows}


def test_one_topic_goes_to_sns_to_sqs_and_to_a_webhook(node, aws, webhook):
    node.start("up", *aws.flags, *webhook.flags)
    direct, direct_arn = queue(aws, "direct")
    behind, behind_arn = queue(aws, "behind-topic")
    fifo, fifo_arn = queue(aws, "ordered.fifo", FifoQueue="true")
    raw, raw_arn = queue(aws, "raw")
    topic = aws.sns.create_topic(Name="audit")["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=behind_arn)
    for name, arn in [("sns", topic), ("sqs", direct_arn), ("fifo", fifo_arn)]:
        node.command("topics", "subscribe", TOPIC, name, "--to", arn)
    node.command("topics", "subscribe", TOPIC, "raw", "--to", raw_arn, "--raw")
    secret = node.command("topics", "subscribe", TOPIC, "soc", "--to", webhook.url).stdout.decode().strip()
    before = keys(node)
    deliver(node, 5)
    wait_for(lambda: len(subscriptions(node)) == 5 and all(behind == 0 for behind, _ in subscriptions(node).values()))
    wanted = keys(node) - before
    assert len(wanted) >= 5

    def enveloped(message):
        body = json.loads(message["Body"])
        assert body["Type"] == "Notification"
        assert body["TopicArn"] in [topic, f"arn:aws:sns:us-east-1:111122223333:{TOPIC}"]
        return announced(body["Message"])

    assert is_just([enveloped(one) for one in received(aws, direct)], wanted, node)
    assert is_just([enveloped(one) for one in received(aws, behind)], wanted, node)
    ordered = received(aws, fifo)
    found = [enveloped(one) for one in ordered]
    assert is_just(found, wanted, node) and len(found) == len(set(found))
    by_group = {}
    for one in ordered:
        by_group.setdefault(one["Attributes"]["MessageGroupId"], []).append(json.loads(one["Body"])["Timestamp"])
    assert all(times == sorted(times) for times in by_group.values())
    assert is_just([announced(one["Body"]) for one in received(aws, raw)], wanted, node)
    assert secret.startswith("whsec_") and is_just([announced(body) for _, body in webhook.posts], wanted, node)
    for headers, body in webhook.posts:
        Verifier(secret).verify(body, headers)
    assert len({headers["webhook-id"] for headers, _ in webhook.posts}) == len({body for _, body in webhook.posts})
    # Who sees the list of subscriptions does not see a webhook's path, which may be its password.
    assert b"s3cret-path" not in node.command("topics", "list").stdout
    node.command("topics", "unsubscribe", TOPIC, "soc")
    wait_for(lambda: "soc" not in subscriptions(node))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    for file in node.data.rglob("*"):
        if file.is_file():
            found = file.read_bytes()
            assert key not in found and secret.encode() not in found, file


def test_a_fifo_topic_of_sns_gets_each_lane_in_order(node, aws):
    node.start("up", *aws.flags)
    url, arn = queue(aws, "audit.fifo", FifoQueue="true")
    topic = aws.sns.create_topic(Name="audit.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    node.command("topics", "subscribe", TOPIC, "fifo", "--to", topic)
    before = keys(node)
    deliver(node, 4)
    wait_for(lambda: subscriptions(node)["fifo"][0] == 0)
    got = received(aws, url)
    wanted = keys(node) - before
    found = [announced(one["Body"]) for one in got]
    assert is_just(found, wanted, node) and len(found) == len(set(found))
    groups = {one["Attributes"]["MessageGroupId"] for one in got}
    assert len(groups) == 1, "one lane is one group"
    assert len({one["Attributes"]["MessageDeduplicationId"] for one in got}) == len(got)


def test_what_is_away_delays_its_own_notices_only_and_gets_them_all_later(node, aws, webhook):
    node.start("up", *aws.flags, *webhook.flags)
    webhook.status = lambda body: 503
    url, arn = queue(aws, "steady")
    node.command("topics", "subscribe", TOPIC, "soc", "--to", webhook.url)
    node.command("topics", "subscribe", TOPIC, "steady", "--to", arn)
    before = keys(node)
    deliver(node, 3)
    wanted = keys(node) - before
    wait_for(lambda: subscriptions(node)["steady"][0] == 0)
    assert len(received(aws, url)) >= len(wanted)
    wait_for(lambda: b"soc" in node.command("status", check=False).stdout)
    status = node.command("status", check=False)
    assert status.returncode == 1 and b"localhost answers with status 503" in status.stdout
    assert b"secret" not in status.stdout
    # A crash in the middle: what was not taken is sent after it.
    node.stop(signal.SIGKILL)
    node.start("up", *aws.flags, *webhook.flags)
    webhook.status = lambda body: 200
    wait_for(lambda: subscriptions(node)["soc"][0] == 0)
    assert is_just([announced(body) for _, body in webhook.posts], wanted, node)
    assert b"not taken" not in node.command("status", check=False).stdout


def test_what_is_refused_for_too_long_becomes_a_dead_letter_and_holds_up_nobody(node, webhook):
    node.start("up", *webhook.flags)
    node.command("topics", "subscribe", TOPIC, "soc", "--to", webhook.url, "--dead-after", "0s")
    webhook.status = lambda body: 422
    before = keys(node)
    deliver(node, 2)
    wanted = keys(node) - before
    wait_for(lambda: (found := subscriptions(node)["soc"])[0] == 0 and found[1] >= len(wanted))
    webhook.status = lambda body: 200
    deliver(node, 1)
    wait_for(lambda: webhook.posts)
    assert b"noticesDead" in node.command("status", check=False).stdout
    shown = node.command("topics", "dead-letters", TOPIC, "soc").stdout.splitlines()
    assert is_just([announced(json.loads(line)["message"]) for line in shown], wanted, node)
    assert all("status 422" in json.loads(line)["reason"] for line in shown)
    node.command("topics", "dead-letters", TOPIC, "soc", "--send-again", *webhook.flags)
    assert {announced(body) for _, body in webhook.posts} >= wanted
    # The id is that of the first time.
    ids = {announced(body): headers["webhook-id"] for headers, body in webhook.refused}
    for headers, body in webhook.posts:
        assert ids.get(announced(body), headers["webhook-id"]) == headers["webhook-id"]
    assert node.command("topics", "dead-letters", TOPIC, "soc").stdout == b""


def test_a_notice_that_is_never_answered_holds_up_nobody_elses(tmp_path, webhook):
    node = nodes.Node(
        tmp_path / "node", "--cut-age", "200ms", "--log-level", "notice", "--regions", "us-east-1,eu-west-1", "--partitions", "1")
    try:
        # Both Regions' notices are in one batch, and those of one are never answered.
        webhook.status = lambda body: time.sleep(40) or 200 if b"eu-west-1" in body else 200
        node.start("up", *webhook.flags)
        node.command("topics", "subscribe", TOPIC, "soc", "--to", webhook.url)
        before = keys(node)
        assert node.post(lines(event(awsRegion="eu-west-1"), event(awsRegion="us-east-1")))[0] == 200
        node.wait_delivered()
        for _ in range(4):
            deliver(node, 1)
            wanted = {key for key in keys(node) - before if "us-east-1" in key}
            # As long as an answer is waited for, and no longer.
            wait_for(lambda: wanted <= {announced(body) for _, body in webhook.posts}, seconds=120)
        found = [announced(body) for _, body in webhook.posts if b"us-east-1" in body]
        assert len(found) == len(set(found)), "each once"
        assert subscriptions(node)["soc"][1] == 0
        # It is told, and what is told is whose matter it is.
        wait_for(lambda: subscriptions(node)["soc"][0] >= 1)
    finally:
        node.stop(signal.SIGKILL)


def test_a_secret_changes_without_a_gap(node, webhook):
    node.start("up", *webhook.flags)
    old = node.command("topics", "subscribe", TOPIC, "soc", "--to", webhook.url).stdout.decode().strip()
    new = node.command("topics", "rotate-secret", TOPIC, "soc", "--overlap", "1h").stdout.decode().strip()
    assert new != old
    # The forwarder looks once a second.
    wait_for(lambda: (deliver(node, 1), any(len(headers["webhook-signature"].split()) == 2 for headers, _ in webhook.posts))[1])
    headers, body = next(post for post in webhook.posts if len(post[0]["webhook-signature"].split()) == 2)
    for secret in [old, new]:
        Verifier(secret).verify(body, headers)
    newest = node.command("topics", "rotate-secret", TOPIC, "soc", "--overlap", "0s").stdout.decode().strip()
    wait_for(lambda: (deliver(node, 1), len(webhook.posts[-1][0]["webhook-signature"].split()) == 1)[1])
    Verifier(newest).verify(webhook.posts[-1][1], webhook.posts[-1][0])
    report = node.command("keys", "check").stdout.decode()
    assert "other secrets" in report and "nothing names" not in report


def test_webhooks_lead_nowhere_inside_and_no_redirect_is_followed(node, webhook):
    # Not named in --webhook-hosts: an address of this machine, whatever name it has.
    port = webhook.url.split(":")[2].split("/")[0]
    node.start("up", "--topic-ca-file", str(webhook.cert))
    node.command("topics", "subscribe", TOPIC, "port", "--to", webhook.url)
    node.command("topics", "subscribe", TOPIC, "inner", "--to", "https://localhost/hook")
    node.command("topics", "subscribe", TOPIC, "metadata", "--to", "https://169.254.169.254/latest/meta-data")
    deliver(node, 1)
    wait_for(lambda: node.command("status", check=False).stdout.count(b"cairn-deliveries/") == 3)
    status = node.command("status", check=False).stdout.decode()
    assert f"localhost:{port}: webhooks are posted to port 443" in status
    assert "which is no public address" in status and "169.254.169.254 is 169.254.169.254" in status
    node.stop()
    webhook.status = lambda body: 302
    node.start("up", *webhook.flags)
    wait_for(lambda: webhook.refused)
    wait_for(lambda: b"localhost answers with status 302" in node.command("status", check=False).stdout)
    assert not webhook.posts


@pytest.mark.parametrize("to, reason", [
    ("http://example.com/hook", "expected https://HOST/PATH"), ("https://user:pass@example.com/", "must not name a user"),
    ("https://example.com:0/", "a port from 1 to 65535"), ("https://exa mple.com/", "without spaces"),
    ("https://example.com\\@169.254.169.254/", "must not have"), ("arn:aws:sns:us-east-1:111122223333:bad topic", "expected arn:"),
    ("arn:aws:s3:::bucket", "expected arn:"), ("ftp://example.com", "expected the ARN"),
])
def test_a_destination_that_is_none_is_refused(node, to, reason):
    node.start("up")
    refused = node.command("topics", "subscribe", TOPIC, "x", "--to", to, check=False)
    assert refused.returncode == 2 and reason in refused.stderr.decode(), refused.stderr


def test_an_sns_topic_that_is_not_there_is_told_with_its_reason(node, aws):
    node.start("up", *aws.flags)
    node.command("topics", "subscribe", TOPIC, "gone", "--to", "arn:aws:sns:us-east-1:123456789012:gone")
    node.command("topics", "subscribe", TOPIC, "lost", "--to", "arn:aws:sqs:us-east-1:123456789012:lost")
    deliver(node, 1)
    wait_for(lambda: node.command("status", check=False).stdout.count(b"cairn-deliveries/") == 2)
    status = node.command("status", check=False).stdout.decode()
    assert "NotFound" in status and "NonExistentQueue" in status or "QueueDoesNotExist" in status, status
    aws.sns.create_topic(Name="gone")
    queue(aws, "lost")
    wait_for(lambda: all(behind == 0 for behind, _ in subscriptions(node).values()))
