"""A store that answers as the key says, for the Swift tests: prints its endpoint, and ends with its standard input. With a
folder as argument it speaks TLS, with a certificate of its own that it leaves there as 'authority.pem'."""

import base64
import http.server
import json
import ssl
import subprocess
import sys
import threading
import time

ATTEMPTS = {}


def error(code, message="because", extra=""):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{extra}</Error>'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body="", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        path, _, query = self.path.partition("?")
        # The bucket stands in the path, or in the host's name.
        case = path.split("/", 2)[2] if path.count("/") > 1 else path.split("/")[1]
        if case == "attempts":
            return self.answer(200, json.dumps(ATTEMPTS), [("ETag", '"1"')])
        ATTEMPTS[case] = ATTEMPTS.get(case, 0) + 1
        if case.startswith("passes"):
            if ATTEMPTS[case] < 3:
                return self.answer(503, error("SlowDown"))
            if ATTEMPTS[case] > 3 and self.headers.get("If-None-Match"):
                return self.answer(412, error("PreconditionFailed"))
            return self.answer(200, "", [("ETag", '"1"')])
        if case == "careless":
            # A condition that is passed over.
            return self.answer(200, "", [("ETag", '"1"')])
        if case == "careful":
            return self.answer(*((200, "", [("ETag", '"1"')]) if ATTEMPTS[case] == 1 else (412, error("PreconditionFailed"), [])))
        if case in ("encrypts", "ignores"):
            asked = {name: self.headers.get("x-amz-server-side-encryption" + name) for name in ("", "-aws-kms-key-id", "-context")}
            context = json.loads(base64.b64decode(asked["-context"] or "e30="))
            if asked[""] != "aws:kms" or context != {"aws:cloudtrail:arn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}:
                return self.answer(400, error("InvalidArgument", json.dumps([asked, context])))
            said = [("x-amz-server-side-encryption" + name, asked[name]) for name in ("", "-aws-kms-key-id")]
            return self.answer(200, "", [("ETag", '"1"')] + (said if case == "encrypts" else []))
        if case == "moved" and self.headers.get("Host", "").split(":")[0] != "bucket.s3.eu-west-1.cairn.test":
            return self.answer(301, error("PermanentRedirect"), [("x-amz-bucket-region", "eu-west-1")])
        if case == "moved":
            return self.answer(200, self.path.encode(), [("ETag", '"1"')])
        if case == "only-lists" and self.command == "PUT":
            return self.answer(403, error("AccessDenied"))
        if case == "parts":
            if "uploads" in query:
                return self.answer(200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
            if self.command == "POST":
                return self.answer(200, error("InternalError"))
            return self.answer(200, "", [("ETag", '"1"')])
        fixed = {
            "denied": (403, error("AccessDenied"), []),
            "skewed": (403, error("RequestTimeTooSkewed"), []),
            "expired": (400, error("ExpiredToken"), []),
            "no-bucket": (404, error("NoSuchBucket"), []),
            "elsewhere": (301, error("PermanentRedirect"), [("x-amz-bucket-region", "eu-west-1"), ("Location", "http://example.com/")]),
            "fails": (500, error("InternalError"), []),
            "no-xml": (500, "<html>oops", []),
            "other-checksum": (200, "abc", [("ETag", '"1"'), ("x-amz-checksum-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]),
            "two-etags": (200, "abc", [("ETag", '"1"'), ("ETag", '"2"')]),
            "large": (200, "a" * 1000, [("ETag", '"1"')]),
            "no-etag": (200, "", []),
        }
        if case in fixed:
            return self.answer(*fixed[case])
        if case == "not-ours":
            # The bucket is made again by somebody else: S3 compares, if it is asked to.
            expected = self.headers.get("x-amz-expected-bucket-owner")
            return self.answer(403, error("AccessDenied")) if expected == "111122223333" else self.answer(200, "abc", [("ETag", '"1"')])
        if case == "cut-short":
            self.answer(200, "abc", [("ETag", '"1"'), ("Content-Length", "10")])
            self.close_connection = True
            return None
        if case == "slow":
            self.answer(200, "", [("ETag", '"1"'), ("Content-Length", "10")])
            for _ in range(10):
                self.wfile.write(b"a")
                self.wfile.flush()
                time.sleep(0.5)
            return None
        if case == "bomb-bucket":
            bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><ListBucketResult>&b;</ListBucketResult>'
            return self.answer(200, '<?xml version="1.0"?>' + bomb)
        return self.answer(404, error("NoSuchKey"))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 1:
    key, certificate = f"{sys.argv[1]}/key.pem", f"{sys.argv[1]}/authority.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1,DNS:*.s3.us-east-1.cairn.test,DNS:*.s3.eu-west-1.cairn.test", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
scheme = "https" if len(sys.argv) > 1 else "http"
print(json.dumps({"endpoint": f"{scheme}://127.0.0.1:{server.server_address[1]}"}), flush=True)
sys.stdin.read()
