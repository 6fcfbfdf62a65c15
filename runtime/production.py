"""What production refuses although a demo may have it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from vc.trust.anchor import parse_anchor

if TYPE_CHECKING:
    from runtime.settings import Settings

MIN_SECRET_LENGTH: Final = 32
MIN_THRESHOLD: Final = 2
_MIN_DIFFERENT_CHARACTERS: Final = 10
_DUMMY_HOTLINE: Final = "000 000 000"
# Published in this repository or in everybody's tutorials, hence nobody's secret.
_KNOWN_SECRETS: Final = ("changeme", "change-me", "secret", "password", "example", "test", "demo", "passport")
# Public halves of keys whose secret halves stand in specifications' test vectors: anybody signs with them.
PUBLISHED_KEYS: Final = frozenset(
    {
        "z6MkhWqdDBPojHA7cprTGTt5yHv5yUi1B8cnXn8ReLumkw6E",
        "z6Mkm1S51iPHJvDEkJ9MRtxJmT8Pqo6wHipAFwBAjN83vntT",
        "z6MkmEq87wkHCYnWnNZkigeDMGTN7oUw1upkhzd77KuXERS1",
        "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "z6MktgKTsu1QhX6QPbyqG6geXdw6FQCZBPq7uQpieWbiQiG7",
        "zDnaeTHfhmSaQKBc7CmdL3K7oYg3D6SC7yowe2eBeVd2DH32r",
        "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP",
        "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ",
    }
)
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
    if settings.trust_anchor is not None and any(key in settings.trust_anchor for key in PUBLISHED_KEYS):
        yield "trust_anchor: a published test key, so anybody could sign the trust list"
    if settings.rld_source == "x-road" and settings.rld_url is None:
        yield "rld_url: production needs the Returnee Labour Database, not its simulator"
    yield from _gateway_problems(settings)
    yield from _provider_problems(settings)
    yield from _anchor_problems(settings)
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


def _gateway_problems(settings: "Settings") -> Iterator[str]:
    for name in ("sms_gateway_url", "telegram_url"):
        url: str | None = getattr(settings, name)
        if url is not None and not url.startswith("https://"):
            yield f"{name}: production needs https"


def _provider_problems(settings: "Settings") -> Iterator[str]:
    if settings.oidc_simulator:
        yield "oidc_simulator: production needs a real provider, or none"
    if settings.oidc_issuer is not None and not settings.oidc_issuer.startswith("https://"):
        yield "oidc_issuer: production needs https"


def _anchor_problems(settings: "Settings") -> Iterator[str]:
    if settings.trust_anchor is None:
        return
    anchor = parse_anchor(settings.trust_anchor, did="")
    if anchor.threshold < MIN_THRESHOLD:
        yield "trust_anchor: production needs two root keys at least to sign, as in 2:z6Mk…,z6Mk…,z6Mk…"
    # Whoever turns a demo's folder into production would trust keys that lie together in it.
    made_here = "".join(path.read_text("utf-8") for path in settings.data_dir.glob("demo-root-keys/*.json"))
    if any(key in made_here for key in anchor.keys):
        yield "trust_anchor: is the demo's, whose keys lie in the data folder"


def _weakness(secret: str) -> str | None:
    """Why ``secret`` cannot be one, without repeating it; None where nothing is seen."""
    if len(secret) < MIN_SECRET_LENGTH:
        return f"shorter than {MIN_SECRET_LENGTH} characters"
    if len(set(secret)) < _MIN_DIFFERENT_CHARACTERS:
        return "too few different characters"
    if secret.lower().startswith(_KNOWN_SECRETS):
        return "looks like a default or test secret"
    return None
