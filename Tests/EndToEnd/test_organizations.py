"""Trails of an organization: whose events they take, where the files lie, and that all validators agree with them."""

import json
import time

import pytest

import aws_cli
import node as nodes
import validator
from events import event, lines
from node import wait_for
from test_digests import PERIOD, digests, validate

OWNER, MEMBER, OTHER = "111122223333", "444455556666", "777788889999"
ORGANIZATION = "o-exampleorgid"


def by_account(node, account, count=3):
    made = [event(recipientAccountId=account) for _ in range(count)]
    status, answer = node.post(lines(*made))
    assert status == 200, answer
    return [one["eventID"] for one in made]


def delivered(node, folder):
    """The ids of the events in a folder of a bucket."""
    found = []
    for file in node.files():
        if f"/{folder}/" in str(file):
            found += [json.loads(record)["eventID"] for record in nodes.records(file)]
    return sorted(found)


@pytest.fixture
def organization(node):
    node.start("up", *PERIOD)
    # The member's own trail has the name, the home Region and the bucket of the organization's.
    node.command("accounts", "add", MEMBER, "--no-trail")
    node.command("trails", "create", "everyone", "--account", MEMBER, "--bucket", "org-logs", "--start")
    node.command("organization", "create", "--id", ORGANIZATION)
    node.command("organization", "add", MEMBER)
    node.command("trails", "create", "everyone", "--bucket", "org-logs", "--organization", "--multi-region", "--start",
                 "--kms-key-id", "none")
    return node


def test_each_accounts_files_lie_below_the_organization_and_validate(organization):
    node = organization
    ours, theirs = by_account(node, OWNER), by_account(node, MEMBER)
    node.wait_delivered()
    root = f"org-logs/AWSLogs/{ORGANIZATION}"
    assert delivered(node, f"{root}/{OWNER}") == sorted(ours)
    assert delivered(node, f"{root}/{MEMBER}") == sorted(theirs)
    assert delivered(node, f"org-logs/AWSLogs/{MEMBER}") == sorted(theirs), "the member's own trail has them, too"
    assert delivered(node, f"org-logs/AWSLogs/{OWNER}") == []
    # An account that comes later; one that leaves.
    assert node.post(lines(event(recipientAccountId=OTHER)))[0] == 400
    node.command("organization", "add", OTHER)
    late = by_account(node, OTHER)
    node.command("organization", "remove", MEMBER)
    node.wait_delivered()
    by_account(node, MEMBER)
    node.wait_delivered()
    assert delivered(node, f"{root}/{OTHER}") == sorted(late)
    assert delivered(node, f"{root}/{MEMBER}") == sorted(theirs)

    def kinds(account, region="us-east-1"):
        folder = f"/{ORGANIZATION}/{account}/"
        return [d["cairn"]["kind"] for d in digests(node, region, "everyone") if folder in "/" + d["digestS3Object"]]

    wait_for(lambda: kinds(MEMBER)[-1:] == ["final"] and kinds(OTHER)[:2] == ["starting", "hourly"]
             and kinds(OTHER, "eu-west-1")[:2] == ["starting", "hourly"])
    home = [d for d in digests(node, trail="everyone") if f"/{ORGANIZATION}/{OWNER}/" in d["digestS3Object"]]
    wait_for(lambda: len(kinds(OWNER)) > len(home) + 1)
    home = [d for d in digests(node, trail="everyone") if f"/{ORGANIZATION}/{OWNER}/" in d["digestS3Object"]][-1]
    lanes = {(lane["awsAccountId"], lane["region"]) for lane in home["cairn"]["lanes"]}
    regions = ["us-east-1", "eu-west-1"]
    assert lanes == {(a, r) for a in (OWNER, MEMBER, OTHER) for r in regions} - {(OWNER, "us-east-1")}
    code, findings, summary = validate(node)
    assert (code, findings) == (0, [])
    assert sum(lane.get("organization") == ORGANIZATION for lane in summary["lanes"]) == 6
    # A member's lane that is gone is missed, though its own trail's of the same name is there.
    node.stop()
    for file in (node.data / "buckets" / "org-logs" / "AWSLogs" / ORGANIZATION / OTHER).rglob("*.json.gz"):
        file.unlink()
    assert "lane.missing" in {f["code"] for f in validate(node)[1]}


def test_the_aws_cli_accepts_each_account_of_an_organization(organization):
    node = organization
    began = time.gmtime(time.time() - 3600)
    by_account(node, OWNER), by_account(node, MEMBER)
    node.wait_delivered()
    wait_for(lambda: len(digests(node, trail="everyone")) > 9)
    node.stop()
    keys = json.loads((node.data / "buckets" / "public-keys.json").read_text())
    arn = f"arn:aws:cloudtrail:us-east-1:{OWNER}:trail/everyone"
    with aws_cli.cloud() as cloud:
        cloud.fill(aws_cli.objects(node.data / "buckets"))
        for account in (OWNER, MEMBER):
            answer = cloud.validate(
                arn, keys, time.strftime("%Y-%m-%dT%H:%M:%SZ", began), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "us-east-1", "org-logs", organization=ORGANIZATION, more=["--account-id", account])
            assert answer.code == 0, answer
            assert "digest files valid" in answer.output and "log files valid" in answer.output, answer


def test_a_trail_that_becomes_an_organizations_and_is_one_no_more(organization):
    node = organization
    node.command("trails", "update", "main", "--organization", "true")
    ids = by_account(node, MEMBER)
    node.wait_delivered()
    assert delivered(node, f"cairn-logs/AWSLogs/{ORGANIZATION}/{MEMBER}") == sorted(ids)
    trails = json.loads(node.command("trails", "list", "--format", "json").stdout)
    assert {t["name"] for t in trails if t.get("organization") == ORGANIZATION} == {"main", "everyone"}
    wait_for(lambda: {t["Name"] for t in json.loads((node.data / "buckets" / "trail.json").read_text())["trailList"]
                      if t["IsOrganizationTrail"]} == {"main", "everyone"})
    node.command("trails", "update", "main", "--organization", "false")
    own = by_account(node, OWNER)
    by_account(node, MEMBER)
    node.wait_delivered()
    assert set(own) <= set(delivered(node, f"cairn-logs/AWSLogs/{OWNER}"))
    assert delivered(node, f"cairn-logs/AWSLogs/{ORGANIZATION}/{MEMBER}") == sorted(ids)
    own_chain = f"AWSLogs/{OWNER}/"
    wait_for(lambda: [d for d in digests(node) if d["digestS3Object"].startswith(own_chain)][-1]["cairn"]["kind"] == "hourly")
    wait_for(lambda: validate(node)[:2] == (0, []))
    node.stop()
    alone = validator.validate(node.data / "buckets")
    assert (alone.code, alone.findings) == (0, [])


def test_what_is_refused_names_the_field_and_the_way_out(node):
    def refused(text, *arguments):
        done = node.command(*arguments, check=False)
        assert done.returncode != 0 and text in done.stderr.decode(), done.stderr

    node.start("up")
    create = ["trails", "create", "everyone", "--bucket", "org-logs", "--organization"]
    refused("OrganizationsNotInUseException", *create)
    refused("AWSOrganizationsNotInUseException", "organization", "add", MEMBER)
    refused("an organization's id", "organization", "create", "--id", "example")
    refused(f"there is no account {MEMBER}", "organization", "create", "--management-account", MEMBER)
    node.command("organization", "create", "--id", ORGANIZATION)
    refused("AlreadyInOrganizationException", "organization", "create")
    node.command("organization", "add", MEMBER)
    refused("NotOrganizationMasterAccountException", *create, "--account", MEMBER)
    refused("an account id", "organization", "add", "12")
    refused("MasterCannotLeaveOrganizationException", "organization", "remove", OWNER)
    refused("AccountNotFoundException", "organization", "remove", OTHER)
    shown = node.command("organization").stdout.decode()
    assert ORGANIZATION in shown and f"{MEMBER}  member" in shown


def test_regions_are_added_and_enabled_account_by_account(node):
    node.flags += ["--regions", "us-east-1"]
    node.start("up", *PERIOD)
    node.command("accounts", "add", MEMBER)

    def sends(region, account=OWNER):
        one = event(recipientAccountId=account, awsRegion=region)
        status, answer = node.post(lines(one))
        return one["eventID"] if status == 200 and answer["accepted"] == 1 else answer["refused"][0]["code"]

    def logged(region, account=OWNER):
        return [json.loads(r)["eventID"] for f in node.files() if f"/{account}/CloudTrail/{region}/" in str(f) for r in nodes.records(f)]

    assert sends("eu-berlin-1") == "UnknownRegion"
    node.command("regions", "add", "eu-berlin-1")
    one = sends("eu-berlin-1")
    wait_for(lambda: logged("eu-berlin-1") == [one])
    node.command("regions", "add", "me-south-1", "--opt-in")
    assert b"me-south-1   yes" in node.command("regions").stdout
    before = sends("me-south-1"), sends("me-south-1", MEMBER)
    node.command("regions", "enable", "me-south-1", "--accounts", MEMBER)
    after = sends("me-south-1"), sends("me-south-1", MEMBER)
    wait_for(lambda: logged("me-south-1", MEMBER) == [after[1]])
    node.command("regions", "disable", "me-south-1", "--accounts", MEMBER)
    sends("me-south-1", MEMBER)
    node.wait_delivered()
    assert logged("me-south-1", MEMBER) == [after[1]] and logged("me-south-1") == []
    # Digests cover the new Regions, and end where one is disabled.
    wait_for(lambda: len([d for d in digests(node) if "eu-berlin-1" in str(d)]) >= 2)
    assert validate(node)[0] == 0
    for wrong in (["add", "eu-berlin-1"], ["add", "Berlin"], ["enable", "us-east-1", "--accounts", MEMBER],
                  ["enable", "me-south-1", "--accounts", "000000000000"], ["disable", "nowhere-north-1", "--accounts", MEMBER]):
        assert node.command("regions", *wrong, check=False).returncode in (1, 2), wrong
