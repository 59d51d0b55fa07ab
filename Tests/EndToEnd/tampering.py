"""Single changes to an archive, each with what a validator must say of it.

A kind changes the rendered objects, as whoever may write the bucket could; or the model, which is then signed again, as whoever
holds a signing key could; or the files of a copy on disk.
"""

import dataclasses

KINDS = []
HARMLESS = []


@dataclasses.dataclass
class Kind:
    """A kind of change. `apply(archive, random)` makes it and says where."""

    name: str
    text: str
    codes: set
    apply: object
    form: str = "directory"  # directory, plain (a copy without metadata) or tar
    base: str = "standard"


@dataclasses.dataclass
class Change:
    """What was done: the objects of which one must be named, options the validator needs, and a change of files on disk."""

    objects: list = dataclasses.field(default_factory=list)
    options: list = dataclasses.field(default_factory=list)
    on_disk: object = None
    tar: object = None


def kind(text, codes, **more):
    def register(function):
        name = function.__name__.replace("_", " ")
        KINDS.append(Kind(name, text, set(codes.split()), function, **more))
        return function
    return register


def harmless(text, **more):
    def register(function):
        HARMLESS.append(Kind(function.__name__.replace("_", " "), text, set(), function, **more))
        return function
    return register


# Choosing places


def some_lane(archive, random):
    return random.choice(archive.lanes)


def some_digest(archive, random, first=1, last=-1):
    """A digest that is neither its chain's first nor its newest."""
    lane = some_lane(archive, random)
    return lane, random.choice(lane.digests[first:last])


def some_log(archive, random):
    lane = some_lane(archive, random)
    digest = random.choice([d for d in lane.digests if d.files])
    return lane, digest, random.choice(digest.files)


def place(file):
    return file.bucket, file.key


def data(archive, place):
    return archive.objects[place][0]


def replace(archive, place, content, metadata=None):
    archive.objects[place] = (content, archive.objects[place][1] if metadata is None else metadata)


def named(*places):
    return Change([key for _, key in places])


# Importing registers the kinds.
from tampering_objects import *  # noqa: E402,F401,F403
from tampering_signed import *  # noqa: E402,F401,F403
from tampering_sources import *  # noqa: E402,F401,F403
