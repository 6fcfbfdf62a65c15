"""A credential as it comes from an issuer: read, verified, and found to be bound to a key of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from runtime.verification import Sitting
from vc.crypto.keys import PublicKey
from vc.did import did_jwk, did_key
from vc.encoding.strict_json import JsonObject, JsonValue, parse_json_object
from vc.errors import MalformedValue, ProtocolError
from vc.jose.envelope import envelop_credential
from vc.jose.secured import parse_credential_jwt
from vc.model.credential import types_of
from vc.model.credential_types import credential_types
from vc.model.verdict import Answer, Question, Verification
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.issuance_answers import CredentialBody
from vc.sd_jwt.credential import document_of, parse_sd_jwt_vc
from wallet_api.open_wallet.issuers import IssuerStanding
from wallet_api.service import NotAccepted

MAX_CREDENTIAL: Final = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadCredential:
    """What a credential claims. ``root`` is what queries select in, ``type_name`` one of ours or empty.

    ``key`` says whom it is bound to: a key, or a DID; None for nobody.
    """

    root: JsonObject
    subject: JsonObject
    type_name: str
    key: PublicKey | str | None


def text_of(form: CredentialFormat, body: CredentialBody) -> str:
    """The credential as it is kept. Raises MalformedValue for a body that the format does not have."""
    if form is CredentialFormat.LDP_VC:
        text = orjson.dumps(body).decode() if isinstance(body, dict) else ""
    else:
        text = body if isinstance(body, str) else ""
    if not 0 < len(text) <= MAX_CREDENTIAL:
        raise MalformedValue("The credential is not in the format that was offered.", pointer="/credential")
    return text


def read_credential(form: CredentialFormat, text: str) -> ReadCredential:
    """Read a credential that nobody has verified. Raises MalformedValue and ParseError."""
    if form is CredentialFormat.SD_JWT_VC:
        received = parse_sd_jwt_vc(text)
        document = document_of(received.claims)
        root, key = received.claims, received.holder_key
        return ReadCredential(root=root, subject=_subject(document), type_name=_own_type(document), key=key)
    is_token = form is CredentialFormat.JWT_VC_JSON
    document = parse_credential_jwt(text).document if is_token else parse_json_object(text.encode())
    subject = _subject(document)
    holder = subject.get("id")
    return ReadCredential(
        root=document,
        subject={name: value for name, value in subject.items() if name != "id"},
        type_name=_own_type(document),
        key=holder if isinstance(holder, str) else None,
    )


async def verify_text(sitting: Sitting, form: CredentialFormat, text: str) -> Verification:
    """The four verdicts on a credential. Raises ``ProtocolError`` for what is none."""
    if form is CredentialFormat.SD_JWT_VC:
        return await sitting.verify_sd_jwt_vc(text)
    if form is CredentialFormat.JWT_VC_JSON:
        return await sitting.verify(orjson.dumps(envelop_credential(text)))
    return await sitting.verify(text.encode())


async def require_good(
    sitting: Sitting,
    form: CredentialFormat,
    text: str,
    keys: Sequence[PublicKey],
    standing: IssuerStanding,
) -> tuple[ReadCredential, PublicKey]:
    """What came and the one of ``keys`` it is bound to, if it may be kept: not forged, its issuer entitled.

    From an issuer that a setting names, what is of nobody on the trust list is kept unchecked; what says that
    it is of somebody on it must be. What could not be checked just now is kept all the same, since an issuer
    gives it once, and is checked again whenever it is shown. Raises ``NotAccepted``.
    """
    try:
        found = read_credential(form, text)
        verification = await verify_text(sitting, form, text)
    except ProtocolError:
        raise NotAccepted("What the issuer gave cannot be read as a credential.") from None
    key = next((one for one in keys if _is_bound_to(found, one)), None)
    if key is None:
        raise NotAccepted("What the issuer gave is bound to another's key.")
    is_judged = standing is IssuerStanding.REGISTER or bool(verification.issuer_name)
    answers = [verification.verdicts[one].answer for one in (Question.AUTHENTIC, Question.ENTITLED)]
    if is_judged and Answer.NO in answers:
        raise NotAccepted("The credential is not accepted.", findings=verification.findings)
    return found, key


def _is_bound_to(found: ReadCredential, key: PublicKey) -> bool:
    if isinstance(found.key, PublicKey):
        return found.key == key
    return found.key in (did_jwk.did_for(key), did_key.did_for(key))


def _subject(document: JsonObject) -> JsonObject:
    subject: JsonValue = document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    return subject if isinstance(subject, dict) else {}


def _own_type(document: JsonObject) -> str:
    return next((name for name in types_of(document) if name in credential_types()), "")
