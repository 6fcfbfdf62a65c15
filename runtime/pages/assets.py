"""The built static files: their versioned addresses and the application that serves them.

They are built by ``runtime/frontend/build.mjs`` into ``runtime/build/static``. An address carries a
digest of the content, so an answer may be kept for a year and a new build is seen at once.
"""

import json
from os import PathLike, stat_result
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_DIRECTORY = Path(__file__).parent.parent / "build" / "static"
STATIC_PREFIX = "/static"

_VERSIONED = "public, max-age=31536000, immutable"
_UNVERSIONED = "public, max-age=300"


class StaticApp(StaticFiles):
    """Serves the static files; versioned addresses and hashed font names never change content."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """As Starlette answers, with how long the answer may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        lasting = scope["query_string"].startswith(b"v=") or Path(full_path).suffix == ".woff2"
        response.headers["cache-control"] = _VERSIONED if lasting else _UNVERSIONED
        return response


class Assets:
    """Addresses of static files. Without a build the addresses are unversioned."""

    def __init__(self, directory: Path = STATIC_DIRECTORY) -> None:
        self._directory = directory
        manifest = directory / "manifest.json"
        self._digests: dict[str, str] = json.loads(manifest.read_bytes()) if manifest.is_file() else {}

    @property
    def is_built(self) -> bool:
        """Whether the front end has been built."""
        return bool(self._digests)

    @property
    def names(self) -> tuple[str, ...]:
        """Every built file, by its path."""
        return tuple(self._digests)

    def read(self, name: str) -> bytes:
        """The content of one built file. Raises ``FileNotFoundError`` where there is none."""
        if name not in self._digests:
            raise FileNotFoundError(name)
        return (self._directory / name).read_bytes()

    def url(self, name: str) -> str:
        """The address of one file, for example ``/static/app.css?v=0f3a…``."""
        digest = self._digests.get(name)
        return f"{STATIC_PREFIX}/{name}?v={digest}" if digest else f"{STATIC_PREFIX}/{name}"

    def app(self) -> StaticApp:
        """The application to mount at ``/static``."""
        return StaticApp(directory=self._directory, check_dir=False)
