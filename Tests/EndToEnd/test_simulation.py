"""The simulator's word that a seed is a story: the same in every process."""

import os
import subprocess

CAIRN_SIM = os.environ.get("CAIRN_SIM_BIN", "cairn-sim")


def run(*options):
    done = subprocess.run([CAIRN_SIM, *options], capture_output=True, timeout=600, check=True)
    return done.stdout.decode()


def test_the_same_seeds_give_the_same_traces_in_another_process_and_beside_others():
    first = run("--seed", "1", "--count", "64", "--hashes")
    second = run("--seed", "1", "--count", "64", "--hashes", "--jobs", "2")
    assert first == second
    assert len({line.split()[1] for line in first.splitlines()[:64]}) == 64


def test_the_story_of_a_seed_is_told_word_for_word_again():
    first = run("--seed", "7", "--trace")
    assert first == run("--seed", "7", "--trace")
    assert len(first.splitlines()) > 1_000
