"""From the door to the delivered file, with real processes and real records."""

import gzip
import json
import pathlib
import re

import pytest
from events import ACCOUNT, event, lines
from node import records, wait_for

HERE = pathlib.Path(__file__).resolve()
VECTORS = HERE.parent.parent / "CairnFormatTests" / "Vectors" / "real-records.ndjson"
ALL_REAL = HERE.parents[3] / "shared" / "data" / "real"


def real_records():
    """All the real records there are here; the ones in the repository at least."""
    found = VECTORS.read_text().splitlines()
    for file in sorted(ALL_REAL.glob("*.ndjson.gz")) if ALL_REAL.is_dir() else []:
        found += gzip.decompress(file.read_bytes()).decode().splitlines()
    return found


def delivered(node):
    node.wait_delivered()
    return [(file, record) for file in node.files() for record in records(file)]


def test_every_accepted_real_record_is_in_exactly_one_file_of_its_lane_byte_for_byte(up):
    sent = list(dict.fromkeys(real_records()))
    accounts = set()
    for line in sent:
        record = json.loads(line)
        accounts |= {record.get("recipientAccountId"), (record.get("userIdentity") or {}).get("accountId")}
    accounts = sorted(a for a in accounts if a and re.fullmatch(r"\d{12}", str(a)))
    up.command("accounts", "add", *accounts)
    accepted, refused = {}, []
    for start in range(0, len(sent), 400):
        part = sent[start:start + 400]
        status, answer = up.post("\n".join(part).encode())
        assert status == 200, answer
        bad = {item["index"]: item for item in answer["refused"]}
        for index, line in enumerate(part):
            if index in bad:
                refused.append((line, bad[index]))
            else:
                accepted[line] = accepted.get(line, 0) + 1
        assert answer["accepted"] == len(part) - len(bad)
    for line, why in refused:
        # Only records that were edited by hand by their publisher are refused.
        assert why["field"] in ("eventTime", "eventSource", "eventName", "recipientAccountId", "awsRegion", "eventID", "readOnly"), why
    found = {}
    for file, record in delivered(up):
        parts = file.name.split("_")
        event_of_record = json.loads(record)
        assert (event_of_record["recipientAccountId"], event_of_record["awsRegion"]) == (parts[0], parts[2])
        found.setdefault(record, []).append(file.name)
    assert all(len(where) == 1 for where in found.values()), "a record stands in two files"
    # The trails take management events: data events stay in the log.
    wanted = [line for line in accepted if json.loads(line).get("eventCategory", "Management") == "Management"
              and json.loads(line).get("managementEvent", True) is not False]
    by_beginning = {}
    for record in found:
        by_beginning.setdefault(record[:200], []).append(record)
    missing = []
    for line in wanted:
        beginning = line.strip()[:-1]
        match = [r for r in by_beginning.get(line.strip()[:200], []) if r == line.strip() or r.startswith(beginning)]
        if len(match) != 1:
            missing.append(line)
            continue
        added = match[0][len(beginning):]
        names = re.findall(r',"([A-Za-z]+)":', added)
        assert set(names) <= {
            "eventID", "eventVersion", "awsRegion", "recipientAccountId", "eventType", "eventCategory", "managementEvent",
            "readOnly"}, added
        json.loads(match[0])
    assert not missing, f"{len(missing)} accepted records are in no file, such as {missing[0][:300]}"
    assert len(found) == len(wanted)


@pytest.mark.parametrize("form", ["lines", "array", "records", "gzip", "blank lines"])
def test_all_forms_of_a_request_are_taken(up, form):
    sent = [event(), event()]
    body = {
        "lines": lines(*sent),
        "array": json.dumps(sent, indent=1).encode(),
        "records": json.dumps({"Records": sent}).encode(),
        "gzip": gzip.compress(lines(*sent)),
        "blank lines": b"\n\r\n" + lines(*sent).replace(b"\n", b"\r\n \n"),
    }[form]
    status, answer = up.post(body, headers={"Content-Encoding": "gzip"} if form == "gzip" else {})
    assert (status, answer["accepted"], answer["refusedCount"]) == (200, 2, 0)
    assert {json.loads(r)["eventID"] for _, r in delivered(up)} == {e["eventID"] for e in sent}


def test_missing_fields_are_filled_and_nothing_else_changes(up):
    sent = '{"eventTime":"2026-03-01T10:12:44Z", "eventSource":"test.example.com","eventName":"GetThing","x":1e400 }'
    status, answer = up.post(sent.encode(), path=f"/v1/events?account={ACCOUNT}&region=eu-west-1")
    assert (status, answer["accepted"]) == (200, 1)
    [(file, record)] = delivered(up)
    assert record.startswith(sent[:-1])
    added = json.loads("{" + record[len(sent) - 1:].lstrip(","))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", added.pop("eventID"))
    assert added == {
        "eventCategory": "Management", "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT, "awsRegion": "eu-west-1",
        "readOnly": True, "managementEvent": True, "eventVersion": "1.11",
    }
    assert f"{ACCOUNT}_CloudTrail_eu-west-1_" in file.name


def test_what_is_sent_twice_is_stored_once_and_a_conflict_is_stored_and_found(up):
    first = event(requestParameters={"a": 1})
    other = dict(first, requestParameters={"a": 2})
    assert up.post(lines(first))[1]["duplicates"] == 0
    assert up.post(lines(first, first))[1] == {"accepted": 2, "duplicates": 2, "conflicts": 0, "refusedCount": 0, "refused": []}
    assert up.post(lines(other))[1]["conflicts"] == 1
    assert sorted(json.loads(r)["requestParameters"]["a"] for _, r in delivered(up)) == [1, 2]
    assert "conflictingEvent" in up.command("status").stdout.decode()


def test_a_stopped_trail_takes_nothing_and_a_started_one_what_comes_from_then_on(up):
    before, during, after = event(), event(), event()
    up.post(lines(before))
    up.command("trails", "stop", "main")
    up.post(lines(during))
    up.command("trails", "start", "main")
    up.post(lines(after))
    assert {json.loads(r)["eventID"] for _, r in delivered(up)} == {before["eventID"], after["eventID"]}


def test_selectors_decide_which_data_events_are_taken(up):
    up.command("trails", "set-selectors", "main", input=json.dumps({"AdvancedEventSelectors": [
        {"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::taken/"]}]}]}).encode())

    def read(bucket):
        return event(eventCategory="Data", managementEvent=False, eventSource="s3.amazonaws.com", eventName="GetObject",
                     resources=[{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/a"}])
    taken, left = read("taken"), read("left")
    assert up.post(lines(taken, left, event()))[1]["accepted"] == 3
    assert [json.loads(r)["eventID"] for _, r in delivered(up)] == [taken["eventID"]]


def test_files_are_announced_and_a_message_that_is_not_acknowledged_comes_again(up):
    up.post(lines(event()))
    up.wait_delivered()
    [file] = up.files()
    key = str(file.relative_to(up.data / "buckets" / "cairn-logs"))
    notice = json.dumps({"s3Bucket": "cairn-logs", "s3ObjectKey": [key]}, separators=(",", ":"))

    def receive(*flags):
        """The file's messages; cairn's own first events may have come in a file of their own."""
        out = up.command("queue", "receive", "cairn-queue", *flags).stdout.decode()
        return [message for message in map(json.loads, out.splitlines()) if message["message"] == notice]
    [message] = wait_for(lambda: receive("--visibility", "0s"))
    [again] = receive("--visibility", "1h")
    assert again["receiveCount"] == 2
    refused = up.command("queue", "ack", "cairn-queue", message["handle"], check=False)
    assert refused.returncode == 1 and b"not valid any more" in refused.stderr
    up.command("queue", "ack", "cairn-queue", again["handle"])
    assert receive("--visibility", "0s") == []


def test_digests_are_announced_to_who_asks_for_it(up):
    def told():
        out = up.command("queue", "receive", "cairn-queue", "--count", "100", "--ack").stdout.decode()
        keys = [key for line in out.splitlines() for key in json.loads(json.loads(line)["message"])["s3ObjectKey"]]
        return [key for key in keys if "CloudTrail-Digest" in key]
    wait_for(lambda: [f for f in (up.data / "buckets").rglob("*.json.gz") if "CloudTrail-Digest" in f.parts])
    up.wait_delivered()
    assert told() == []
    up.command("trails", "update", "main", "--announce-digests", "true")
    up.command("trails", "stop", "main")
    found = []
    wait_for(lambda: found.extend(told()) or found)
    for key in found:
        assert (up.data / "buckets" / "cairn-logs" / key).is_file()


def test_put_reads_gzip_prints_what_was_refused_and_goes_on_where_it_was(up, tmp_path):
    file = tmp_path / "events.ndjson.gz"
    good, bad = [event() for _ in range(3)], '{"eventTime":"yesterday"}'
    file.write_bytes(gzip.compress(lines(good[0], bad, good[1], good[2])))
    door = ["--door", f"http://127.0.0.1:{up.port}", "--state", str(tmp_path / "state")]
    done = up.command("put", str(file), *door, check=False)
    assert done.returncode == 1
    assert f"{file}:2: BadValue: eventTime: expected YYYY-MM-DDTHH:MM:SSZ".encode() in done.stderr
    assert b"3 accepted (0 had come before), 1 refused" in done.stderr
    assert b"0 accepted" in up.command("put", str(file), *door).stderr
    assert b"3 accepted (3 had come before)" in up.command("put", str(file), *door[:2], check=False).stderr


def test_put_goes_on_only_in_the_file_it_began(up, tmp_path):
    file = tmp_path / "events.ndjson"
    door = ["--door", f"http://127.0.0.1:{up.port}", "--state", str(tmp_path / "state")]
    file.write_bytes(lines(*[event() for _ in range(3)]) + b"\n")
    assert b"3 accepted" in up.command("put", str(file), *door).stderr
    with open(file, "ab") as more:
        more.write(lines(event()) + b"\n")
    assert b"1 accepted" in up.command("put", str(file), *door).stderr
    whole = file.read_bytes()
    for other in (lines(*[event() for _ in range(9)]), whole[:-20], whole.splitlines()[0]):
        file.write_bytes(other)
        done = up.command("put", str(file), *door, check=False)
        assert done.returncode == 2 and (b"is not the file" in done.stderr or b"not the same file" in done.stderr), done.stderr


def test_open_prints_records_in_three_forms(up):
    sent = event(userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/m\u001b[31my"})
    up.post(lines(sent))
    up.wait_delivered()
    [file] = up.files()
    # cairn's own events of keys may stand in the same file.
    printed = [json.loads(line)["eventID"] for line in up.command("open", str(file)).stdout.splitlines()]
    assert sent["eventID"] in printed
    whole = json.loads(up.command("open", "--format", "json", str(file.relative_to(up.data / "buckets"))).stdout)
    assert [r["eventID"] for r in whole["Records"]] == printed
    table = up.command("open", "--format", "table", str(file)).stdout.decode()
    assert "\u001b" not in table and "m\\u001b[31my" in table


def test_metrics_and_health(up):
    assert up.post(lines(event(), event(), "x"))[1]["accepted"] == 2
    up.wait_delivered()
    assert up.get("/healthz") == (200, "ok\n")
    assert up.get("/readyz") == (200, "ready\n")
    assert up.get("/metrics")[0] == 401
    text = up.get("/metrics", {"Authorization": f"Bearer {up.token()}"})[1]
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    # cairn's own events of keys besides.
    assert int(values["cairn_accepted_events_total"]) >= 2
    assert values["cairn_refused_events_total"] == "1"
    assert int(values["cairn_delivered_events_total"]) >= 2
    assert values["cairn_oldest_undelivered_seconds"] == "0.0"
    assert {"cairn_log_bytes", "cairn_lanes_held", "cairn_put_seconds_count", "cairn_cut_seconds_count"} <= set(values)
