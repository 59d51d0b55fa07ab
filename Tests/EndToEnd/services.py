"""Small services that speak AWS JSON 1.1 on a free loopback port."""

import http.server
import json
import threading


class JSONService:
    """Answers each call with what `answer(target, region, service, parameters)` gives: a status, and JSON or raw bytes."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                scope = self.headers["Authorization"].split("Credential=")[1].split(",")[0].split("/")
                status, said = answer(self.headers["X-Amz-Target"], scope[2], scope[3], json.loads(asked or b"{}"))
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
