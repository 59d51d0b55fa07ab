"""The validator on archives that are made from the format alone."""

import datetime
import hashlib
import json
import os
import pathlib

import pytest

import archives
import campaign
import tampering
import validator

SEEDS = int(os.environ.get("CAIRN_TAMPER_SEEDS", "2"))


def written(archive, tmp_path, **more):
    """An archive on disk, and the options that go with it."""
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(archive.keys()))
    now = archives.iso(archive.end + datetime.timedelta(minutes=40))
    return archive.write(tmp_path / "archive", **more), ["--keys", keys, "--now", now]


# Untouched archives


@pytest.mark.parametrize("shape", ["standard", "restarted", "backfilled", "organization", "moved", "prefixed", "large"])
def test_an_untouched_archive_holds(shape, tmp_path):
    archive = SHAPES[shape]()
    folder, options = written(archive, tmp_path)
    verdict = validator.validate(folder, *options)
    assert (verdict.code, verdict.findings) == (0, []), verdict.errors
    digests = sum(len(lane.digests) for lane in archive.lanes)
    files = sum(len(d.files) for lane in archive.lanes for d in lane.digests + lane.backfills)
    assert (verdict.summary["digestsValid"], verdict.summary["logsValid"]) == (digests, files)
    tar = archive.tar(tmp_path / "archive.tar")
    assert validator.validate(tar, *options).code == 0


def organization():
    archive = archives.Archive(7)
    for account in ("111122223333", "444455556666"):
        lane = archive.lane(account, organization="o-a1b2c3d4e5")
        archive.start(lane, archives.BEGIN)
        archive.hour(lane)
        archive.hour(lane)
    return archive.render()


def moved():
    """The trail's bucket and prefix change: one chain over two buckets."""
    archive = archives.Archive(8)
    lane = archive.lane()
    archive.start(lane, archives.BEGIN)
    archive.hour(lane)
    archive.bucket, archive.prefix = "second-bucket", "audit/all"
    archive.hour(lane)
    archive.hour(lane)
    return archive.render()


def prefixed():
    archive = archives.Archive(9, prefix="logs/of/all")
    lane = archive.lane()
    archive.start(lane, archives.BEGIN)
    archive.hour(lane)
    return archive.render()


def large():
    """Files and digests beyond what is read whole."""
    archive = archives.Archive(10)
    lane = archive.lane()
    archive.start(lane, archives.BEGIN)
    digest = archive.hour(lane, 1)
    digest.files[0].records = [archive.record(lane, digest.end, padding="y" * 20_000 + str(i)) for i in range(400)]
    archive.hour(lane, 1)
    return archive.render()


SHAPES = {"standard": archives.standard, "restarted": lambda: campaign.restarted(1), "backfilled": lambda: campaign.backfilled(1),
          "organization": organization, "moved": moved, "prefixed": prefixed, "large": large}


# Tampering


@pytest.mark.parametrize("kind", tampering.KINDS, ids=lambda k: k.name)
def test_tampering_is_found_and_named(kind, tmp_path):
    for seed in range(1, SEEDS + 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert campaign.judge(kind, seed, folder) is None


@pytest.mark.parametrize("kind", campaign.OF_OBJECTS, ids=lambda k: k.name)
def test_tampering_with_an_archive_of_cairns_is_found_and_named(kind, tmp_path):
    for seed in range(1, SEEDS + 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert campaign.judge(kind, seed, folder, base="cairn") is None


@pytest.mark.parametrize("kind", tampering.HARMLESS, ids=lambda k: k.name)
def test_harmless_changes_are_no_findings(kind, tmp_path):
    for seed in range(1, SEEDS + 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert campaign.judge(kind, seed, folder) is None


def test_several_missing_digests_are_each_named(tmp_path):
    archive = archives.standard()
    lane = archive.lanes[0]
    gone = [archive.objects.pop((d.bucket, d.key)) and d for d in lane.digests[2:5]]
    folder, options = written(archive, tmp_path)
    verdict = validator.validate(folder, *options)
    missing = [f["object"] for f in verdict.findings if f["code"] == "digest.missing"]
    assert missing == [f"s3://{d.bucket}/{d.key}" for d in reversed(gone)]


def test_the_output_does_not_depend_on_the_number_of_threads(tmp_path):
    archive = archives.standard(3, hours=8, accounts=("111122223333", "444455556666"))
    for place in [p for p in archive.objects if "CloudTrail/" in p[1]][::2]:
        archive.objects[place] = (archive.objects[place][0][:-3], {})
    folder, options = written(archive, tmp_path)
    outputs = {validator.run(folder, *options, "--threads", threads).stdout for threads in (1, 2, 4, 16)}
    assert len(outputs) == 1


# Ranges


def test_a_range_is_judged_with_the_digest_behind_it(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    lane = archive.lanes[0]
    start, end = archives.iso(lane.digests[2].end), archives.iso(lane.digests[3].end)
    verdict = validator.validate(folder, *options, "--start-time", start, "--end-time", end, "--region", lane.region)
    assert (verdict.code, verdict.summary["anchored"]) == (0, True), verdict.findings
    last = archives.iso(lane.digests[-1].end)
    verdict = validator.validate(folder, *options, "--start-time", start, "--end-time", last, "--region", lane.region)
    assert (verdict.code, verdict.summary["anchored"]) == (0, False)


def test_a_digest_of_the_range_that_its_successor_does_not_know_is_found(tmp_path):
    """January's key leaks in June: January is signed anew, and the auditor asks for January alone."""
    archive = archives.standard()
    lane = archive.lanes[0]
    later = {(d.bucket, d.key): archive.objects[d.bucket, d.key] for d in lane.digests[5:]}
    lane.digests[4].files[0].records[0]["eventName"] = "Nothing"
    archive.render()
    archive.objects.update(later)
    folder, options = written(archive, tmp_path)
    verdict = validator.validate(
        folder, *options, "--start-time", archives.iso(lane.digests[3].end), "--end-time", archives.iso(lane.digests[4].end),
        "--region", lane.region)
    assert verdict.code == 3 and verdict.codes == {"link.hash", "link.signature"}


def test_an_end_that_is_asked_for_must_be_covered(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    verdict = validator.validate(folder, *options, "--end-time", archives.iso(archive.end + archives.HOUR))
    assert (verdict.code, verdict.codes) == (3, {"digest.tail-missing"})
    verdict = validator.validate(folder, *options[:2], "--now", archives.iso(archive.end + 2 * archives.HOUR))
    assert (verdict.code, verdict.codes) == (3, {"digest.tail-missing"})


def test_times_carry_their_offsets(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    verdict = validator.run(folder, *options, "--start-time", "2026-03-01T20:00:00+09:00")
    assert "Results requested for 2026-03-01T11:00:00Z to" in verdict.stdout


# Keys


def test_keys_beside_the_archive_are_only_found(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    (folder / "public-keys.json").write_text(json.dumps(archive.keys()))
    said = validator.run(folder, *options[2:])
    assert said.returncode == 0
    assert "keys: found beside the archive, not pinned" in said.stdout.splitlines()[2]
    assert validator.validate(folder, *options[2:], "--require-pinned").code == 3
    # The same file, named as if it came from elsewhere.
    said = validator.run(folder, *options[2:], "--keys", folder / "public-keys.json")
    assert "not pinned" in said.stdout
    pins = []
    for name in archive.key_windows:
        pins += ["--pin", "sha256:" + hashlib.sha256(archives.public_der(archives.private_key(name))).hexdigest()]
    verdict = validator.validate(folder, *options[2:], *pins, "--require-pinned")
    assert verdict.code == 0, verdict.findings


# State, reports


def test_a_state_checks_what_is_new_and_that_what_was_is_still_there(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    state = tmp_path / "state.json"
    assert validator.validate(folder, *options, "--state", state).code == 0
    for lane in archive.lanes:
        archive.hour(lane, key=2)
    archive.render()
    archive.write(folder)
    later = [*options[:2], "--now", archives.iso(archive.end + datetime.timedelta(minutes=40)), "--state", state]
    verdict = validator.validate(folder, *later)
    assert verdict.code == 0, verdict.findings
    assert (verdict.summary["digestsValid"], verdict.summary["notCheckedAgain"]) == (4, 10)
    verdict = validator.validate(folder, *later, "--recheck", "100%")
    assert verdict.code == 0 and verdict.summary["notCheckedAgain"] == 0
    # Rolled back to before the state: consistent in itself, and yet.
    for lane in archive.lanes:
        for digest in lane.digests[-3:]:
            for thing in [digest, *digest.files]:
                path = folder / thing.bucket / thing.key
                path.unlink()
                path.with_name(path.name + ".metadata.json").unlink(missing_ok=True)
    early = archives.iso(archive.lanes[0].digests[-4].end + datetime.timedelta(minutes=5))
    verdict = validator.validate(folder, *options[:2], "--now", early, "--state", state)
    assert verdict.code == 3 and "state.rewritten" in verdict.codes


def test_a_state_inside_the_archive_is_refused(tmp_path):
    folder, options = written(archives.standard(), tmp_path)
    said = validator.run(folder, *options, "--state", folder / "state.json")
    assert said.returncode == 2 and "lies in the archive" in said.stderr


def test_a_report_is_signed_by_the_auditor(tmp_path):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    archive = archives.standard()
    file = archive.lanes[0].digests[1].files[0]
    archive.objects[file.bucket, file.key] = (b"", {})
    folder, options = written(archive, tmp_path)
    auditor = archives.private_key("the auditor's")
    pem = tmp_path / "auditor.pem"
    for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        pem.write_bytes(auditor.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        pem.chmod(0o600)
        report = tmp_path / "report.json"
        assert validator.run(folder, *options, "--report", report, "--report-key", pem).returncode == 3
        signature = bytes.fromhex(pathlib.Path(f"{report}.sig").read_text().strip())
        auditor.public_key().verify(signature, report.read_bytes(), padding.PKCS1v15(), hashes.SHA256())
        said = json.loads(report.read_text())
        assert said["summary"]["result"] == "does not hold"
        assert [f["code"] for f in said["findings"]] == ["log.gzip"]
    assert validator.run(folder, *options, "--report", tmp_path / "r").returncode == 2


# Commands


def test_the_clis_own_summary_lines_are_kept(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    lines = validator.run(folder, *options, "--trail-arn", archive.arn(), "--start-time", "2026-03-01T00:00:00Z").stdout.splitlines()
    end = archives.iso(archive.end + datetime.timedelta(minutes=40))
    assert f"Validating log files for trail {archive.arn()} between 2026-03-01T00:00:00Z and {end}" in lines
    assert f"Results requested for 2026-03-01T00:00:00Z to {end}" in lines
    assert "12/12 digest files valid" in lines and "20/20 log files valid" in lines


@pytest.mark.parametrize("arguments", [
    [], ["/nonexistent"], ["ARCHIVE", "--start-time", "yesterday"], ["ARCHIVE", "--pin", "abc"], ["ARCHIVE", "--threads", "0"],
    ["ARCHIVE", "--trail-arn", "main"], ["ARCHIVE", "--frobnicate"], ["ARCHIVE", "--account-id", "1"],
    ["ARCHIVE", "--start-time", "2026-03-02", "--end-time", "2026-03-01"], ["ARCHIVE/amzn-s3-demo-bucket"],
])
def test_wrong_usage_is_exit_2(arguments, tmp_path):
    folder, options = written(archives.standard(), tmp_path)
    said = validator.run(*[a.replace("ARCHIVE", str(folder)) for a in arguments], *options[:2] if arguments else [])
    assert said.returncode == 2, said
    assert said.stderr.startswith("cairn-validate: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_exit_1(tmp_path):
    archive = archives.standard()
    folder, options = written(archive, tmp_path)
    file = archive.lanes[0].digests[1].files[0]
    (folder / file.bucket / file.key).chmod(0)
    verdict = validator.validate(folder, *options)
    assert (verdict.code, verdict.codes) == (1, {"object.unreadable"})
    assert verdict.summary["logsValid"] == 19


def test_hostile_names_are_shown_as_escapes(tmp_path):
    archive = archives.standard()
    lane, digest = archive.lanes[0], archive.lanes[0].digests[1]
    digest.edit = lambda body: body["logFiles"][0].update(s3Object="a\n\x1b[31mN/M log files valid\u202e")
    archive.render()
    folder, options = written(archive, tmp_path)
    said = validator.run(folder, *options)
    assert said.returncode == 3 and "\x1b" not in said.stdout and "\u202e" not in said.stdout
    assert "\\u000a\\u001b[31m" in said.stdout


# Lake query results


def export(folder, **changes):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    key = archives.private_key("us-east-2-1")
    files = {"result_1.csv.gz": b"one", "result_2.csv.gz": b"two"}
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    listed = [{"fileHashValue": hashlib.sha256(content).hexdigest(), "fileName": name} for name, content in files.items()]
    message = " ".join(entry["fileHashValue"] for entry in listed).encode()
    sign = {"version": "1.0", "region": "us-east-2", "files": listed, "hashAlgorithm": "SHA-256",
            "signatureAlgorithm": "SHA256withRSA", "queryCompleteTime": "2026-03-01T11:02:09Z",
            "hashSignature": key.sign(message, padding.PKCS1v15(), hashes.SHA256()).hex(),
            "publicKeyFingerprint": archives.fingerprint(key), **changes}
    (folder / "result_sign.json").write_text(json.dumps(sign))
    return folder


def test_query_results(tmp_path):
    archive = archives.standard()
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(archive.keys()))

    def verdict(folder):
        done = validator.run("query-results", folder, "--keys", keys, "--format", "json")
        return done.returncode, {json.loads(line).get("code") for line in done.stdout.splitlines()} - {None}

    assert verdict(export(tmp_path / "good")) == (0, set())
    folder = export(tmp_path / "altered")
    (folder / "result_2.csv.gz").write_bytes(b"too")
    assert verdict(folder) == (3, {"results.altered"})
    folder = export(tmp_path / "missing")
    (folder / "result_1.csv.gz").unlink()
    assert verdict(folder) == (3, {"results.missing"})
    folder = export(tmp_path / "besides")
    (folder / "result_3.csv.gz").write_bytes(b"three")
    assert verdict(folder) == (3, {"object.unexpected"})
    assert verdict(export(tmp_path / "signature", hashSignature="00" * 256)) == (3, {"results.signature"})
    assert verdict(export(tmp_path / "key", publicKeyFingerprint="0" * 32)) == (3, {"key.unknown"})
    assert verdict(export(tmp_path / "algorithm", hashAlgorithm="MD5")) == (3, {"results.format"})
    folder = export(tmp_path / "link")
    (folder / "result_1.csv.gz").unlink()
    (folder / "result_1.csv.gz").symlink_to("/etc/passwd")
    assert verdict(folder) == (3, {"object.irregular"})
