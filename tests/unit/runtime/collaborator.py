"""A listener on the loopback that counts who connects, for the tests of the fetcher."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from runtime.fetch import FetchResult, Unavailable, UnavailableReason

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Collaborator:
    """A listener that counts who connects, keeps what they sent, and answers as told."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.contacts = 0
        self.requests: list[bytes] = []
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.contacts += 1
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Collaborator]:
    collaborator = Collaborator(answer)
    server = await asyncio.start_server(collaborator.serve, "127.0.0.1", 0, ssl=tls)
    collaborator.port = server.sockets[0].getsockname()[1]
    async with server:
        yield collaborator


def answering(status: str, body: bytes = b"", *headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return answer


def reason_of(result: FetchResult) -> UnavailableReason:
    assert isinstance(result, Unavailable), result
    return result.reason
