"""Changes that are signed: by whoever holds a key of the chain, another key, or the list of keys."""

import base64
import datetime
import json

from cryptography.hazmat.primitives import hashes

import archives
from tampering import Change, kind, named, place, some_digest, some_lane, some_log

HOUR = archives.HOUR


def edited(archive, digest, edit):
    """The digest says something else, and the right key has signed it; the rest of the chain is as it was."""
    kept = dict(archive.objects)
    lane = next(lane for lane in archive.lanes if digest in lane.digests + lane.backfills)
    chain = lane.digests if digest in lane.digests else lane.backfills
    at = chain.index(digest)
    digest.edit = edit
    archive.render_digest(lane, digest, chain[at - 1] if at else None)
    changed = archive.objects[place(digest)]
    archive.objects = kept
    archive.objects[place(digest)] = changed
    return named(place(digest))


def changing(**fields):
    return lambda body: body.update(fields)


@kind("the key's holder signs one digest anew with another file list", "link.hash link.signature")
def signed_without_a_file(archive, random):
    lane, digest = some_digest(archive, random)
    digest = next(d for d in lane.digests[1:-1] if d.files)
    return edited(archive, digest, lambda body: body["logFiles"].pop())


@kind("the key's holder drops a file from a list and signs the whole rest of the chain anew", "log.unlisted")
def chain_signed_without_a_file(archive, random):
    lane, digest, file = some_log(archive, random)
    digest = next(d for d in lane.digests[1:-1] if d.files)
    gone = digest.files[0]
    digest.edit = lambda body: body.update(logFiles=body["logFiles"][1:])
    archive.render()
    return named(place(gone))


@kind("the key's holder signs a digest with another previous hash", "link.hash")
def signed_other_previous_hash(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.edit = changing(previousDigestHashValue="ab" * 32)
    archive.render()
    before = lane.digests[lane.digests.index(digest) - 1]
    return named(place(digest), place(before))


@kind("the key's holder signs a digest with another previous signature", "link.signature")
def signed_other_previous_signature(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.edit = changing(previousDigestSignature="cd" * 256)
    archive.render()
    before = lane.digests[lane.digests.index(digest) - 1]
    return named(place(digest), place(before))


@kind("the key's holder signs a digest with null links in the middle of a chain", "link.null")
def signed_null_links(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.is_first = True
    archive.render()
    return named(place(digest))


@kind("digests before a made-up restart are deleted", "link.null")
def signed_restart_after_deletion(archive, random):
    lane = some_lane(archive, random)
    at = 3
    lane.digests[at].is_first = True
    archive.render()
    gone = lane.digests[at - 1]
    for thing in [gone, *gone.files]:
        del archive.objects[place(thing)]
    return named(place(lane.digests[at]))


@kind("a digest leaves a hole in time", "link.time")
def signed_hole(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.start += datetime.timedelta(minutes=7)
    archive.render()
    return named(place(digest))


@kind("a digest covers time that the one before covers", "link.time")
def signed_overlap(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.start -= datetime.timedelta(minutes=7)
    archive.render()
    return named(place(digest))


@kind("a digest skips the one before it", "link.fork")
def signed_skip(archive, random):
    lane = some_lane(archive, random)
    at = random.randrange(2, len(lane.digests))
    skipped = lane.digests[at - 1]
    kept = {place(t): archive.objects[place(t)] for t in [skipped]}
    lane.digests.pop(at - 1)
    lane.digests[at - 1].start = lane.digests[at - 2].end
    archive.render()
    archive.objects.update(kept)
    return named(place(skipped))


@kind("a digest of the past is made anew, signed by the right key", "link.hash")
def signed_fork(archive, random):
    lane, digest = some_digest(archive, random, 1, -1)
    return edited(archive, digest, changing(newestEventTime="2026-03-01T09:00:00Z"))


@kind("a planted digest between two hours, signed by the right key", "link.fork")
def signed_planted_digest(archive, random):
    lane, digest = some_digest(archive, random, 2, -1)
    before = lane.digests[lane.digests.index(digest) - 1]
    planted = archives.Digest(
        before.end, before.end + HOUR / 2, digest.bucket, digest.root, digest.key_name, [archive.log(lane, before.end)])
    archive.render_digest(lane, planted, before)
    return named(place(planted))


@kind("a link in a circle", "link.order link.foreign")
def signed_circle(archive, random):
    lane, digest = some_digest(archive, random, 1, -1)
    newest = lane.digests[-1]
    digest.edit = changing(previousDigestS3Object=newest.key)
    archive.render()
    return named(place(digest))


@kind("a link out of the lane", "link.foreign")
def signed_foreign_link(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    other = next(o for o in archive.lanes if o is not lane)
    digest.edit = changing(previousDigestS3Object=other.digests[1].key)
    archive.render()
    return named(place(digest))


@kind("a link with .. in its name", "link.foreign")
def signed_escaping_link(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.edit = changing(previousDigestS3Object="../../etc/passwd")
    archive.render()
    return named(place(digest))


@kind("a digest names another account", "digest.moved")
def signed_other_account(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    digest.edit = changing(awsAccountId="999999999999")
    archive.render()
    return named(place(digest))


@kind("a digest names another signature algorithm", "digest.algorithm")
def signed_other_algorithm(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    digest.edit = changing(digestSignatureAlgorithm="MD5withRSA")
    archive.render()
    return named(place(digest))


@kind("a digest names another hash for the one before", "digest.algorithm")
def signed_other_previous_algorithm(archive, random):
    lane, digest = some_digest(archive, random, 2, None)
    digest.edit = changing(previousDigestHashAlgorithm="MD5")
    archive.render()
    return named(place(digest))


@kind("a list entry names another hash", "digest.algorithm")
def signed_other_file_algorithm(archive, random):
    lane, digest, file = some_log(archive, random)
    at = digest.files.index(file)
    digest.edit = lambda body: body["logFiles"][at].update(hashAlgorithm="MD5")
    archive.render()
    return named(place(file))


@kind("a list names a file twice", "log.repeated")
def signed_repeated_file(archive, random):
    lane, digest, file = some_log(archive, random)
    digest.edit = lambda body: body["logFiles"].append(body["logFiles"][0])
    archive.render()
    return named(place(digest))


@kind("two lists name one file", "log.repeated")
def signed_file_in_two_lists(archive, random):
    lane = some_lane(archive, random)
    one, other = [d for d in lane.digests if d.files][:2]
    other.files.append(one.files[0])
    archive.render()
    return named(place(one), place(other))


@kind("a list names a file outside the archive", "object.name")
def signed_escaping_file(archive, random):
    lane, digest, file = some_log(archive, random)
    digest.edit = lambda body: body["logFiles"][0].update(s3Object="AWSLogs/../../../etc/passwd")
    archive.render()
    return Change(["etc/passwd"])


@kind("a list names a file of another Region", "log.foreign")
def signed_foreign_file(archive, random):
    lane, digest, file = some_log(archive, random)
    other = next(o for o in archive.lanes if o is not lane)
    foreign = next(f for d in other.digests for f in d.files)
    digest.edit = lambda body: body["logFiles"].append(foreign.entry())
    archive.render()
    return named(place(foreign))


@kind("a listed file holds records of another account", "log.foreign-record")
def signed_records_of_other_account(archive, random):
    lane, digest, file = some_log(archive, random)
    file.records[-1]["recipientAccountId"] = "999999999999"
    archive.render()
    return named(place(file))


@kind("a listed file holds records of another Region", "log.foreign-record")
def signed_records_of_other_region(archive, random):
    lane, digest, file = some_log(archive, random)
    file.records[0]["awsRegion"] = "ap-south-1"
    archive.render()
    return named(place(file))


@kind("a listed file is no log file", "log.format")
def signed_no_records(archive, random):
    lane, digest, file = some_log(archive, random)
    file.raw = random.choice([b"[]", b'{"Record":[]}', b'{"Records":[{"a":1}],"x":2}', b'{"Records":[{"a":1}]} x', b"not json"])
    archive.render()
    return named(place(file))


@kind("a digest has a name twice", "digest.format")
def signed_repeated_name(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    digest.edit = lambda body: json.dumps(body, separators=(",", ":")).replace(
        '"logFiles":', '"awsAccountId":"999999999999","logFiles":').encode()
    archive.render()
    return named(place(digest))


@kind("a digest has no list of files", "digest.format")
def signed_without_list(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    digest.edit = lambda body: {k: v for k, v in body.items() if k != "logFiles"}
    archive.render()
    return named(place(digest))


@kind("a digest lacks a field", "digest.format")
def signed_without_field(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    name = random.choice(["digestStartTime", "previousDigestHashValue", "awsAccountId"])
    digest.edit = lambda body: {k: v for k, v in body.items() if k != name}
    archive.render()
    return named(place(digest))


@kind("a signature over SHA-1 by the right key", "digest.signature")
def signed_with_sha1(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    return signed_otherwise(archive, lane, digest, hashes.SHA1())


@kind("a signature over MD5 by the right key", "digest.signature")
def signed_with_md5(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    return signed_otherwise(archive, lane, digest, hashes.MD5())


def signed_otherwise(archive, lane, digest, algorithm):
    import hashlib

    body = json.loads(digest.body)
    message = "\n".join([
        body["digestEndTime"], f"{digest.bucket}/{digest.key}", hashlib.sha256(digest.body).hexdigest(),
        body["previousDigestSignature"] or "null"])
    signature = archive.sign(digest.key_name, message.encode(), algorithm)
    content, metadata = archive.objects[place(digest)]
    archive.objects[place(digest)] = (content, {**metadata, "signature": signature})
    return named(place(digest))


@kind("a whole chain signed by a key that is on no list", "key.unknown")
def signed_by_stranger(archive, random):
    lane = some_lane(archive, random)
    archive.key_list = archive.keys()
    for name in {d.key_name for d in lane.digests}:
        archive.signers[name] = "a stranger's"
    archive.render()
    return named(place(lane.digests[-1]))


@kind("one digest signed by a stranger under the right fingerprint", "digest.signature")
def signed_under_other_fingerprint(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    true = archives.fingerprint(archives.private_key(digest.key_name))
    archive.signers[digest.key_name] = "a stranger's"
    change = edited(archive, digest, changing(digestPublicKeyFingerprint=true))
    archive.signers = {}
    return change


# Key lists


@kind("everything is signed anew by another key, and the key list replaced; the auditor has the pin", "key.pin")
def signed_anew_pinned(archive, random):
    import hashlib

    pin = hashlib.sha256(archives.public_der(archives.private_key(archive.lanes[0].digests[0].key_name))).hexdigest()
    for name in archive.key_windows:
        archive.signers[name] = "a stranger's"
    archive.render()
    return Change([""], ["--pin", f"sha256:{pin}"])


@kind("everything is signed anew by another key, and the key list beside the archive replaced; pinned keys are required", "key.unpinned")
def signed_anew_unpinned(archive, random):
    for name in archive.key_windows:
        archive.signers[name] = "a stranger's"
    archive.render()
    return Change([""], ["FOUND", "--require-pinned"])


def changed_list(archive, change):
    archive.key_list = json.loads(json.dumps(archive.keys()))
    change(archive.key_list["PublicKeyList"])


@kind("a key's window in the list ends before the digests it signed", "key.window")
def key_window_moved(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    true = archives.fingerprint(archives.private_key(digest.key_name))

    def change(keys):
        for key in keys:
            if key["Fingerprint"] == true:
                key["ValidityEndTime"] = int(archives.BEGIN.timestamp()) - 3600

    changed_list(archive, change)
    return named(place(digest))


@kind("a key is gone from the list", "key.unknown")
def key_dropped(archive, random):
    lane, digest = some_digest(archive, random, 1, None)
    true = archives.fingerprint(archives.private_key(digest.key_name))
    changed_list(archive, lambda keys: keys.remove(next(k for k in keys if k["Fingerprint"] == true)))
    return named(place(digest))


@kind("a fingerprint in the list is not its key's", "key.fingerprint")
def key_fingerprint_changed(archive, random):
    changed_list(archive, lambda keys: keys[0].update(Fingerprint="0" * 32))
    return Change([""])


@kind("a key in the list is garbage", "key.format")
def key_garbage(archive, random):
    changed_list(archive, lambda keys: keys[0].update(Value=base64.b64encode(random.randbytes(270)).decode()))
    return Change([""])


@kind("a key in the list carries bytes behind its end", "key.format")
def key_with_trailing_bytes(archive, random):
    changed_list(archive, lambda keys: keys[0].update(
        Value=base64.b64encode(base64.b64decode(keys[0]["Value"]) + b"x").decode()))
    return Change([""])


@kind("the key list has a name twice", "key.format")
def key_list_with_repeated_name(archive, random):
    text = json.dumps(archive.keys())
    archive.key_list = text[:-1] + ', "PublicKeyList": []}'
    return Change([""])


# Backfill digests


@kind("a backfill digest has lost the time at which it was made", "digest.metadata", base="backfilled")
def backfill_without_time(archive, random):
    digest = next(lane for lane in archive.lanes if lane.backfills).backfills[0]
    content, metadata = archive.objects[place(digest)]
    metadata = {k: v for k, v in metadata.items() if "backfill" not in k}
    archive.objects[place(digest)] = (content, metadata)
    return named(place(digest))


@kind("a backfill digest lists a file that a standard digest lists", "backfill.overlap", base="backfilled")
def backfill_overlaps(archive, random):
    lane = next(lane for lane in archive.lanes if lane.backfills)
    lane.backfills[0].files.append(lane.digests[1].files[0])
    archive.render()
    return named(place(lane.backfills[0]))


@kind("a backfill digest's list is changed", "digest.signature", base="backfilled")
def backfill_rewritten(archive, random):
    lane = next(lane for lane in archive.lanes if lane.backfills)
    digest = lane.backfills[0]
    body = json.loads(digest.body)
    body["logFiles"] = []
    content, metadata = archive.objects[place(digest)]
    archive.objects[place(digest)] = (archives.compress(json.dumps(body).encode()), metadata)
    return named(place(digest))


@kind("a backfill digest is deleted, with the file it lists left", "log.unlisted", base="backfilled")
def backfill_deleted(archive, random):
    lane = next(lane for lane in archive.lanes if lane.backfills)
    file = lane.backfills[0].files[0]
    for digest in lane.backfills:
        del archive.objects[place(digest)]
    return named(place(file))


@kind("a stopped trail's chain is deleted before its restart", "link.null", base="restarted")
def chain_before_restart_cut(archive, random):
    lane = archive.lanes[0]
    at = next(i for i, d in enumerate(lane.digests) if d.is_first and i > 0)
    # The file with StopLogging goes with the digest that lists it.
    for digest in lane.digests[at - 1:at]:
        for thing in [digest, *digest.files]:
            del archive.objects[place(thing)]
    return named(place(lane.digests[at]))
