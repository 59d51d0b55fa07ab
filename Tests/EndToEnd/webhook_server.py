"""A webhook over TLS on a free loopback port: keeps what is posted, and answers as it is told."""

import http.server
import ssl
import subprocess
import threading


def certificate(folder):
    """A certificate of localhost that is its own authority, and its key."""
    cert, key = folder / "webhook.pem", folder / "webhook.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


class Webhook:
    def __init__(self, folder):
        """`posts` holds (headers, body) of what was answered with 2xx, `refused` of all else."""
        self.posts, self.refused = [], []
        self.status = lambda body: 200
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = webhook.status(body)
                (webhook.posts if status // 100 == 2 else webhook.refused).append((dict(self.headers), body))
                self.send_response(status)
                if status // 100 == 3:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"secret")

            def log_message(self, *_):
                pass

        self.cert, key = certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/hooks/s3cret-path"
        self.flags = ["--topic-ca-file", str(self.cert), "--webhook-hosts", f"localhost:{self.server.server_port}"]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
