"""What production refuses although a demo may have it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

if TYPE_CHECKING:
    from runtime.settings import Settings

MIN_SECRET_LENGTH: Final = 32
_MIN_DIFFERENT_CHARACTERS: Final = 10
_DUMMY_HOTLINE: Final = "000 000 000"
# Published in this repository or in everybody's tutorials, hence nobody's secret.
_KNOWN_SECRETS: Final = ("changeme", "change-me", "secret", "password", "example", "test", "demo", "passport")
# Names that nobody can own (RFC 2606, RFC 6761).
_RESERVED_HOSTS: Final = (".example", ".test", ".invalid", ".localhost", "localhost", ".local", ".internal")


def production_problems(settings: "Settings") -> Iterator[str]:
    """Why ``settings`` must not face the public, one sentence each."""
    if not settings.is_https:
        yield "base_url: production needs https"
    if settings.did_host.partition("%3A")[0].endswith(_RESERVED_HOSTS):
        yield "did_host: production needs a real host, not a reserved name"
    if settings.hotline == _DUMMY_HOTLINE:
        yield "hotline: production needs a real number"
    if settings.rld_url is None:
        yield "rld_url: production needs the Returnee Labour Database, not its simulator"
    seen: set[str] = set()
    for name in ("keyring_passphrase", "service_secret"):
        secret: SecretStr | None = getattr(settings, name)
        if secret is None:
            yield f"{name}: production needs it set"
            continue
        value = secret.get_secret_value()
        problem = _weakness(value)
        if problem:
            yield f"{name}: {problem}"
        if value in seen:
            yield f"{name}: must differ from the other secrets"
        seen.add(value)


def _weakness(secret: str) -> str | None:
    """Why ``secret`` cannot be one, without repeating it; None where nothing is seen."""
    if len(secret) < MIN_SECRET_LENGTH:
        return f"shorter than {MIN_SECRET_LENGTH} characters"
    if len(set(secret)) < _MIN_DIFFERENT_CHARACTERS:
        return "too few different characters"
    if secret.lower().startswith(_KNOWN_SECRETS):
        return "looks like a default or test secret"
    return None
