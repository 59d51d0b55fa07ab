"""Bad input: a clear error each, nobody else held up, nothing accepted lost."""

import gzip
import http.client
import json
import socket
import time

import pytest
from events import event, lines
from node import records


def nested(depth):
    """An event nested `depth` deep, its root counted."""
    return json.dumps(event(requestParameters=0)).replace('"requestParameters": 0', '"requestParameters": ' + "[" * (depth - 1) + "]" * (depth - 1))


def sized(count):
    text = json.dumps(event(requestParameters={"x": ""}))
    return text.replace('"x": ""', '"x": "' + "y" * (count - len(text)) + '"')


GOOD = json.dumps(event())
CASES = {
    "not JSON": ("hello", "NotJSON", None),
    "truncated": (GOOD[:-1], "NotJSON", None),
    "not an object": ("[1]", "NotJSON", None),
    "invalid UTF-8": (GOOD.encode()[:-1] + b',"x":"\xff"}', "NotJSON", None),
    "NUL": (GOOD[:-1] + ',"x":"\0"}', "NotJSON", None),
    "control byte": (GOOD[:-1] + ',"x":"\x01"}', "NotJSON", None),
    "depth 101": (nested(101), "NotJSON", None),
    "too large": (sized(256 * 1024 + 1), "TooLarge", None),
    "a name twice": (GOOD[:-1] + ',"eventName":"Other"}', "RepeatedName", "eventName"),
    "a name twice, escaped": (GOOD[:-1] + ',"eventN\\u0061me":"Other"}', "RepeatedName", "eventName"),
    "a name twice where selectors read": (
        GOOD.replace('{"type": "Root"}', '{"arn":"a","arn":"b"}'), "RepeatedName", "arn"),
    "half a surrogate in a name": (GOOD[:-1] + ',"\\ud800":1}', "NotJSON", None),
    "cairn's own source": (event(eventSource="kms.cairn"), "Reserved", "eventSource"),
    "cairn's own source in capitals": (event(eventSource="KMS.CAIRN"), "Reserved", "eventSource"),
    "Insight": (event(eventCategory="Insight"), "Reserved", "eventCategory"),
    "Aggregated": (event(eventCategory="Aggregated"), "Reserved", "eventCategory"),
    "no such category": (event(eventCategory="Other"), "BadValue", "eventCategory"),
    "no eventTime": (event(eventTime=None), "MissingField", "eventTime"),
    "no eventSource": (event(eventSource=None), "MissingField", "eventSource"),
    "no eventName": (event(eventName=None), "MissingField", "eventName"),
    "eventTime is a number": (event(eventTime=1), "WrongType", "eventTime"),
    "eventSource is an object": (event(eventSource={}), "WrongType", "eventSource"),
    "eventName is a list": (event(eventName=[]), "WrongType", "eventName"),
    "eventID is a number": (event(eventID=7), "WrongType", "eventID"),
    "eventTime in another spelling": (event(eventTime="2026-03-01 10:12:44"), "BadValue", "eventTime"),
    "a day that does not exist": (event(eventTime="2026-02-30T10:12:44Z"), "BadValue", "eventTime"),
    "a time before 2000": (event(eventTime="1970-01-01T00:00:00Z"), "TimeOutOfRange", "eventTime"),
    "a time far ahead": (event(eventTime="2999-01-01T00:00:00Z"), "TimeOutOfRange", "eventTime"),
    "no such account": (event(recipientAccountId="12"), "BadValue", "recipientAccountId"),
    "a path as account": (event(recipientAccountId="../../etc/pw"), "BadValue", "recipientAccountId"),
    "an account nobody added": (event(recipientAccountId="999999999999"), "UnknownAccount", "recipientAccountId"),
    "a path as Region": (event(awsRegion="../us-east-1"), "BadValue", "awsRegion"),
    "a Region that is none of ours": (event(awsRegion="xx-moon-1"), "UnknownRegion", "awsRegion"),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    import node as nodes
    made = nodes.Node(tmp_path_factory.mktemp("door"), "--cut-age", "200ms", "--log-level", "notice")
    made.start("up")
    yield made
    made.stop()


@pytest.mark.parametrize("name", CASES)
def test_a_bad_event_is_refused_alone_by_index_field_expected_and_found(door, name):
    bad, code, field = CASES[name]
    bad = bad if isinstance(bad, bytes) else (bad if isinstance(bad, str) else json.dumps(bad)).encode()
    status, answer = door.post(b"\n".join([lines(event()), bad, lines(event())]))
    assert (status, answer["accepted"], answer["refusedCount"]) == (200, 2, 1)
    [refused] = answer["refused"]
    assert (refused["index"], refused["code"], refused.get("field")) == (1, code, field)
    assert refused["expected"] and refused["found"]
    assert door.post(bad)[0] == 400


@pytest.mark.parametrize("text", [nested(100), sized(256 * 1024), GOOD[:-1] + ',"x":"\\ud800"}', GOOD[:-1] + ',"x":1e999,"y":123456789012345678901234567890}'])
def test_what_is_just_allowed_is_taken(door, text):
    assert door.post(text.encode())[1]["refusedCount"] == 0


def test_a_region_or_account_of_the_request_is_checked_like_an_events_own(door):
    status, answer = door.post(lines(event(awsRegion=None)), path="/v1/events?region=us-esat-1")
    assert (status, answer["refused"][0]["code"], answer["refused"][0]["found"]) == (400, "UnknownRegion", "us-esat-1")
    assert door.post(lines(event(awsRegion=None)), path="/v1/events?region=us-west-2")[1]["accepted"] == 1
    assert door.post(lines(event(awsRegion=None)), path="/v1/events?region=../x")[0] == 400
    status, answer = door.post(lines(event(recipientAccountId=None)), path="/v1/events?account=999999999999")
    assert (status, answer["refused"][0]["code"]) == (400, "UnknownAccount")


@pytest.mark.parametrize("method,path", [("GET", "/no/such/thing"), ("PUT", "/v1/events"), ("GET", "/v1/events"), ("DELETE", "/metrics")])
def test_what_is_nowhere_is_said_like_every_other_refusal(door, method, path):
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    assert (answer.status, body["error"]) == (404, "NotFound") and "POST /v1/events" in body["message"]


def test_health_answers_to_head_too(door):
    for path in ("/healthz", "/readyz"):
        connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
        connection.request("HEAD", path)
        assert connection.getresponse().status == 200


@pytest.mark.parametrize("address,reason", [("ftp://x", b"expected http://"), ("127.0.0.1:1", b"expected http://"), ("http://192.0.2.1:1", b"in the clear")])
def test_put_refuses_a_door_that_is_none_or_not_safe_at_once(door, address, reason):
    done = door.command("put", "-", "--door", address, input=lines(event()), check=False)
    assert done.returncode == 2 and reason in done.stderr


@pytest.mark.parametrize("body", [b"", b"\n\n", b"[]", b'{"Records":[]}'])
def test_a_request_without_events_is_refused(door, body):
    status, answer = door.post(body)
    assert (status, answer["error"]) == (400, "BadRequest")


@pytest.mark.parametrize("body", [b"[{}", b'{"Records":[{}],"x":1}', b"[{},]", b"[{}] x", b"[{}}"])
def test_a_broken_list_is_refused_as_a_whole(door, body):
    assert door.post(body)[0] == 400


@pytest.mark.parametrize("token", ["nobody", "", "x" * 5000])
def test_without_a_token_of_ours_nothing_is_taken(door, token):
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    connection.request("POST", "/v1/events", body=lines(event()), headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.status == 401 and answer.getheader("WWW-Authenticate")
    assert b"cairn_token" in answer.read()


def test_a_principal_writes_only_for_its_accounts_and_sources(door):
    door.command("accounts", "add", "444455556666")
    profile = door.command(
        "principals", "create", "billing", "--accounts", "444455556666", "--sources", "billing.example.com").stdout.decode()
    token = profile.split("cairn_token = ")[1].strip()
    deadline = time.monotonic() + 10
    while door.post(lines(event()), token=token)[0] == 401:
        assert time.monotonic() < deadline, "the door never learned of the principal"
    def send(**fields):
        return door.post(lines(event(**fields)), token=token)[1]
    assert send(eventSource="billing.example.com")["refused"][0]["code"] == "AccountNotAllowed"
    assert send(recipientAccountId="444455556666")["refused"][0]["code"] == "SourceNotAllowed"
    assert send(recipientAccountId="444455556666", eventSource="billing.example.com")["accepted"] == 1
    # Its only account is the one that is filled in.
    assert send(recipientAccountId=None, eventSource="billing.example.com")["accepted"] == 1


def test_a_gzip_bomb_is_refused_quickly(door):
    bomb = gzip.compress(b"\0" * (1 << 30), 9)
    assert len(bomb) < (2 << 20)
    begun = time.monotonic()
    status, answer = door.post(bomb, headers={"Content-Encoding": "gzip"})
    assert status == 413 and "inflates" in answer["message"]
    assert time.monotonic() - begun < 5
    assert door.post(lines(event()))[0] == 200


@pytest.mark.parametrize("body", [gzip.compress(GOOD.encode())[:-3], gzip.compress(GOOD.encode()) + b"x", b"not gzip at all"])
def test_bad_gzip_is_refused(door, body):
    status, answer = door.post(body, headers={"Content-Encoding": "gzip"})
    assert status == 400 and "gzip" in answer["message"]


def test_an_unknown_encoding_is_refused(door):
    assert door.post(GOOD.encode(), headers={"Content-Encoding": "br"})[0] == 415


def test_a_body_of_17_MiB_is_refused(door):
    body = b"x" * (17 << 20)
    try:
        status, _ = door.post(body)
        assert status == 413
    except (ConnectionResetError, BrokenPipeError):
        pass  # refused before it was read whole
    # Without saying so beforehand, in pieces.
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as wire:
        wire.sendall(f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.token()}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(17):
                wire.sendall(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")
            wire.sendall(b"0\r\n\r\n")
            assert b"413" in wire.recv(200)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert door.post(lines(event()))[0] == 200


def test_slow_senders_do_not_hold_the_door(door):
    wires = []
    try:
        for _ in range(200):
            wire = socket.create_connection(("127.0.0.1", door.port), timeout=30)
            wire.sendall(f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.token()}\r\nContent-Length: 1000\r\n\r\n{{".encode())
            wires.append(wire)
        begun = time.monotonic()
        for _ in range(20):
            assert door.post(lines(event()))[0] == 200
        assert time.monotonic() - begun < 20
    finally:
        for wire in wires:
            wire.close()


def test_what_was_accepted_among_all_this_is_delivered(door):
    last = event()
    assert door.post(lines(last))[0] == 200
    door.wait_delivered()
    assert any(json.loads(r)["eventID"] == last["eventID"] for f in door.files() for r in records(f))
