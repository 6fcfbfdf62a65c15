"""Signing keys in a hardware token (PKCS#11): made there, used there, and never handed out.

The keyring's file keeps of such a key its public half and the identifier it has in the token. One session
is held per process and token: logging in is the whole process's, and a session is for one thread at a time.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from runtime.key_errors import TokenError
from vc.crypto import ecdsa
from vc.crypto.keys import KeyType, PublicKey
from vc.errors import MalformedValue

T = TypeVar("T")

_MAX_TEXT: Final = 1000
_FILE: Final = "file:"
# A point as it is, or in a DER OCTET STRING of one byte of length (PKCS#11 3.1 sections 6.3.3 and 6.3.5).
_POINT_BYTES: Final = {KeyType.ED25519: 32, KeyType.P256: 65}
_WRAPPING_BYTES: Final = 2
_ED25519_OID: Final = "1.3.101.112"
_P256_OID: Final = "1.2.840.10045.3.1.7"
_ATTRIBUTE: Final = re.compile(r"[a-z][a-z-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenPlace:
    """Which token: the PKCS#11 library that reaches it, its label, and the file with its PIN."""

    module: Path
    label: str
    pin_file: Path


def parse_token_uri(text: str) -> TokenPlace:
    """Read a PKCS#11 URI (RFC 7512) with ``token``, ``module-path`` and ``pin-source=file:…``.

    Raises ``MalformedValue`` for any other, also for one that spells the PIN out: settings are seen by many.
    """
    if len(text) > _MAX_TEXT or not text.startswith("pkcs11:"):
        raise MalformedValue("It must begin with pkcs11:")
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    named = _attributes(path.split(";"))
    asked = _attributes(query.split("&"))
    pin_source = asked.get("pin-source", "")
    if named.keys() != {"token"} or asked.keys() != {"module-path", "pin-source"}:
        raise MalformedValue("It must name token, module-path and pin-source, and nothing else.")
    module, pin_file = Path(asked["module-path"]), Path(pin_source.removeprefix(_FILE))
    if not pin_source.startswith(_FILE) or not (module.is_absolute() and pin_file.is_absolute()):
        raise MalformedValue("module-path and pin-source (file:…) must be whole paths of this machine.")
    return TokenPlace(module=module, label=named["token"], pin_file=pin_file)


def _attributes(parts: list[str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        plain = unquote(value)
        if not _ATTRIBUTE.fullmatch(name) or name in attributes or not plain or "\0" in plain:
            raise MalformedValue("An attribute of the URI is empty, unreadable, or there twice.")
        attributes[name] = plain
    return attributes


class KeyToken:
    """One token. Opened when a key is first used, so that a service starts without it."""

    def __init__(self, place: TokenPlace, *, is_demo: bool) -> None:
        self._place = place
        self._is_demo = is_demo

    def create(self, label: str, identifier: bytes, key_type: KeyType) -> PublicKey:
        """Make a key that signs and cannot leave. Raises ``TokenError``, also for a kind it does not make."""
        return self._use(lambda session: _generate(session, label, identifier, key_type))

    def signer(self, identifier: bytes, public_key: PublicKey, verification_method: str) -> "TokenSigner":
        """What signs with a key of the token. Raises ``TokenError`` where it cannot be used now."""
        self._use(lambda session: _private_key(session, identifier, public_key.key_type))
        return TokenSigner(self, identifier, public_key, verification_method)

    def sign(self, identifier: bytes, key_type: KeyType, data: bytes) -> bytes:
        """The raw signature over ``data``. Raises ``TokenError``."""

        def sign(session: Any) -> bytes:
            from pkcs11 import Mechanism

            key = _private_key(session, identifier, key_type)
            if key_type is KeyType.ED25519:
                return bytes(key.sign(data, mechanism=Mechanism.EDDSA))
            # The token signs a digest: PKCS#11's plain ECDSA hashes nothing.
            return bytes(key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA))

        return self._use(sign)

    def _use(self, work: Callable[[Any], T]) -> T:
        from pkcs11.exceptions import PKCS11Error

        with _LOCK:
            try:
                return work(self._session())
            except PKCS11Error as error:
                # The next use begins anew: a token that was taken out has forgotten its session.
                _forget(self._place)
                raise TokenError(
                    f"The token with the signing keys refused: {type(error).__name__}."
                ) from None

    def _session(self) -> Any:
        session = _SESSIONS.get(self._place)
        if session is None:
            session = _SESSIONS[self._place] = _open(self._place, self._pin())
        return session

    def _pin(self) -> str:
        try:
            if not self._is_demo and self._place.pin_file.stat().st_mode & 0o077:
                raise TokenError("The file with the token's PIN can be read by others; run chmod 600 on it.")
            return self._place.pin_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise TokenError("The file with the token's PIN cannot be read.") from None


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """A private key in a token, as ``vc.crypto.keys.Signer``."""

    token: KeyToken
    identifier: bytes
    public_key: PublicKey
    verification_method: str

    def sign(self, data: bytes) -> bytes:
        """Return the raw signature over ``data``. Raises ``TokenError``."""
        return self.token.sign(self.identifier, self.public_key.key_type, data)


_LOCK: Final = threading.RLock()
_SESSIONS: Final[dict[TokenPlace, Any]] = {}


def _open(place: TokenPlace, pin: str) -> Any:
    import pkcs11
    from pkcs11.exceptions import NoSuchToken, PKCS11Error

    try:
        library = pkcs11.lib(str(place.module))
    except PKCS11Error:
        raise TokenError("The PKCS#11 library cannot be loaded.") from None
    try:
        token = library.get_token(token_label=place.label)
    except NoSuchToken:
        # A library may look for its tokens only when it starts.
        library.reinitialize()
        token = library.get_token(token_label=place.label)
    return token.open(user_pin=pin, rw=True)


def _forget(place: TokenPlace) -> None:
    from pkcs11.exceptions import PKCS11Error

    session = _SESSIONS.pop(place, None)
    if session is not None:
        try:
            session.close()
        except PKCS11Error:
            return


def _generate(session: Any, label: str, identifier: bytes, key_type: KeyType) -> PublicKey:
    from pkcs11 import Attribute, Mechanism
    from pkcs11 import KeyType as TokenKeyType
    from pkcs11.util.ec import encode_named_curve_parameters

    kinds: Mapping[KeyType, tuple[Any, str, Any]] = {
        KeyType.ED25519: (TokenKeyType.EC_EDWARDS, _ED25519_OID, Mechanism.EC_EDWARDS_KEY_PAIR_GEN),
        KeyType.P256: (TokenKeyType.EC, _P256_OID, Mechanism.EC_KEY_PAIR_GEN),
    }
    kind, oid, mechanism = kinds.get(key_type, (None, "", None))
    if mechanism not in session.token.slot.get_mechanisms():
        raise TokenError(f"The token makes no {key_type.value} keys; another cryptosuite needs another kind.")
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(oid)}
    parameters = session.create_domain_parameters(kind, curve, local=True)
    locked = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
    public, _ = parameters.generate_keypair(
        mechanism=mechanism, id=identifier, label=label, store=True, private_template=locked
    )
    return _public_key(key_type, bytes(public[Attribute.EC_POINT]))


def _public_key(key_type: KeyType, point: bytes) -> PublicKey:
    """The public half out of CKA_EC_POINT, which some tokens wrap and some do not."""
    size = _POINT_BYTES[key_type]
    point = point[_WRAPPING_BYTES:] if len(point) == size + _WRAPPING_BYTES else point
    if len(point) != size:
        raise TokenError("The token describes its new key in a way that is not understood.")
    if key_type is KeyType.P256:
        half = size // 2
        point = ecdsa.compress(key_type, point[1 : 1 + half], point[1 + half :])
    return PublicKey(key_type=key_type, raw=point)


def _private_key(session: Any, identifier: bytes, key_type: KeyType) -> Any:
    from pkcs11 import Attribute, ObjectClass

    found = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: identifier}))
    if len(found) != 1:
        raise TokenError("The token does not hold this signing key.")
    return found[0]
