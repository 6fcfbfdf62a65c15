"""What this deployment says of itself to wallets, and the key that it signs that with."""

from typing import Final

from issuer.service.desk import Desk
from runtime.i18n import LANGUAGE_NAMES, LANGUAGE_NAMES_ABROAD, gettext_noop
from runtime.service import ServiceContext
from vc.crypto.keys import KeyType, PublicKey, Signer
from vc.did import did_web
from vc.did.documents import VerificationMethod
from vc.encoding.strict_json import JsonObject
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.issuer_metadata import issuer_metadata, sign_metadata

KEY: Final = "openid4vci-1"
LANGUAGES: Final = (*LANGUAGE_NAMES, *LANGUAGE_NAMES_ABROAD)
"""The languages that names are given in."""

_NAME: Final = gettext_noop("Skills Passport")
_TOKEN_ALGORITHM: Final = ("ES256",)


def metadata_of(desk: Desk, languages: tuple[str, ...]) -> JsonObject:
    """The Credential Issuer Metadata with its texts in these languages."""
    context = desk.context
    mark = " (DEMO)" if context.settings.is_demo else ""
    translator = context.pages.translator
    return issuer_metadata(
        context.settings.base_url,
        names={language: translator.gettext(language, _NAME) + mark for language in LANGUAGES},
        algorithms={
            CredentialFormat.SD_JWT_VC: _TOKEN_ALGORITHM,
            CredentialFormat.JWT_VC_JSON: _TOKEN_ALGORITHM,
            CredentialFormat.LDP_VC: (context.settings.default_cryptosuite,),
        },
        languages=languages,
    )


def signed_metadata(desk: Desk) -> str:
    """The same in every language, as a signed token. It waits for the keyring: call it in a thread.

    Raises ``KeyringError`` where the key cannot be used.
    """
    metadata = metadata_of(desk, LANGUAGES)
    return sign_metadata(metadata, _signer(desk.context), now=desk.context.clock.now())


def did_document(context: ServiceContext) -> JsonObject:
    """The document with the key of signed metadata, made now if need be. As ``signed_metadata``."""
    did = _did(context)
    method = VerificationMethod(id=f"{did}#{KEY}", controller=did, public_key=_ensure(context))
    return did_web.build_document(did, [method], relationships={"assertionMethod": [method.id]})


def _signer(context: ServiceContext) -> Signer:
    _ensure(context)
    return context.keyring.signer(KEY, f"{_did(context)}#{KEY}")


def _ensure(context: ServiceContext) -> PublicKey:
    return context.keyring.ensure(KEY, KeyType.P256)


def _did(context: ServiceContext) -> str:
    return f"did:web:{context.settings.did_host}:openid4vci"
