"""Event history by the command line: printed, filtered, downloaded, made anew from log files, shredded."""

import csv
import io
import json
import shutil
import signal
import time

import pytest

import node as nodes
from events import event, lines
from node import wait_for


@pytest.fixture
def node(tmp_path):
    made = nodes.Node(
        tmp_path / "node", "--cut-age", "200ms", "--log-level", "notice", "--regions", "us-east-1,us-east-2",
        "--dedupe-window", "1s")
    yield made
    made.stop(signal.SIGKILL)


def now(back=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - back))


def found(node, *arguments):
    """The events that the command prints, newest first; not those of cairn itself."""
    done = node.command("events", "--format", "json", "--all", *arguments)
    return [e for e in json.loads(done.stdout)["Records"] if not e["eventSource"].endswith(".cairn")]


def ids(node, *arguments):
    return [e["eventID"] for e in found(node, *arguments)]


def test_events_are_printed_filtered_and_downloaded(node):
    node.start("up")
    sent = [
        event(
            eventTime=now(back=i), eventName=f"Action{i % 3}", eventID=f"id-{i}", awsRegion=f"us-east-{1 + i % 2}",
            sourceIPAddress="192.0.2.1", userAgent="=HYPERLINK(\"http://evil.example\")",
            userIdentity={"type": "IAMUser", "userName": f"user-{i % 2}, \"x\""})
        for i in range(30)]
    node.post(lines(*sent))
    wait_for(lambda: len(found(node)) == 30)
    assert ids(node) == [e["eventID"] for e in sent]
    [one] = found(node, "--attribute", "EventId=id-7")
    assert one.items() >= sent[7].items()
    assert len(found(node, "--attribute", "EventName=Action1", "--region", "us-east-2")) == 5
    assert ids(node, "--start-time", now(back=5), "--end-time", now(back=3)) != []
    assert found(node, "--account", "444455556666") == [] and found(node, "--attribute", "EventName=action1") == []
    text = node.command("events", "--format", "csv", "--all", "--attribute", "EventId=id-3").stdout.decode()
    head, row = csv.reader(io.StringIO(text))
    cells = dict(zip(head, row))
    assert cells["User name"] == 'user-1, "x"' and cells["Event ID"] == "id-3" and cells["AWS Region"] == "us-east-2"
    assert cells["User agent"] == "'=HYPERLINK(\"http://evil.example\")" and cells["Source IP address"] == "192.0.2.1"
    # A mark behind a quote, a comma or a sign makes it nothing else to a reader of CSV.
    node.post(lines(event(
        eventTime=now(), eventID="marked", userAgent='a"\u0301,=cmd|calc', errorCode=",\u0301x", sourceIPAddress="=\u03011")))
    wait_for(lambda: ids(node, "--attribute", "EventId=marked"))
    text = node.command("events", "--format", "csv", "--all", "--attribute", "EventId=marked").stdout.decode()
    cells = dict(zip(head, list(csv.reader(io.StringIO(text)))[1]))
    assert cells["User agent"] == 'a"\u0301,=cmd|calc' and cells["Error code"] == ",\u0301x"
    assert cells["Source IP address"] == "'=\u03011" and cells["Event ID"] == "marked"
    table = node.command("events", "--limit", "3", "--attribute", "EventSource=test.example.com")
    assert len(table.stdout.splitlines()) == 4 and b"--all" in table.stderr
    for wrong in (["--attribute", "Name=x"], ["--attribute", "EventName"], ["--limit", "0"], ["--region", "nowhere"],
                  ["--account", "1"], ["--start-time", "soon"], ["--format", "xml"]):
        assert node.command("events", *wrong, check=False).returncode in (2, 64), wrong


def test_history_is_made_anew_from_log_files(node):
    node.flags += ["--segment-bytes", "1MiB"]
    node.start("up")
    node.command("trails", "update", "main", "--multi-region", "true")
    node.command("trails", "create", "second", "--bucket", "second", "--start")
    sent = []
    for i in range(60):
        # Much, so that the log lets go of what came first.
        sent.append(event(eventTime=now(), eventID=f"id-{i}", awsRegion=f"us-east-{1 + i % 2}", requestParameters={"x": "y" * 100_000}))
        wait_for(lambda: node.post(lines(sent[-1]))[0] == 200)
    old = event(eventID="old", eventTime="2026-03-01T10:12:44Z")
    data = event(eventID="data", eventTime=now(), eventCategory="Data", managementEvent=False)
    node.post(lines(old, data))
    wait_for(lambda: len(ids(node)) == 60)
    node.wait_delivered()
    assert b"uses" in node.command("events", "rebuild", check=False).stderr
    assert node.stop() == [0]
    shutil.rmtree(node.data / "history")
    done = node.command("events", "rebuild")
    assert b"management events from" in done.stderr
    node.start("up")
    wait_for(lambda: sorted(set(ids(node))) == sorted(e["eventID"] for e in sent))
    assert len(ids(node)) == 60
    # What comes now goes behind it.
    one = event(eventTime=now(), eventID="new")
    node.post(lines(one))
    wait_for(lambda: ids(node, "--attribute", "EventId=new") == ["new"])
    assert not (node.data / "history.new").exists() and not (node.data / "history.old").exists()
    # A file that cannot be read ends it, and leaves what there is.
    node.stop()
    victim = next(f for f in node.files())
    victim.write_bytes(b"no log file")
    done = node.command("events", "rebuild", check=False)
    assert done.returncode == 1 and b"--skip-unreadable" in done.stderr and len(ids(node)) == 61
    assert b"1 could not be read" in node.command("events", "rebuild", "--skip-unreadable").stderr


def test_what_is_shredded_is_in_history_no_more(node):
    node.flags += ["--key-period", "minute"]
    node.start("up")
    node.post(lines(event(eventTime=now(), eventID="secret")))
    wait_for(lambda: ids(node) == ["secret"])

    def shred():
        made = [time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - back)) for back in (60, 120, 180)]
        return any(
            node.command("keys", "shred", "--history", "--account", "111122223333", "--period", period, "--yes",
                         check=False).returncode == 0 for period in made)
    wait_for(lambda: shred() and not ids(node), 150)
    assert node.command("keys", "shred", "--account", "111122223333", "--period", "2020-01", "--yes", check=False).returncode == 2
    node.post(lines(event(eventTime=now(), eventID="later")))
    wait_for(lambda: ids(node) == ["later"])
