"""The validator that asks nobody anything: built without the trait Remote, with no Swift needed where it runs."""

import json
import os
import pathlib
import subprocess

import pytest

import archives
import validator


@pytest.fixture(scope="module")
def lean():
    path = os.environ.get("CAIRN_VALIDATE_LEAN_BIN")
    assert path, "CAIRN_VALIDATE_LEAN_BIN must name the lean validator: Tools/test sets it"
    return path


def test_it_links_neither_swift_nor_sqlite_nor_an_http_client(lean):
    needed = subprocess.run(["readelf", "-d", lean], capture_output=True, text=True, check=True).stdout
    libraries = [line.split("[")[1].split("]")[0] for line in needed.splitlines() if "NEEDED" in line]
    assert "libcrypto.so.3" in libraries
    assert not [name for name in libraries if "swift" in name or "sqlite" in name or "Foundation" in name]
    content = pathlib.Path(lean).read_bytes()
    for word in (b"sqlite3_open", b"AsyncHTTPClient", b"NIOHTTP1", b"GRDB"):
        assert word not in content, word


def test_it_says_the_same_as_the_full_one(lean, tmp_path):
    archive = archives.standard()
    (tmp_path / "keys.json").write_text(json.dumps(archive.keys()))
    path = archive.write(tmp_path / "archive")
    (path / archive.lanes[0].digests[2].bucket / archive.lanes[0].digests[2].key).unlink()
    options = [path, "--keys", tmp_path / "keys.json", "--now", archives.iso(archive.end), "--format", "json"]
    answers = [subprocess.run([program, *options], capture_output=True, text=True, timeout=60)
               for program in (lean, validator.binary())]
    assert answers[0].returncode == answers[1].returncode == 3
    assert answers[0].stdout == answers[1].stdout and "digest.missing" in answers[0].stdout


def test_it_says_what_it_cannot_do(lean, tmp_path):
    for option in ("--keys-endpoint", "--kms-endpoint"):
        done = subprocess.run([lean, tmp_path, option, "aws"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and option in done.stderr and "Remote" in done.stderr, done.stderr
