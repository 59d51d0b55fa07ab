"""moto's server, which speaks AWS's APIs, on a free loopback port."""

import signal
import socket
import subprocess
import sys

import boto3

from node import wait_for


class Moto:
    def __init__(self, folder, service):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "moto.log", "wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=self.log, stderr=self.log)
        wait_for(self.answers)
        self.client = boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret")

    def answers(self):
        assert self.process.poll() is None, "moto's server ended: see moto.log"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self.log.close()
