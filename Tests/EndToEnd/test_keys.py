"""Keys as their engineers meet them: the tool, the files, roots, backups, and what must never be seen."""

import base64
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import pytest

import node as nodes
import sdk
from events import event, lines
from node import CAIRN, Node, records, wait_for


def keys(node, *arguments, check=True):
    return node.command("keys", *arguments, check=check)


def described(node, key="alias/cairn"):
    return json.loads(keys(node, "describe", key, "--format", "json").stdout)


def exported(node):
    found = json.loads(keys(node, "export-trail-keys", "--yes").stdout)
    assert all(set(key) == {"namespace", "name", "key"} and key["namespace"] == "cairn" for key in found)
    return {key["name"]: bytes.fromhex(key["key"]) for key in found}


def opens(node, file):
    """Whether cairn itself opens a file."""
    return node.command("open", str(file), check=False)


def test_amazons_sdk_opens_delivered_files(node):
    accounts = [f"{n:012d}" for n in range(100, 140)]
    node.start("up", "--cut-age", "300ms", "--regions", "us-east-1,eu-west-1,ap-south-1,sa-east-1,us-west-2")
    node.command("accounts", "add", *accounts)
    wait_for(lambda: node.post(lines(event(recipientAccountId=accounts[0])))[0] == 200)
    chance, sent = random.Random(7), 0
    for account in accounts:
        for region in ["us-east-1", "eu-west-1", "ap-south-1", "sa-east-1", "us-west-2"]:
            size = chance.choice([0, 1, 100, 5_000, 60_000, 150_000])
            filler = base64.b64encode(chance.randbytes(size)).decode()
            status, answer = node.post(lines(event(
                recipientAccountId=account, awsRegion=region, requestParameters={"filler": filler})))
            assert status == 200 and answer["accepted"] == 1, answer
            sent += 1
    node.wait_delivered()
    trail_keys, found = exported(node), 0
    files = node.all_files()
    assert len(files) >= 200
    for file in files:
        content, context = sdk.opened(file.read_bytes(), trail_keys)
        path = str(file.relative_to(node.data / "buckets"))
        assert context["aws:s3:arn"] == f"arn:aws:s3:::{path}"
        assert context["account"] in path and context["region"] in path
        assert context["aws:cloudtrail:arn"].endswith(":trail/main")
        found += sum(e["eventSource"] == "test.example.com" for e in json.loads(gzip.decompress(content))["Records"])
    assert found == sent + 1


def test_cairn_opens_what_amazons_sdk_wrote_and_refuses_it_under_another_name(up, tmp_path):
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    name, key = next(iter(exported(up).items()))
    body = gzip.compress(b'{"Records":[{"eventName":"FromElsewhere"}]}')
    context = {"aws:s3:arn": "arn:aws:s3:::bucket/key.json.gz"}
    file = tmp_path / "theirs.json.gz"
    file.write_bytes(sdk.written(body, name, key, context, 4096))
    done = opens(up, file)
    assert done.returncode == 0 and b"FromElsewhere" in done.stdout
    assert b"is bound to arn:aws:s3:::bucket/key.json.gz" in done.stderr
    assert up.command("open", str(file), "--expect", "arn:aws:s3:::bucket/key.json.gz").returncode == 0
    done = up.command("open", str(file), "--expect", "arn:aws:s3:::bucket/other.json.gz", check=False)
    assert done.returncode == 1 and b"another file than its name says" in done.stderr
    moved = up.files()[0].with_name("moved.json.gz")
    shutil.copy(up.files()[0], moved)
    done = opens(up, moved)
    assert done.returncode == 1 and b"another file than its name says" in done.stderr


def test_every_kind_of_damage_to_a_file_is_refused(up):
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    file = up.files()[0]
    good = file.read_bytes()
    chance = random.Random(3)
    damaged = [good[:n] for n in (0, 1, 3, 40, len(good) // 2, len(good) - 1)] + [good + b"x", good + good]
    for _ in range(25):
        copy = bytearray(good)
        copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(copy))
    damaged += [b"\x01\x80" + good[2:], good[:1] + b"\x05\x78" + good[3:]]
    for bad in damaged:
        file.write_bytes(bad)
        done = opens(up, file)
        assert done.returncode == 1 and done.stdout == b"", done
        assert b"error" in done.stderr and b"Fatal" not in done.stderr
    file.write_bytes(good)
    assert opens(up, file).returncode == 0


def test_the_engineers_day(up):
    """Rotate, rewrap, destroy; rekey; disable and enable; everything is an event, and every file still opens."""
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    assert [v["state"] for v in described(up)["versions"]] == ["active"]
    for _ in range(3):
        keys(up, "rotate", "alias/cairn")
    done = keys(up, "destroy", "alias/cairn", "1", check=False)
    assert done.returncode == 1 and b"is still needed by" in done.stderr and b"trail/" in done.stderr
    done = keys(up, "destroy", "alias/cairn", "1", "--dry-run")
    assert done.stdout.count(b"trail/") >= 1 and b"nothing was destroyed" in done.stderr
    done = keys(up, "destroy", "alias/cairn", "1", "--force", "--confirm", "alias/other", check=False)
    assert done.returncode == 2 and b"was not typed" in done.stderr
    report = json.loads(keys(up, "rewrap", "alias/cairn", "--format", "json").stdout)
    assert report["version"] == 4 and report["rewrapped"] >= 1 and set(report["remaining"].values()) == {0} or report["remaining"]
    keys(up, "destroy", "alias/cairn", "1")
    keys(up, "retire", "alias/cairn", "2")
    done = keys(up, "retire", "alias/cairn", "4", check=False)
    assert done.returncode == 1 and b"is the one that wraps now" in done.stderr
    assert [v["state"] for v in described(up)["versions"]] == ["destroyed", "retired", "active", "active"]
    before = len(exported(up))
    assert keys(up, "rekey").stdout == f"{before} new trail keys\n".encode()
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    for file in up.all_files():
        assert opens(up, file).returncode == 0
    assert keys(up, "check").returncode == 0
    names = wait_for(lambda: (found := {
        e["eventName"] for f in up.all_files() for r in records(f, own=True)
        if (e := json.loads(r))["eventSource"] == "kms.cairn"}) >= {"RekeyTrails", "Decrypt"} and found)
    assert names >= {
        "CreateKey", "CreateSigningKey", "RotateKeyOnDemand", "RewrapTrailKeys", "RetireKeyVersion", "DestroyKeyVersion",
        "ExportTrailKeys"}


def test_a_disabled_key_holds_its_lanes_says_so_and_lets_the_others_go_on(node):
    node.start("up", "--patience", "300ms")
    node.command("trails", "create", "plain", "--bucket", "plain", "--multi-region", "--kms-key-id", "none", "--start")
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    keys(node, "disable", "alias/cairn")
    later = event()
    assert node.post(lines(later))[0] == 200
    status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"held" in s.stdout and s)
    assert b"KMS.DisabledException" in status.stdout and b"cairn keys enable" in status.stdout
    wait_for(lambda: any(
        later["eventID"] in r for f in (node.data / "buckets" / "plain").rglob("*.json.gz") for r in records(f)))
    encrypted = [f for f in node.all_files() if "/plain/" not in str(f)]
    done = opens(node, encrypted[0])
    assert done.returncode == 1 and b"is disabled" in done.stderr
    keys(node, "enable", "alias/cairn")
    node.wait_delivered()
    wait_for(lambda: node.command("status", check=False).returncode == 0)
    assert any(later["eventID"] in r for f in node.files() if "/plain/" not in str(f) for r in records(f))


def test_deletion_waits_is_refused_while_needed_and_can_be_cancelled(up):
    arn = keys(up, "create", "--alias", "spare", "--rotation-days", "365").stdout.decode().strip()
    assert arn.startswith("arn:aws:kms:us-east-1:111122223333:key/")
    done = keys(up, "schedule-deletion", "alias/cairn", check=False)
    assert done.returncode == 1 and b":trail/main" in done.stderr
    assert keys(up, "schedule-deletion", "alias/spare", "--days", "7").stdout.startswith(arn.encode())
    assert described(up, arn)["state"] == "PendingDeletion"
    done = up.command("trails", "update", "main", "--kms-key-id", "alias/spare", check=False)
    assert done.returncode == 1 and b"KMSInvalidStateException" in done.stderr
    keys(up, "cancel-deletion", "alias/spare")
    assert described(up, arn)["state"] == "Disabled"
    keys(up, "enable", "alias/spare")
    up.command("trails", "update", "main", "--kms-key-id", "alias/spare")
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    assert opens(up, up.files()[0]).returncode == 0
    for bad in (["create", "--rotation-days", "3"], ["schedule-deletion", "alias/spare", "--days", "90"],
                ["describe", "alias/none"], ["set-rotation", "alias/spare", "--days", "x"]):
        done = keys(up, *bad, check=False)
        assert done.returncode in (1, 2) and b"error" in done.stderr, bad


def test_shredding_makes_one_period_unreadable_and_restore_brings_nothing_back(node, tmp_path):
    node.start("up", "--key-period", "minute")
    node.command("accounts", "add", "444455556666")
    wait_for(lambda: node.post(lines(event(recipientAccountId="444455556666")))[0] == 200)
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    [mine] = [f for f in node.files() if f.name.startswith("111122223333")]
    [other] = [f for f in node.files() if f.name.startswith("444455556666")]
    backup, secret = tmp_path / "keyring.bak", tmp_path / "pass"
    secret.write_text("correct horse battery\n")
    secret.chmod(0o600)
    keys(node, "backup", str(backup), "--passphrase-file", str(secret))

    def shred(period, *flags):
        return keys(node, "shred", "--trail", trail, "--account", "111122223333", "--period", period, *flags, check=False)

    trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
    for bad, said in [("2099-01", b"is not over"), ("2020-01-01", b"no key of trail"), ("last month", b"is no period"), ("2020-13-01T00", b"is no period")]:
        done = shred(bad, "--yes")
        assert done.returncode == 1 and said in done.stderr, bad
    done = shred("2020-01-01")
    assert done.returncode == 2 and b"cannot be taken back" in done.stderr
    # The minute in which the file's key was made is over, at the latest in a minute.
    made = [time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 60 * minutes)) for minutes in range(4)]
    done = wait_for(lambda: next(
        (d for period in made if (d := shred(period, "--dry-run")).returncode == 0 and b"trail/" in d.stdout), None), 90)
    assert opens(node, mine).returncode == 0
    for period in made:
        shred(period, "--yes")
    done = opens(node, mine)
    assert done.returncode == 1 and b"was shredded" in done.stderr
    assert opens(node, other).returncode == 0
    done = keys(node, "restore", str(backup), "--passphrase-file", str(secret))
    assert b"not brought back, it was destroyed on purpose" in done.stderr
    assert opens(node, mine).returncode == 1
    wrapped = node.command("status").stdout
    assert b"shredding" in wrapped and b"pending" in wrapped
    # The next event has a key of its own.
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    newest = max((f for f in node.all_files() if f.name.startswith("111122223333")), key=lambda f: f.stat().st_mtime)
    assert opens(node, newest).returncode == 0


def test_backup_into_an_empty_directory_brings_the_keyring_back(up, tmp_path):
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    secret, backup = tmp_path / "pass", tmp_path / "keyring.bak"
    secret.write_text("correct horse battery\n")
    secret.chmod(0o600)
    keys(up, "backup", str(backup), "--passphrase-file", str(secret))
    root = bytes.fromhex((up.data / "root.key").read_text().strip())
    for readable in (b"trail/", b"keys/managed", root, root.hex().encode()):
        assert readable not in backup.read_bytes()
    file = up.files()[0]
    up.stop()
    # The key records are lost, and the root key with them.
    import sqlite3
    with sqlite3.connect(up.data / "documents.sqlite") as documents:
        documents.execute("DELETE FROM documents WHERE key LIKE 'keys/%'")
    (up.data / "root.key").unlink()
    done = opens(up, file)
    assert done.returncode == 1 and b"no keyring" in done.stderr
    secret.write_text("another horse battery\n")
    done = keys(up, "restore", str(backup), "--passphrase-file", str(secret), check=False)
    assert done.returncode == 1 and b"does not open" in done.stderr
    secret.write_text("correct horse battery\n")
    keys(up, "restore", str(backup), "--passphrase-file", str(secret))
    assert opens(up, file).returncode == 0
    assert keys(up, "check").returncode == 0
    up.start("up")
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()


def test_a_new_root_replaces_the_old_one(up, tmp_path):
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    done = keys(up, "reroot", check=False)
    assert done.returncode == 1 and b"a cairn process uses" in done.stderr
    up.stop()
    old = (up.data / "root.key").read_text()
    keys(up, "reroot")
    assert (up.data / "root.key").read_text() != old and (up.data / "root.key").stat().st_mode & 0o777 == 0o600
    assert not (up.data / "root.key.new").exists()
    assert opens(up, up.files()[0]).returncode == 0
    elsewhere = tmp_path / "old.key"
    elsewhere.write_text(old)
    elsewhere.chmod(0o600)
    done = up.command("keys", "list", "--root-key", f"file:{elsewhere}", check=False)
    assert done.returncode == 1 and b"does not open this keyring" in done.stderr
    elsewhere.chmod(0o644)
    done = up.command("keys", "list", "--root-key", f"file:{elsewhere}", check=False)
    assert done.returncode == 1 and b"others may read it (mode 644)" in done.stderr
    # To a passphrase.
    secret = tmp_path / "pass"
    secret.write_text("correct horse battery\n")
    secret.chmod(0o600)
    keys(up, "reroot", "--new-root", f"passphrase:{secret}")
    done = up.command("keys", "list", check=False)
    assert done.returncode == 1 and b"does not open this keyring" in done.stderr
    up.start("up", "--root-key", f"passphrase:{secret}")
    assert up.post(lines(event()))[0] == 200


def test_roots_of_other_kinds(tmp_path):
    node = Node(tmp_path, "--cut-age", "200ms", "--log-level", "notice")
    done = subprocess.run(
        [CAIRN, "up", "--data", str(node.data), "--listen", "127.0.0.1:0", "--root-key", "env:ROOT"],
        env={**os.environ, "ROOT": "ab" * 32}, capture_output=True, timeout=60)
    assert done.returncode == 2 and b"--insecure-root" in done.stderr
    for root in ["nonsense", "file:", "credential:../x"]:
        done = node.command("keys", "list", "--root-key", root, check=False)
        assert done.returncode == 2 and b"expected file:PATH" in done.stderr
    (tmp_path / "credentials").mkdir()
    credential = tmp_path / "credentials" / "cairn-root"
    credential.write_bytes(bytes(range(32)))
    credential.chmod(0o400)
    os.environ["CREDENTIALS_DIRECTORY"] = str(tmp_path / "credentials")
    try:
        node.start("up", "--root-key", "credential:cairn-root")
        assert node.post(lines(event()))[0] == 200
        node.stop()
    finally:
        del os.environ["CREDENTIALS_DIRECTORY"]
    assert not (node.data / "root.key").exists()


def test_damaged_and_foreign_key_records_are_named_and_stop_nothing_else(up):
    import sqlite3
    assert up.post(lines(event()))[0] == 200
    up.wait_delivered()
    file = up.files()[0]
    up.stop()
    database = up.data / "documents.sqlite"

    def change(pattern, change):
        with sqlite3.connect(database) as documents:
            for key, body in documents.execute(
                    "SELECT key, body FROM documents WHERE key LIKE ?", [pattern]).fetchall():
                documents.execute("UPDATE documents SET body = ? WHERE key = ?", [change(body), key])

    keep = database.read_bytes()
    for damage in (lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b[:20], lambda b: b"", lambda b: b"\0" * 500):
        change("keys/trail/%", damage)
        done = opens(up, file)
        assert done.returncode == 1 and b"does not open" in done.stderr
        done = keys(up, "check", check=False)
        assert done.returncode == 1 and b"keys/trail/" in done.stderr
        change("keys/manifest", damage)
        done = keys(up, "list", check=False)
        assert done.returncode == 1 and b"keys/manifest" in done.stderr
        for part in pathlib.Path(up.data).glob("documents.sqlite*"):
            part.unlink()
        database.write_bytes(keep)
    assert opens(up, file).returncode == 0


def test_nothing_that_matters_is_readable_on_disk_in_logs_or_in_a_core(node, tmp_path):
    if os.geteuid() != 0 or not shutil.which("gcore"):
        pytest.skip("needs root and gcore")
    process = node.start("up", "--log-level", "trace")
    marker = "a-word-that-stands-in-the-event"
    for _ in range(20):
        assert node.post(lines(event(requestParameters={"word": marker})))[0] == 200
    node.wait_delivered()
    root = bytes.fromhex((node.data / "root.key").read_text().strip())
    secrets = {"root key": root, **exported(node)}
    # Errors, too: a file that is damaged, a key that is not there.
    bad = tmp_path / "bad.json.gz"
    bad.write_bytes(node.files()[0].read_bytes()[:-1])
    said = opens(node, bad).stderr + keys(node, "describe", "alias/none", check=False).stderr
    done = subprocess.run(
        ["gcore", "-o", str(tmp_path / "core"), str(process.process.pid)], capture_output=True, timeout=120)
    if b"ptrace" in done.stderr and b"not permitted" in done.stderr:
        pytest.skip("no right to look into another process here")
    cores = list(tmp_path.glob("core.*"))
    assert done.returncode == 0 and cores and cores[0].stat().st_size > 1 << 20, done.stderr.decode()
    places = {"core": cores[0].read_bytes(), "messages": said, "log": process.log.read_bytes()}
    for file in node.data.rglob("*"):
        if file.is_file() and file.name != "root.key":
            places[str(file.relative_to(node.data))] = file.read_bytes()
    for name, key in secrets.items():
        for form in (key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key).rstrip(b"=")):
            for place, content in places.items():
                assert form not in content, f"the bytes of {name} stand in {place}"
    for place, content in places.items():
        if place != "core":
            assert marker.encode() not in content, f"an event can be read in {place}"


def test_keys_are_told_to_nobody_by_accident(up):
    done = keys(up, "export-trail-keys", check=False)
    assert done.returncode == 2 and b"--yes" in done.stderr and done.stdout == b""
    help = subprocess.run([CAIRN, "help", "keys"], capture_output=True, timeout=60).stdout.decode()
    for verb in ("create list describe rotate rewrap rekey shred retire destroy reroot backup restore enable disable "
                 "schedule-deletion cancel-deletion check export-public export-trail-keys").split():
        assert verb in help
    public = json.loads(keys(up, "export-public").stdout)
    # Keys of further Regions come while their first digests are made.
    key = public["PublicKeyList"][0]
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: F401
    import hashlib
    der = base64.b64decode(key["Value"])
    assert hashlib.md5(der).hexdigest() == key["Fingerprint"] and len(der) == 270
    anchor = base64.b64decode(public["Anchor"]["Value"])
    assert public["Anchor"]["Pin"] == "sha256:" + hashlib.sha256(anchor).hexdigest()
    beside = up.data / "buckets" / "public-keys.json"
    wait_for(lambda: beside.exists() and key in json.loads(beside.read_text())["PublicKeyList"])
    assert json.loads(beside.read_text())["Anchor"] == public["Anchor"]
    status = up.command("status").stdout.decode()
    assert "beside the data" in status and public["Anchor"]["Pin"] in status


@pytest.mark.parametrize("operation", ["rotate", "rewrap", "rekey", "destroy"])
def test_killed_at_random_points_and_called_again(node, operation):
    """kill -9 of the tool in the middle: every file opens, and the operation can be finished."""
    node.start("up")
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    for _ in range(3):
        keys(node, "rekey")
    file, chance = node.files()[0], random.Random(operation)
    for _ in range(12):
        arguments = {"destroy": ["destroy", "alias/cairn", "1"], "rekey": ["rekey"]}.get(
            operation, [operation, "alias/cairn"])
        if operation in ("rewrap", "destroy"):
            keys(node, "rotate", "alias/cairn")
        if operation == "destroy":
            keys(node, "rewrap", "alias/cairn")
        process = subprocess.Popen(
            [CAIRN, "keys", *arguments, "--data", str(node.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.0, 0.12))
        process.kill()
        process.wait()
        assert keys(node, "check").returncode == 0
        assert opens(node, file).returncode == 0
    keys(node, *arguments)
    assert keys(node, "check").returncode == 0 and opens(node, file).returncode == 0
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
