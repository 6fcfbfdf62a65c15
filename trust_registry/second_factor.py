"""The second step of a sign-in: an authenticator app (RFC 6238), a passkey (WebAuthn), a recovery code.

A code is good once: its time step is used up in the transaction that accepts it. Tries are counted in
the database, as for passwords. What a browser has to sign is a random challenge kept with its session
and closed by the first answer.
"""

import base64
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import pyotp
import webauthn
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from runtime.auth import STAFF, Role
from runtime.entropy import decode_code, format_code, random_bytes, random_token
from runtime.service import ServiceContext
from trust_registry import people_store, store
from trust_registry.accounts import count_try
from trust_registry.model import Account
from trust_registry.people_store import Passkey, Stage, Totp
from trust_registry.registry_keys import registry_secret
from trust_registry.store import Connection
from vc.encoding import base64url
from vc.errors import MalformedValue, ProtocolError

RECOVERY_CODES: Final = 10
_RECOVERY_BITS: Final = 60
_SECRET_BYTES: Final = 20
_STEP_SECONDS: Final = 30
# One step back and one ahead: clocks of phones differ (RFC 6238 section 5.2).
_STEPS: Final = (0, -1, 1)
_NONCE_BYTES: Final = 12
_CHALLENGE_BYTES: Final = 32
MAX_PASSKEY_ANSWER: Final = 20_000
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_NAME: Final = "Skills Passport"


@dataclass(frozen=True, kw_only=True, slots=True)
class Factors:
    """What an account can make its second step with."""

    has_app: bool
    passkeys: tuple[Passkey, ...]
    codes_left: int

    @property
    def any(self) -> bool:
        """Whether a second step is asked for."""
        return self.has_app or bool(self.passkeys)


def read_factors(connection: Connection, username: str) -> Factors:
    """The second factors of an account."""
    app = people_store.totp_or_none(connection, username)
    return Factors(
        has_app=app is not None and app.confirmed,
        passkeys=people_store.passkeys_of(connection, username),
        codes_left=people_store.recovery_codes_left(connection, username),
    )


async def stage_after_password(context: ServiceContext, account: Account) -> Stage:
    """What follows the right password. In production nobody of the staff acts on a password alone."""
    factors = await context.database.read(read_factors, account.username)
    if factors.any:
        return Stage.SECOND_STEP
    if not context.settings.is_demo and Role(account.role) in STAFF:
        return Stage.ENROLMENT
    return Stage.FULL


def passkeys_possible(context: ServiceContext) -> bool:
    """Whether browsers make passkeys for our address: they do for names, never for numbers."""
    try:
        ipaddress.ip_address(_rp_id(context))
    except ValueError:
        return True
    return False


def new_app_secret() -> str:
    """A secret for an authenticator app, in base 32; it counts once ``confirm_app`` has seen a code."""
    return base64.b32encode(random_bytes(_SECRET_BYTES)).decode()


def app_address(username: str, secret: str) -> str:
    """What the QR code for an authenticator app holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_NAME)


def seal(context: ServiceContext, username: str, secret: str) -> bytes:
    """A secret as it is kept, and as it waits in a form for its first code."""
    nonce = random_bytes(_NONCE_BYTES)
    return nonce + _cipher(context).encrypt(nonce, secret.encode(), _associated(username))


def unseal(context: ServiceContext, username: str, sealed: bytes) -> str:
    """The secret in ``sealed``. Raises ``MalformedValue`` where it is not one of this account's."""
    try:
        plain = _cipher(context).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _associated(username))
    except (InvalidTag, ValueError):
        raise MalformedValue("This is no secret of this account.") from None
    return plain.decode()


async def confirm_app(context: ServiceContext, username: str, secret: str, code: str, address: str) -> bool:
    """Take an authenticator app into use: it shows by a code that it has the secret."""
    buckets = await count_try(context, f"second {username}", address)
    step = _step_of(context, secret, code)
    if step is None:
        return False
    entry = Totp(username=username, sealed=seal(context, username, secret), confirmed=True, last_step=step)
    await context.database.write(people_store.put_totp, entry)
    await context.database.write(store.forget_attempts, tuple(buckets), now=context.clock.now())
    return True


async def check_code(context: ServiceContext, username: str, code: str, address: str) -> bool:
    """Whether ``code`` is the app's, for a time step that was not used, or a recovery code.

    Raises ``RateLimited`` as ``trust_registry.accounts.sign_in``.
    """
    buckets = await count_try(context, f"second {username}", address)
    app = await context.database.read(people_store.totp_or_none, username)
    good = False
    if app is not None and app.confirmed:
        step = _step_of(context, unseal(context, username, app.sealed), code)
        if step is not None:
            good = await context.database.write(people_store.take_totp_step, username, app.sealed, step)
    if not good:
        hashed = _recovery_hash_or_none(context, username, code)
        good = hashed is not None and await context.database.write(
            people_store.take_recovery_code, username, hashed
        )
    if good:
        await context.database.write(store.forget_attempts, tuple(buckets), now=context.clock.now())
    return good


async def new_recovery_codes(context: ServiceContext, username: str) -> tuple[str, ...]:
    """Ten codes to be shown once and kept on paper; those before are good no more."""
    codes = tuple(random_token(_RECOVERY_BITS) for _ in range(RECOVERY_CODES))
    hashes = [_recovery_hash(context, username, code) for code in codes]
    await context.database.write(people_store.put_recovery_codes, username, hashes)
    return tuple(format_code(code) for code in codes)


async def registration_options(context: ServiceContext, username: str, token_hash: str) -> str:
    """What ``navigator.credentials.create`` is given, as JSON (WebAuthn section 5.4)."""
    challenge = await _new_challenge(context, token_hash)
    known = await context.database.read(people_store.passkeys_of, username)
    user_id = hmac.digest(registry_secret(context.keyring, "passkey users"), username.encode(), "sha256")
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(context),
        rp_name=_NAME,
        user_name=username,
        user_id=user_id,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(known),
        supported_pub_key_algs=_ALGORITHMS,
    )
    return webauthn.options_to_json(options)


async def add_passkey(context: ServiceContext, username: str, token_hash: str, answer: str) -> bool:
    """Take a passkey into use; False where the answer is not one to the open question."""
    challenge = await context.database.write(people_store.take_challenge, token_hash)
    if challenge is None or len(answer) > MAX_PASSKEY_ANSWER:
        return False
    try:
        verified: Any = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url.decode(challenge, max_bytes=_CHALLENGE_BYTES),
            expected_rp_id=_rp_id(context),
            expected_origin=context.settings.base_url,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except Exception:  # noqa: BLE001 - a stranger's CBOR through two libraries: whatever they raise is a no
        return False
    entry = Passkey(
        credential_id=base64url.encode(verified.credential_id),
        username=username,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        created=context.clock.now(),
    )
    return await context.database.write(people_store.insert_passkey, entry)


async def authentication_options(context: ServiceContext, username: str, token_hash: str) -> str | None:
    """What ``navigator.credentials.get`` is given, as JSON; None where the account has no passkey."""
    known = await context.database.read(people_store.passkeys_of, username)
    if not known:
        return None
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(context),
        challenge=await _new_challenge(context, token_hash),
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


async def check_passkey(
    context: ServiceContext, username: str, token_hash: str, answer: str, address: str
) -> bool:
    """Whether one of the account's passkeys answered the open question. Raises ``RateLimited``."""
    buckets = await count_try(context, f"second {username}", address)
    challenge = await context.database.write(people_store.take_challenge, token_hash)
    known = await context.database.read(people_store.passkeys_of, username)
    if challenge is None or len(answer) > MAX_PASSKEY_ANSWER:
        return False
    for passkey in known:
        try:
            verified: Any = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=base64url.decode(challenge, max_bytes=_CHALLENGE_BYTES),
                expected_rp_id=_rp_id(context),
                expected_origin=context.settings.base_url,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except Exception:  # noqa: BLE001, S112 - as in add_passkey; another passkey may be the one
            continue
        if base64url.encode(verified.credential_id) != passkey.credential_id:
            continue
        await context.database.write(
            people_store.count_passkey, passkey.credential_id, verified.new_sign_count
        )
        await context.database.write(store.forget_attempts, tuple(buckets), now=context.clock.now())
        return True
    return False


async def _new_challenge(context: ServiceContext, token_hash: str) -> bytes:
    challenge = random_bytes(_CHALLENGE_BYTES)
    await context.database.write(people_store.set_challenge, token_hash, base64url.encode(challenge))
    return challenge


def _descriptors(passkeys: tuple[Passkey, ...]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url.decode(item.credential_id, max_bytes=1024))
        for item in passkeys
    ]


def _step_of(context: ServiceContext, secret: str, code: str) -> int | None:
    """The time step that ``code`` belongs to, around now; None where it is no code of this secret."""
    plain = "".join(code.split())
    if not (plain.isascii() and plain.isdigit() and len(plain) == 6):
        return None
    now = int(context.clock.now().timestamp()) // _STEP_SECONDS
    app = pyotp.TOTP(secret)
    matching = [
        now + offset for offset in _STEPS if hmac.compare_digest(app.generate_otp(now + offset), plain)
    ]
    return matching[0] if matching else None


def _recovery_hash_or_none(context: ServiceContext, username: str, code: str) -> str | None:
    try:
        return _recovery_hash(context, username, decode_code(code))
    except ProtocolError:
        return None


def _recovery_hash(context: ServiceContext, username: str, code: str) -> str:
    key = registry_secret(context.keyring, "recovery codes")
    return hmac.digest(key, f"{username}\x1f{code}".encode(), "sha256").hex()


def _cipher(context: ServiceContext) -> AESGCM:
    return AESGCM(registry_secret(context.keyring, "authenticator apps"))


def _associated(username: str) -> bytes:
    return f"totp|{username}|sealed|1".encode()


def _rp_id(context: ServiceContext) -> str:
    return urlsplit(context.settings.base_url).hostname or ""
