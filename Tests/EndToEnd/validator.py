"""Runs the validator and reads what it says."""

import dataclasses
import json
import os
import subprocess

TIMEOUT = 60


def binary():
    path = os.environ.get("CAIRN_VALIDATE_BIN")
    assert path, "CAIRN_VALIDATE_BIN must name the validator to test: Tools/test sets it"
    return path


@dataclasses.dataclass
class Verdict:
    code: int
    findings: list
    summary: dict
    output: str
    errors: str

    @property
    def codes(self):
        return {f["code"] for f in self.findings}

    def names(self, objects, codes):
        """Whether a finding with one of the codes is about one of the objects."""
        return any(f["code"] in codes and any(o in (f["object"] or "") + f["text"] + (f["found"] or "") for o in objects)
                   for f in self.findings)


def run(*arguments, timeout=TIMEOUT, environment=None):
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, **(environment or {})})


def validate(archive, *arguments, timeout=TIMEOUT):
    """Validates with findings in JSON."""
    done = run(archive, "--format", "json", *arguments, timeout=timeout)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    summary = next((line for line in lines if line["type"] == "summary"), None)
    return Verdict(done.returncode, [line for line in lines if line["type"] == "finding"], summary, done.stdout, done.stderr)
