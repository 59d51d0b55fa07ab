"""Applies a kind of change to an archive, and judges what the validator says."""

import datetime
import json
import pathlib
import random
import tarfile

import archives
import tampering
import validator


def restarted(seed):
    archive = archives.Archive(seed)
    for region in ("us-east-2", "eu-west-1"):
        lane = archive.lane(region=region)
        archive.start(lane, archives.BEGIN)
        archive.hour(lane)
        archive.stop(lane)
        archive.start(lane, lane.digests[-1].end + 2 * archives.HOUR)
        archive.hour(lane)
        archive.hour(lane)
    return archive.render()


def backfilled(seed):
    archive = archives.standard(seed)
    for lane in archive.lanes:
        archive.backfill(lane, lane.digests[2].end)
        archive.backfill(lane, lane.digests[3].end)
    return archive.render()


BASES = {"standard": archives.standard, "restarted": restarted, "backfilled": backfilled, "cairn": archives.made_by_cairn}

# Kinds that can be applied to an archive of cairn's, which cannot be signed again here: changes of objects.
OF_OBJECTS = [kind for kind in tampering.KINDS if kind.apply.__module__ == "tampering_objects" and kind.name != "log moved"]
# What the hashes of stored bytes say of changes that leave the content equal.
STORED = {"log.stored", "digest.stored"}


def prepare(kind, seed, folder, base=None):
    """Makes the changed archive below a folder. Gives what to validate, with which options, and the change."""
    folder = pathlib.Path(folder)
    archive = BASES[base or kind.base](seed)
    end = archive.end
    change = kind.apply(archive, random.Random(seed * 1000 + len(kind.name)))
    keys = folder / "keys.json"
    listed = archive.keys()
    keys.write_text(listed if isinstance(listed, str) else json.dumps(listed))
    options = ["--now", archives.iso(end + datetime.timedelta(minutes=40))]
    if kind.form == "tar":
        path = archive.tar(folder / "archive.tar", random.Random(seed))
        if change.tar:
            with tarfile.open(path, "a") as tar:
                change.tar(tar)
    elif kind.form == "plain":
        path = archive.write(folder / "copy", plain_bucket=archive.bucket)
        options += ["--bucket", archive.bucket]
    else:
        path = archive.write(folder / "archive")
    if change.on_disk:
        change.on_disk(path)
    more = list(change.options)
    if "FOUND" in more:
        more.remove("FOUND")
        (path / "public-keys.json").write_text(json.dumps(archive.keys()))
    else:
        options += ["--keys", str(keys)]
    return archive, path, options + more, change


def judge(kind, seed, folder, *more, base=None):
    """What is wrong with the validator's verdict; None when it is right."""
    _, path, options, change = prepare(kind, seed, folder, base)
    codes = kind.codes | STORED if base == "cairn" else kind.codes
    verdict = validator.validate(path, *options, *more)
    if kind in tampering.HARMLESS:
        if verdict.code != 0 or verdict.findings:
            return f"a false alarm, exit {verdict.code}: {verdict.findings} {verdict.errors}"
        return None
    if verdict.code != 3:
        return f"exit {verdict.code}: {verdict.findings} {verdict.errors}"
    if not verdict.codes & codes:
        return f"expected {sorted(codes)}, found {[(f['code'], f['object']) for f in verdict.findings]}"
    if not verdict.names(change.objects, codes):
        return f"expected {change.objects} to be named, found {[(f['code'], f['object'], f['found']) for f in verdict.findings]}"
    return None
