"""Encrypted responses: ECDH-ES on P-256, with AES-GCM (OpenID4VP 1.0 section 8.3, HAIP 1.0 section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.encoding import base64url
from vc.encoding.strict_json import JsonObject, JsonValue, Limits, parse_json_object
from vc.errors import MalformedValue

ALGORITHM = "ECDH-ES"
# HAIP names both; a wallet that has both takes the longer key.
ENCRYPTIONS = ("A128GCM", "A256GCM")
# One request has one key, so its name need not tell it from others.
KEY_ID = "response"

_PARTS = 5
_HEADER_LIMITS = Limits(max_bytes=4_096, max_depth=8, max_members=100)
_PAYLOAD_LIMITS = Limits(max_bytes=1_000_000, max_depth=40, max_members=20_000)
_MAX_CHARACTERS = 1_400_000
_MEMBERS = frozenset({"alg", "enc", "kid", "epk", "apu", "apv", "typ", "cty"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Whom a wallet encrypts its response to: the verifier's key, what it calls it, and how."""

    key: PublicKey
    key_id: str | None
    encryption: str


def recipient_in(metadata: Mapping[str, JsonValue]) -> Recipient:
    """Choose the key of a verifier's ``client_metadata`` that a response is encrypted to (section 8.3).

    The longer key is taken where there is a choice. Raises MalformedValue where nothing can be used.
    """
    wanted = metadata.get("encrypted_response_enc_values_supported", [ENCRYPTIONS[0]])
    known = [one for one in ENCRYPTIONS if isinstance(wanted, list) and one in wanted]
    key_set = metadata.get("jwks")
    keys = key_set.get("keys") if isinstance(key_set, dict) else None
    for jwk in keys if isinstance(keys, list) else []:
        if known and isinstance(jwk, dict) and _is_for_responses(jwk):
            key_id = jwk.get("kid")
            return Recipient(
                key=PublicKey.from_jwk(jwk),
                key_id=key_id if isinstance(key_id, str) else None,
                encryption=known[-1],
            )
    raise MalformedValue("The response cannot be encrypted as is asked for.", pointer="/client_metadata")


def _is_for_responses(jwk: Mapping[str, JsonValue]) -> bool:
    is_ours = jwk.get("kty") == "EC" and jwk.get("crv") == KeyType.P256
    return is_ours and jwk.get("alg") == ALGORITHM and jwk.get("use", "enc") == "enc"


def encryption_jwk(key: PublicKey) -> JsonObject:
    """The member of ``client_metadata.jwks`` for the key of one request."""
    return {**key.jwk, "kid": KEY_ID, "use": "enc", "alg": ALGORITHM}


def decrypt_response(token: str, secret: bytes) -> JsonObject:
    """The parameters in an encrypted response; ``secret`` is the private scalar of the request's key.

    Raises MalformedValue for anything that was not encrypted to this key in the way that was asked for,
    and MalformedValue or ParseError where the plaintext is no JSON object.
    """
    from joserfc import jwe  # local: it takes long to import, for every command
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    parts = token.split(".", _PARTS) if len(token) <= _MAX_CHARACTERS else []
    if len(parts) != _PARTS:
        raise MalformedValue("The encrypted response has not five parts.", pointer="/response")
    _require_header(
        parse_json_object(base64url.decode(parts[0], max_bytes=_HEADER_LIMITS.max_bytes), _HEADER_LIMITS)
    )
    public = InMemorySigner(secret, "", key_type=KeyType.P256).public_key
    key = ECKey.import_key({**public.jwk, "d": base64url.encode(secret)})
    try:
        opened = jwe.decrypt_compact(token, key, algorithms=[ALGORITHM, *ENCRYPTIONS])
    except (JoseError, ValueError, TypeError):
        raise MalformedValue("The response cannot be decrypted.", pointer="/response") from None
    if opened.plaintext is None:
        raise MalformedValue("The response cannot be decrypted.", pointer="/response")
    return parse_json_object(opened.plaintext, _PAYLOAD_LIMITS)


def _require_header(header: JsonObject) -> None:
    """What is asked for and no other: no compression, no other key, nothing critical."""
    if header.get("alg") != ALGORITHM or header.get("enc") not in ENCRYPTIONS:
        raise MalformedValue("The response is encrypted in another way than was asked for.")
    if header.get("kid") != KEY_ID or not header.keys() <= _MEMBERS:
        raise MalformedValue("The header of the encrypted response is not as was asked for.")
