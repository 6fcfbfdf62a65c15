"""A port of this machine behind which an application in this process answers: programs need a socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from starlette.testclient import TestClient

# What one answer's own connection is about.
_HOP_BY_HOP = frozenset({"connection", "content-length", "transfer-encoding", "host"})


@contextmanager
def bridged(client: TestClient) -> Iterator[str]:
    """The origin that leads to the application of ``client``; cookies of the client stay with it."""
    app, base_url = client.app, str(client.base_url)

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            stranger = TestClient(app, base_url=base_url, follow_redirects=False)
            answer = stranger.request(
                self.command, self.path, content=self.rfile.read(length), headers=headers
            )
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = _pass_on  # noqa: N815 - the names that the server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing: the application logs by itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
