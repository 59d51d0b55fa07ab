"""A wall clock that leaps: nothing is cut or digested by it until it returns or is accepted; nothing is lost."""

import datetime
import json
import pathlib
import subprocess

import pytest

from events import event, lines
from node import records
from test_digests import validate, wait_for

SOURCE = pathlib.Path(__file__).parent / "leaping_clock.c"


@pytest.fixture
def leaping(node, tmp_path, monkeypatch):
    """A running node whose wall clock is moved by a file: seconds."""
    library, offset = tmp_path / "leaping_clock.so", tmp_path / "offset"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    offset.write_text("0")
    with monkeypatch.context() as environment:
        environment.setenv("LD_PRELOAD", str(library))
        environment.setenv("LEAPING_CLOCK", str(offset))
        node.start("up", "--digest-period", "5s")
    return node, offset


def held(node):
    return "the clock is not believed" in node.processes[0].text()


def ids(node):
    return {json.loads(r)["eventID"] for f in node.files() for r in records(f)}


def years(node):
    return {f.parts[-4] for f in (node.data / "buckets").rglob("*.json.gz")}


def test_a_clock_that_leaps_holds_cuts_and_digests_until_it_returns(leaping):
    node, offset = leaping
    first, second = event(), event()
    assert node.post(lines(first))[0] == 200
    wait_for(lambda: first["eventID"] in ids(node))
    offset.write_text(str(400 * 86_400))
    wait_for(lambda: held(node))
    before = len(list((node.data / "buckets").rglob("*.json.gz")))
    assert node.post(lines(second))[0] == 200, "the door goes on"
    status = node.command("status", check=False).stdout.decode()
    assert "clockLeapt" in status and "cairn clock accept" in status
    assert len(list((node.data / "buckets").rglob("*.json.gz"))) == before
    offset.write_text("0")
    wait_for(lambda: second["eventID"] in ids(node))
    assert years(node) == {f"{datetime.datetime.now(datetime.timezone.utc):%Y}"}
    # Digests go on as if nothing had been. What a leap does to signing keys, SigningWindowTests shows.
    assert validate(node)[0] == 0


def test_a_leap_that_is_accepted_is_gone_by_and_is_an_event(leaping):
    node, offset = leaping
    node.wait_delivered()
    offset.write_text("7200")
    wait_for(lambda: held(node))
    sent = event()
    assert node.post(lines(sent))[0] == 200
    node.command("clock", "accept")
    wait_for(lambda: sent["eventID"] in ids(node))
    wait_for(lambda: any(
        json.loads(r)["eventName"] == "AcceptClock"
        for f in node.all_files() if "CloudTrail-Digest" not in f.parts for r in records(f, own=True)))
