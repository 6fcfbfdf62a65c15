"""What is wrong with this deployment, in plain words."""

from collections.abc import Iterator

from runtime.database import Database, DatabaseUnsafe, StorageUnavailable
from runtime.keyring import Keyring, KeyringError
from runtime.pages.assets import Assets
from runtime.settings import SERVICES, Settings, SettingsError, load_settings, unknown_variables
from schemas import context_index, read_context


def find_problems(only: str | None = None) -> Iterator[str]:
    """Every problem found, one sentence each; of one service alone where it is named."""
    for name in unknown_variables():
        yield f"{name} is no setting of this product; is it misspelt?"
    try:
        settings = load_settings()
    except SettingsError as error:
        yield from error.problems
        return
    yield from _built_files()
    for service in SERVICES if only is None else (only,):
        yield from _service(settings, service)


def _built_files() -> Iterator[str]:
    if not Assets().is_built:
        yield "The front end is not built: run make setup."
    try:
        for url in context_index():
            read_context(url)
    except (OSError, RuntimeError):
        yield "The JSON-LD contexts are not in place: run make setup."


def _service(settings: Settings, service: str) -> Iterator[str]:
    try:
        Database.open(settings, service).close()
    except (DatabaseUnsafe, StorageUnavailable, OSError) as error:
        yield f"{service}: {error}"
    try:
        Keyring.open(settings, service)
    except (KeyringError, OSError) as error:
        yield f"{service}: {error}"
