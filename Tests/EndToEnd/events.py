"""Events for tests."""

import json
import uuid

ACCOUNT = "111122223333"


def event(**fields):
    made = {
        "eventTime": "2026-03-01T10:12:44Z", "eventSource": "test.example.com", "eventName": "PutThing",
        "eventID": str(uuid.uuid4()), "recipientAccountId": ACCOUNT, "awsRegion": "us-east-1",
        "userIdentity": {"type": "Root"},
    }
    made.update(fields)
    return {name: value for name, value in made.items() if value is not None}


def lines(*events):
    return "\n".join(e if isinstance(e, str) else json.dumps(e) for e in events).encode()
