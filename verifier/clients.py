"""What the verifier asks of other services: the credential behind a share link or typed code."""

import httpx2

from runtime.clients import Peers
from vc.encoding.strict_json import parse_json_object
from vc.errors import EvidenceUnavailable, NotFound, ProtocolError
from verifier.links import SharedToken, TypedCode


class SharedCredentials:
    """The issuer's shared credentials. What it hands over is checked like any stranger's."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def get(self, name: SharedToken | TypedCode) -> bytes:
        """The exact bytes of the credential shared under ``name``.

        Raises ``NotFound``, or ``EvidenceUnavailable`` when the issuer cannot be asked.
        """
        folder = "shared" if isinstance(name, SharedToken) else "shared-by-code"
        try:
            response = await self._peers.client("issuer").get(f"/issuer/api/{folder}/{name.value}")
        except httpx2.HTTPError:
            raise EvidenceUnavailable("The issuer could not be reached.") from None
        if response.status_code == 404:
            raise NotFound("No certificate has this link or code.")
        if response.status_code != 200:
            raise EvidenceUnavailable("The issuer did not answer as it should.")
        return _credential_in(response.content)


def _credential_in(body: bytes) -> bytes:
    try:
        credential = parse_json_object(body).get("credential")
    except ProtocolError:
        credential = None
    if not isinstance(credential, str):
        raise EvidenceUnavailable("The issuer did not answer as it should.")
    return credential.encode()
