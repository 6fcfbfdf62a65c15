"""Verification methods as DID documents write them, one format for each ``type`` (did:key 0.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from vc.did.key_agreement import CURVE as X25519
from vc.did.resolution_errors import ResolutionError, ResolutionFailed
from vc.encoding import multibase
from vc.encoding.strict_json import JsonObject

MULTIKEY = "Multikey"
JSON_WEB_KEY_2020 = "JsonWebKey2020"
_ED25519 = "Ed25519"
_MULTIBASE = "publicKeyMultibase"
_JWK = "publicKeyJwk"
_BASE58 = "publicKeyBase58"


class WritableKey(Protocol):
    """A public key with its spellings: ``PublicKey`` and ``KeyAgreementKey`` are such."""

    @property
    def raw(self) -> bytes:
        """The key's bytes without any header."""
        ...

    @property
    def multikey(self) -> str:
        """The multibase spelling with its header."""
        ...

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK; ``crv`` names the curve."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Format:
    """``curve`` None: for any. An experimental format is written only for those who ask for such."""

    context: str
    member: str
    curve: str | None = None
    experimental: bool = False


_SUITES = "https://w3id.org/security/suites/"
_FORMATS: Mapping[str, _Format] = {
    MULTIKEY: _Format(context="https://w3id.org/security/multikey/v1", member=_MULTIBASE),
    JSON_WEB_KEY_2020: _Format(context=_SUITES + "jws-2020/v1", member=_JWK),
    "Ed25519VerificationKey2020": _Format(
        context=_SUITES + "ed25519-2020/v1", member=_MULTIBASE, curve=_ED25519
    ),
    "X25519KeyAgreementKey2020": _Format(context=_SUITES + "x25519-2020/v1", member=_MULTIBASE, curve=X25519),
    "Ed25519VerificationKey2018": _Format(
        context=_SUITES + "ed25519-2018/v1", member=_BASE58, curve=_ED25519, experimental=True
    ),
    "X25519KeyAgreementKey2019": _Format(
        context=_SUITES + "x25519-2019/v1", member=_BASE58, curve=X25519, experimental=True
    ),
}
# Formats for one curve stand beside the format of the same suite for the other curve.
_COMPANIONS: Mapping[tuple[str, str], str] = {
    ("Ed25519VerificationKey2020", X25519): "X25519KeyAgreementKey2020",
    ("X25519KeyAgreementKey2020", _ED25519): "Ed25519VerificationKey2020",
    ("Ed25519VerificationKey2018", X25519): "X25519KeyAgreementKey2019",
    ("X25519KeyAgreementKey2019", _ED25519): "Ed25519VerificationKey2018",
}


def require_format(name: str, *, enable_experimental: bool) -> None:
    """Raise ResolutionFailed unless verification methods are written in the format ``name``."""
    known = _FORMATS.get(name)
    if known is None:
        raise ResolutionFailed(
            ResolutionError.UNSUPPORTED_PUBLIC_KEY_TYPE, "The format of public keys is not known here."
        )
    if known.experimental and not enable_experimental:
        raise ResolutionFailed(
            ResolutionError.INVALID_PUBLIC_KEY_TYPE,
            "The format of public keys is experimental, and those were not asked for.",
        )


def format_for(name: str, key: WritableKey) -> str:
    """Return the format to write ``key`` in, in a document whose other keys are in ``name``.

    Raises ResolutionFailed where ``name`` and its suite have no format for such a key.
    """
    curve = key.jwk["crv"]
    chosen = _COMPANIONS.get((name, curve), name)
    if _FORMATS[chosen].curve not in (None, curve):
        raise ResolutionFailed(
            ResolutionError.INVALID_PUBLIC_KEY_TYPE, "Keys of this kind are not written in that format."
        )
    return chosen


def context_of(name: str) -> str:
    """Return the URL of the JSON-LD context that defines the format ``name``."""
    return _FORMATS[name].context


def write_verification_method(did: str, key: WritableKey, name: str) -> JsonObject:
    """Return the verification method of ``key`` under ``did`` in the format ``name``."""
    member = _FORMATS[name].member
    method: JsonObject = {"id": f"{did}#{key.multikey}", "type": name, "controller": did}
    if member == _JWK:
        method[member] = dict(key.jwk)
    elif member == _BASE58:
        method[member] = multibase.encode_base58btc(key.raw).removeprefix("z")
    else:
        method[member] = key.multikey
    return method
