"""Changes of the place that an archive is read from: copies without metadata, hostile directories and tars; and harmless ones."""

import io
import json
import os
import pathlib
import tarfile

import archives
from tampering import Change, harmless, kind, named, place, some_digest, some_log

HOUR = archives.HOUR


def path(folder, place):
    return pathlib.Path(folder) / place[0] / place[1]


# Hostile directories


@kind("a log file is a link to a file elsewhere", "object.irregular")
def log_is_a_link(archive, random):
    _, _, file = some_log(archive, random)

    def on_disk(folder):
        target = path(folder, place(file))
        secret = pathlib.Path(folder).parent / "secret"
        secret.write_bytes(target.read_bytes())
        target.unlink()
        target.symlink_to(secret)

    return Change([file.key], on_disk=on_disk)


@kind("a digest is a link", "object.irregular digest.missing")
def digest_is_a_link(archive, random):
    _, digest = some_digest(archive, random)

    def on_disk(folder):
        target = path(folder, place(digest))
        other = pathlib.Path(folder).parent / "other"
        target.rename(other)
        target.symlink_to(other)

    return Change([digest.key], on_disk=on_disk)


@kind("a log file is a pipe that nobody writes to", "object.irregular")
def log_is_a_pipe(archive, random):
    _, _, file = some_log(archive, random)

    def on_disk(folder):
        path(folder, place(file)).unlink()
        os.mkfifo(path(folder, place(file)))

    return Change([file.key], on_disk=on_disk)


@kind("a directory stands at a log file's name", "object.irregular object.unexpected")
def log_is_a_directory(archive, random):
    _, _, file = some_log(archive, random)

    def on_disk(folder):
        path(folder, place(file)).unlink()
        path(folder, place(file)).mkdir()

    return Change([file.key], on_disk=on_disk)


@kind("a day's folder is a link to another", "object.irregular log.missing")
def folder_is_a_link(archive, random):
    _, _, file = some_log(archive, random)

    def on_disk(folder):
        day = path(folder, place(file)).parent
        other = pathlib.Path(folder).parent / "day"
        day.rename(other)
        day.symlink_to(other)

    return Change([file.key.rsplit("/", 1)[0]], on_disk=on_disk)


@kind("metadata is no JSON", "digest.metadata")
def metadata_damaged(archive, random):
    _, digest = some_digest(archive, random)
    return Change([digest.key], on_disk=lambda folder: path(folder, place(digest)).with_name(
        digest.key.rsplit("/", 1)[1] + ".metadata.json").write_text("{"))


@kind("metadata has a name twice", "digest.metadata")
def metadata_with_repeated_name(archive, random):
    _, digest = some_digest(archive, random)

    def on_disk(folder):
        sidecar = path(folder, place(digest)).with_name(digest.key.rsplit("/", 1)[1] + ".metadata.json")
        sidecar.write_text('{"signature":"00",' + sidecar.read_text()[1:])

    return Change([digest.key], on_disk=on_disk)


# Hostile tars


@kind("a tar has a member twice: the genuine one, then a forged one", "tar.repeated", form="tar")
def tar_with_repeated_member(archive, random):
    _, _, file = some_log(archive, random)
    forged = archives.compress(b'{"Records":[]}')
    return Change([file.key], tar=lambda tar: add(tar, "/".join(place(file)), forged))


@kind("a tar has a link among its members", "tar.irregular", form="tar")
def tar_with_link(archive, random):
    _, _, file = some_log(archive, random)
    name = "/".join(place(file)) + ".link"

    def change(tar):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)

    return Change([name], tar=change)


@kind("a tar has a member outside", "tar.name", form="tar")
def tar_with_escaping_member(archive, random):
    return Change(["../"], tar=lambda tar: add(tar, "../evil", b"x"))


@kind("a tar has a member with an absolute name", "tar.name", form="tar")
def tar_with_absolute_member(archive, random):
    return Change(["/evil"], tar=lambda tar: add(tar, "/evil", b"x"))


def add(tar, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


# Copies without metadata


@kind("the newest digest's signature is not at hand", "digest.unsigned", form="plain")
def copy_without_metadata(archive, random):
    return named(*[place(lane.digests[-1]) for lane in archive.lanes])


@kind("a copy without metadata, one digest changed", "digest.signature link.hash", form="plain")
def copy_with_changed_digest(archive, random):
    lane, digest = some_digest(archive, random)
    body = json.loads(digest.body)
    body["newestEventTime"] = "2026-01-01T00:00:00Z"
    archive.objects[place(digest)] = (archives.compress(json.dumps(body).encode()), {})
    return Change([digest.key], ["--allow-unsigned-newest"])


@kind("a copy without metadata: the last digests are replaced by one that covers their time and lists nothing",
      "digest.tail-missing", form="plain")
def forged_newest_digest(archive, random):
    lane = random.choice(archive.lanes)
    end = lane.digests[-1].end
    for digest in lane.digests[-3:]:
        for thing in [digest, *digest.files]:
            del archive.objects[place(thing)]
    rest = lane.digests[:-3]
    forged = archives.Digest(rest[-1].end, end, archive.bucket, archive.root(lane), rest[-1].key_name)
    archive.render_digest(lane, forged, rest[-1])
    return Change([f"_{lane.region}_"], ["--allow-unsigned-newest"])


# Harmless


@harmless("nothing")
def untouched(archive, random):
    return Change()


@harmless("nothing; in a tar in another order", form="tar")
def order_of_members(archive, random):
    return Change()


@harmless("times of files")
def file_times(archive, random):
    def on_disk(folder):
        for file in pathlib.Path(folder).rglob("*"):
            if file.is_file():
                os.utime(file, (random.randrange(1 << 31), random.randrange(1 << 31)))

    return Change(on_disk=on_disk)


@harmless("white space and the order of names in metadata")
def metadata_reformatted(archive, random):
    def on_disk(folder):
        for file in pathlib.Path(folder).rglob("*.metadata.json"):
            names = list(json.loads(file.read_text()).items())
            random.shuffle(names)
            file.write_text(json.dumps(dict(names), indent=3) + "\n\n")

    return Change(on_disk=on_disk)


@harmless("other metadata besides")
def metadata_besides(archive, random):
    for place_, (content, metadata) in list(archive.objects.items()):
        if metadata:
            archive.objects[place_] = (content, {**metadata, "owner": "audit"})
    return Change()


@harmless("marker objects of folders")
def folder_markers(archive, random):
    for folder in ("CloudTrail", "CloudTrail-Digest"):
        archive.objects[archive.bucket, f"AWSLogs/111122223333/{folder}/"] = (b"", {})
    return Change()


@harmless("another bucket with other things")
def other_bucket(archive, random):
    archive.objects["other-bucket", "photos/cat.jpg"] = (b"meow", {})
    return Change()


@harmless("other services' logs in the same bucket")
def other_services(archive, random):
    archive.objects[archive.bucket, "AWSLogs/111122223333/Config/us-east-2/2026/3/1/ConfigHistory/x.json.gz"] = (b"x", {})
    archive.objects[archive.bucket, "AWSLogs/111122223333/elasticloadbalancing/us-east-2/2026/03/01/y.log"] = (b"y", {})
    return Change()


@harmless("a log file that is newer than the last digest")
def pending_file(archive, random):
    lane = archive.lanes[0]
    file = archive.log(lane, lane.digests[-1].end + HOUR / 6)
    archive.objects[place(file)] = (archives.compress(file.body()), {})
    return Change()


@harmless("hard links between equal files")
def hard_links(archive, random):
    def on_disk(folder):
        file = next(f for f in pathlib.Path(folder).rglob("*_CloudTrail_*.gz"))
        os.link(file, pathlib.Path(folder).parent / "linked")

    return Change(on_disk=on_disk)


@harmless("permissions that still allow reading")
def permissions(archive, random):
    def on_disk(folder):
        for file in pathlib.Path(folder).rglob("*"):
            file.chmod(0o755 if file.is_dir() else 0o444)

    return Change(on_disk=on_disk)


@harmless("a copy without metadata, its newest digest allowed to be unsigned", form="plain")
def allowed_copy(archive, random):
    return Change(options=["--allow-unsigned-newest"])


@harmless("a stopped and restarted trail", base="restarted")
def restarted(archive, random):
    return Change()


@harmless("backfill digests", base="backfilled")
def backfilled(archive, random):
    return Change()
