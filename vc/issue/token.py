"""Tokens of JOSE (SD-JWT VC, ``vc+jwt``): prepare → (record the intent) → complete, as credentials are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from vc.crypto.keys import KeyType, PublicKey, Signer
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import ConflictError, MalformedValue
from vc.jose.jws import parse_jws, sign_jws, verify_jws
from vc.sd_jwt.sd_jwt import join_sd_jwt

Reader: TypeAlias = Callable[[str], JsonObject]
"""What a verifier reads out of a text of one format. Raises ``ProtocolError``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsigned:
    """A token without its signature.

    ``says`` is what ``reader`` finds in the signed text, with every disclosure; None for ``disclosures`` of a
    plain JWT.
    """

    header: Mapping[str, JsonValue]
    payload: Mapping[str, JsonValue]
    disclosures: tuple[str, ...] | None
    says: JsonObject
    reader: Reader


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedToken:
    """The text that leaves the house, for one intent, and what was signed."""

    text: str
    signed: bytes


class PreparedToken:
    """Permission to sign one token once, with a key of ``key_type``; ``recorded`` goes into the intent."""

    __slots__ = ("_used", "key_type", "recorded", "unsigned")

    def __init__(self, unsigned: Unsigned, *, key_type: KeyType) -> None:
        self.unsigned = unsigned
        self.key_type = key_type
        self.recorded = orjson.dumps(
            {
                "header": dict(unsigned.header),
                "payload": dict(unsigned.payload),
                "disclosures": unsigned.disclosures,
            }
        )
        self._used = False

    def use(self) -> None:
        """Spend the permission. Raises ``ConflictError`` on a second use."""
        if self._used:
            raise ConflictError("This permission to sign was used already.")
        self._used = True


def prepare_token(unsigned: Unsigned, *, throwaway: Signer) -> PreparedToken:
    """Try a token out without touching the issuer's key.

    Raises ``MalformedValue`` where a verifier would read something else than ``unsigned.says``. Lints are
    the caller's part.
    """
    _require_same(_sign(unsigned, throwaway), unsigned, throwaway.public_key)
    return PreparedToken(unsigned, key_type=throwaway.public_key.key_type)


def complete_token(prepared: PreparedToken, signer: Signer) -> SignedToken:
    """Sign what was prepared, read it as a verifier does, and return the text.

    Raises ``ConflictError`` when the permission was used already or the signer is another than was meant,
    ``MalformedValue`` when the result does not read as what was prepared (it then goes nowhere).
    """
    prepared.use()
    if signer.verification_method != prepared.unsigned.header.get("kid"):
        raise ConflictError("The intent names another key.")
    if signer.public_key.key_type is not prepared.key_type:
        raise ConflictError("The intent was prepared for a key of another kind.")
    return _require_same(_sign(prepared.unsigned, signer), prepared.unsigned, signer.public_key)


def _sign(unsigned: Unsigned, signer: Signer) -> str:
    token = sign_jws(unsigned.header, jcs.canonicalize(dict(unsigned.payload)), signer)
    return token if unsigned.disclosures is None else join_sd_jwt(token, unsigned.disclosures)


def _require_same(text: str, unsigned: Unsigned, public_key: PublicKey) -> SignedToken:
    jws = parse_jws(text.partition("~")[0])
    if not verify_jws(jws, public_key) or unsigned.reader(text) != unsigned.says:
        raise MalformedValue("The signed token does not verify.")
    return SignedToken(text=text, signed=jws.signing_input)
