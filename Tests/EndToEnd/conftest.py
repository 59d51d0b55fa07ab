import logging
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

# moto says each request.
logging.getLogger("werkzeug").setLevel(logging.ERROR)

import node as nodes  # noqa: E402

ACCOUNT = "111122223333"
# Each Region has a signing key of its own, and RSA keys take their time.
REGIONS = "us-east-1,eu-west-1"


@pytest.fixture
def node(tmp_path):
    """A data directory of its own; whatever runs on it is stopped afterwards."""
    made = nodes.Node(tmp_path, "--cut-age", "200ms", "--segment-bytes", "4MiB", "--log-level", "notice",
                      "--regions", REGIONS)
    yield made
    for process in made.processes:
        if process.process.poll() is None:
            process.process.kill()
            process.process.wait()


@pytest.fixture
def up(node):
    node.start("up")
    return node
