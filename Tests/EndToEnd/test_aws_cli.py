"""What the real AWS CLI says of made archives: that the maker writes what CloudTrail writes, and what its validator passes over."""

import pytest

import archives
import aws_cli
import campaign
import tampering


@pytest.fixture(scope="module")
def cloud():
    with aws_cli.cloud() as made:
        yield made


def ask(cloud, archive, region, bucket=None):
    cloud.fill(archive.objects)
    return cloud.validate(
        archive.arn(), archive.keys(), "2026-03-01T00:00:00Z", archives.iso(archive.end), region, bucket or archive.bucket)


def test_the_cli_accepts_made_archives_of_each_region(cloud):
    archive = archives.standard()
    for lane in archive.lanes:
        answer = ask(cloud, archive, lane.region)
        assert answer.code == 0, answer
        files = sum(len(d.files) for d in lane.digests)
        assert f"{len(lane.digests)}/{len(lane.digests)} digest files valid" in answer.output
        assert f"{files}/{files} log files valid" in answer.output


def test_the_cli_accepts_a_restart_and_backfill_digests(cloud):
    answer = ask(cloud, campaign.restarted(1), "us-east-2")
    assert answer.code == 0, answer
    answer = ask(cloud, campaign.backfilled(1), "us-east-2")
    assert answer.code == 0 and "2/2 backfill digest files valid" in answer.output, answer


@pytest.mark.parametrize("name, code", [
    ("tail deleted", 0), ("everything deleted", 0), ("log planted", 0), ("signed other previous hash", 0),
    ("signed null links", 0), ("log hidden field", 0), ("digest second member", 0), ("digest rewritten", 1),
    ("log rewritten", 1), ("digest deleted", 1),
])
def test_what_the_cli_passes_over(cloud, name, code):
    """The weaknesses of reference 3.12, on the version of the CLI that the tests use."""
    kind = next(k for k in tampering.KINDS if k.name == name)
    import random

    archive = campaign.BASES[kind.base](1)
    end = archive.end
    kind.apply(archive, random.Random(1000 + len(kind.name)))
    cloud.fill(archive.objects)
    answers = [cloud.validate(archive.arn(), archive.keys(), "2026-03-01T00:00:00Z", archives.iso(end), region, archive.bucket)
               for region in ("us-east-2", "eu-west-1")]
    assert max(answer.code for answer in answers) == code, answers
