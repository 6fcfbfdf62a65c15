"""Making a presentation: of one credential, with a key that was used for nothing else, for one verifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.crypto.keys import Signer
from vc.did import did_jwk
from vc.encoding.strict_json import JsonObject, JsonValue, parse_json_object
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_presentation_jwt
from vc.model.credential import CREDENTIALS_V2
from vc.oid4vc.claims_path import ClaimsPath
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.vp_token import Presentation
from vc.proof.data_integrity import add_proof
from wallet_api.bound_copies import BoundCopies, BoundCopy, present
from wallet_api.copy_client import CopyMaker
from wallet_api.holder_keys import HolderKey, new_holder_key
from wallet_api.open_wallet.arriving import require_good, text_of
from wallet_api.open_wallet.issuers import IssuerStanding
from wallet_api.open_wallet.received import Received
from wallet_api.service import NotAccepted
from wallet_api.unlocking import Unlocked

# Signatures of a holder's key over JSON-LD: appendix B.1.3.2 of OpenID4VP 1.0.
_CRYPTOSUITE = "ecdsa-rdfc-2019"
_NOT_USABLE = "What the issuer made for this certificate cannot be used now. Try again later."


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """What a presentation is bound to. ``transaction_data`` is agreed to by SD-JWT VCs alone."""

    audience: str
    nonce: str
    now: datetime
    transaction_data: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A text for one use, and its key."""

    format: CredentialFormat
    text: str
    key: HolderKey


class Presenting:
    """Texts for presentations, from the stock of copies, from the issuer, or from elsewhere."""

    def __init__(
        self,
        context: ServiceContext,
        copies: BoundCopies,
        received: Received,
        shell: VerificationShell | None,
    ) -> None:
        """Without ``shell`` nothing new is taken from the issuer."""
        self._copies = copies
        self._received = received
        self._maker = CopyMaker(context.peers)
        self._shell = shell

    async def take_held(self, unlocked: Unlocked, credential_id: str, form: CredentialFormat) -> Taken:
        """A copy of a certificate of this holder, in a format. Raises as ``BoundCopies.take``."""
        if form is CredentialFormat.SD_JWT_VC:
            copy = await self._copies.take(unlocked, credential_id)
            return Taken(format=form, text=copy.text, key=copy.key)
        if self._shell is None:
            raise EvidenceUnavailable("Nothing can be verified here.")
        key = new_holder_key()
        (given,) = await self._maker.copies(
            credential_id, unlocked.rld_number, [key.public], copy_format=form.value
        )
        try:
            body = parse_json_object(given.encode()) if form is CredentialFormat.LDP_VC else given
            text = text_of(form, body)
            await require_good(self._shell.sitting(), form, text, [key.public], IssuerStanding.REGISTER)
        except (NotAccepted, ProtocolError):
            raise EvidenceUnavailable(_NOT_USABLE) from None
        return Taken(format=form, text=text, key=key)

    async def take_received(self, unlocked: Unlocked, document_id: str) -> Taken:
        """A text of a credential from elsewhere. Raises as ``Received.take``."""
        found = await self._received.take(unlocked, document_id)
        return Taken(format=found.description.format, text=found.text, key=found.key)


def presentation_of(taken: Taken, paths: Sequence[ClaimsPath], binding: Binding) -> Presentation:
    """The presentation: of an SD-JWT VC exactly what ``paths`` need, of others all there is.

    Raises ``ProtocolError`` for a path that leads nowhere, and for what cannot be signed.
    """
    if taken.format is CredentialFormat.SD_JWT_VC:
        copy = BoundCopy(credential_id="", text=taken.text, key=taken.key)
        return present(
            copy,
            paths=paths,
            audience=binding.audience,
            nonce=binding.nonce,
            now=binding.now,
            transaction_data=binding.transaction_data,
        )
    signer = taken.key.signer()
    if taken.format is CredentialFormat.JWT_VC_JSON:
        return sign_presentation_jwt(
            _document(envelop_credential(taken.text), signer),
            signer,
            issued_at=binding.now,
            audience=binding.audience,
            nonce=binding.nonce,
        )
    return add_proof(
        _document(orjson.loads(taken.text), signer),
        cryptosuite=_CRYPTOSUITE,
        signer=signer,
        created=binding.now,
        proof_purpose="authentication",
        challenge=binding.nonce,
        domain=binding.audience,
    )


def _document(credential: JsonObject, signer: Signer) -> JsonObject:
    credentials: list[JsonValue] = [credential]
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": did_jwk.did_for(signer.public_key),
        "verifiableCredential": credentials,
    }
