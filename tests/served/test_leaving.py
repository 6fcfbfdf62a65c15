"""A server that is told to end takes leave before it closes what others hold open."""

import http.client
import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.served_demo import CHEAP, serve_demo


def test_it_lets_nobody_new_in_and_says_so_to_those_who_are(tmp_path: Path) -> None:
    with serve_demo(tmp_path, program=CHEAP, PASSPORT_WORKERS="0") as demo:
        host = str(urlsplit(demo.url).netloc)
        held = http.client.HTTPConnection(host, timeout=10)
        held.request("GET", "/health")
        before = held.getresponse()
        before.read()
        assert before.getheader("connection") is None
        os.kill(demo.pid, signal.SIGTERM)
        wait_until_refused(*host.split(":"))
        held.request("GET", "/health")
        last = held.getresponse()
        assert (last.status, last.getheader("connection")) == (200, "close")


def wait_until_refused(host: str, port: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    raise TimeoutError("the server lets people in still")
