"""What went wrong elsewhere, told again with cairn in the part that failed: rows R28 to R57 of what users ask for.

Each test's name begins with its row. Rows that are held by tests of other files, or do not apply yet, are in docs/TESTING.md.
"""

import json
import pathlib
import re
import signal
import time

import pytest

import validator
from events import event, lines
from node import records, wait_for
from test_digests import PERIOD, validate, wait_hours


def ids(node):
    return [json.loads(r)["eventID"] for f in node.files() for r in records(f)]


def send(node, count, size=1):
    """Posts events and gives their ids, all of them acknowledged."""
    sent = []
    while len(sent) < count:
        batch = [event() for _ in range(min(size, count - len(sent)))]
        status, answer = node.post(lines(*batch))
        assert status == 200 and answer["accepted"] == len(batch), answer
        sent += [one["eventID"] for one in batch]
    return sent


def metrics(node):
    return node.get("/metrics", {"Authorization": f"Bearer {node.token()}"})[1]


def segments(node):
    return sorted(f for f in (node.data / "log").rglob("*.segment"))


def finding(node, kind):
    return kind in node.command("status", check=False).stdout.decode()


def late(node):
    """Nothing is delivered while it runs."""
    node.flags[node.flags.index("--cut-age") + 1] = "1h"


def soon(node):
    node.flags[node.flags.index("--cut-age") + 1] = "200ms"


def flip(file, at):
    with open(file, "r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1]))


def where(file, number):
    """Where the frame of that number begins."""
    content = file.read_bytes()
    found = [m.start() for m in re.finditer(b"FRM2", content)]
    return found[number]


def test_R28_a_killed_process_leaves_damaged_metadata_and_every_whole_record_is_delivered(node):
    late(node)
    node.start("up")
    sent = send(node, 40)
    node.stop(signal.SIGKILL)
    for file in segments(node):
        flip(file, 3)
    soon(node)
    node.start("up")
    node.wait_delivered()
    assert sorted(ids(node)) == sorted(sent)


def test_R32_R49_one_damaged_record_costs_itself_not_the_start_and_its_loss_is_an_event(node):
    # cairn's own first events, of making keys, are over.
    node.start("up")
    wait_for(lambda: (node.data / "buckets" / "public-keys.json").exists())
    node.wait_delivered()
    node.stop()
    late(node)
    node.start("up")
    sent = send(node, 40)
    node.stop(signal.SIGKILL)
    file = max(segments(node), key=lambda f: f.read_bytes().count(b"FRM2"))
    flip(file, where(file, -10) + 80)
    soon(node)
    node.start("up")
    node.wait_delivered()
    found = [json.loads(r) for f in node.files() for r in records(f)]
    [gap] = [one for one in found if one["eventSource"] == "log.cairn"]
    assert gap["eventName"] == "LogGap" and gap["serviceEventDetails"]["until"] == gap["serviceEventDetails"]["from"] + 1
    kept = [one["eventID"] for one in found if one is not gap]
    assert len(kept) == len(sent) - 1 and set(kept) < set(sent)
    assert finding(node, "logGap")
    assert list((node.data / "quarantine").iterdir()), "the damaged file is kept"


def test_R31_R38_a_bucket_that_refuses_holds_its_events_with_an_alarm_and_nothing_is_deleted(node):
    node.start("up")
    bucket = node.data / "buckets" / "cairn-logs"
    wait_for(bucket.exists)
    away = node.folder / "away"
    bucket.rename(away)
    bucket.write_text("in the way")
    sent = send(node, 20)
    wait_for(lambda: "held" in node.command("status", check=False).stdout.decode())
    before = sum(f.stat().st_size for f in segments(node))
    time.sleep(2)
    assert sum(f.stat().st_size for f in segments(node)) >= before
    assert re.search(r"cairn_oldest_undelivered_seconds\S* [1-9]", metrics(node))
    bucket.unlink()
    away.rename(bucket)
    wait_for(lambda: sorted(ids(node)) == sorted(sent))


def test_R34_a_sender_that_retries_across_a_kill_makes_no_duplicate(node):
    late(node)
    node.start("up")
    batch = [event() for _ in range(10)]
    assert node.post(lines(*batch))[0] == 200
    node.stop(signal.SIGKILL)
    soon(node)
    node.start("up")
    status, answer = node.post(lines(*batch))
    assert status == 200 and answer["duplicates"] == 10
    node.wait_delivered()
    assert sorted(ids(node)) == sorted(one["eventID"] for one in batch)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_R35_the_last_batch_before_an_end_is_not_lost(node, number):
    sent = []
    for _ in range(4):
        node.start("up")
        sent += send(node, 5)
        node.stop(number)
    node.start("up")
    node.wait_delivered()
    assert sorted(ids(node)) == sorted(sent)


def test_R37_what_was_accepted_is_what_is_delivered_by_cairns_own_count(node):
    node.start("up")
    sent = send(node, 500, size=25)
    node.wait_delivered()
    found = ids(node)
    assert sorted(found) == sorted(sent)
    assert float(re.search(r"^cairn_accepted_events_total (\S+)", metrics(node), re.M).group(1)) >= 500


def test_R39_a_refused_event_is_said_and_never_acknowledged(node):
    node.start("up")
    good = [event(), event()]
    status, answer = node.post(lines(good[0]) + b'\n{"eventTime":"never"}\n' + lines(good[1]))
    assert status == 200 and answer["accepted"] == 2 and answer["refusedCount"] == 1
    assert answer["refused"][0]["index"] == 1 and answer["refused"][0]["field"] == "eventTime"
    node.wait_delivered()
    assert sorted(ids(node)) == sorted(one["eventID"] for one in good)


def memory(process):
    text = pathlib.Path(f"/proc/{process.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", text).group(1)) << 10


def test_R40_memory_at_a_start_does_not_depend_on_the_backlog(node):
    node.start("serve")
    padding = "x" * 60_000
    for _ in range(60):
        batch = [event(additionalEventData={"padding": padding}) for _ in range(60)]
        assert node.post(lines(*batch))[0] == 200
    node.stop(signal.SIGKILL)
    backlog = sum(f.stat().st_size for f in segments(node))
    assert backlog > 200 << 20
    process = node.start("serve")
    send(node, 1)
    assert memory(process) < backlog, f"{memory(process) >> 20} MiB for a backlog of {backlog >> 20} MiB"


@pytest.mark.parametrize("flag", [("--cut-bytes", "0"), ("--cut-age", "0s"), ("--segment-bytes", "9EiB")])
def test_R41_limits_that_make_no_sense_are_refused_at_the_start(node, flag):
    node.flags = list(flag)
    with pytest.raises(AssertionError, match=flag[0]):
        node.start("up")


def test_R41_many_small_events_make_few_files(node):
    node.flags[node.flags.index("--cut-age") + 1] = "3s"
    node.start("up")
    sent = send(node, 200)
    wait_for(lambda: len(ids(node)) == len(sent))
    assert len(node.files()) < 20


def test_R42_every_test_that_the_promises_name_exists():
    root = pathlib.Path(__file__).parents[2]
    text = (root / "docs" / "TESTING.md").read_text()
    tests = "\n".join(f.read_text() for f in (root / "Tests").rglob("*") if f.suffix in (".py", ".swift"))
    for name in set(re.findall(r"`(test_\w+)`", text)):
        assert f"def {name}(" in tests or (root / "Tests" / "EndToEnd" / f"{name}.py").exists(), name
    for path in set(re.findall(r"`((?:Tests|Tools|Sources)/[\w/.+-]+)`", text)):
        assert list(root.glob(path + "*")), path


@pytest.mark.parametrize("busy", [True, False], ids=["under load", "idle"])
def test_R43_a_log_that_is_removed_while_it_is_written_is_noticed_and_nothing_acknowledged_is_lost(node, busy):
    late(node)
    node.start("up")
    sent = send(node, 10)
    for file in segments(node):
        file.unlink()
    if busy:
        sent += send(node, 10)
    wait_for(lambda: finding(node, "logFileGone"))
    node.stop(signal.SIGKILL)
    soon(node)
    node.start("up")
    node.wait_delivered()
    assert sorted(ids(node)) == sorted(sent)


def test_R46_a_queue_that_nobody_reads_loses_nothing(node):
    node.start("up")
    count = 12
    for _ in range(count):
        send(node, 1)
        node.wait_delivered()
    files = {str(f.relative_to(node.data / "buckets")) for f in node.all_files()}
    told = set()
    while True:
        done = node.command("queue", "receive", "cairn-queue", "--count", "10", "--ack")
        found = [json.loads(json.loads(line)["message"]) for line in done.stdout.decode().splitlines()]
        if not found:
            break
        told |= {f"{one['s3Bucket']}/{key}" for one in found for key in one["s3ObjectKey"]}
    assert files <= told


def test_R47_integrity_and_encryption_are_on_without_being_asked_for(node):
    node.start("up")
    send(node, 1)
    node.wait_delivered()
    [file] = node.files()
    assert file.read_bytes()[:2] != b"\x1f\x8b", "it is encrypted"
    file = node.data / "buckets" / "trail.json"
    wait_for(file.exists)
    [trail] = json.loads(file.read_text())["trailList"]
    assert trail["LogFileValidationEnabled"] and trail["KmsKeyId"]


def test_R51_kills_make_no_false_alarm(node):
    node.flags += PERIOD
    for _ in range(5):
        node.start("up")
        send(node, 5)
        node.stop(signal.SIGKILL)
    node.start("up")
    node.wait_delivered()
    wait_hours(node, 2)
    assert validate(node)[:2] == (0, [])
    assert "logGap" not in node.command("status", check=False).stdout.decode()


def test_R55_content_that_is_shredded_leaves_a_chain_that_holds(node):
    node.start("up", "--key-period", "minute", *PERIOD)
    sent = send(node, 3)
    node.wait_delivered()
    assert sorted(ids(node)) == sorted(sent)
    made = [time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 60 * minutes)) for minutes in range(2)]

    def shred(period):
        return node.command(
            "keys", "shred", "--trail", "arn:aws:cloudtrail:us-east-1:111122223333:trail/main", "--account", "111122223333",
            "--period", period, "--yes", check=False)
    wait_for(lambda: any(shred(period).returncode == 0 for period in made), 90)
    wait_for(lambda: node.command("open", str(node.files()[0]), check=False).returncode == 1)
    wait_hours(node, 1)
    done = validator.validate(node.data / "buckets")
    assert (done.code, done.findings) == (0, [])
