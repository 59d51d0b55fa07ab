"""A KMS elsewhere, as moto's server speaks it: files under its keys, and what happens while it is away."""

import base64
import http.server
import json
import signal
import subprocess
import threading

import pytest

import node as nodes
from events import event, lines
from moto_server import Moto
from node import CAIRN, wait_for
from test_digests import digests
from test_fsck import forgotten
from test_keys import keys, opens


class KMS(Moto):
    """A KMS with one key."""

    def __init__(self, folder):
        super().__init__(folder, "kms")
        self.arn = self.client.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def kms(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    made = KMS(tmp_path)
    yield made
    made.stop()


def test_files_under_a_kms_key_carry_what_it_made_and_open_again(node, kms):
    node.start("up", "--kms-endpoint", kms.endpoint)
    flags = ["--kms-endpoint", kms.endpoint]
    node.command(
        "trails", "create", "remote", "--bucket", "remote", "--multi-region", "--kms-key-id", kms.arn, "--start", *flags)
    sent = event()
    assert node.post(lines(sent))[0] == 200
    node.wait_delivered()
    [file] = [f for f in node.all_files() if "remote" in f.parts and "_us-east-1_" in f.name][:1]
    stored = file.read_bytes()
    assert stored[:3] == b"\x02\x04\x78" and b"aws-kms" in stored[:1000] and kms.arn.encode() in stored[:1000]
    done = node.command("open", str(file), *flags)
    assert any(sent["eventID"] in line for line in done.stdout.decode().splitlines()) or b"kms.cairn" in done.stdout
    done = opens(node, file)
    assert done.returncode == 1 and b"see --kms-endpoint" in done.stderr
    # Shredding has nothing to do with such keys, and says so.
    done = keys(node, "shred", "--trail", "remote", "--account", "111122223333", "--period", "2020-01", "--yes", check=False)
    assert done.returncode == 1 and b"no key of trail" in done.stderr
    done = node.command("trails", "update", "remote", "--kms-key-id", kms.arn[:-36] + "00000000-0000-4000-8000-000000000000", *flags, check=False)
    assert done.returncode == 1


def test_a_kms_that_is_away_holds_its_lanes_alone_and_loses_nothing(node, kms):
    node.start("up", "--kms-endpoint", kms.endpoint, "--patience", "300ms")
    node.command(
        "trails", "create", "remote", "--bucket", "remote", "--multi-region", "--kms-key-id", kms.arn, "--start",
        "--kms-endpoint", kms.endpoint)
    first = event()
    assert node.post(lines(first))[0] == 200
    node.wait_delivered()
    # Not even a refusal: it hangs.
    kms.process.send_signal(signal.SIGSTOP)
    second = event()
    assert node.post(lines(second))[0] == 200
    status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"held" in s.stdout and s)
    assert b"does not answer GenerateDataKey" in status.stdout
    wait_for(lambda: any(
        second["eventID"] in r for f in (node.data / "buckets" / "cairn-logs").rglob("*.json.gz")
        for r in nodes.records(f)))
    kms.process.send_signal(signal.SIGCONT)
    wait_for(lambda: node.command("status", check=False).returncode == 0, seconds=120)
    node.wait_delivered()
    found = []
    for file in (f for f in node.all_files() if "remote" in f.parts):
        done = node.command("open", str(file), "--kms-endpoint", kms.endpoint)
        found += [json.loads(line)["eventID"] for line in done.stdout.decode().splitlines()]
    assert found.count(first["eventID"]) == 1 and found.count(second["eventID"]) == 1


def test_a_root_key_that_a_kms_wraps(node, kms):
    root = ["--kms-endpoint", kms.endpoint, "--root-key", f"kms:{kms.arn}"]
    node.start("up", *root)
    assert node.post(lines(event()))[0] == 200
    node.stop()
    assert not (node.data / "root.key").exists()
    node.start("up", *root)
    assert node.post(lines(event()))[0] == 200
    done = subprocess.run(
        [CAIRN, "keys", "list", "--data", str(node.data), "--root-key", f"kms:{kms.arn}"], capture_output=True, timeout=60)
    assert done.returncode == 1 and b"no KMS is configured" in done.stderr


class Impostor(http.server.BaseHTTPRequestHandler):
    """Speaks like a KMS, and says what it is told to."""

    answer = (200, {})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.answer
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = base64.b64encode(bytes(32)).decode()


def good(**changes):
    return {"KeyId": ARN, "CiphertextBlob": base64.b64encode(b"blob").decode(), "Plaintext": KEY, **changes}


@pytest.mark.parametrize("answer, said", [
    ((200, good(KeyId=ARN[:-1] + "c")), b"a data key of arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ac"),
    ((200, good(Plaintext=base64.b64encode(bytes(31)).decode())), b"a data key that has not 32 bytes"),
    ((200, good(Plaintext="not base64!!")), b"a data key that has not 32 bytes"),
    ((200, good(CiphertextBlob="")), b"a data key without a ciphertext"),
    ((200, b"<html>"), b"it is no answer of a KMS"), ((200, b""), b"it is no answer of a KMS"),
    ((200, b"x" * 200_000), b"does not answer GenerateDataKey"),
    ((400, {"__type": "DisabledException", "message": "is disabled"}), b"KMS.DisabledException"),
    ((400, {"__type": "com.amazonaws.kms#KMSInvalidStateException"}), b"KMSInvalidStateException"),
    ((400, {"__type": "NotFoundException"}), b"KMS.NotFoundException"),
    ((400, {"__type": "AccessDeniedException", "Message": "no \u001b[31m"}), b"AccessDenied"),
    ((500, {"__type": "KMSInternalException"}), b"with status 500"), ((302, {}), b"with status 302"),
])
def test_what_a_kms_must_not_answer_is_not_taken(node, monkeypatch, answer, said):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Impostor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        Impostor.answer = (200, {"KeyMetadata": {"Arn": ARN, "KeyState": "Enabled"}})
        node.start("up", "--kms-endpoint", endpoint, "--patience", "200ms")
        node.command("trails", "update", "main", "--kms-key-id", ARN, "--kms-endpoint", endpoint)
        Impostor.answer = answer
        sent = event()
        assert node.post(lines(sent))[0] == 200
        status = wait_for(lambda: (s := node.command("status", check=False)).returncode == 1 and b"held" in s.stdout and s)
        assert said in status.stdout and b"\x1b" not in status.stdout
        # It comes to its senses; nothing was lost.
        Impostor.answer = (200, good())
        wait_for(lambda: node.command("status", check=False).returncode == 0, seconds=120)
        assert any(b"aws-kms" in f.read_bytes()[:400] for f in node.all_files())
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("endpoint", ["http://192.0.2.1:8080", "ftp://x", "https://", "https://user@host", "kms.example.com"])
def test_a_kms_without_tls_or_with_a_strange_address_is_refused(node, endpoint, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    done = subprocess.run(
        [CAIRN, "up", "--data", str(node.data), "--listen", "127.0.0.1:0", "--kms-endpoint", endpoint],
        capture_output=True, timeout=60)
    assert done.returncode != 0 and b"the KMS endpoint" in done.stderr


def test_fsck_proves_files_under_a_kms_key_and_does_not_guess_while_it_is_away(node, kms, tmp_path):
    flags = ["--kms-endpoint", kms.endpoint]
    node.start("up", *flags)
    node.command("trails", "create", "remote", "--bucket", "remote", "--kms-key-id", kms.arn, "--start", *flags)
    wait_for(lambda: digests(node, trail="remote"))
    node.wait_delivered()
    node.stop()
    with forgotten(node, tmp_path):
        node.start("up", *flags)
        assert node.post(lines(event()))[0] == 200
        node.wait_delivered()
        node.stop()
    done = node.command("fsck", check=False)
    assert done.returncode == 3 and b": unproven: " in done.stdout and b"see --kms-endpoint" in done.stdout
    kms.process.send_signal(signal.SIGSTOP)
    done = node.command("fsck", *flags, check=False)
    assert done.returncode == 1 and b"unproven" not in done.stdout, "a KMS that does not answer proves nothing"
    kms.process.send_signal(signal.SIGCONT)
    done = node.command("fsck", "--backfill", "--yes", *flags, check=False)
    assert done.returncode == 0 and b": proven, " in done.stdout and b" of trail remote" in done.stdout, done
    node.command("validate", *flags)
    kms.process.send_signal(signal.SIGKILL)
    assert node.command("fsck", *flags, check=False).returncode == 0, "everything is listed: nothing has to be opened"
