"""Makes archives as AWS CloudTrail writes them, from the description of the format alone: no code of cairn's.

A made archive is a model (lanes, digests, log files) that is rendered to objects. A test may change the model and sign again, as
whoever holds the key could, or change the rendered objects, as whoever may write the bucket could.
"""

import base64
import copy
import dataclasses
import datetime
import functools
import gzip
import hashlib
import io
import json
import pathlib
import random
import tarfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

UTC = datetime.timezone.utc
BEGIN = datetime.datetime(2026, 3, 1, 10, 1, 31, tzinfo=UTC)
HOUR = datetime.timedelta(hours=1)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@functools.cache
def private_key(name):
    """A key that signs; made once for each name, since RSA keys take their time."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_der(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def fingerprint(key):
    return hashlib.md5(public_der(key)).hexdigest()


def compress(data):
    return gzip.compress(data, mtime=0)


@dataclasses.dataclass
class LogFile:
    """A log file that was delivered."""

    bucket: str
    key: str
    records: list
    raw: bytes = None  # the uncompressed body, if it is not to be made from the records

    def body(self):
        return self.raw if self.raw is not None else json.dumps({"Records": self.records}, separators=(",", ":")).encode()

    def entry(self):
        times = [r["eventTime"] for r in self.records] or ["2026-03-01T10:00:00Z"]
        return {
            "s3Bucket": self.bucket,
            "s3Object": self.key,
            "hashValue": hashlib.sha256(self.body()).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": max(times),
            "oldestEventTime": min(times),
        }


@dataclasses.dataclass
class Digest:
    """A digest as it is to be rendered. `edit` changes the body before it is signed."""

    start: datetime.datetime
    end: datetime.datetime
    bucket: str
    root: str
    key_name: str
    files: list = dataclasses.field(default_factory=list)
    is_first: bool = False
    made_at: datetime.datetime = None  # of a backfill digest
    edit: object = None
    # What rendering gives.
    key: str = ""
    body: bytes = b""
    signature: str = ""


@dataclasses.dataclass
class Lane:
    account: str
    region: str
    trail: str
    home: str
    organization: str = None
    digests: list = dataclasses.field(default_factory=list)
    backfills: list = dataclasses.field(default_factory=list)


class Archive:
    """A trail's archive. Everything follows from the seed."""

    def __init__(self, seed=1, trail="main-trail", home="us-east-2", bucket="amzn-s3-demo-bucket", prefix=None):
        self.random = random.Random(seed)
        self.trail, self.home, self.bucket, self.prefix = trail, home, bucket, prefix
        self.lanes = []
        self.others = {}  # objects that are no part of a chain
        self.key_windows = {}  # name of a key -> (from, until)
        self.key_list = None  # another list than the true one
        self.signers = {}  # name of a key -> name of the key that really signs
        self.objects = {}  # (bucket, key) -> (bytes, metadata)

    # Making

    def arn(self, account="111122223333"):
        return f"arn:aws:cloudtrail:{self.home}:{account}:trail/{self.trail}"

    def lane(self, account="111122223333", region="us-east-2", organization=None):
        lane = Lane(account, region, self.trail, self.home, organization)
        self.lanes.append(lane)
        return lane

    def root(self, lane):
        parts = [self.prefix, "AWSLogs", lane.organization, lane.account]
        return "/".join(p for p in parts if p) + "/"

    def unique(self):
        return "".join(self.random.choice(ALPHABET) for _ in range(16))

    def record(self, lane, at, **more):
        number = self.random.getrandbits(64)
        return {
            "eventVersion": "1.11",
            "userIdentity": {"type": "IAMUser", "accountId": lane.account, "userName": f"user-{number % 7}"},
            "eventTime": iso(at),
            "eventSource": "s3.amazonaws.com",
            "eventName": self.random.choice(["PutObject", "GetObject", "DeleteBucket"]),
            "awsRegion": lane.region,
            "sourceIPAddress": f"192.0.2.{number % 250}",
            "requestParameters": {"key": f"a/{number}", "note": "x" * (number % 200)},
            "eventID": f"{number:016x}",
            "readOnly": False,
            "recipientAccountId": lane.account,
            "eventType": "AwsApiCall",
            **more,
        }

    def log_key(self, lane, at, folder="CloudTrail", root=None):
        name = f"{lane.account}_{folder}_{lane.region}_{at:%Y%m%dT%H%MZ}_{self.unique()}.json.gz"
        return f"{root or self.root(lane)}{folder}/{lane.region}/{at:%Y/%m/%d}/{name}"

    def log(self, lane, at, count=3, **more):
        records = [self.record(lane, at - datetime.timedelta(seconds=30 + i), **more) for i in range(count)]
        return LogFile(self.bucket, self.log_key(lane, at), records)

    def key_name(self, lane, number=1):
        name = f"{lane.region}-{number}"
        day = datetime.timedelta(days=30)
        self.key_windows.setdefault(name, (BEGIN - day + (number - 1) * 5 * HOUR, BEGIN + day + (number - 1) * 5 * HOUR))
        return name

    def start(self, lane, at, key=1):
        """A starting digest: an hour that ends now, empty, with nothing before it."""
        lane.digests.append(
            Digest(at - HOUR, at, self.bucket, self.root(lane), self.key_name(lane, key), is_first=True))

    def hour(self, lane, files=2, key=1, length=HOUR, **more):
        """The next digest, with some files delivered in its interval."""
        start = lane.digests[-1].end
        end = start + length
        digest = Digest(start, end, self.bucket, self.root(lane), self.key_name(lane, key))
        for i in range(files):
            at = start + length * (i + 1) / (files + 2)
            digest.files.append(self.log(lane, at, 2 + i, **(more if i == files - 1 else {})))
        lane.digests.append(digest)
        return digest

    def stop(self, lane, key=1):
        """A last, shorter digest with the file in which somebody stops the trail."""
        return self.hour(
            lane, 1, key, datetime.timedelta(minutes=20), eventSource="cloudtrail.amazonaws.com", eventName="StopLogging",
            requestParameters={"name": self.arn(lane.account)})

    def backfill(self, lane, end, files=1, key=1):
        digest = Digest(end - HOUR, end, self.bucket, self.root(lane), self.key_name(lane, key),
                        is_first=not lane.backfills, made_at=end + 3 * HOUR)
        for i in range(files):
            digest.files.append(self.log(lane, end - HOUR / 2 + datetime.timedelta(minutes=i)))
        lane.backfills.append(digest)
        return digest

    @property
    def end(self):
        return max(lane.digests[-1].end for lane in self.lanes)

    # Rendering

    def digest_key(self, lane, digest):
        suffix = "_backfill" if digest.made_at else ""
        name = f"{lane.account}_CloudTrail-Digest_{lane.region}_{lane.trail}_{lane.home}_{digest.end:%Y%m%dT%H%M%SZ}{suffix}.json.gz"
        return f"{digest.root}CloudTrail-Digest/{lane.region}/{digest.end:%Y/%m/%d}/{name}"

    def sign(self, key_name, message, algorithm=None):
        key = private_key(self.signers.get(key_name, key_name))
        return key.sign(message, padding.PKCS1v15(), algorithm or hashes.SHA256()).hex()

    def render_digest(self, lane, digest, previous):
        digest.key = self.digest_key(lane, digest)
        times = [r["eventTime"] for f in digest.files for r in f.records]
        linked = previous if not digest.is_first else None
        body = {
            "awsAccountId": lane.account,
            "digestStartTime": iso(digest.start),
            "digestEndTime": iso(digest.end),
            "digestS3Bucket": digest.bucket,
            "digestS3Object": digest.key,
            "digestPublicKeyFingerprint": fingerprint(private_key(self.signers.get(digest.key_name, digest.key_name))),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": max(times) if times else None,
            "oldestEventTime": min(times) if times else None,
            "previousDigestS3Bucket": linked.bucket if linked else None,
            "previousDigestS3Object": linked.key if linked else None,
            "previousDigestHashValue": hashlib.sha256(linked.body).hexdigest() if linked else None,
            "previousDigestHashAlgorithm": "SHA-256" if linked else None,
            "previousDigestSignature": linked.signature if linked else None,
            "logFiles": [f.entry() for f in digest.files],
        }
        if digest.edit:
            body = digest.edit(body) or body
        digest.body = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        signed = body if isinstance(body, dict) else json.loads(digest.body)
        message = "\n".join([
            signed.get("digestEndTime", ""), f"{digest.bucket}/{digest.key}", hashlib.sha256(digest.body).hexdigest(),
            signed.get("previousDigestSignature") or "null",
        ])
        digest.signature = self.sign(digest.key_name, message.encode())
        metadata = {"signature": digest.signature, "signature-algorithm": "SHA256withRSA"}
        if digest.made_at:
            metadata["backfill-generation-timestamp"] = digest.made_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.objects[digest.bucket, digest.key] = (compress(digest.body), metadata)

    def render(self):
        """Signs everything anew, and gives the objects."""
        self.objects = dict(self.others)
        for lane in self.lanes:
            for chain in (lane.digests, lane.backfills):
                previous = None
                for digest in chain:
                    for file in digest.files:
                        self.objects[file.bucket, file.key] = (compress(file.body()), {})
                    self.render_digest(lane, digest, previous)
                    previous = digest
        return self

    def copy(self):
        return copy.deepcopy(self)

    def keys(self):
        """What ListPublicKeys answers."""
        if self.key_list is not None:
            return self.key_list
        return {"PublicKeyList": [self.public_key(name) for name in sorted(self.key_windows)]}

    def public_key(self, name):
        key = private_key(self.signers.get(name, name))
        start, until = self.key_windows[name]
        return {
            "Value": base64.b64encode(public_der(key)).decode(),
            "ValidityStartTime": int(start.timestamp()),
            "ValidityEndTime": int(until.timestamp()),
            "Fingerprint": fingerprint(key),
        }

    # Writing

    def write(self, folder, plain_bucket=None):
        """As BUCKET/KEY with KEY.metadata.json; with `plain_bucket` as 'aws s3 sync' copies that bucket: without metadata."""
        folder = pathlib.Path(folder)
        for (bucket, key), (data, metadata) in self.objects.items():
            if plain_bucket and bucket != plain_bucket:
                continue
            path = folder / key if plain_bucket else folder / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            if key.endswith("/"):
                continue
            path.write_bytes(data)
            if metadata and not plain_bucket:
                path.with_name(path.name + ".metadata.json").write_text(json.dumps(metadata))
        return folder

    def tar(self, path, shuffle=None):
        """The same in a tar."""
        members = []
        for (bucket, key), (data, metadata) in self.objects.items():
            members.append((f"{bucket}/{key}", data))
            if metadata:
                members.append((f"{bucket}/{key}.metadata.json", json.dumps(metadata).encode()))
        if shuffle:
            shuffle.shuffle(members)
        with tarfile.open(path, "w") as tar:
            for name, data in members:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return path


def standard(seed=1, hours=5, regions=("us-east-2", "eu-west-1"), accounts=("111122223333",)):
    """A few hours of a multi-Region trail: an empty hour, a key rotation, a log file of a folder marker."""
    archive = Archive(seed)
    for account in accounts:
        for region in regions:
            lane = archive.lane(account, region)
            archive.start(lane, BEGIN + datetime.timedelta(minutes=archive.random.randrange(3)))
            for hour in range(hours):
                archive.hour(lane, 0 if hour == 2 else 2 + hour % 2, key=1 if hour < 3 else 2)
    return archive.render()


@functools.cache
def _made_by_cairn():
    """An archive that cairn made on a made-up clock: what it printed, its objects and its keys."""
    import os
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [os.environ["CAIRN_BIN"], "benchmark", "digests", f"{folder}/data", "--hours", "6", "--files", "3", "--events", "3",
             "--regions", "2"], capture_output=True, check=True)
        root = pathlib.Path(folder) / "data" / "buckets"
        objects = {}
        for file in root.rglob("*.json.gz"):
            sidecar = file.with_name(file.name + ".metadata.json")
            metadata = json.loads(sidecar.read_text()) if sidecar.exists() else {}
            bucket, key = str(file.relative_to(root)).split("/", 1)
            objects[bucket, key] = (file.read_bytes(), metadata)
        return objects, (root / "public-keys.json").read_text()


def made_by_cairn(seed=1):
    """The same as a model: its objects can be changed, but not signed again."""
    objects, keys = _made_by_cairn()
    archive = Archive(seed, trail="main", home="us-east-1", bucket="cairn-logs")
    archive.objects, archive.key_list = dict(objects), keys
    lanes = {}
    for (bucket, key), (content, metadata) in sorted(objects.items()):
        if "/CloudTrail-Digest/" not in key:
            continue
        body = json.loads(gzip.decompress(content))
        region = key.split("/")[3]
        lane = lanes.setdefault(region, Lane(body["awsAccountId"], region, "main", "us-east-1"))
        times = [datetime.datetime.strptime(body[name], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
                 for name in ("digestStartTime", "digestEndTime")]
        digest = Digest(*times, bucket, f"AWSLogs/{lane.account}/", "none", is_first=body["previousDigestS3Object"] is None)
        digest.key, digest.body, digest.signature = key, gzip.decompress(content), metadata["signature"]
        for entry in body["logFiles"]:
            text = gzip.decompress(objects[entry["s3Bucket"], entry["s3Object"]][0])
            digest.files.append(LogFile(entry["s3Bucket"], entry["s3Object"], json.loads(text)["Records"], text))
        lane.digests.append(digest)
    archive.lanes = [lanes[region] for region in sorted(lanes)]
    return archive
