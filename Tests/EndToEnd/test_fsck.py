"""Files that no digest lists: found by cairn fsck, and listed when they are proven."""

import contextlib
import random
import shutil
import signal
import threading
import time

import validator
from events import event, lines
from node import wait_for
from test_digests import digests, validate


def fsck(node, *flags):
    return node.command("fsck", *flags, check=False)


@contextlib.contextmanager
def forgotten(node, folder):
    """What is delivered meanwhile is known to the archive alone: everything else is as it was before."""
    kept = folder / "kept"
    shutil.copytree(node.data, kept, ignore=shutil.ignore_patterns("buckets"))
    yield
    for entry in node.data.iterdir():
        if entry.name != "buckets":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.copytree(kept, node.data, dirs_exist_ok=True)


def test_fsck_finds_nothing_in_a_whole_archive_and_wants_it_for_itself(node):
    node.start("up")
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    done = fsck(node)
    assert done.returncode == 1 and b"uses" in done.stderr and b"stop it first" in done.stderr
    node.stop()
    done = fsck(node)
    assert done.returncode == 0 and b"0 files that no digest lists" in done.stdout, done.stderr
    assert fsck(node, "--backfill").returncode == 2


def test_files_whose_record_was_lost_are_listed_in_a_backfill_digest(node, tmp_path):
    node.start("up")
    wait_for(lambda: digests(node) and digests(node, region="eu-west-1"))
    node.wait_delivered()
    node.stop()
    with forgotten(node, tmp_path):
        node.start("up")
        assert node.post(lines(event(), event()))[0] == 200
        node.wait_delivered()
        node.stop()
    planted = node.files()[0].with_name("111122223333_CloudTrail_us-east-1_20260301T1000Z_AAAAAAAAAAAAAAAA.json.gz")
    planted.write_bytes(b"planted")
    done = fsck(node)
    assert done.returncode == 3 and b": proven, " in done.stdout and b"--backfill --yes" in done.stderr
    assert f"{planted.name}: unproven: it is not encrypted".encode() in done.stdout
    assert fsck(node, "--backfill", "--yes").returncode == 3, "the planted one is left"
    planted.unlink()
    done = fsck(node, "--backfill", "--yes")
    assert done.returncode == 0 and b"0 files that no digest lists" in done.stdout
    code, findings, summary = validate(node)
    assert (code, findings) == (0, []) and summary["backfillDigestsValid"] == 1
    alone = validator.validate(node.data / "buckets")
    assert alone.code == 0 and alone.summary["backfillDigestsValid"] == 1


def test_after_kills_in_the_midst_of_cuts_nothing_looks_planted(node):
    chance = random.Random(4)
    for _ in range(8):
        node.start("up", "--cut-age", "100ms")
        stop = threading.Event()

        def send():
            while not stop.is_set():
                try:
                    node.post(lines(*[event(awsRegion=region) for region in ("us-east-1", "eu-west-1")]))
                except OSError:
                    return

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.3 + chance.random())
        node.stop(signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join()
        done = fsck(node)
        assert done.returncode == 0 and b"; 0 files that no digest lists" in done.stdout, done.stdout + done.stderr
    node.start("up")
    node.wait_delivered()
    node.stop()
    done = fsck(node)
    assert done.returncode == 0 and b"not finished" not in done.stdout
