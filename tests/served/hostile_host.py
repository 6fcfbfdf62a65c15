"""A listener that answers as a case tells it to, over real sockets."""

import contextlib
import itertools
import socket
import threading
import time
from collections import Counter

from tests.invalid.replies import Ending, Reply

# Longer than any fetch may take; a thread must still not wait for ever.
_LONGEST_SECONDS = 5.0
_MAX_HEAD_BYTES = 65_536


class HostileHost:
    """Serves the replies that were put at its URLs; 404 for every other."""

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}
        self._asked: Counter[str] = Counter()
        self._numbers = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def reserve(self) -> str:
        """A URL on this host that nobody has asked for yet."""
        return f"{self.origin}/{next(self._numbers)}"

    def put(self, url: str, reply: Reply) -> None:
        """Answer ``reply`` at ``url``, which is on this host or a path."""
        self._replies[url.removeprefix(self.origin)] = reply

    def asked(self, url: str) -> int:
        """How often ``url`` was asked for."""
        return self._asked[url.removeprefix(self.origin)]

    @property
    def contacts(self) -> int:
        """How many requests came, for whatever URL."""
        return self._asked.total()

    def close(self) -> None:
        """Listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_LONGEST_SECONDS)
            path = _requested_path(connection)
            self._asked[path] += 1
            reply = self._replies.get(path)
            if reply is None:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            else:
                _send(connection, reply)


def _requested_path(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _MAX_HEAD_BYTES:
        more = connection.recv(_MAX_HEAD_BYTES)
        if not more:
            break
        received += more
    words = received.split(b" ", 2)
    return words[1].decode("latin-1") if len(words) == 3 else ""


def _send(connection: socket.socket, reply: Reply) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    for piece in reply.pieces:
        connection.sendall(piece)
        time.sleep(reply.pause_seconds)
    if reply.ending is Ending.STAY:
        # Returns when the other side gives up.
        connection.recv(1)
    while reply.ending is Ending.REPEAT_LAST and time.monotonic() < deadline:
        connection.sendall(reply.pieces[-1])
        time.sleep(reply.pause_seconds)
