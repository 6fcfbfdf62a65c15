"""What a holder presents of an SD-JWT: exactly the disclosures that were chosen (RFC 9901 section 7.2)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from vc.crypto.keys import Signer
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue
from vc.jose.jws import parse_jws
from vc.sd_jwt.disclosures import DIGESTS, ELEMENT_DIGEST, Disclosure, digest_of, read_disclosures
from vc.sd_jwt.key_binding import sign_key_binding
from vc.sd_jwt.sd_jwt import join_sd_jwt, split_sd_jwt

Pointer = tuple[str | int | None, ...]
"""A claims path pointer (OpenID4VP 1.0 section 7): members, positions, and None for every element."""


def select_disclosures(text: str, paths: Sequence[Pointer], limits: Limits = DEFAULT_LIMITS) -> str:
    """``text``, an SD-JWT as it was issued, with the disclosures that ``paths`` need and no others.

    A path takes what it leads through and all below it; positions are those of the whole credential.
    Raises MalformedValue for an SD-JWT with a key binding, for a path that leads to nothing, and as
    ``split_sd_jwt``, ``parse_jws`` and ``read_disclosures``; ParseError as these.
    """
    parts = split_sd_jwt(text, limits)
    if parts.key_binding is not None:
        raise MalformedValue("What was presented before is not presented again.")
    payload = parse_json_object(parse_jws(parts.token, limits).payload, limits)
    chooser = _Chooser(read_disclosures(parts.disclosures, limits))
    for position, path in enumerate(paths):
        if not path or not chooser.walk(payload, path):
            raise MalformedValue("A claim to be presented is not there.", pointer=f"/{position}")
    chosen = tuple(one for one in parts.disclosures if digest_of(one) in chooser.chosen)
    return join_sd_jwt(parts.token, chosen)


def present_sd_jwt(
    text: str,
    paths: Sequence[Pointer],
    signer: Signer,
    *,
    audience: str,
    nonce: str,
    issued_at: datetime,
    beside: Mapping[str, JsonValue] | None = None,
) -> str:
    """An SD-JWT+KB: ``text`` with exactly these disclosures, bound to one audience and nonce.

    ``signer`` has the key of the credential's ``cnf``; ``beside`` is as in ``sign_key_binding``. Raises as
    ``select_disclosures``.
    """
    bound = select_disclosures(text, paths)
    return bound + sign_key_binding(
        bound, signer, audience=audience, nonce=nonce, issued_at=issued_at, beside=beside
    )


class _Chooser:
    """Collects the digests of the disclosures that paths lead through."""

    def __init__(self, disclosures: Mapping[str, Disclosure]) -> None:
        self._disclosures = disclosures
        self.chosen: set[str] = set()

    def walk(self, value: JsonValue, path: Pointer) -> bool:
        """Take what ``path`` needs; whether it leads anywhere."""
        if not path:
            self._take_all(value)
            return True
        found = False
        for digest, below in self._step(value, path[0]):
            if self.walk(below, path[1:]):
                found = True
                if digest is not None:
                    self.chosen.add(digest)
        return found

    def _step(self, value: JsonValue, component: str | int | None) -> Iterator[tuple[str | None, JsonValue]]:
        if isinstance(value, dict) and isinstance(component, str):
            members = self._members(value)
            yield from (found for name, found in members if name == component)
        elif isinstance(value, list) and not isinstance(component, str):
            for position, found in enumerate(self._elements(value)):
                if component is None or component == position:
                    yield found

    def _take_all(self, value: JsonValue) -> None:
        if isinstance(value, dict):
            below = [found for _, found in self._members(value)]
        elif isinstance(value, list):
            below = list(self._elements(value))
        else:
            return
        for digest, member in below:
            if digest is not None:
                self.chosen.add(digest)
            self._take_all(member)

    def _members(self, value: JsonObject) -> Iterator[tuple[str, tuple[str | None, JsonValue]]]:
        """Each member by name, with the digest of its disclosure where it has one."""
        for name, member in value.items():
            if name != DIGESTS:
                yield name, (None, member)
        digests = value.get(DIGESTS)
        for digest in digests if isinstance(digests, list) else []:
            known = self._disclosures.get(digest) if isinstance(digest, str) else None
            if known is not None and known.name is not None and isinstance(digest, str):
                yield known.name, (digest, known.value)

    def _elements(self, value: list[JsonValue]) -> Iterator[tuple[str | None, JsonValue]]:
        for element in value:
            digest = element.get(ELEMENT_DIGEST) if isinstance(element, dict) else None
            if not isinstance(digest, str):
                yield None, element
                continue
            known = self._disclosures.get(digest)
            if known is not None:
                yield digest, known.value
