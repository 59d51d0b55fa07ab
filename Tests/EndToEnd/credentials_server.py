"""Hands out credentials as an instance, a container's agent and STS do, for the Swift tests: prints its endpoint, counts
what it handed out, says in each access key id how many that were, and ends with its standard input."""

import http.server
import json
import sys
import threading
import urllib.parse

COUNT = {"n": 0, "fails": False}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def credentials(self, kind):
        if COUNT["fails"]:
            return self.answer(503)
        COUNT["n"] += 1
        # An hour after the tests' clock begins, then two.
        expiration = f"2026-03-01T{11 + COUNT['n']:02}:12:44Z"
        if kind == "xml":
            return self.answer(200, (
                '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>'
                f"<Credentials><AccessKeyId>ASIASTS{COUNT['n']}</AccessKeyId><SecretAccessKey>se/cr+et</SecretAccessKey>"
                f"<SessionToken>to/ken=</SessionToken><Expiration>{expiration}</Expiration></Credentials>"
                "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"))
        return self.answer(200, json.dumps({
            "Code": "Success", "AccessKeyId": f"ASIA{kind}{COUNT['n']}", "SecretAccessKey": "se/cr+et", "Token": "to/ken=",
            "Expiration": expiration}).replace("/", "\\/"))

    def do_GET(self):
        if self.path == "/fails":
            COUNT["fails"] = not COUNT["fails"]
            return self.answer(200)
        if self.path == "/container":
            return self.credentials("TASK") if self.headers.get("Authorization") == "open sesame" else self.answer(401)
        if self.headers.get("x-aws-ec2-metadata-token") != "imds-token":
            return self.answer(401)
        if self.path.endswith("/security-credentials/"):
            return self.answer(200, "a-role\n")
        if self.path.endswith("/security-credentials/a-role"):
            return self.credentials("INST")
        return self.answer(404)

    def do_PUT(self):
        return self.answer(200, "imds-token") if self.headers.get("x-aws-ec2-metadata-token-ttl-seconds") else self.answer(400)

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = form["WebIdentityToken"] == ["a.b+c/d="] and form["RoleArn"] == ["arn:aws:iam::111122223333:role/r"]
        return self.credentials("xml") if good and form["Action"] == ["AssumeRoleWithWebIdentity"] else self.answer(400)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_address[1]}"}), flush=True)
sys.stdin.read()
