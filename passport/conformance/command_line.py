"""What ``passport jose`` does: the contract of the VC-JOSE-COSE test suite over the core's functions.

The suite hands over the key, so none is looked for, and its files are old: when a signature was made
and when it ends is not judged here. Nor is what the envelopes in a presentation hold.
"""

import base64
import re
from collections.abc import Mapping, Sequence

from passport.commands.jose import Feature
from runtime.clock import SystemClock
from runtime.entropy import random_bytes
from runtime.settings import SettingsError, load_settings
from vc.cose.secured import (
    UnverifiedCose,
    parse_credential_cose,
    parse_presentation_cose,
    sign_credential_cose,
    sign_presentation_cose,
)
from vc.cose.sign1 import verify_sign1
from vc.crypto.keys import InMemorySigner, PublicKey, Signer
from vc.did import did_key
from vc.encoding import base64url
from vc.encoding.strict_json import JsonObject, JsonValue, parse_json, parse_json_object
from vc.errors import MalformedValue
from vc.jose.envelope import decode_base64
from vc.jose.jws import verify_jws
from vc.jose.secured import (
    UnverifiedJwt,
    parse_credential_jwt,
    parse_presentation_jwt,
    sign_credential_jwt,
    sign_presentation_jwt,
)
from vc.model.credential import check_credential_shape
from vc.model.presentation import check_presentation_shape
from vc.sd_jwt.disclosures import Path
from vc.sd_jwt.secured import (
    UnverifiedSecuredSdJwt,
    parse_credential_sd_jwt,
    parse_presentation_sd_jwt,
    sign_credential_sd_jwt,
    sign_presentation_sd_jwt,
)

# The data model permits any other member; the suite wants them refused when issuing.
_CREDENTIAL_MEMBERS = {
    "@context",
    "id",
    "type",
    "name",
    "description",
    "issuer",
    "credentialSubject",
    "validFrom",
    "validUntil",
    "credentialStatus",
    "credentialSchema",
    "refreshService",
    "termsOfUse",
    "evidence",
    "relatedResource",
}
_PRESENTATION_MEMBERS = {"@context", "id", "type", "holder", "verifiableCredential", "termsOfUse"}
_PRESENTATIONS = (Feature.PRESENTATION_JOSE, Feature.PRESENTATION_SDJWT, Feature.PRESENTATION_COSE)
_SALT_BYTES = 16
_MAX_SECRET_BYTES = 66
_PATH = re.compile(r"[^.\[\]]+(?:\[[0-9]{1,6}\])*(?:\.[^.\[\]]+(?:\[[0-9]{1,6}\])*)*")
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def require_demo() -> None:
    """Raise ``SettingsError`` in production."""
    if not load_settings().is_demo:
        raise SettingsError(("mode: this command signs anything and never runs in production",))


def parse_paths(text: str) -> tuple[Path, ...]:
    """Read a JSON array of paths like ``credentialSubject.phoneNumbers[0]``; raises ProtocolError."""
    value = parse_json(text.encode("utf-8"))
    if not isinstance(value, list):
        raise MalformedValue("The paths are not a JSON array.")
    return tuple(_parse_path(item) for item in value)


def issue(raw: bytes, key_file: bytes, feature: Feature, paths: Sequence[Path]) -> str:
    """Secure a document; COSE comes in base64 without padding. Raises ProtocolError."""
    document = parse_json_object(raw)
    members = _PRESENTATION_MEMBERS if feature in _PRESENTATIONS else _CREDENTIAL_MEMBERS
    if not document.keys() <= members:
        raise MalformedValue("The document has a member that is not of the data model.")
    _require_shape(document, feature)
    return _secure(document, _read_signer(parse_json_object(key_file)), feature, paths)


def verify(raw: bytes, key_file: bytes, feature: Feature) -> None:
    """Raise ProtocolError unless the key in the file signed what is in ``raw``, and it is well formed."""
    public_key = PublicKey.from_jwk(_member(parse_json_object(key_file), "publicKeyJwk"))
    try:
        text = raw.decode("ascii").strip()
    except UnicodeDecodeError:
        raise MalformedValue("What is to be verified is not text.") from None
    parsed = _parse(text, feature)
    if isinstance(parsed, UnverifiedCose):
        holds = verify_sign1(parsed.message, public_key)
    else:
        holds = verify_jws(parsed.jws, public_key)
    if not holds:
        raise MalformedValue("The signature does not match the document and the key.")
    _require_shape(parsed.document, feature)


def _secure(document: JsonObject, signer: Signer, feature: Feature, paths: Sequence[Path]) -> str:
    now = SystemClock().now()
    match feature:
        case Feature.CREDENTIAL_JOSE:
            return sign_credential_jwt(document, signer, issued_at=now)
        case Feature.PRESENTATION_JOSE:
            return sign_presentation_jwt(document, signer, issued_at=now)
        case Feature.CREDENTIAL_SDJWT:
            return sign_credential_sd_jwt(document, signer, issued_at=now, paths=paths, new_salt=_new_salt)
        case Feature.PRESENTATION_SDJWT:
            return sign_presentation_sd_jwt(document, signer, issued_at=now, paths=paths, new_salt=_new_salt)
        case Feature.CREDENTIAL_COSE:
            return _to_base64(sign_credential_cose(document, signer))
        case Feature.PRESENTATION_COSE:
            return _to_base64(sign_presentation_cose(document, signer))


def _parse(text: str, feature: Feature) -> UnverifiedJwt | UnverifiedSecuredSdJwt | UnverifiedCose:
    match feature:
        case Feature.CREDENTIAL_JOSE:
            return parse_credential_jwt(text)
        case Feature.PRESENTATION_JOSE:
            return parse_presentation_jwt(text)
        case Feature.CREDENTIAL_SDJWT:
            return parse_credential_sd_jwt(text)
        case Feature.PRESENTATION_SDJWT:
            return parse_presentation_sd_jwt(text)
        case Feature.CREDENTIAL_COSE:
            return parse_credential_cose(_from_base64(text))
        case Feature.PRESENTATION_COSE:
            return parse_presentation_cose(_from_base64(text))


def _require_shape(document: Mapping[str, JsonValue], feature: Feature) -> None:
    if feature in _PRESENTATIONS:
        # Signing and parsing have looked at the envelopes, as far as the suite's own are well formed.
        rest = {name: value for name, value in document.items() if name != "verifiableCredential"}
        findings = check_presentation_shape(rest, require_credentials=False)
    else:
        findings = check_credential_shape(document)
    if findings:
        raise MalformedValue("The document does not follow the data model.", findings=findings)


def _read_signer(key_file: JsonObject) -> Signer:
    secret = _member(key_file, "secretKeyJwk")
    private_part = secret.get("d")
    if not isinstance(private_part, str):
        raise MalformedValue("The secret key lacks its private part.")
    public_key = PublicKey.from_jwk({name: value for name, value in secret.items() if name != "d"})
    name = key_file.get("id")
    signer = InMemorySigner(
        base64url.decode(private_part, max_bytes=_MAX_SECRET_BYTES),
        name if isinstance(name, str) else did_key.verification_method_for(public_key),
        key_type=public_key.key_type,
    )
    if signer.public_key != public_key:
        raise MalformedValue("The two parts of the secret key do not belong together.")
    return signer


def _member(key_file: JsonObject, name: str) -> JsonObject:
    value = key_file.get(name)
    if not isinstance(value, dict):
        raise MalformedValue("The key file lacks a key.")
    return value


def _parse_path(text: JsonValue) -> Path:
    if not isinstance(text, str) or not _PATH.fullmatch(text):
        raise MalformedValue("A path is not written as names and positions.")
    return tuple(name or int(position) for name, position in _STEP.findall(text))


def _new_salt() -> str:
    return base64url.encode(random_bytes(_SALT_BYTES))


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")


def _from_base64(text: str) -> bytes:
    return decode_base64(text + "=" * (-len(text) % 4))
