"""Digests that real nodes make, judged by the validator and by the AWS CLI."""

import gzip
import json
import shutil
import signal
import subprocess
import time
import zlib

import pytest

import aws_cli
import node as nodes
import validator
from events import event, lines
from node import records, wait_for

PERIOD = ["--digest-period", "5s"]


def digests(node, region="us-east-1", trail="main"):
    folder = node.data / "buckets"
    found = sorted(f for f in folder.rglob(f"*_CloudTrail-Digest_{region}_{trail}_*.json.gz"))
    return [json.loads(gzip.decompress(f.read_bytes())) for f in found]


def wait_hours(node, count, **more):
    """Until a chain has so many more digests."""
    before = len(digests(node, **more))
    wait_for(lambda: len(digests(node, **more)) >= before + count)


def validate(node, *options):
    done = node.command("validate", "--format", "json", *options, check=False)
    found = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert found, done.stderr
    return done.returncode, found[:-1], found[-1]


def test_a_nodes_archive_validates_as_it_stands_and_alone(node, tmp_path):
    node.start("up", *PERIOD)
    assert node.post(lines(*[event() for _ in range(20)]))[0] == 200
    node.wait_delivered()
    wait_hours(node, 2)
    code, findings, summary = validate(node)
    assert (code, findings) == (0, [])
    # Opened with the keyring: contents were looked at.
    assert summary["logsValid"] > 0 and summary["logsContentUnchecked"] == 0 and summary["keysNotPinned"] == []
    alone = validator.validate(node.data / "buckets")
    assert alone.code == 0 and alone.summary["logsContentUnchecked"] > 0 and alone.summary["keysNotPinned"]
    pin = next(line.split()[-1] for line in node.command("status").stdout.decode().splitlines() if line.startswith("anchor"))
    pinned = validator.validate(node.data / "buckets", "--pin", pin, "--require-pinned")
    assert (pinned.code, pinned.findings) == (0, [])
    keys = tmp_path / "trail-keys.json"
    keys.write_bytes(node.command("keys", "export-trail-keys", "--yes").stdout)
    keys.chmod(0o600)
    opened = validator.validate(node.data / "buckets", "--trail-keys", keys)
    assert opened.code == 0 and opened.summary["logsContentUnchecked"] == 0
    trails = json.loads((node.data / "buckets" / "trail.json").read_text())["trailList"]
    assert [t["TrailARN"] for t in trails] == ["arn:aws:cloudtrail:us-east-1:111122223333:trail/main"]


def test_a_chain_ends_and_begins_with_logging(node):
    node.start("up", *PERIOD)
    wait_hours(node, 1)
    node.command("trails", "stop", "main")
    wait_for(lambda: digests(node)[-1]["cairn"]["kind"] == "final")
    ended = len(digests(node))
    node.command("trails", "start", "main")
    wait_hours(node, 2)
    chain = digests(node)
    assert [d["cairn"]["kind"] for d in chain[ended - 1:ended + 2]] == ["final", "starting", "hourly"]
    assert chain[ended]["cairn"]["previousChain"]["s3Object"] == chain[ended - 1]["digestS3Object"]
    assert chain[ended]["previousDigestS3Object"] is None
    code, findings, _ = validate(node)
    assert (code, findings) == (0, [])


def test_validation_may_be_turned_off_and_on_and_the_bucket_changed(node):
    node.start("up", *PERIOD)
    wait_hours(node, 1)
    node.command("trails", "update", "main", "--bucket", "second-bucket")
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    wait_for(lambda: digests(node)[-1]["digestS3Bucket"] == "second-bucket")
    wait_hours(node, 1)
    code, findings, _ = validate(node)
    assert (code, findings) == (0, [])
    node.command("trails", "update", "main", "--log-file-validation", "false")
    wait_for(lambda: digests(node)[-1]["cairn"]["kind"] == "final")
    count = len(digests(node))
    node.command("trails", "update", "main", "--log-file-validation", "true")
    wait_hours(node, 2)
    assert digests(node)[count]["cairn"]["kind"] == "starting"
    code, findings, _ = validate(node)
    assert (code, findings) == (0, [])


def test_kills_and_a_pause_leave_whole_chains(node):
    sent = []
    for number in range(6):
        node.start("up", *PERIOD)
        sent += [event() for _ in range(5)]
        assert node.post(lines(*sent[-5:]))[0] == 200
        time.sleep(0.4 * number)
        assert node.stop(signal.SIGKILL) == [-9]
    time.sleep(11)
    node.start("up", *PERIOD)
    node.wait_delivered()
    wait_hours(node, 3)
    code, findings, summary = validate(node)
    assert (code, findings) == (0, [])
    delivered = [json.loads(record)["eventID"] for file in node.files() for record in records(file)]
    assert sorted(delivered) == sorted(one["eventID"] for one in sent)
    assert summary["logsValid"] >= len(node.files())


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small archive of cairn's: two Regions, some days on a made-up clock, a stop and a restart, a key rotation."""
    folder = tmp_path_factory.mktemp("made") / "data"
    done = subprocess.run(
        [nodes.CAIRN, "benchmark", "digests", folder, "--hours", "60", "--files", "2", "--events", "2", "--regions", "2",
         "--restart-after", "20", "--key-age", "24"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "buckets", ["--now", done.stdout.split()[-1]]


def test_the_aws_cli_accepts_an_archive_of_cairns(small):
    small, now = small
    listed = json.loads((small / "public-keys.json").read_text())["PublicKeyList"]
    assert len({key["Fingerprint"] for key in listed}) >= 4, "keys were rotated"
    verdict = validator.validate(small, *now)
    assert (verdict.code, verdict.findings) == (0, [])
    with aws_cli.cloud() as cloud:
        cloud.fill(aws_cli.objects(small))
        for region in ("us-east-1", "eu-west-1"):
            answer = cloud.validate("arn:aws:cloudtrail:us-east-1:111122223333:trail/main", {"PublicKeyList": listed},
                                    verdict.summary["from"], "2030-01-01T00:00:00Z", region, "cairn-logs")
            assert answer.code == 0 and "INVALID" not in answer.errors, answer
            assert "60/60 digest files valid" in answer.output, answer.output[-500:]


def test_every_single_bit_of_an_archive_of_cairns(tmp_path_factory):
    """Each is flipped alone: all are found, but for flips in the newest digest's deflate data that leave its content equal."""
    folder = tmp_path_factory.mktemp("bits") / "data"
    done = subprocess.run([nodes.CAIRN, "benchmark", "digests", folder, "--hours", "3", "--files", "1", "--events", "1"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    root = folder / "buckets"
    now = done.stdout.split()[-1]
    assert validator.validate(root, "--now", now).code == 0
    newest = max(root.rglob("*_CloudTrail-Digest_*.json.gz"))
    equal = 0
    # Every object and its metadata; a sample of the bits of each, so that the test takes seconds (Tools/tamper-campaign --bits all
    # takes every one).
    for file in sorted(f for f in root.rglob("*") if f.is_file()):
        whole = file.read_bytes()
        step = max(1, len(whole) * 8 // 24)
        for bit in range(0, len(whole) * 8, step):
            spoiled = bytearray(whole)
            spoiled[bit // 8] ^= 1 << bit % 8
            file.write_bytes(spoiled)
            verdict = validator.validate(root, "--now", now)
            if verdict.code == 0:
                assert is_harmless(file, whole, bytes(spoiled), newest), f"bit {bit} of {file}"
                equal += 1
        file.write_bytes(whole)
    assert equal < 60


def is_harmless(file, whole, spoiled, newest):
    if file.name.endswith(".json") and not file.name.endswith(".json.gz"):
        # JSON of the same meaning, or a member that nobody reads.
        try:
            def read(text):
                value = json.loads(text)
                if "PublicKeyList" in value:
                    return [(k["Value"], k["ValidityStartTime"], k["ValidityEndTime"]) for k in value["PublicKeyList"]]
                return value.get("signature"), value.get("signature-algorithm")
            return read(whole) == read(spoiled) or b"Pin" in whole
        except (ValueError, KeyError):
            return False
    if file != newest:
        return False
    try:
        return gzip.decompress(whole) == gzip.decompress(spoiled)
    except (OSError, zlib.error, EOFError):
        return False


def test_a_copy_without_metadata(small, tmp_path):
    small, now = small
    copy = tmp_path / "copy"
    shutil.copytree(small / "cairn-logs", copy, ignore=shutil.ignore_patterns("*.metadata.json"))
    # As if it had been copied right behind the newest digests of both lanes.
    until = min(lane["until"] for lane in validator.validate(small, *now).summary["lanes"])
    options = ["--bucket", "cairn-logs", "--keys", small / "public-keys.json", "--now", until]
    assert validator.validate(copy, *options).codes == {"digest.unsigned"}
    verdict = validator.validate(copy, *options, "--allow-unsigned-newest")
    assert (verdict.code, verdict.findings) == (0, [])


def test_a_lane_that_is_gone_is_named_by_the_home_digest(small, tmp_path):
    small, now = small
    copy = tmp_path / "buckets"
    shutil.copytree(small, copy)
    for folder in ("CloudTrail", "CloudTrail-Digest"):
        shutil.rmtree(copy / "cairn-logs" / "AWSLogs" / "111122223333" / folder / "eu-west-1")
    verdict = validator.validate(copy, *now)
    assert (verdict.code, verdict.codes) == (3, {"lane.missing"})


def test_a_chain_before_a_restart_that_is_gone_is_named(small, tmp_path):
    small, now = small
    copy = tmp_path / "buckets"
    shutil.copytree(small, copy)
    files = sorted((copy / "cairn-logs").rglob("*_CloudTrail-Digest_us-east-1_*.json.gz"))
    kinds = [json.loads(gzip.decompress(f.read_bytes()))["cairn"]["kind"] for f in files]
    for file in files[:kinds.index("final") + 1]:
        file.unlink()
        file.with_name(file.name + ".metadata.json").unlink()
    verdict = validator.validate(copy, *now)
    assert verdict.code == 3 and "digest.missing" in verdict.codes
    assert any(files[kinds.index("final")].name in f["object"] for f in verdict.findings)
