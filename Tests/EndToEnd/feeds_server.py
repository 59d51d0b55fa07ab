"""CloudWatch Logs and EventBridge as strictly as they may be: sequence tokens, limits, partial failures. On a free loopback port."""

import http.server
import itertools
import json
import threading


class Feeds:
    def __init__(self):
        """`groups` holds the messages of each (group, stream), `bus` the entries that were taken, `calls` every call's target."""
        self.groups, self.bus, self.calls, self.batches = {}, [], [], []
        self.tokens, self.made, self.numbers = {}, {"audit"}, itertools.count(1)
        #: What happens to the next calls: a status and a type, or "reject" (all of them for their time), or "partial".
        self.accidents = []
        #: The most log events of a call; more are an InvalidParameterException, as is one with this word in it.
        self.most, self.poison = 10_000, "poisonous"
        feeds = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                target = self.headers["X-Amz-Target"].split(".")[1]
                feeds.calls.append(target)
                assert "/us-east-1/logs/aws4_request" in self.headers["Authorization"] or target == "PutEvents"
                status, answer = getattr(feeds, target)(body)
                answer = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.flags = ["--logs-endpoint", self.endpoint, "--events-endpoint", self.endpoint]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def CreateLogStream(self, body):
        if body["logGroupName"] not in self.made:
            return 400, {"__type": "ResourceNotFoundException", "message": "The specified log group does not exist."}
        stream = (body["logGroupName"], body["logStreamName"])
        if stream in self.groups:
            return 400, {"__type": "ResourceAlreadyExistsException"}
        self.groups[stream] = []
        return 200, {}

    def PutLogEvents(self, body):
        if self.accidents:
            accident = self.accidents.pop(0)
            if accident == "reject":
                return 200, {"rejectedLogEventsInfo": {"tooNewLogEventStartIndex": 0}}
            return accident[0], {"__type": accident[1], "message": "an accident"}
        stream, events = (body["logGroupName"], body["logStreamName"]), body["logEvents"]
        if stream not in self.groups:
            return 400, {"__type": "com.amazonaws.logs#ResourceNotFoundException"}
        if body.get("sequenceToken") != self.tokens.get(stream):
            return 400, {"__type": "InvalidSequenceTokenException", "expectedSequenceToken": self.tokens.get(stream)}
        assert events == sorted(events, key=lambda one: one["timestamp"])
        assert sum(len(one["message"].encode()) + 26 for one in events) <= 1_048_576 and len(events) <= 10_000
        if len(events) > self.most or any(self.poison in one["message"] for one in events):
            return 400, {"__type": "InvalidParameterException"}
        self.groups[stream] += [one["message"] for one in events]
        self.batches.append(len(events))
        self.tokens[stream] = str(next(self.numbers))
        return 200, {"nextSequenceToken": self.tokens[stream]}

    def PutEvents(self, body):
        entries, results = body["Entries"], []
        assert 1 <= len(entries) <= 10
        assert sum(len(e["Detail"].encode()) + len(e["Source"]) + len(e["DetailType"]) + 14 for e in entries) <= 262_144
        accident = self.accidents.pop(0) if self.accidents else None
        if accident and accident != "partial":
            return accident[0], {"__type": accident[1]}
        for i, entry in enumerate(entries):
            if entry["Source"].startswith("aws.kms"):
                results.append({"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "not yours"})
            elif accident and i % 2 == 0:
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
            else:
                self.bus.append(entry)
                results.append({"EventId": str(i)})
        return 200, {"FailedEntryCount": sum("ErrorCode" in one for one in results), "Entries": results}
