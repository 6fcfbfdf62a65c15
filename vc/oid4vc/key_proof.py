"""Key proofs: a wallet shows that it has the key a credential is to be bound to.

OpenID4VCI 1.0, appendix F.1 (proof type ``jwt``) and F.4 (how it is verified).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vc.crypto.keys import PublicKey
from vc.did.did_jwk import did_for
from vc.did.resolve import did_of
from vc.encoding.strict_json import JsonObject, Limits, parse_json_object
from vc.errors import MalformedValue, ProtocolError
from vc.jose.claims import parse_times
from vc.jose.jws import UnverifiedJws, parse_jws, verify_jws
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError
from vc.oid4vc.shown_keys import key_of_did_url, key_of_jwk

JWT_TYPE: Final = "openid4vci-proof+jwt"
MAX_SKEW: Final = timedelta(minutes=5)
"""How far from now, on either side, a key proof may say that it was made."""

_LIMITS: Final = Limits(max_bytes=4_096, max_depth=6, max_members=60)
_MAX_TEXT: Final = 300
# Ways to name or vouch for a key that are not understood here: they are refused, not passed over.
_OTHER_KEYS: Final = ("x5c", "trust_chain", "key_attestation")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnverifiedKeyProof:
    """A key proof nobody has verified: the key as its header names it, and what its claims say.

    ``holder`` is the DID of the key, as the header has it or the did:jwk.
    """

    jws: UnverifiedJws
    key: PublicKey
    holder: str
    audience: str
    nonce: str | None
    client_id: str | None
    issued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyProof:
    """A key whose private half its bearer has, and the DID it goes by.

    ``nonce`` is the ``c_nonce`` that the proof answers.
    """

    key: PublicKey
    holder: str
    nonce: str


def parse_key_proof(text: str) -> UnverifiedKeyProof:
    """Read a key proof.

    Raises MalformedValue and ParseError as ``parse_jws`` does; MalformedValue for another ``typ``, unless
    exactly one of ``jwk`` and ``kid`` names the key, and for claims of the wrong kind; UnknownOption for a
    key that is not accepted.
    """
    jws = parse_jws(text, _LIMITS, brings_key=True)
    if jws.header.get("typ") != JWT_TYPE:
        raise MalformedValue("The token is no key proof.", pointer="/typ")
    claims = parse_json_object(jws.payload, _LIMITS)
    issued_at = parse_times(claims).issued_at
    audience = _text(claims, "aud")
    if issued_at is None or audience is None:
        raise MalformedValue("A key proof must say when and for whom it was made.")
    key, holder = _key_in(jws.header)
    return UnverifiedKeyProof(
        jws=jws,
        key=key,
        holder=holder,
        audience=audience,
        nonce=_text(claims, "nonce"),
        client_id=_text(claims, "iss"),
        issued_at=issued_at,
    )


def verify_key_proof(text: str, *, audience: str, client_id: str | None, now: datetime) -> KeyProof:
    """The key that a key proof shows to ``audience``, the Credential Issuer Identifier.

    ``client_id`` is that of the access token; None where the wallet did not say who it is, and then what
    the proof says of that is passed over: nobody vouches for it. Whether the nonce is ours and unused is
    left to the caller. Raises OAuthError (``invalid_proof``) for every fault.
    """
    try:
        proof = parse_key_proof(text)
    except ProtocolError as error:
        raise _refused(str(error)) from None
    if not verify_jws(proof.jws, proof.key):
        raise _refused("The key proof is not signed with the key that it names.")
    if proof.audience != audience:
        raise _refused("The key proof was made for somebody else.")
    if client_id is not None and proof.client_id not in (None, client_id):
        raise _refused("The key proof names another client than the access token.")
    if not now - MAX_SKEW <= proof.issued_at <= now + MAX_SKEW:
        raise _refused("The key proof was not made just now.")
    if proof.nonce is None:
        raise _refused("The key proof has no nonce.")
    return KeyProof(key=proof.key, holder=proof.holder, nonce=proof.nonce)


def _key_in(header: JsonObject) -> tuple[PublicKey, str]:
    if any(name in header for name in _OTHER_KEYS):
        raise MalformedValue("The key is named in a way that is not accepted.")
    key_id = header.get("kid")
    if ("jwk" in header) == (key_id is not None):
        raise MalformedValue("Exactly one of jwk and kid names the key.")
    if key_id is None:
        key = key_of_jwk(header["jwk"])
        return key, did_for(key)
    return key_of_did_url(str(key_id)), did_of(str(key_id))


def _text(claims: JsonObject, name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise MalformedValue("A claim of the key proof is no text, or empty or too long.", pointer=f"/{name}")
    return value


def _refused(why: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_PROOF, why)
