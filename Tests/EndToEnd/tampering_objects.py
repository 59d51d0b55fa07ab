"""Changes by whoever may write the bucket, and has no key."""

import gzip
import json
import zlib

from tampering import Change, data, kind, named, place, replace, some_digest, some_lane, some_log


def flip(content, random, first=0, last=None):
    at = random.randrange(first, last if last is not None else len(content))
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1:]


def with_padding(content, random):
    """Sets a bit behind the end of the deflate data, if there is room; else nothing changes."""
    body = content[10:-8]
    for bit in range(7, -1, -1):
        changed = body[:-1] + bytes([body[-1] | 1 << bit])
        if changed == body:
            continue
        inflater = zlib.decompressobj(-15)
        try:
            if inflater.decompress(changed) == gzip.decompress(content) and inflater.eof and not inflater.unused_data:
                return content[:10] + changed + content[-8:]
        except zlib.error:
            continue
    return None


# Log files


@kind("one bit of a log file's compressed records is flipped", "log.altered log.gzip log.format")
def log_bit_flipped(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    while True:
        changed = flip(content, random, 10, len(content) - 8)
        try:
            if gzip.decompress(changed) == gzip.decompress(content):
                continue
        except (OSError, zlib.error, EOFError):
            pass
        break
    replace(archive, place(file), changed)
    return named(place(file))


@kind("a log file is replaced by one with another record, well compressed", "log.altered")
def log_rewritten(archive, random):
    _, _, file = some_log(archive, random)
    records = json.loads(file.body())["Records"]
    records[0]["eventName"] = "Nothing"
    replace(archive, place(file), gzip.compress(json.dumps({"Records": records}).encode(), mtime=0))
    return named(place(file))


@kind("a record is taken out of a log file", "log.altered")
def log_record_removed(archive, random):
    _, _, file = some_log(archive, random)
    records = json.loads(file.body())["Records"][1:]
    replace(archive, place(file), gzip.compress(json.dumps({"Records": records}, separators=(",", ":")).encode(), mtime=0))
    return named(place(file))


@kind("a log file is emptied", "log.gzip log.altered")
def log_emptied(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), b"")
    return named(place(file))


@kind("a log file is cut off", "log.gzip log.altered")
def log_truncated(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    replace(archive, place(file), content[:random.randrange(1, len(content) - 8)])
    return named(place(file))


@kind("the gzip trailer of a log file is cut off", "log.gzip")
def log_trailer_cut(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), data(archive, place(file))[:-8])
    return named(place(file))


@kind("the checksum in a log file's trailer is another", "log.gzip")
def log_checksum_changed(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    replace(archive, place(file), flip(content, random, len(content) - 8, len(content) - 4))
    return named(place(file))


@kind("bytes follow a log file's gzip", "log.gzip")
def log_extended(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), data(archive, place(file)) + random.randbytes(random.randrange(1, 50)))
    return named(place(file))


@kind("zeros follow a log file's gzip", "log.gzip")
def log_padded_with_zeros(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), data(archive, place(file)) + bytes(random.randrange(1, 50)))
    return named(place(file))


@kind("a second gzip member with forged records follows a log file", "log.gzip")
def log_second_member(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), data(archive, place(file)) + gzip.compress(b'{"Records":[{"eventName":"Forged"}]}', mtime=0))
    return named(place(file))


@kind("an empty second gzip member follows a log file", "log.gzip")
def log_empty_member(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), data(archive, place(file)) + gzip.compress(b"", mtime=0))
    return named(place(file))


@kind("6,000 bytes are hidden in an extra field of a log file's gzip header", "log.gzip")
def log_hidden_field(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    hidden = random.randbytes(6000)
    replace(archive, place(file), content[:3] + b"\x04" + content[4:10] + len(hidden).to_bytes(2, "little") + hidden + content[10:])
    return named(place(file))


@kind("a file name is hidden in a log file's gzip header", "log.gzip")
def log_hidden_name(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    replace(archive, place(file), content[:3] + b"\x08" + content[4:10] + b"secret\x00" + content[10:])
    return named(place(file))


@kind("four bytes are hidden in the time of a log file's gzip header", "log.gzip")
def log_hidden_time(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    replace(archive, place(file), content[:4] + (1 << random.randrange(31)).to_bytes(4, "little") + content[8:])
    return named(place(file))


@kind("the system in a log file's gzip header is another", "log.gzip")
def log_header_system(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    replace(archive, place(file), content[:9] + bytes([random.choice([7, 11, 200])]) + content[10:])
    return named(place(file))


@kind("bits are hidden behind the end of a log file's compressed data", "log.gzip")
def log_padding_bits(archive, random):
    for lane in archive.lanes:
        for digest in lane.digests:
            for file in digest.files:
                changed = with_padding(data(archive, place(file)), random)
                if changed:
                    replace(archive, place(file), changed)
                    return named(place(file))
    raise AssertionError("no log file has room for bits")


@kind("an empty block stands before a log file's records", "log.gzip")
def log_empty_block(archive, random):
    _, _, file = some_log(archive, random)
    content = data(archive, place(file))
    replace(archive, place(file), content[:10] + b"\x00\x00\x00\xff\xff" + content[10:])
    return named(place(file))


@kind("a log file is stored as plain JSON", "log.gzip")
def log_not_compressed(archive, random):
    _, _, file = some_log(archive, random)
    replace(archive, place(file), file.body())
    return named(place(file))


@kind("two log files change places", "log.altered")
def logs_swapped(archive, random):
    lane = some_lane(archive, random)
    files = [f for d in lane.digests for f in d.files]
    one, other = random.sample(files, 2)
    first, second = data(archive, place(one)), data(archive, place(other))
    replace(archive, place(one), second)
    replace(archive, place(other), first)
    return named(place(one))


@kind("a log file is replaced by one of another Region", "log.altered")
def log_of_other_region(archive, random):
    one = random.choice([f for d in archive.lanes[0].digests for f in d.files])
    other = random.choice([f for d in archive.lanes[1].digests for f in d.files])
    replace(archive, place(one), data(archive, place(other)))
    return named(place(one))


@kind("a log file is deleted", "log.missing")
def log_deleted(archive, random):
    _, _, file = some_log(archive, random)
    del archive.objects[place(file)]
    return named(place(file))


@kind("a log file is renamed", "log.missing log.unlisted")
def log_renamed(archive, random):
    _, _, file = some_log(archive, random)
    content = archive.objects.pop(place(file))
    new = file.key.replace(".json.gz", "")[:-16] + archive.unique() + ".json.gz"
    archive.objects[file.bucket, new] = content
    return named(place(file), (file.bucket, new))


@kind("a log file is moved to another day's folder", "log.missing object.unexpected")
def log_moved(archive, random):
    _, _, file = some_log(archive, random)
    content = archive.objects.pop(place(file))
    new = file.key.replace("/2026/03/01/", "/2026/03/02/")
    archive.objects[file.bucket, new] = content
    return named(place(file))


@kind("a forged log file lies beside the real ones", "log.unlisted")
def log_planted(archive, random):
    lane, digest, file = some_log(archive, random)
    if digest is lane.digests[-1]:
        digest = lane.digests[1]
    planted = archive.log(lane, digest.start + (digest.end - digest.start) / 3)
    archive.objects[place(planted)] = (gzip.compress(planted.body(), mtime=0), {})
    return named(place(planted))


@kind("a copy of a log file lies beside it under another name", "log.unlisted")
def log_copied(archive, random):
    lane, digest = some_digest(archive, random)
    file = lane.digests[1].files[0]
    new = file.bucket, file.key[:-24] + archive.unique() + ".json.gz"
    archive.objects[new] = archive.objects[place(file)]
    return named(new)


@kind("a forged log file lies in the folder of insights", "log.unlisted")
def insight_planted(archive, random):
    lane = some_lane(archive, random)
    key = archive.log_key(lane, lane.digests[1].start, folder="CloudTrail-Insight")
    archive.objects[archive.bucket, key] = (gzip.compress(b'{"Records":[]}', mtime=0), {})
    return named((archive.bucket, key))


@kind("something that is no log file by its name lies among them", "object.unexpected")
def stranger_among_logs(archive, random):
    _, _, file = some_log(archive, random)
    key = file.key.rsplit("/", 1)[0] + "/" + random.choice(["note.txt", "a%2Fb.json.gz", "records.json"])
    archive.objects[file.bucket, key] = (b"{}", {})
    return named((file.bucket, key))


@kind("a log file stands a second time under a name in another encoding", "object.unexpected log.unlisted")
def log_in_other_encoding(archive, random):
    _, _, file = some_log(archive, random)
    key = file.key.replace("_", "%5F")
    archive.objects[file.bucket, key] = archive.objects[place(file)]
    return named((file.bucket, key))


# Digests


@kind("one bit of a digest's compressed body is flipped", "digest.signature digest.gzip digest.format link.hash digest.moved "
      "digest.algorithm key.unknown")
def digest_bit_flipped(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    content = data(archive, place(digest))
    while True:
        changed = flip(content, random, 10, len(content) - 8)
        try:
            if gzip.decompress(changed) == gzip.decompress(content):
                continue
        except (OSError, zlib.error, EOFError):
            pass
        break
    replace(archive, place(digest), changed)
    return named(place(digest))


@kind("a digest's list is changed and well compressed", "digest.signature")
def digest_rewritten(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    body = json.loads(digest.body)
    body["newestEventTime"] = "2026-03-01T00:00:00Z"
    replace(archive, place(digest), gzip.compress(json.dumps(body).encode(), mtime=0))
    return named(place(digest))


@kind("white space is put into a digest", "digest.signature")
def digest_reformatted(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    replace(archive, place(digest), gzip.compress(digest.body + b" ", mtime=0))
    return named(place(digest))


@kind("a digest is cut off", "digest.gzip")
def digest_truncated(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    content = data(archive, place(digest))
    replace(archive, place(digest), content[:random.randrange(1, len(content) - 8)])
    return named(place(digest))


@kind("a digest is emptied", "digest.gzip")
def digest_emptied(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    replace(archive, place(digest), b"")
    return named(place(digest))


@kind("the gzip trailer of a digest is cut off", "digest.gzip")
def digest_trailer_cut(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    replace(archive, place(digest), data(archive, place(digest))[:-8])
    return named(place(digest))


@kind("a second gzip member follows a digest", "digest.gzip")
def digest_second_member(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    replace(archive, place(digest), data(archive, place(digest)) + gzip.compress(b"{}", mtime=0))
    return named(place(digest))


@kind("bytes are hidden in a digest's gzip header", "digest.gzip")
def digest_hidden_field(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    content = data(archive, place(digest))
    replace(archive, place(digest), content[:3] + b"\x04" + content[4:10] + b"\x04\x00abcd" + content[10:])
    return named(place(digest))


@kind("bits are hidden behind the end of a digest's compressed data", "digest.gzip")
def digest_padding_bits(archive, random):
    for lane in archive.lanes:
        for digest in lane.digests:
            changed = with_padding(data(archive, place(digest)), random)
            if changed:
                replace(archive, place(digest), changed)
                return named(place(digest))
    raise AssertionError("no digest has room for bits")


@kind("an empty block stands before a digest's data", "digest.gzip")
def digest_empty_block(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    content = data(archive, place(digest))
    replace(archive, place(digest), content[:10] + b"\x00\x00\x00\xff\xff" + content[10:])
    return named(place(digest))


@kind("a digest is deleted", "digest.missing")
def digest_deleted(archive, random):
    _, digest = some_digest(archive, random)
    del archive.objects[place(digest)]
    return named(place(digest))


@kind("two digests in a row are deleted, with their log files", "digest.missing")
def two_digests_deleted(archive, random):
    lane = some_lane(archive, random)
    at = random.randrange(1, len(lane.digests) - 2)
    for digest in lane.digests[at:at + 2]:
        for thing in [digest, *digest.files]:
            del archive.objects[place(thing)]
    # Each is named, not only the first.
    return named(place(lane.digests[at]))


@kind("the first digest is deleted", "digest.missing")
def first_digest_deleted(archive, random):
    lane = some_lane(archive, random)
    del archive.objects[place(lane.digests[0])]
    return named(place(lane.digests[0]))


@kind("the newest digests are deleted, with their log files", "digest.tail-missing")
def tail_deleted(archive, random):
    lane = some_lane(archive, random)
    for digest in lane.digests[-random.randrange(2, 4):]:
        for thing in [digest, *digest.files]:
            del archive.objects[place(thing)]
    return Change([f"_{lane.region}_"])


@kind("all digests of the archive are deleted", "archive.empty")
def all_digests_deleted(archive, random):
    for lane in archive.lanes:
        for digest in lane.digests:
            del archive.objects[place(digest)]
    return Change([""])


@kind("everything is deleted", "archive.empty")
def everything_deleted(archive, random):
    archive.objects = {("amzn-s3-demo-bucket", "readme.txt"): (b"", {})}
    return Change([""])


@kind("all digests of one Region are deleted, its log files are left", "log.unlisted lane.missing")
def digests_of_region_deleted(archive, random):
    lane = some_lane(archive, random)
    for digest in lane.digests:
        del archive.objects[place(digest)]
    return named(*[place(f) for d in lane.digests for f in d.files])


@kind("a Region is deleted whole, which the auditor expects", "lane.missing")
def region_deleted(archive, random):
    lane = some_lane(archive, random)
    for digest in lane.digests:
        for thing in [digest, *digest.files]:
            del archive.objects[place(thing)]
    return Change([lane.region], ["--expect-regions", ",".join(other.region for other in archive.lanes)])


@kind("two digests change places", "digest.moved")
def digests_swapped(archive, random):
    lane = some_lane(archive, random)
    one, other = random.sample(lane.digests, 2)
    first, second = archive.objects[place(one)], archive.objects[place(other)]
    archive.objects[place(one)], archive.objects[place(other)] = second, first
    return named(place(one))


@kind("a digest is replaced by that of another Region", "digest.moved")
def digest_of_other_region(archive, random):
    at = random.randrange(1, 4)
    one, other = archive.lanes[0].digests[at], archive.lanes[1].digests[at]
    archive.objects[place(one)] = archive.objects[place(other)]
    return named(place(one))


@kind("a digest is copied to another time", "digest.moved link.fork")
def digest_copied(archive, random):
    lane, digest = some_digest(archive, random)
    stamp = f"{digest.end:%Y%m%dT%H%M%SZ}"
    new = digest.bucket, digest.key.replace(stamp, stamp[:-3] + "59Z" if stamp[-3:-1] != "59" else stamp[:-3] + "58Z")
    archive.objects[new] = archive.objects[place(digest)]
    return named(new)


@kind("a digest is copied under another trail's name", "digest.moved")
def digest_of_other_trail(archive, random):
    lane, digest = some_digest(archive, random)
    new = digest.bucket, digest.key.replace(f"_{lane.trail}_", f"_{lane.trail}_{lane.home}_x_")
    archive.objects[new] = archive.objects[place(digest)]
    return named(new)


@kind("a stranger lies among the digests", "object.unexpected")
def stranger_among_digests(archive, random):
    _, digest = some_digest(archive, random)
    new = digest.bucket, digest.key.rsplit("/", 1)[0] + "/readme.txt"
    archive.objects[new] = (b"hello", {})
    return named(new)


# Metadata


@kind("a digest loses its metadata", "digest.signature-missing")
def metadata_deleted(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    replace(archive, place(digest), data(archive, place(digest)), {})
    return named(place(digest))


@kind("a digest loses its signature", "digest.signature-missing")
def signature_deleted(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    replace(archive, place(digest), data(archive, place(digest)), {"signature-algorithm": "SHA256withRSA"})
    return named(place(digest))


def resigned_metadata(archive, digest, **changes):
    metadata = dict(archive.objects[place(digest)][1])
    metadata.update({name.replace("_", "-"): value for name, value in changes.items()})
    replace(archive, place(digest), data(archive, place(digest)), metadata)
    return named(place(digest))


@kind("one digit of a signature is another", "digest.signature")
def signature_changed(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    at = random.randrange(512)
    digit = format(int(digest.signature[at], 16) ^ 1, "x")
    return resigned_metadata(archive, digest, signature=digest.signature[:at] + digit + digest.signature[at + 1:])


@kind("a signature is in capital letters", "digest.metadata")
def signature_in_capitals(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    return resigned_metadata(archive, digest, signature=digest.signature.upper())


@kind("a signature is cut off", "digest.signature")
def signature_shortened(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    return resigned_metadata(archive, digest, signature=digest.signature[:-2])


@kind("a signature is another digest's", "digest.signature")
def signature_of_another(archive, random):
    lane = some_lane(archive, random)
    one, other = random.sample(lane.digests, 2)
    return resigned_metadata(archive, one, signature=other.signature)


@kind("the metadata names another algorithm", "digest.metadata")
def algorithm_in_metadata(archive, random):
    _, digest = some_digest(archive, random, 0, None)
    return resigned_metadata(archive, digest, signature_algorithm=random.choice(["SHA1withRSA", "MD5withRSA", "none"]))
