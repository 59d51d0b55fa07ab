"""What an operator meets: two doors, a read-only disk, a newer format, damage, a dead bucket, a full disk, TLS."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

import boto3
import pytest
from events import event, lines
from node import CAIRN, Node, records

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "Tools"


def ids(node):
    return sorted(json.loads(r)["eventID"] for f in node.files() for r in records(f))


def fails(node, *arguments):
    done = subprocess.run([CAIRN, *arguments, "--data", str(node.data)], capture_output=True, timeout=60)
    return done.returncode, done.stderr.decode()


def test_a_second_door_on_the_same_data_is_refused(up):
    code, text = fails(up, "up", "--listen", "127.0.0.1:0")
    assert code == 1 and "another cairn door uses" in text


def test_a_data_directory_that_cannot_be_made_is_said_plainly(tmp_path):
    (tmp_path / "data").write_text("in the way")
    code, text = fails(Node(tmp_path), "up", "--listen", "127.0.0.1:0")
    assert code == 1 and "data" in text and "check its owner, mode and mount" in text


def test_a_newer_format_is_refused(up):
    up.stop()
    import sqlite3
    with sqlite3.connect(up.data / "documents.sqlite") as documents:
        documents.execute("PRAGMA user_version = 9")
    code, text = fails(up, "up", "--listen", "127.0.0.1:0")
    assert code == 1 and "has format 9" in text and "newer cairn" in text


def test_a_segment_of_a_newer_format_is_refused(up):
    up.post(lines(event()))
    up.stop()
    segment = next(p for p in sorted((up.data / "log").rglob("*.segment")))
    bytes_of_it = bytearray(segment.read_bytes())
    bytes_of_it[8] = 9
    segment.write_bytes(bytes_of_it)
    code, text = fails(up, "up", "--listen", "127.0.0.1:0")
    assert code == 1 and "has format 9" in text


@pytest.mark.parametrize("place", ["/proc/x", "/sys/x"])
def test_a_data_directory_where_nothing_can_be_made_is_an_error(place):
    done = subprocess.run([CAIRN, "up", "--data", place, "--listen", "127.0.0.1:0"], capture_output=True, timeout=60)
    assert done.returncode == 1 and place.encode() in done.stderr


def test_metrics_without_a_token_stay_on_this_machine(node):
    code, text = fails(node, "up", "--listen", "127.0.0.1:0", "--admin-listen", "0.0.0.0:0")
    assert code == 2 and "without a token" in text


@pytest.mark.parametrize("line", ["cutage: 5s", "cut-age: [1,2]", "cut-age 5s", "nothing: at all"])
def test_a_typo_in_the_configuration_file_is_said(line, tmp_path):
    file = tmp_path / "cairn.yaml"
    file.write_text(f"# what we run\npartitions: 2\n{line}\n")
    done = subprocess.run([CAIRN, "config", "--config", str(file)], capture_output=True, timeout=60)
    assert done.returncode == 2 and b"line 3" in done.stderr


def test_principals_are_checked_and_can_be_disabled(up):
    def add(name, *more):
        return up.command("principals", "create", name, *more, check=False)
    assert add("a b", "--accounts", "all").returncode == 2
    assert add("billing", "--accounts", "").returncode == 2
    assert add("billing", "--accounts", "all", "--sources", "nonsense").returncode == 2
    assert b"no account 999999999999" in add("billing", "--accounts", "999999999999").stderr
    made = add("billing", "--accounts", "all")
    assert made.returncode == 0 and add("billing", "--accounts", "all").returncode == 2
    token = made.stdout.decode().split("cairn_token = ")[1].strip()
    name = made.stdout.decode().split("aws_access_key_id = ")[1].split()[0]

    def wait_for(status):
        deadline = time.monotonic() + 10
        while up.post(lines(event()), token=token)[0] != status:
            assert time.monotonic() < deadline, f"never {status}"
    wait_for(200)
    up.command("principals", "disable", name)
    wait_for(401)


def test_it_does_not_listen_beyond_loopback_without_tls(node):
    code, text = fails(node, "up", "--listen", "0.0.0.0:0")
    assert code == 2 and "without TLS" in text


def test_the_door_speaks_tls(node, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "1", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    node.start("up", "--tls-cert", str(cert), "--tls-key", str(key))
    request = urllib.request.Request(
        f"https://localhost:{node.port}/v1/events", data=lines(event()), headers={"Authorization": f"Bearer {node.token()}"})
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(cert)), timeout=30) as answer:
        assert json.load(answer)["accepted"] == 1
    text = dict(line.split(" = ") for line in (node.data / "credentials").read_text().splitlines() if " = " in line)
    sqs = boto3.client(
        "sqs", endpoint_url=f"https://localhost:{node.port}", region_name="us-east-1", verify=str(cert),
        aws_access_key_id=text["aws_access_key_id"], aws_secret_access_key=text["aws_secret_access_key"])
    url = sqs.get_queue_url(QueueName="cairn-queue")["QueueUrl"]
    assert url == f"https://localhost:{node.port}/111122223333/cairn-queue"
    sqs.receive_message(QueueUrl=url)


def test_an_event_survives_kill_9_right_after_its_acknowledgement(node):
    sent = []
    for _ in range(3):
        node.start("up", "--cut-age", "1h")
        one = event()
        assert node.post(lines(one))[0] == 200
        sent.append(one["eventID"])
        node.stop(signal.SIGKILL)
    node.start("up")
    node.wait_delivered()
    assert ids(node) == sorted(sent)


def test_a_damaged_segment_is_salvaged_kept_and_reported(node):
    node.start("up", "--cut-age", "1h", "--partitions", "1")
    sent = [event(requestParameters={"n": n, "filler": "x" * 2000}) for n in range(30)]
    for one in sent:
        assert node.post(lines(one))[0] == 200
    node.stop(signal.SIGKILL)
    [segment] = [p for p in (node.data / "log").rglob("*.segment")]
    bytes_of_it = bytearray(segment.read_bytes())
    # Payloads are sealed: the frame is found by its place among those that are long enough to hold one of these events.
    places, at = [], 80
    while bytes_of_it[at:at + 4] == b"FRM2":
        count = int.from_bytes(bytes_of_it[at + 4:at + 8], "little")
        if bytes_of_it[at + 12] == 1 and count > 2000:
            places.append(at + 72)
        at += 72 + count + 16
    assert len(places) == 30
    bytes_of_it[places[10] + 500] ^= 1
    segment.write_bytes(bytes_of_it)
    node.start("up")
    node.wait_delivered()
    kept = [e["eventID"] for i, e in enumerate(sent) if i != 10]
    found = [json.loads(r) for f in node.files() for r in records(f)]
    assert sorted(e["eventID"] for e in found if e["eventSource"] == "test.example.com") == sorted(kept)
    [gap] = [e for e in found if e["eventSource"] == "log.cairn"]
    assert gap["eventName"] == "LogGap" and gap["serviceEventDetails"]["partition"] == 0
    status = node.command("status").stdout.decode()
    assert "logGap" in status and "quarantine" in status
    [copy] = list((node.data / "quarantine").iterdir())
    assert copy.read_bytes()[:8] == b"CAIRNLOG"


def test_a_lane_whose_bucket_is_away_is_held_with_an_alarm_and_the_others_go_on(node):
    node.start("up", "--patience", "300ms", "--admin-listen", "127.0.0.1:0")
    (node.data / "buckets").mkdir(exist_ok=True)
    (node.data / "buckets" / "away").write_text("no directory")
    node.command("trails", "create", "broken", "--bucket", "away", "--multi-region", "--start")
    sent = [event(), event(awsRegion="eu-west-1")]
    assert node.post(lines(*sent))[0] == 200
    deadline = time.monotonic() + 60
    while True:
        status = node.command("status", check=False)
        if status.returncode == 1 and b"held" in status.stdout and len(node.files()) == 2:
            break
        assert time.monotonic() < deadline, status.stdout.decode()
        time.sleep(0.1)
    assert b"away" in status.stdout and b"Not a directory; check its owner, mode and mount" in status.stdout
    text = node.get("/metrics", {"Authorization": f"Bearer {node.token()}"})[1]
    assert "cairn_lanes_held 2.0" in text
    later = event()
    assert node.post(lines(later))[0] == 200
    (node.data / "buckets" / "away").unlink()
    deadline = time.monotonic() + 90
    wanted = sorted([e["eventID"] for e in sent + [later]] * 2)
    while ids(node) != wanted:
        assert time.monotonic() < deadline, node.command("status", check=False).stdout.decode()
        time.sleep(0.1)
    deadline = time.monotonic() + 30
    while node.command("status", check=False).returncode != 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # Both trails have every event exactly once.
    for bucket in ("away", "cairn-logs"):
        mine = sorted(json.loads(r)["eventID"] for f in node.files() if bucket in str(f) for r in records(f))
        assert mine == sorted(e["eventID"] for e in sent + [later])


def test_a_full_log_and_a_low_disk_refuse_with_503_and_say_so(node):
    node.start("up", "--log-bytes", "1MiB", "--cut-age", "1h")
    answer = (200, None)
    for _ in range(40):
        answer = node.post(lines(event(requestParameters={"x": "y" * 60_000})))
        if answer[0] != 200:
            break
    assert answer[0] == 503 and answer[1]["error"] == "LogFull" and "--log-bytes" in answer[1]["message"]
    node.stop()
    node.start("up", "--disk-reserve", "1024TiB", "--cut-age", "200ms")
    status, answer = node.post(lines(event()))
    assert (status, answer["error"]) == (503, "DiskReserve")
    assert node.get("/readyz")[0] == 503


def test_one_account_cannot_fill_the_log_of_the_others(node):
    node.start("up", "--log-bytes", "2MiB", "--cut-age", "1h")
    node.command("accounts", "add", "444455556666")
    status = 200
    while status == 200:
        status, answer = node.post(lines(event(requestParameters={"x": "y" * 60_000})))
    assert status == 429 and answer["error"] == "AccountShareFull"
    deadline = time.monotonic() + 10
    while True:
        status, answer = node.post(lines(event(recipientAccountId="444455556666")))
        if answer.get("accepted") == 1:
            break
        assert time.monotonic() < deadline, answer


def test_a_small_log_goes_on_taking_events_as_long_as_delivery_gets_on(node):
    # Far more than the log may hold, and all of it within the window of duplicates.
    node.start("up", "--log-bytes", "4MiB", "--cut-age", "100ms")
    sent = []
    deadline = time.monotonic() + 120
    while len(sent) < 300:
        one = event(requestParameters={"n": len(sent), "x": "y" * 100_000})
        status, answer = node.post(lines(one))
        if status == 200:
            sent.append(one["eventID"])
            assert answer["duplicates"] == 0
        else:
            assert (status, answer["error"]) == (503, "LogFull"), answer
            assert time.monotonic() < deadline, "the log never let go of what was delivered"
            time.sleep(0.1)
    node.wait_delivered()
    assert ids(node) == sorted(sent)


def test_a_bucket_that_is_away_does_not_fill_the_log_with_what_others_send(node):
    # Far more than the log may hold, while a lane of one Region is held; all of what it needs is there when its bucket is back.
    node.flags += ["--regions", "us-east-1,eu-west-1"]
    node.start("up", "--log-bytes", "8MiB", "--segment-bytes", "1MiB", "--cut-age", "100ms", "--patience", "300ms")
    buckets = node.data / "buckets"
    buckets.mkdir(exist_ok=True)
    (buckets / "away").write_text("no directory")
    node.command("trails", "create", "broken", "--bucket", "away", "--start")
    held = [event() for _ in range(3)]
    assert node.post(lines(*held))[1]["accepted"] == 3
    sent = []
    deadline = time.monotonic() + 120
    while len(sent) < 300:
        one = event(awsRegion="eu-west-1", requestParameters={"n": len(sent), "x": "y" * 100_000})
        status, answer = node.post(lines(one))
        if status == 200:
            sent.append(one["eventID"])
        else:
            assert (status, answer["error"]) == (503, "LogFull"), answer
            assert time.monotonic() < deadline, "the log never let go of what the held lane does not need"
            time.sleep(0.1)
    held.append(event())
    assert node.post(lines(held[-1]))[1]["accepted"] == 1
    assert "away" in node.command("status", check=False).stdout.decode()
    # A start finds it as it was left.
    node.stop()
    node.start("up", "--log-bytes", "8MiB", "--segment-bytes", "1MiB", "--cut-age", "100ms")
    (buckets / "away").unlink()
    node.wait_delivered()
    found = {"away": [], "main": []}
    for file in node.files():
        bucket = "away" if "/away/" in str(file) else "main"
        found[bucket] += [json.loads(r)["eventID"] for r in records(file)]
    expected = sorted(e["eventID"] for e in held)
    assert sorted(found["away"]) == expected
    assert sorted(found["main"]) == sorted(sent + expected)


def test_a_held_lane_follows_its_trail_to_another_bucket_or_is_given_up(node):
    node.start("up", "--patience", "300ms")
    buckets = node.data / "buckets"
    buckets.mkdir(exist_ok=True)
    (buckets / "away").write_text("no directory")
    node.command("trails", "create", "broken", "--bucket", "away", "--start")

    def status_until(wanted):
        deadline = time.monotonic() + 60
        while True:
            text = node.command("status", check=False).stdout.decode()
            if wanted(text):
                return text
            assert time.monotonic() < deadline, text
            time.sleep(0.1)

    first = event()
    assert node.post(lines(first))[0] == 200
    status_until(lambda text: "held:" in text)
    node.command("trails", "update", "broken", "--bucket", "elsewhere")
    text = status_until(lambda text: "held:" not in text and "reAimed" in text)
    assert "away" in text and "elsewhere" in text
    moved = [json.loads(r)["eventID"] for f in node.files() if "elsewhere" in str(f) for r in records(f)]
    assert moved == [first["eventID"]]

    node.command("trails", "update", "broken", "--bucket", "away")
    assert node.post(lines(event()))[0] == 200
    status_until(lambda text: "held:" in text)
    node.command("trails", "delete", "broken")
    text = status_until(lambda text: "held:" in text)
    lane = next(word for word in text.split() if word.count("/") == 3 and "us-east-1" in word)
    assert b"nothing was given up" in node.command("trails", "abandon", lane, "--dry-run").stderr
    node.command("trails", "abandon", lane)
    text = status_until(lambda text: "held:" not in text and "abandoned" in text)
    # Events of cairn's own may have come into the same file.
    assert re.search(r"\b[1-9] records", text), text
    assert node.command("trails", "abandon", lane, check=False).returncode == 1


def test_a_first_start_that_was_cut_off_is_finished_by_the_next(node):
    node.start("up")
    node.stop()
    # As if the first start had come no further than the deployment and the credentials file.
    import sqlite3
    with sqlite3.connect(node.data / "documents.sqlite") as documents:
        documents.execute("DELETE FROM documents WHERE key != 'deployment'")
    for folder in ("log", "delivered", "topics"):
        shutil.rmtree(node.data / folder, ignore_errors=True)
    node.start("up")
    assert node.post(lines(event()))[0] == 200
    node.wait_delivered()
    assert len(node.files()) == 1


def test_requests_beyond_their_memory_are_refused_for_a_moment(node):
    node.start("up", "--request-memory", "48MiB")

    def announced():
        wire = socket.create_connection(("127.0.0.1", node.port), timeout=30)
        wire.sendall(
            f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {node.token()}\r\n"
            f"Content-Length: {16 << 20}\r\n\r\n[".encode())
        return wire

    # Announced, so it has its room, but it does not come. When a small one is worked on in the very moment in which it is
    # announced, there is no room for it either, and it is the one that is refused: then it announces itself again.
    wire = announced()
    try:
        deadline = time.monotonic() + 60
        while True:
            status, answer = node.post(lines(event()))
            if status == 503:
                break
            if select.select([wire], [], [], 0)[0]:
                assert wire.recv(12) == b"HTTP/1.1 503"
                wire.close()
                wire = announced()
            assert time.monotonic() < deadline, "nothing was refused"
        assert answer["error"] == "Busy" and "--request-memory" in answer["message"]
    finally:
        wire.close()
    deadline = time.monotonic() + 30
    while node.post(lines(event()))[0] != 200:
        assert time.monotonic() < deadline, "the room was never given back"


def test_a_full_disk_refuses_and_loses_nothing(tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(mount)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no right to mount a tmpfs here; the simulated disk tests the same")
    try:
        node = Node(mount, "--cut-age", "1h", "--disk-reserve", "0", "--segment-bytes", "1MiB", "--log-level", "notice")
        node.start("up")
        sent, status = [], 200
        while status == 200 and len(sent) < 2_000:
            one = event(requestParameters={"x": "y" * 100_000})
            status, answer = node.post(lines(one))
            if status == 200:
                sent.append(one["eventID"])
        assert status == 503 and answer["error"] in ("DiskFull", "LogUnavailable"), answer
        node.stop(signal.SIGKILL)
        shutil.copytree(node.data, tmp_path / "copy" / "data")
        subprocess.run(["umount", str(mount)], check=True)
        mount = None
        copy = Node(tmp_path / "copy", "--cut-age", "200ms", "--log-level", "notice")
        copy.start("up")
        copy.wait_delivered()
        assert ids(copy) == sorted(sent)
        copy.stop()
    finally:
        if mount:
            subprocess.run(["umount", "-l", str(mount)], check=False)


def test_settings_come_from_flags_the_environment_and_a_file(node, tmp_path):
    file = tmp_path / "cairn.yaml"
    file.write_text("cut-age: 7s\npartitions: 2\ncompression: small\n")
    environment = dict(os.environ, CAIRN_COMPRESSION="fast", CAIRN_CONFIG=str(file))
    done = subprocess.run([CAIRN, "config", "--memory", "64MiB"], capture_output=True, env=environment, timeout=60)
    rows = {line.split()[0]: line for line in done.stdout.decode().splitlines()}
    assert "64MiB" in rows["memory"] and "flag --memory" in rows["memory"]
    assert "fast" in rows["compression"] and "environment variable CAIRN_COMPRESSION" in rows["compression"]
    assert "7s" in rows["cut-age"] and "cairn.yaml" in rows["cut-age"]
    assert " 2 " in rows["partitions"] and "cairn.yaml" in rows["partitions"]
    assert "default" in rows["log-bytes"]
    file.write_text("cut-age: &a 7s\n")
    done = subprocess.run([CAIRN, "config"], capture_output=True, env=environment, timeout=60)
    assert done.returncode == 2 and b"anchors" in done.stderr
    done = subprocess.run([CAIRN, "config", "--cut-age", "soon"], capture_output=True, timeout=60)
    assert done.returncode == 2 and b"cut-age" in done.stderr and b"found 'soon'" in done.stderr


def test_door_and_workers_may_be_processes_of_their_own(node):
    node.flags += ["--regions", "us-east-1,eu-west-1,ap-south-1,us-west-2"]
    node.start("serve")
    node.start("work")
    node.start("work")
    sent = [event(awsRegion=region) for region in ("us-east-1", "eu-west-1", "ap-south-1", "us-west-2") for _ in range(3)]
    assert node.post(lines(*sent))[1]["accepted"] == 12
    node.wait_delivered()
    assert ids(node) == sorted(e["eventID"] for e in sent)
    assert node.stop() == [0, 0, 0]


@pytest.mark.parametrize("options", [
    ["--kills", "6"], ["--kills", "5", "--split"], ["--kills", "3", "--signal", "TERM"],
])
def test_kills_under_load_lose_nothing_and_double_nothing(options):
    done = subprocess.run(
        [sys.executable, str(TOOLS / "torture"), "--producers", "8", "--seed", "11", *options],
        capture_output=True, timeout=600)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()[-2000:]
