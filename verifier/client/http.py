"""Asking a verifier over HTTP."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from verifier.client.answers import CheckAnswer, read_answer

_TIMEOUT_SECONDS: Final = 30.0


class VerifierProblem(Exception):
    """The verifier could not check: ``status`` is of HTTP, ``detail`` says what is wrong and what to do."""

    def __init__(self, *, status: int, title: str, detail: str) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail


class VerifierClient:
    """A verifier at ``base_url``, asked in ``language`` and, where one is given, with an API key."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        language: str = "en",
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        headers = {"Accept": "application/json", "Accept-Language": language}
        if api_key is not None:
            headers["Authorization"] = f"Bearer {api_key}"
        self._http = httpx2.Client(
            base_url=base_url, headers=headers, timeout=_TIMEOUT_SECONDS, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def check_text(self, text: str) -> CheckAnswer:
        """Check a credential, token, card, link or code given as text. Raises ``VerifierProblem``."""
        return self._answer("/verify/check", json={"text": text})

    def check_bytes(self, data: bytes, *, filename: str = "file") -> CheckAnswer:
        """Check what is in a file: JSON, token, PDF or picture. Raises ``VerifierProblem``."""
        return self._answer("/verify/check", files={"file": (filename, data)})

    def check_file(self, path: Path) -> CheckAnswer:
        """As ``check_bytes``, of the file at ``path``. Raises OSError, too."""
        return self.check_bytes(path.read_bytes(), filename=path.name)

    def check_programme(
        self,
        programme: str,
        files: Sequence[tuple[str, bytes]],
        *,
        on: str,
        requester: str,
        variant: str | None = None,
    ) -> Mapping[str, Any]:
        """Check ``files`` (name and bytes) of one person against a programme on the ISO 8601 day ``on``.

        ``requester`` is who asks, as ``GET /verify/programmes`` lists them. Raises ``VerifierProblem``.
        """
        fields = {"on": on, "requester": requester, "variant": variant or ""}
        sent = [("file", (name, data)) for name, data in files]
        return self._post(f"/verify/programmes/{programme}", data=fields, files=sent)

    def _answer(self, path: str, **sent: Any) -> CheckAnswer:
        body = self._post(path, **sent)
        try:
            return read_answer(body)
        except (KeyError, TypeError, ValueError) as error:
            raise VerifierProblem(
                status=200, title="The verifier did not answer as it should.", detail=""
            ) from error

    def _post(self, path: str, **sent: Any) -> Mapping[str, Any]:
        try:
            response = self._http.post(path, **sent)
        except httpx2.HTTPError as error:
            raise VerifierProblem(
                status=0, title="The verifier could not be reached.", detail="Try again in a few minutes."
            ) from error
        try:
            body = response.json()
            if response.is_success:
                return dict(body)
            title, detail = str(body.get("title", "")), str(body.get("detail", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise VerifierProblem(
                status=response.status_code, title="The verifier did not answer as it should.", detail=""
            ) from error
        raise VerifierProblem(status=response.status_code, title=title, detail=detail)
