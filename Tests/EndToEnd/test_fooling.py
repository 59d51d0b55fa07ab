"""What a reviewer tried to pass off as sound, without the signing key: ranges, edges, ends that look explained, odd places."""

import copy
import datetime
import io
import json
import subprocess
import sys
import tarfile
import zlib

import pytest

import archives
import validator
from archives import HOUR, iso

MINUTE = datetime.timedelta(minutes=1)
ALLOWED = ["--allow-unsigned-newest"]


class Case:
    """An archive in a folder, with its keys, validated as of 40 minutes after its end."""

    def __init__(self, folder, archive, form="directory", end=None, keys=True):
        self.folder, self.archive = folder, archive
        folder.mkdir(exist_ok=True)
        known = archive.keys()
        (folder / "keys.json").write_text(known if isinstance(known, str) else json.dumps(known))
        self.options = ["--now", iso((end or archive.end) + 40 * MINUTE)]
        if keys:
            self.options += ["--keys", folder / "keys.json"]
        if form == "plain":
            self.path = archive.write(folder / "copy", plain_bucket=archive.bucket)
            self.options += ["--bucket", archive.bucket]
        elif form == "tar":
            self.path = archive.tar(folder / "archive.tar")
        else:
            self.path = archive.write(folder / "archive")

    def validate(self, *more):
        return validator.validate(self.path, *self.options, *more)

    def holds(self, *more):
        verdict = self.validate(*more)
        assert (verdict.code, verdict.codes) == (0, set()), verdict
        return verdict

    def finds(self, code, *more):
        verdict = self.validate(*more)
        assert verdict.code == 3 and code in verdict.codes, verdict
        return verdict


@pytest.fixture
def case(tmp_path):
    count = iter(range(100))
    return lambda *given, **more: Case(tmp_path / str(next(count)), *given, **more)


def drop(archive, digests):
    """Deletes digests with their files."""
    for digest in digests:
        for thing in [digest, *digest.files]:
            archive.objects.pop((thing.bucket, thing.key), None)


def plant(archive, lane, at):
    file = archive.log(lane, at)
    archive.objects[file.bucket, file.key] = (archives.compress(file.body()), {})
    return file


# Ranges and edges


def test_a_range_whose_digests_are_gone(case):
    archive = archives.standard()
    starts = [lane.digests[2].end for lane in archive.lanes]
    end = archive.end
    drop(archive, archive.lanes[1].digests[3:])
    one = case(archive, end=end)
    one.finds("digest.tail-missing", "--start-time", iso(max(starts)), "--expect-regions", "us-east-2,eu-west-1")
    drop(archive, archive.lanes[0].digests[3:])
    all_of = case(archive, end=end)
    for more in ([], ["--end-time", iso(end)]):
        all_of.finds("digest.tail-missing", "--start-time", iso(max(starts)), *more)
    whole = case(archives.standard())
    whole.finds("archive.empty", "--start-time", "2026-02-27", "--end-time", "2026-02-28")
    whole.finds("digest.tail-missing", "--start-time", "2026-03-02T12:00:00Z", "--end-time", "2026-03-02T13:00:00Z")


@pytest.mark.parametrize("minutes", range(0, 6))
def test_a_file_planted_around_the_edge_of_two_ranges_is_found_by_one(case, minutes):
    archive = archives.standard(hours=8)
    edge = archive.lanes[0].digests[4].end
    plant(archive, archive.lanes[0], edge - minutes * MINUTE)
    made = case(archive)
    codes = made.validate("--end-time", iso(edge)).codes | made.validate("--start-time", iso(edge)).codes
    assert codes == {"log.unlisted"}


def test_what_was_pending_is_judged_by_the_next_run(case, tmp_path):
    archive = archives.standard()
    plant(archive, archive.lanes[0], archive.lanes[0].digests[-1].end - 2 * MINUTE)
    made = case(archive)
    state = ["--state", tmp_path / "state.json"]
    assert made.holds(*state).summary["logsPending"] == 1
    for lane in archive.lanes:
        archive.hour(lane, key=2)
    archive.others = {name: kept for name, kept in archive.objects.items() if "CloudTrail/" in name[1]}
    archive.render()
    archive.write(made.path)
    made.options[1] = iso(archive.end + 40 * MINUTE)
    made.finds("log.unlisted", *state)


def test_rechecking_everything_looks_at_everything(case, tmp_path):
    archive = archives.standard()
    made = case(archive)
    state = ["--state", tmp_path / "state.json"]
    made.holds(*state)
    lane = archive.lanes[0]
    file = archive.log(lane, lane.digests[2].start + 20 * MINUTE)
    planted = made.path / file.bucket / file.key
    planted.write_bytes(archives.compress(file.body()))
    made.holds(*state)
    made.finds("log.unlisted", *state, "--recheck", "100%")
    planted.unlink()
    for digest in lane.digests[:-1]:
        (made.path / digest.bucket / digest.key).unlink()
    made.finds("digest.missing", *state, "--recheck", "100%")


def test_a_range_behind_the_state_does_not_speak_of_rewriting(case, tmp_path):
    archive = archives.standard()
    made = case(archive)
    state = ["--state", tmp_path / "state.json"]
    made.holds(*state)
    start = archive.end + HOUR
    for lane in archive.lanes:
        for _ in range(3):
            archive.hour(lane, key=2)
    archive.render()
    archive.write(made.path)
    made.options[1] = iso(archive.end + 40 * MINUTE)
    made.holds(*state, "--start-time", iso(start))


@pytest.mark.parametrize("moment", ["2099-01-01T00:00:00Z", "2026-03-03T00:00:00Z"])
def test_a_file_of_the_future_is_not_pending(case, moment):
    archive = archives.standard()
    plant(archive, archive.lanes[0], datetime.datetime.fromisoformat(moment))
    case(archive).finds("log.unlisted")


# Ends that look explained


def stopped_and_restarted():
    archive = archives.Archive(5)
    for region in ("us-east-2", "eu-west-1"):
        lane = archive.lane(region=region)
        archive.start(lane, archives.BEGIN)
        archive.hour(lane)
        archive.stop(lane)
        archive.start(lane, lane.digests[-1].end + 10 * MINUTE)
        lane.digests[-1].start = lane.digests[-2].end
        for _ in range(3):
            archive.hour(lane)
    return archive.render()


def test_a_stop_of_the_chain_before_explains_nothing(case):
    case(stopped_and_restarted()).holds()
    for count in (1, 2, 3):
        archive = stopped_and_restarted()
        end = archive.end
        drop(archive, archive.lanes[1].digests[-count:])
        case(archive, end=end).finds("digest.tail-missing")


def test_a_stop_of_another_trail_of_the_name_explains_nothing(case):
    archive = archives.standard()
    lane = archive.lanes[0]
    other = "arn:aws:cloudtrail:ap-south-1:111122223333:trail/main-trail"
    archive.hour(lane, 1, 2, eventSource="cloudtrail.amazonaws.com", eventName="StopLogging", requestParameters={"name": other})
    archive.render()
    case(archive, end=archive.end + 6 * HOUR).finds("digest.tail-missing")


@pytest.mark.parametrize("records", [3, 4000])
def test_a_stop_is_believed_in_small_and_large_files_and_in_the_next_run(case, tmp_path, records):
    archive = archives.Archive(7)
    lane = archive.lane()
    archive.start(lane, archives.BEGIN)
    archive.hour(lane)
    archive.stop(lane)
    file = lane.digests[-1].files[-1]
    at = lane.digests[-1].end - 5 * MINUTE
    file.records += [archive.record(lane, at, pad="x" * 1500) for _ in range(records)]
    archive.hour(lane)
    archive.render()
    made = case(archive, end=archive.end + 48 * HOUR)
    state = ["--state", tmp_path / "state.json"]
    made.holds(*state)
    made.holds(*state)


def test_cairns_chains_need_no_events_and_believe_none(case):
    made = archives.made_by_cairn()
    # Each lane has its own minute.
    end = min(lane.digests[-1].end for lane in made.lanes)
    case(made, end=end).holds()
    lane = next(lane for lane in made.lanes if lane.region != lane.home)
    late = copy.copy(made)
    late.objects = dict(made.objects)
    drop(late, lane.digests[-3:])
    case(late, end=end).finds("digest.tail-missing")


def test_the_chain_that_names_the_others_may_not_be_gone(case):
    archive = archives.made_by_cairn()
    [home] = {lane.home for lane in archive.lanes}
    archive.objects = {name: kept for name, kept in archive.objects.items() if f"/{home}/" not in name[1]}
    verdict = case(archive).finds("lane.missing")
    assert any(home in (f["expected"] or "") for f in verdict.findings)


# Odd places


NAME = "111122223333_CloudTrail_us-east-2_20260301T1121Z_wqIZGjUK6DfK210o.json.gz"
PLACES = [
    "AWSLogs/111122223333/CloudTrail/{}", "AWSLogs/111122223333/{}", "AWSLogs/{}", "{}", "AWSLogs/111122223333/CloudTrail-Digest/{}",
    "AWSLogs/AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/01/{}", "AWSLogs/x/AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/01/{}",
    "AWSLogs/o-a1b2c3d4e5/{}", "AWSLogs/o-a1b2c3d4e5/r-root/111122223333/CloudTrail/us-east-2/2026/03/01/{}",
    "AWSLogs/O-a1b2c3d4e5/111122223333/CloudTrail/us-east-2/2026/03/01/{}",
    "AWSLogs/111122223333x/CloudTrail/us-east-2/2026/03/01/{}", "AWSLogs/111122223333/cloudtrail/us-east-2/2026/03/01/{}",
    "AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/01/planted.metadata.json",
    "AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/01/{}.metadata.json",
]


@pytest.mark.parametrize("place", PLACES)
def test_what_lies_outside_the_folders_of_days_is_named(case, place):
    archive = archives.standard()
    archive.objects[archive.bucket, place.format(NAME)] = (archives.compress(b'{"Records":[]}'), {})
    case(archive).finds("object.unexpected")


def test_links_and_folders_that_no_bucket_can_be_are_named(case):
    for name in ("Other_Bucket", None):
        made = case(archives.standard())
        if name:
            (made.path / name).mkdir()
        else:
            account = made.path / made.archive.bucket / "AWSLogs" / "111122223333"
            account.rename(made.folder / "elsewhere")
            account.symlink_to(made.folder / "elsewhere")
        made.finds("object.irregular")


def test_a_name_in_another_spelling_of_unicode_is_another(case):
    archive = archives.Archive(9, prefix="caf\u00e9")
    lane = archive.lane()
    archive.start(lane, archives.BEGIN)
    archive.hour(lane)
    archive.render()
    case(archive).holds()
    digest = lane.digests[-1]
    archive.objects[digest.bucket, digest.key.replace("\u00e9", "e\u0301")] = archive.objects.pop((digest.bucket, digest.key))
    case(archive).finds("digest.moved")


# Copies without metadata


def test_an_unsigned_newest_digest_vouches_for_its_own_hour_alone(case):
    archive = archives.standard()
    case(archive, form="plain").holds(*ALLOWED)
    lane = archive.lanes[0]
    planted = plant(archive, lane, lane.digests[2].start + 20 * MINUTE)
    newest = lane.digests[-1]
    forged = copy.copy(newest)
    forged.files = [*newest.files, planted]
    kept = dict(archive.objects)
    archive.render_digest(lane, forged, lane.digests[-2])
    kept[forged.bucket, forged.key] = (archive.objects[forged.bucket, forged.key][0], {})
    archive.objects = kept
    verdict = case(archive, form="plain").finds("log.unlisted", *ALLOWED)
    assert verdict.names([planted.key], {"log.unlisted"})


def test_an_unsigned_backfill_digest_vouches_for_nothing(case):
    archive = archives.standard()
    lane = archive.lanes[0]
    planted = plant(archive, lane, lane.digests[2].start + 20 * MINUTE)
    digest = lane.digests[2]
    forged = archives.Digest(
        digest.start, digest.end, archive.bucket, archive.root(lane), lane.digests[3].key_name, [planted], is_first=True,
        made_at=lane.digests[3].end)
    archive.render_digest(lane, forged, None)
    case(archive, form="plain").finds("digest.unsigned", *ALLOWED)


@pytest.mark.parametrize("period", [10 ** 12, 2 ** 63 - 1])
def test_an_unsigned_newest_digest_does_not_say_how_long_an_hour_is(case, period):
    archive = archives.standard()
    lane, end = archive.lanes[0], archive.end
    drop(archive, lane.digests[-3:])
    rest = lane.digests[:-3]
    forged = archives.Digest(rest[-1].end, rest[-1].end + HOUR, archive.bucket, archive.root(lane), rest[-1].key_name)
    forged.edit = lambda body: body.update(cairn={
        "format": 1, "kind": "hourly", "chain": 1, "number": 1, "periodSeconds": period, "signedAt": body["digestEndTime"]})
    archive.render_digest(lane, forged, rest[-1])
    case(archive, form="plain", end=end).finds("digest.tail-missing", *ALLOWED)


# Keys


def test_a_pin_binds(case):
    archive = archives.standard()
    made = case(archive, keys=False)
    (made.path / "public-keys.json").write_text(json.dumps(archive.keys()))
    made.holds()
    made.finds("key.unpinned", "--pin", "sha256:" + "0" * 64)


# Tars


def pax(*records, kind=b"x"):
    content = b""
    for name, value in records:
        record = f" {name}={value}\n".encode()
        length = len(record)
        while len(str(length)) + len(record) != length:
            length = len(str(length)) + len(record)
        content += str(length).encode() + record
    return member("pax", content, kind)


def member(name, content, kind=b"0"):
    info = tarfile.TarInfo(name)
    info.size, info.type = len(content), kind
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)


TARS = {
    "a large header": lambda t, f: pax(("comment", "x" * (1 << 20)), ("path", t)) + member("b/x", f),
    "a large GNU name": lambda t, f: member("././@LongLink", t.encode() + bytes(1 << 20), b"L") + member("b/x", f),
    "two headers": lambda t, f: pax(("path", t)) + member("././@LongLink", b"b/x\0", b"L") + member("x", f),
    "two headers, the other way": lambda t, f: member("././@LongLink", t.encode() + b"\0", b"L") + pax(("path", "b/x")) + member("x", f),
    "a header for all": lambda t, f: pax(("path", t), kind=b"g") + member("b/x", f),
    "a sparse file": lambda t, f: pax(("GNU.sparse.name", t)) + member("b/x", f),
    "a folder with bytes": lambda t, f: member("b/folder/", pax(("path", t)) + member("x", f), b"5"),
    "more behind the end": lambda t, f: bytes(1024) + pax(("path", t)) + member("x", f),
    "a damaged header": lambda t, f: member("pax", b"5 a=b\n", b"x") + member("b/x", f),
    "a header that ends in a sign": lambda t, f: member("pax", b"4 a=", b"x") + member("b/x", f),
}


@pytest.mark.parametrize("name", TARS)
def test_a_tar_that_readers_take_differently_is_found(case, name):
    archive = archives.standard()
    file = archive.lanes[0].digests[1].files[0]
    made = case(archive, form="tar")
    made.holds()
    forged = archives.compress(b'{"Records":[{"eventName":"FORGED"}]}')
    with tarfile.open(made.path) as tar:
        last = tar.getmembers()[-1]
    whole = made.path.read_bytes()[: last.offset_data + -(-last.size // 512) * 512]
    made.path.write_bytes(whole + TARS[name](f"{file.bucket}/{file.key}", forged) + bytes(10240))
    verdict = made.validate()
    assert verdict.code == 3 and verdict.codes & {"tar.irregular", "tar.damaged"}, verdict


# Exhaustion


def measured(made, *more):
    """Exit code and peak memory in MiB."""
    # From a small process: a child's peak counts what its parent had when it was made.
    script = ("import resource, subprocess, sys; quiet = subprocess.DEVNULL\n"
              "code = subprocess.call(sys.argv[1:], stdout=quiet, stderr=quiet)\n"
              "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)")
    done = subprocess.run(
        [sys.executable, "-S", "-c", script, validator.binary(), made.path, "--format", "json", "--threads", "2",
         *made.options, *more], capture_output=True, text=True, timeout=120)
    return tuple(map(int, done.stdout.split()))


def bomb(count):
    """Gzip of so many MiB of spaces."""
    deflate, out = zlib.compressobj(9, zlib.DEFLATED, 31), io.BytesIO()
    for _ in range(count):
        out.write(deflate.compress(b" " * (1 << 20)))
    out.write(deflate.flush())
    return out.getvalue()


def test_digests_that_inflate_without_end_stay_within_the_bound_of_memory(case):
    archive, content = archives.standard(), bomb(120)
    for lane in archive.lanes:
        for digest in lane.digests[1:5]:
            archive.objects[digest.bucket, digest.key] = (content, archive.objects[digest.bucket, digest.key][1])
    code, memory = measured(case(archive))
    assert code == 3 and memory <= 40 + 2 * 16, memory


def test_lists_beside_the_archive_do_not_fill_memory(case):
    for name in ("public-keys.json", "trail.json"):
        made = case(archives.standard(), keys=name == "trail.json")
        member = "PublicKeyList" if name == "public-keys.json" else "trailList"
        (made.path / name).write_text(f'{{"{member}":[' + "0," * 1_000_000 + "0]}")
        code, memory = measured(made)
        assert code == (0 if name == "trail.json" else 3) and memory <= 40 + 2 * 16, (name, memory)


def test_numbers_of_any_size_and_digests_of_any_year_end_in_findings(case):
    archive = archives.made_by_cairn()
    lane = archive.lanes[0]
    digest, older = lane.digests[3], lane.digests[2]

    def changed(**members):
        body = json.loads(digest.body)
        body["cairn"].update(members)
        made = archives.compress(json.dumps(body, separators=(",", ":")).encode())
        other = copy.copy(archive)
        other.objects = dict(archive.objects)
        other.objects[digest.bucket, digest.key] = (made, archive.objects[digest.bucket, digest.key][1])
        return other

    for members in ({"number": 2 ** 63 - 1}, {"chain": -1}, {"periodSeconds": 2 ** 40}):
        case(changed(**members), end=archive.end).finds("digest.format")
    other = changed(periodSeconds=1)
    folder, name = older.key.rsplit("/", 4)[0], older.key.rsplit("/", 1)[1]
    stamp = f"{older.end:%Y%m%dT%H%M%SZ}"
    other.objects[older.bucket, f"{folder}/0001/01/01/{name.replace(stamp, '00010101T000000Z')}"] = other.objects[older.bucket, older.key]
    drop(other, lane.digests[:3])
    case(other, end=archive.end).finds("digest.missing")
