"""Events that trails send one by one, to CloudWatch Logs and to EventBridge: as moto's server speaks them, and a stricter one."""

import collections
import json
import signal

import boto3
import pytest

import node as nodes
from events import event, lines
from feeds_server import Feeds
from moto_server import Moto
from node import wait_for

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit:*"
BUS = "arn:aws:events:us-east-1:111122223333:event-bus/audit"
STREAM = "111122223333_CloudTrail_us-east-1"


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def node(tmp_path):
    # Nothing is cut while a test runs: what arrives did not wait for a log file.
    made = nodes.Node(tmp_path / "node", "--cut-age", "10m", "--log-level", "notice", "--regions", "us-east-1")
    yield made
    made.stop(signal.SIGKILL)


@pytest.fixture
def feeds():
    made = Feeds()
    yield made
    made.stop()


def ids(messages):
    return [json.loads(message)["eventID"] for message in messages]


def post(node, *events):
    assert node.post(lines(*events))[0] == 200
    return [one["eventID"] for one in events]


def test_a_log_group_and_a_bus_of_moto_get_each_event_as_it_comes_in(node, tmp_path):
    moto = Moto(tmp_path, "logs")
    try:
        client = {"logs": moto.client, "events": boto3.client(
            "events", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret")}
        for group in ("audit", "from-the-bus"):
            client["logs"].create_log_group(logGroupName=group)
        client["events"].create_event_bus(Name="audit")
        client["events"].put_rule(Name="all", EventBusName="audit", EventPattern=json.dumps(
            {"detail-type": ["AWS API Call via CloudTrail", "AWS Console Signin via CloudTrail"]}))
        client["events"].put_targets(Rule="all", EventBusName="audit", Targets=[
            {"Id": "1", "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:from-the-bus"}])
        node.start("up", "--logs-endpoint", moto.endpoint, "--events-endpoint", moto.endpoint)
        node.command("trails", "update", "main", "--log-group", GROUP, "--event-bus", BUS)
        sent = [event(awsRegion="us-east-1") for _ in range(20)]
        sent.append(event(awsRegion="us-east-1", eventType="AwsConsoleSignIn", eventSource="signin.amazonaws.com"))
        # Both readers have begun.
        wait_for(lambda: any(ids_of(client["logs"], "audit", STREAM) for _ in [post(node, event(awsRegion="us-east-1"))]))
        wanted = post(node, *sent)
        wait_for(lambda: set(wanted) <= set(ids_of(client["logs"], "audit", STREAM)))
        found = [one for one in ids_of(client["logs"], "audit", STREAM) if one in wanted]
        assert found == wanted, "in order, each once"
        # There may be a file of what came in before the trail knew of the group.
        filed = {one["eventID"] for file in node.all_files() for one in map(json.loads, nodes.records(file))}
        assert not filed & set(wanted), "no log file was needed"

        def on_the_bus():
            streams = client["logs"].describe_log_streams(logGroupName="from-the-bus")["logStreams"]
            events = [one for stream in streams for one in client["logs"].get_log_events(
                logGroupName="from-the-bus", logStreamName=stream["logStreamName"])["events"]]
            return [json.loads(one["message"]) for one in events]
        wait_for(lambda: set(wanted) <= {one["detail"]["eventID"] for one in on_the_bus()})
        last = [one for one in on_the_bus() if one["detail"]["eventID"] == wanted[-1]][0]
        assert (last["detail-type"], last["source"]) == ("AWS Console Signin via CloudTrail", "aws.signin")
        assert sent[-1].items() <= last["detail"].items() and last["region"] == "us-east-1"
    finally:
        moto.stop()


def ids_of(client, group, stream):
    try:
        found = client.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, limit=10_000)["events"]
    except client.exceptions.ResourceNotFoundException:
        return []
    return ids(one["message"] for one in found)


def started(node, feeds, *flags):
    """A node whose main trail sends to the strict server, and does so already."""
    node.start("up", *feeds.flags)
    node.command("trails", "update", "main", *flags)

    def has_begun():
        post(node, event(awsRegion="us-east-1"))
        return feeds.groups.get(("audit", STREAM)) or feeds.bus
    wait_for(has_begun)
    [last] = post(node, event(awsRegion="us-east-1"))
    wait_for(lambda: last in ids(feeds.groups.get(("audit", STREAM), [])) or any(last in entry["Detail"] for entry in feeds.bus))
    feeds.batches.clear()


def test_a_log_group_that_asks_for_tokens_splits_batches_and_fails(node, feeds):
    started(node, feeds, "--log-group", GROUP)
    stream = feeds.groups["audit", STREAM]
    assert "CreateLogStream" in feeds.calls
    # Somebody else wrote to the stream; a call was taken and its answer lost; the service is busy.
    feeds.tokens["audit", STREAM] = "of another"
    feeds.accidents += [(400, "DataAlreadyAcceptedException"), (400, "ThrottlingException"), (503, "ServiceUnavailableException")]
    lost = post(node, event(awsRegion="us-east-1"))
    wait_for(lambda: len(feeds.accidents) < 3)
    wanted = post(node, *[event(awsRegion="us-east-1") for _ in range(5)])
    wait_for(lambda: set(wanted) <= set(ids(stream)))
    assert lost[0] not in ids(stream), "it was taken before, as the service said"
    # One that is never taken is left out, in halves until it is alone; one that is too large is not even sent.
    bad = event(awsRegion="us-east-1", requestParameters={"x": "poisonous"})
    # The door takes 256 KB; what it fills in makes it more.
    large = event(awsRegion="us-east-1", requestParameters={"x": ""})
    large["requestParameters"]["x"] = "y" * (262_144 - len(lines(large).strip()))
    around = [event(awsRegion="us-east-1", errorMessage='tab\t "quoted" \\ € \u0001') for _ in range(7)]
    wanted = post(node, *around[:3], bad, large, *around[3:])
    wait_for(lambda: {one["eventID"] for one in around} <= set(ids(stream)))
    kept = [json.loads(one) for one in stream]
    kept = [one for one in kept if one["eventID"] in wanted]
    assert len(kept) == 7 and all(sent.items() <= one.items() for sent, one in zip(around, kept)), "as they came in, in order"
    found = node.command("status", check=False)
    assert b"eventsNotSent" in found.stdout and b"larger than 256 KB" in found.stdout and b"refused: InvalidParameterException" in found.stdout
    # More than one call takes.
    feeds.most = 50
    many = post(node, *[event(awsRegion="us-east-1") for _ in range(400)])
    wait_for(lambda: set(many) <= set(ids(stream)))
    assert [one for one in ids(stream) if one in set(many)] == many and max(feeds.batches) <= 400


def test_a_log_group_that_is_away_is_named_and_gets_all_later(node, feeds):
    feeds.made.clear()
    node.start("up", *feeds.flags)
    node.command("trails", "update", "main", "--log-group", GROUP)
    wanted = post(node, *[event(awsRegion="us-east-1") for _ in range(3)])
    status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"make the log group" in s.stdout and s)
    assert b"not taken: events are sent to these again and again" in status.stdout
    feeds.accidents += ["reject"]
    feeds.made.add("audit")
    node.stop(signal.SIGKILL)
    node.start("up", *feeds.flags)
    wanted += post(node, *[event(awsRegion="us-east-1") for _ in range(3)])
    wait_for(lambda: set(wanted[3:]) <= set(ids(feeds.groups.get(("audit", STREAM), []))), seconds=60)
    found = ids(feeds.groups["audit", STREAM])
    # The first ones came before the trail's change was in force, or after it; from the first that was sent on, none is missing.
    begun = wanted.index(next(one for one in found if one in wanted))
    assert [one for one in dict.fromkeys(found) if one in wanted] == wanted[begun:]
    wait_for(lambda: node.command("status", check=False).returncode == 0)


def test_a_bus_that_takes_a_part_gets_the_rest_again(node, feeds):
    started(node, feeds, "--event-bus", BUS)
    feeds.accidents += ["partial", "partial", (500, "InternalException"), "partial"]
    sent = [event(awsRegion="us-east-1", eventSource=f"{name}.amazonaws.com") for name in ["ec2", "kms", "s3"] * 9]
    own = event(awsRegion="us-east-1", eventSource="orders.example.com")
    wanted = post(node, *sent, own)
    taken = {one["eventID"] for one in sent + [own] if not one["eventSource"].startswith("kms")}
    wait_for(lambda: taken <= {json.loads(entry["Detail"])["eventID"] for entry in feeds.bus})
    entries = {json.loads(entry["Detail"])["eventID"]: entry for entry in feeds.bus}
    assert entries[own["eventID"]]["Source"] == "orders.example.com" and entries[wanted[0]]["Source"] == "aws.ec2"
    assert all(entry["EventBusName"] == "audit" and entry["Resources"] == [] for entry in feeds.bus)
    status = wait_for(lambda: (s := node.command("status", check=False)) and b"NotAuthorizedForSourceException" in s.stdout and s)
    assert b"eventsNotSent" in status.stdout
    # What was taken is not sent again for what was not, and what is left out counts once.
    counts = collections.Counter(json.loads(entry["Detail"])["eventID"] for entry in feeds.bus)
    assert {name: counts[name] for name in taken} == {name: 1 for name in taken}
    assert "cairn_unsent_events_total 9" in node.get("/metrics", {"Authorization": f"Bearer {node.token()}"})[1]


def test_kills_in_between_repeat_and_lose_nothing(node, feeds):
    started(node, feeds, "--log-group", GROUP)
    wanted = []
    for _ in range(6):
        wanted += post(node, *[event(awsRegion="us-east-1") for _ in range(20)])
        node.stop(signal.SIGKILL)
        node.start("up", *feeds.flags)
    wait_for(lambda: set(wanted) <= set(ids(feeds.groups["audit", STREAM])), seconds=60)
    # In order, if copies are left out.
    assert [one for one in dict.fromkeys(ids(feeds.groups["audit", STREAM])) if one in set(wanted)] == wanted


@pytest.mark.parametrize("flags, says", [
    (["--log-group", "audit"], b"not an ARN"), (["--log-group", BUS], b"expected the ARN of a log group"),
    (["--event-bus", GROUP], b"expected the ARN of an event bus"),
    (["--log-group", "arn:aws:logs:us-east-1:111122223333:log-group:"], b"not a log group or an event bus"),
])
def test_destinations_that_are_none_are_refused(node, flags, says):
    node.start("up")
    done = node.command("trails", "update", "main", *flags, check=False)
    assert done.returncode != 0 and says in done.stderr, done.stderr.decode()
