"""A wall clock that leaps: nothing is cut or digested by it until it returns or is accepted; nothing is lost."""

import contextlib
import datetime
import json
import pathlib
import subprocess

import pytest

from events import event, lines
from node import records, wait_for
from test_digests import validate

SOURCE = pathlib.Path(__file__).parent / "leaping_clock.c"


class Clock:
    """A wall clock that a file moves: seconds."""

    def __init__(self, folder, monkeypatch):
        self.library, self.offset = folder / "leaping_clock.so", folder / "offset"
        self.monkeypatch = monkeypatch
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library, SOURCE, "-ldl"], check=True)
        self.move(0)

    def move(self, seconds):
        self.offset.write_text(str(seconds))

    @contextlib.contextmanager
    def running(self, kept=False):
        """What is started here has this clock."""
        with self.monkeypatch.context() as environment:
            environment.setenv("LD_PRELOAD", str(self.library))
            environment.setenv("LEAPING_CLOCK", str(self.offset))
            if kept:
                environment.setenv("LEAPING_CLOCK_KEPT", "yes")
            yield

    def start(self, node, role="up", kept=False):
        with self.running(kept):
            return node.start(role, "--digest-period", "5s")


@pytest.fixture
def clock(tmp_path, monkeypatch):
    return Clock(tmp_path, monkeypatch)


@pytest.fixture
def leaping(node, clock):
    clock.start(node)
    return node, clock.offset


def held(node):
    """Whether all partitions wait: what was under way when the clock leapt is finished."""
    text = node.processes[0].text()
    return "the clock is not believed" in text and text.count("a partition waits for the clock") == len(node.partitions()[0])


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


def test_a_leap_that_is_accepted_is_gone_by_and_is_an_event(leaping, clock):
    node, offset = leaping
    node.wait_delivered()
    offset.write_text("7200")
    wait_for(lambda: held(node))
    sent = event()
    assert node.post(lines(sent))[0] == 200
    # By the right clock, which is not the node's: that is not what the operator meant.
    node.command("clock", "accept")
    wait_for(lambda: "the clock is not what was accepted" in node.processes[0].text())
    with clock.running():
        node.command("clock", "accept")
    wait_for(lambda: sent["eventID"] in ids(node))
    wait_for(lambda: any(
        json.loads(r)["eventName"] == "AcceptClock"
        for f in node.all_files() if "CloudTrail-Digest" not in f.parts for r in records(f, own=True)))


def test_a_worker_that_waits_for_a_lease_hears_of_an_acceptance_too(node, clock):
    clock.start(node, "serve")
    owner = clock.start(node, "work")
    first, second = event(), event()
    assert node.post(lines(first))[0] == 200
    wait_for(lambda: first["eventID"] in ids(node))
    waiting = clock.start(node, "work")
    clock.move(7_200)
    wait_for(lambda: all("the clock is not believed" in process.text() for process in node.processes))
    with clock.running():
        node.command("clock", "accept")
    wait_for(lambda: all("the clock is accepted" in process.text() for process in node.processes))
    owner.kill()
    assert node.post(lines(second))[0] == 200
    wait_for(lambda: second["eventID"] in ids(node))
    assert "waits for the clock" not in waiting.text().split("the clock is accepted")[1]


def test_a_clock_that_nothing_keeps_is_not_believed_days_after_the_newest_cut(node, clock):
    clock.start(node)
    first, second, third = event(), event(), event()
    assert node.post(lines(first))[0] == 200
    node.wait_delivered()
    node.stop()
    clock.move(3 * 86_400)
    clock.start(node)
    wait_for(lambda: held(node))
    assert "adjtimex" in node.command("status", check=False).stdout.decode()
    assert node.post(lines(second))[0] == 200
    assert years(node) and second["eventID"] not in ids(node)
    with clock.running():
        node.command("clock", "accept")
    wait_for(lambda: second["eventID"] in ids(node))
    node.stop()
    # One that a time service keeps is believed.
    clock.move(6 * 86_400)
    clock.start(node, kept=True)
    assert node.post(lines(third))[0] == 200
    wait_for(lambda: third["eventID"] in ids(node))
    assert not held(node)
