"""What the wallet asks of the issuer for its holders: copies of a certificate, each bound to a key."""

from collections.abc import Sequence
from typing import Final

import httpx2

from runtime.clients import Peers
from runtime.i18n import gettext_noop
from vc.crypto.keys import PublicKey
from vc.errors import ConflictError, EvidenceUnavailable, NotFound

SD_JWT_VC: Final = "dc+sd-jwt"
_NO_COPIES: Final = "The issuer did not answer as it should."


class CopyMaker:
    """The issuer, asked for a holder."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def copies(
        self, credential_id: str, rld_number: str, keys: Sequence[PublicKey], *, copy_format: str = SD_JWT_VC
    ) -> tuple[str, ...]:
        """A text in this format for each key, in their order; nobody verified them yet.

        Raises ``NotFound`` for a certificate that is not this person's, ``ConflictError`` for one that is
        not in force or is never copied, ``EvidenceUnavailable``.
        """
        body = {
            "credential_id": credential_id,
            "holder": rld_number,
            "format": copy_format,
            "keys": [key.jwk for key in keys],
        }
        try:
            answer = await self._peers.client("issuer").post("/issuer/api/copies", json=body)
        except httpx2.HTTPError:
            raise EvidenceUnavailable("The issuer could not be reached.") from None
        if answer.status_code == 404:
            raise NotFound("The issuer knows no such certificate of this person.")
        if answer.status_code == 409:
            raise ConflictError(gettext_noop("This certificate is not in force, or is never shared."))
        if answer.status_code != 200:
            raise EvidenceUnavailable(_NO_COPIES)
        return _texts_in(answer, len(keys))


def _texts_in(answer: httpx2.Response, count: int) -> tuple[str, ...]:
    try:
        texts = answer.json()["copies"]
    except (ValueError, KeyError, TypeError):
        texts = None
    if not isinstance(texts, list) or len(texts) != count or not all(isinstance(one, str) for one in texts):
        raise EvidenceUnavailable(_NO_COPIES)
    return tuple(texts)
