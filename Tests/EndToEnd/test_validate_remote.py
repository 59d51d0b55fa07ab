"""The validator asks services: public keys from ListPublicKeys, keys of files from a KMS."""

import datetime
import json

import pytest

import archives
import validator
from test_digests import wait_hours
from test_remote_kms import kms  # noqa: F401 (a fixture)
from events import event, lines
from services import JSONService

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": ""}


class KeyLists(JSONService):
    """Answers ListPublicKeys: one key a page, those of the Region that the call is signed for."""

    def __init__(self, keys):
        """keys: by Region."""
        self.calls, self.failure, self.keys = [], None, keys
        super().__init__(self.answer)

    def answer(self, target, region, service, asked):
        self.calls.append((target, region, service, asked))
        known, at = self.keys.get(region, []), int(asked.get("NextToken") or "0")
        answer = {"PublicKeyList": known[at:at + 1]}
        if at + 1 < len(known):
            answer["NextToken"] = str(at + 1)
        return self.failure or (200, answer)


@pytest.fixture
def asked(tmp_path):
    """An archive of two Regions and a service that lists its keys."""
    archive = archives.standard()
    folder = archive.write(tmp_path / "archive")
    listed = archive.keys()["PublicKeyList"]
    lists = KeyLists({"us-east-2": listed, "eu-west-1": listed})
    now = archives.iso(archive.end + datetime.timedelta(minutes=40))
    yield archive, folder, lists, ["--now", now, "--keys-endpoint", lists.url]
    lists.stop()


def judged(folder, *options, environment=CREDENTIALS):
    return validator.run(folder, "--format", "json", *options, environment=environment)


def test_keys_from_an_endpoint_are_asked_for_in_every_region_page_by_page(asked):
    archive, folder, lists, options = asked
    done = judged(folder, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {c[:3] for c in lists.calls} == {
        ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys", region, "cloudtrail")
        for region in ("us-east-2", "eu-west-1")}
    assert len(lists.calls) == 2 * len(archive.keys()["PublicKeyList"]), "a page for each key, for two Regions"
    begin = archives.BEGIN.timestamp()
    assert all(c[3]["StartTime"] < begin < c[3]["EndTime"] for c in lists.calls)
    lists.calls.clear()
    assert judged(folder, *options, "--region", "eu-west-1").returncode == 0
    assert {c[1] for c in lists.calls} == {"eu-west-1"}


def test_a_key_of_another_region_does_not_count(asked):
    archive, folder, lists, options = asked
    other = KeyLists({"us-east-2": archive.keys()["PublicKeyList"]})
    try:
        done = judged(folder, *options[:2], "--keys-endpoint", other.url)
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 3
        assert {f["region"] for f in findings if f["type"] == "finding" and f["code"].startswith("key")} == {"eu-west-1"}
    finally:
        other.stop()


@pytest.mark.parametrize("failure,text", [
    ((403, {"__type": "AccessDeniedException", "Message": "no"}), "cloudtrail:ListPublicKeys"),
    ((500, b"oh"), "status 500"),
    ((200, b"<html>"), "is no list of public keys"),
    ((301, {}), "status 301"),
    ((200, {"PublicKeyList": [], "NextToken": "7"}), None),
])
def test_a_service_that_fails_is_exit_1_or_a_finding_never_a_pass(asked, failure, text):
    _, folder, lists, options = asked
    lists.failure = failure
    done = judged(folder, *options)
    if text:
        assert done.returncode == 1 and text in done.stderr and "--keys FILE" in done.stderr, done.stderr
    else:
        # The same token twice ends the list: there are no keys.
        assert done.returncode == 1 and "no public keys" in done.stderr, done.stderr


@pytest.mark.parametrize("arguments,text", [
    (["--keys-endpoint", "http://10.0.0.1"], "must be https"),
    (["--keys-endpoint", "ftp://x"], "expected https://HOST"),
    (["--kms-endpoint", "http://example.com"], "must be https"),
])
def test_an_endpoint_that_cannot_be_trusted_is_wrong_usage(asked, arguments, text):
    _, folder, _, _ = asked
    done = judged(folder, *arguments)
    assert done.returncode == 2 and text in done.stderr, done.stderr


def test_without_credentials_it_says_which_are_missing(asked):
    _, folder, _, options = asked
    done = judged(folder, *options, environment={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert done.returncode == 2 and "AWS_SECRET_ACCESS_KEY" in done.stderr, done.stderr


def test_a_service_that_is_away_is_exit_1(asked):
    _, folder, lists, options = asked
    lists.stop()
    done = judged(folder, *options)
    assert done.returncode == 1 and "is not answered" in done.stderr, done.stderr


def test_files_under_a_kms_key_are_opened_by_the_kms(node, kms, tmp_path):  # noqa: F811
    node.start("up", "--kms-endpoint", kms.endpoint, "--digest-period", "5s")
    flags = ["--kms-endpoint", kms.endpoint]
    node.command(
        "trails", "create", "remote", "--bucket", "remote", "--multi-region", "--kms-key-id", kms.arn, "--start", *flags)
    assert node.post(lines(event(), event()))[0] == 200
    node.wait_delivered()
    wait_hours(node, 2, trail="remote")
    node.stop()
    trail = [t["TrailARN"] for t in json.loads((node.data / "buckets" / "trail.json").read_text())["trailList"]
             if t["Name"] == "remote"]
    archive = node.data / "buckets"
    options = ["--trail-arn", trail[0]]
    closed = json.loads(judged(archive, *options).stdout.splitlines()[-1])
    assert closed["logsContentUnchecked"] > 0
    opened = json.loads(judged(archive, *options, "--kms-endpoint", kms.endpoint).stdout.splitlines()[-1])
    assert opened["logsContentUnchecked"] == 0 and opened["logsValid"] == closed["logsContentUnchecked"]
