"""A wallet app of the simulated world: it fetches certificates by OpenID4VCI, over HTTP alone."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from issuer.service.desk import Desk
from runtime.clock import Clock
from tests.journey.test_first_journey import desk_of
from tests.wallet_proofs import dpop_proof, key, key_proof
from vc.crypto.keys import InMemorySigner
from vc.encoding import base64url

Json = dict[str, Any]
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
REDIRECT_URI = "https://wallet.example/cb?from=issuer"
CLIENT_ID = "com.example.wallet"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64url.encode(hashlib.sha256(VERIFIER.encode()).digest())


@dataclass(kw_only=True, slots=True)
class WalletApp:
    """A wallet. ``client`` has no session and says nothing of a browser; ``dpop`` is its key for tokens."""

    client: httpx2.AsyncClient
    issuer: str
    clock: Clock
    dpop: InMemorySigner | None = None
    numbers: Iterator[int] = field(default_factory=count)

    async def metadata(self) -> Json:
        """The Credential Issuer Metadata, which must be that of the issuer it was asked for."""
        answer = await self.client.get("/.well-known/openid-credential-issuer")
        found = dict(answer.json())
        assert found["credential_issuer"] == self.issuer
        return found

    async def offer(self, link: str) -> Json:
        """The offer behind what was scanned."""
        (uri,) = parse_qs(urlsplit(link).query)["credential_offer_uri"]
        answer = await self.client.get(uri)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def redeem(self, offer: Json, tx_code: str | None = None, **more: str) -> httpx2.Response:
        """The Token Request for an offer."""
        fields = {
            "grant_type": PRE_AUTHORIZED,
            "pre-authorized_code": offer["grants"][PRE_AUTHORIZED]["pre-authorized_code"],
            **({} if tx_code is None else {"tx_code": tx_code}),
            **more,
        }
        return await self.post("/openid4vci/token", data=fields)

    async def token(self, made: Json, **more: str) -> str:
        """An access token for an offer as its maker sees it."""
        answer = await self.redeem(made["credential_offer"], made["tx_code"], **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def push(self, **changes: str | None) -> httpx2.Response:
        """A Pushed Authorization Request; a field that is None is left out."""
        fields = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "scope": "RPLCertificate_sd_jwt",
            "state": "s 1",
            **changes,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return await self.post("/openid4vci/par", data=given)

    async def redeem_code(self, code: str, **changes: str) -> httpx2.Response:
        """The Token Request for an authorization code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.post("/openid4vci/token", data=fields)

    async def nonce(self) -> str:
        """A fresh nonce."""
        answer = await self.client.post("/openid4vci/nonce")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        return str(answer.json()["c_nonce"])

    def proof(self, signer: InMemorySigner, nonce: str, **changes: Any) -> str:
        """A key proof for this issuer."""
        given: Json = {"audience": self.issuer, "nonce": nonce, "now": self.clock.now()}
        return key_proof(signer, **given | changes)

    async def ask(
        self, token: str, signers: Sequence[InMemorySigner], configuration: str = "RPLCertificate_sd_jwt"
    ) -> httpx2.Response:
        """The Credential Request of a wallet that does everything right."""
        nonce = await self.nonce()
        proofs = [self.proof(signer, nonce) for signer in signers]
        return await self.request(token, {"credential_configuration_id": configuration}, proofs)

    async def request(self, token: str, named: Json, proofs: Sequence[str]) -> httpx2.Response:
        """A Credential Request with these proofs."""
        body = {**named, "proofs": {"jwt": list(proofs)}}
        return await self.post("/openid4vci/credential", token=token, json=body)

    async def post(
        self, path: str, *, token: str | None = None, proof: str | None = None, **body: Any
    ) -> httpx2.Response:
        """A request with an access token and, where there is a key for it, its proof; or with ``proof``."""
        headers = {}
        if self.dpop is not None and proof is None:
            proof = self.dpop_proof(path, token)
        if proof is not None:
            headers["DPoP"] = proof
        if token is not None:
            headers["Authorization"] = f"{'Bearer' if proof is None else 'DPoP'} {token}"
        return await self.client.post(path, headers=headers, **body)

    def dpop_proof(self, path: str, token: str | None, **changes: Any) -> str:
        """A proof for one request at ``path``."""
        assert self.dpop is not None
        given: Json = {
            "method": "POST",
            "url": self.issuer + path,
            "now": self.clock.now(),
            "jti": f"proof-{next(self.numbers)}",
            "access_token": token,
        }
        return dpop_proof(self.dpop, **given | changes)


@asynccontextmanager
async def wallet_of(client: httpx2.AsyncClient, *, dpop: bool = False) -> AsyncIterator[WalletApp]:
    """A wallet beside the browser ``client``, whose cookies it does not have."""
    desk = desk_of(client)
    async with httpx2.AsyncClient(transport=client._transport, base_url=client.base_url) as own:
        yield WalletApp(
            client=own,
            issuer=desk.context.settings.base_url,
            clock=desk.context.clock,
            dpop=key("dpop") if dpop else None,
        )


def registry_away(desk: Desk) -> AbstractContextManager[None]:
    """The issuer finds nobody where the registry of revocations should be."""
    return away(desk, "revocation")


@contextmanager
def away(desk: Desk, service: str) -> Iterator[None]:
    """The issuer finds nobody where another service should be."""

    async def nobody(_scope: Mapping[str, Any], _receive: Any, _send: Any) -> None:
        raise ConnectionError("nobody listens here")

    peers = desk.context.peers
    apps: Any = peers._apps
    kept = apps[service]
    apps[service] = nobody
    peers._clients.clear()
    try:
        yield
    finally:
        apps[service] = kept
        peers._clients.clear()


def signers(number: int, name: str = "holder") -> list[InMemorySigner]:
    """Keys of a holder."""
    return [key(f"{name} {index}") for index in range(number)]


def error_of(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal, which must have the shape that OAuth clients read."""
    assert answer.headers["content-type"].startswith("application/json"), answer.text
    body = answer.json()
    assert body.keys() <= {"error", "error_description"}, body
    assert json.dumps(body["error_description"]).isascii()
    return answer.status_code, body["error"]
