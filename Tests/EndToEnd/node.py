"""Starts and stops real cairn processes for tests, on free loopback ports."""

import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import messages

CAIRN = os.environ.get("CAIRN_BIN", "cairn")
READY_SECONDS = 60


class Process:
    """One cairn process whose standard error is watched for its line 'ready'."""

    def __init__(self, *arguments, log):
        self.log = pathlib.Path(log)
        self.begun = self.log.stat().st_size if self.log.exists() else 0
        self.output = open(self.log, "ab")
        self.process = subprocess.Popen([CAIRN, *arguments], stdout=self.output, stderr=self.output)

    def text(self):
        with open(self.log, "rb") as log:
            log.seek(self.begun)
            return log.read().decode("utf-8", "replace")

    def wait_ready(self):
        """The port of the door, or None for a worker."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            text = self.text()
            found = re.search(r"notice ready .*", text)
            if found:
                port = re.search(r"door [^ ]*:(\d+)", found.group(0))
                return int(port.group(1)) if port else None
            if self.process.poll() is not None:
                raise AssertionError(f"cairn ended with {self.process.returncode} before it was ready:\n{text}")
            time.sleep(0.01)
        raise AssertionError(f"cairn was not ready within {READY_SECONDS} s:\n{self.text()}")

    def kill(self, number=signal.SIGKILL, seconds=60):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"cairn did not end within {seconds} s of signal {number}:\n{self.text()[-4000:]}")
        self.output.close()
        return code


class Node:
    """A data directory and the processes on it."""

    def __init__(self, folder, *flags):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.flags = list(flags)
        self.processes = []
        self.port = None

    def start(self, role="up", *flags):
        door = ["--listen", "127.0.0.1:0"] if role != "work" else []
        name = f"{role}.log" if role != "work" else f"work-{len(self.processes)}.log"
        process = Process(role, "--data", str(self.data), *door, *self.flags, *flags, log=self.folder / name)
        self.processes.append(process)
        port = process.wait_ready()
        if port:
            self.port = port
        return process

    def stop(self, number=signal.SIGTERM):
        codes = [process.kill(number) for process in self.processes]
        self.processes = []
        return codes

    def token(self):
        for line in (self.data / "credentials").read_text().splitlines():
            if line.startswith("cairn_token"):
                return line.split("=", 1)[1].strip()
        raise AssertionError("no cairn_token in the credentials file")

    def command(self, *arguments, input=None, check=True):
        done = subprocess.run(
            [CAIRN, *arguments, "--data", str(self.data)], input=input, capture_output=True, timeout=300)
        if check and done.returncode != 0:
            raise AssertionError(f"cairn {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}")
        return done

    def post(self, body, path="/v1/events", headers=None, token=None, timeout=60):
        """Status and parsed answer of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = {"Authorization": f"Bearer {token or self.token()}"}
            sent.update(headers or {})
            connection.request("POST", path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def get(self, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def all_files(self):
        """Log files; digests are none."""
        return sorted(f for f in (self.data / "buckets").rglob("*.json.gz") if "CloudTrail-Digest" not in f.parts)

    def files(self):
        """Log files that hold more than cairn's own events of keys and calls."""
        return [file for file in self.all_files() if records(file)]

    def partitions(self):
        """The rows of 'cairn status', one for each partition, and all its text."""
        text = self.command("status", check=False).stdout.decode()
        return [line.split() for line in text.splitlines() if re.match(r"\d+ ", line)], text

    def wait_delivered(self, seconds=120):
        """Until everything in the log is delivered, as 'cairn status' says."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            rows, text = self.partitions()
            if rows and all(is_delivered(row) for row in rows):
                return
            time.sleep(0.1)
        raise AssertionError(f"not everything was delivered within {seconds} s:\n{text}")


def wait_for(what, seconds=60):
    """What the function gives, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def is_delivered(row):
    """A row of status: number, owner (one or two words), logged to, delivered to, oldest, cut."""
    numbers = [word for word in row[1:] if word.isdigit()]
    return len(numbers) >= 2 and numbers[0] == numbers[1]


def records(file, own=False):
    """The records of a log file as raw bytes, by a reader of its own; cairn's own events of keys and calls only if asked for."""
    file = pathlib.Path(file)
    if "CloudTrail-Digest" in file.parts:
        return []
    stored = file.read_bytes()
    text = gzip.decompress(opened(file, stored) if stored[:1] == b"\x02" else stored).decode()
    assert text.startswith('{"Records":[') and text.endswith("]}"), file
    found, at, decoder = [], len('{"Records":['), json.JSONDecoder()
    while text[at] != "]":
        event, end = decoder.raw_decode(text, at)
        if own or event.get("eventSource") not in ("kms.cairn", "cloudtrail.cairn"):
            found.append(text[at:end])
        at = end + 1 if text[end] == "," else end
    return found


def opened(file, stored):
    """The content of an encrypted file, which must be bound to its name, by a reader of its own."""
    message = messages.Message(stored)
    data = next(parent for parent in file.parents if parent.name == "buckets").parent
    bucket, key = str(file.relative_to(data / "buckets")).split("/", 1)
    assert message.context["aws:s3:arn"] == f"arn:aws:s3:::{bucket}/{key}", file
    if message.key_name not in TRAIL_KEYS:
        done = subprocess.run(
            [CAIRN, "keys", "export-trail-keys", "--yes", "--data", str(data)], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        TRAIL_KEYS.update({key["name"]: bytes.fromhex(key["key"]) for key in json.loads(done.stdout)})
    return message.open(TRAIL_KEYS[message.key_name])


# By name, over all data directories: names hold the trail's id.
TRAIL_KEYS = {}


if __name__ == "__main__":
    sys.exit("this is a module of the tests")
