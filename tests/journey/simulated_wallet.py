"""A wallet of the simulated world: it reads a request as wallets do, and answers it well or badly."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.journey.verifier_house import BASE_URL, VerifierHouse
from tests.sd_jwt_world import HOLDER, issue_sd_jwt, present_sd_jwt, publish_tokens
from tests.simulator import did_key_signer
from vc.crypto.keys import InMemorySigner
from vc.encoding import base64url
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt, sign_presentation_jwt
from vc.model.credential import CREDENTIALS_V2

Json = dict[str, Any]
_PURPOSE = "application for work as a bricklayer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the wallet was asked: the parameters, and the page where the answer will be shown."""

    page: str
    parameters: Json

    @property
    def nonce(self) -> str:
        return str(self.parameters["nonce"])

    @property
    def client_id(self) -> str:
        return str(self.parameters["client_id"])

    @property
    def response_path(self) -> str:
        return urlsplit(str(self.parameters["response_uri"])).path

    def query_id(self, credential_format: str) -> str:
        """The id of the first credential query of this format."""
        credentials = self.parameters["dcql_query"]["credentials"]
        return next(str(one["id"]) for one in credentials if one["format"] == credential_format)


def begin(house: VerifierHouse, *, flow: str = "cross_device", kind: str = "rpl") -> Request:
    """Ask from a browser, and read the request that the page shows."""
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    form = {"type": kind, "purpose": _PURPOSE, "flow": flow}
    answer = house.client.post("/verify/ask", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    page = answer.headers["location"]
    link = link_on(house, page) if flow == "same_device" else stored_link(house, page.rsplit("/", 1)[1])
    return Request(page=page, parameters=read_link(house, link))


def link_on(house: VerifierHouse, page: str) -> str:
    """The link that the page has for a wallet on the same device."""
    shown = house.page(page)
    link = re.search(r'href="((?:openid4vp|haip-vp)://[^"]+)"', shown.text)
    assert link is not None, shown.text
    return html.unescape(link[1])


def stored_link(house: VerifierHouse, request_id: str) -> str:
    """The link of a request as the application makes it: what the QR code on the page says."""
    app: Any = house.client.app
    requests = app.state.wallet_requests
    context = app.state.context
    request = context.database.read_now(requests._sealed.get, request_id, context.clock.now())
    return str(requests._link(request))


def read_link(house: VerifierHouse, link: str, *, wallet_nonce: str | None = None) -> Json:
    """The request parameters: in the link, or in the signed object that it points to."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    if "request_uri" not in given:
        for name in ("dcql_query", "client_metadata"):
            given[name] = orjson.loads(given[name])
        return given
    assert given["request_uri_method"] == "post"
    path = given["request_uri"].removeprefix(BASE_URL)
    form = {} if wallet_nonce is None else {"wallet_nonce": wallet_nonce}
    token = house.client.post(path, data=form).text
    claims: Json = orjson.loads(base64url.decode(token.split(".")[1], max_bytes=100_000))
    assert claims["client_id"] == given["client_id"]
    return claims


def sd_jwt_answer(
    house: VerifierHouse,
    request: Request,
    *,
    audience: str | None = None,
    nonce: str | None = None,
    holder: InMemorySigner = HOLDER,
    beside: Json | None = None,
    **claims: Any,
) -> Json:
    """A good VP Token for a request of an RPL certificate; each argument makes it bad in one way."""
    publish_tokens(house.world, {})
    sd_jwt = issue_sd_jwt(house.world, **claims)
    presented = present_sd_jwt(
        house.world,
        sd_jwt,
        holder=holder,
        audience=audience or request.client_id,
        nonce=nonce or request.nonce,
        beside=beside,
    )
    return {request.query_id("dc+sd-jwt"): [presented]}


def post(
    house: VerifierHouse, request: Request, vp_token: object, *, state: str | None = None
) -> httpx2.Response:
    """Send a VP Token in the mode that the request asks for."""
    response: Json = {"vp_token": vp_token, "state": state or request.parameters["state"]}
    if request.parameters["response_mode"] == "direct_post.jwt":
        return post_form(house, request, {"response": encrypt(request, response)})
    return post_form(house, request, {**response, "vp_token": orjson.dumps(vp_token).decode()})


def post_form(house: VerifierHouse, request: Request, form: Mapping[str, str]) -> httpx2.Response:
    """Send any form to the request's response URI."""
    answer: httpx2.Response = house.client.post(request.response_path, data=dict(form))
    return answer


def encrypt(request: Request, response: Json, **header: object) -> str:
    """The response encrypted to the key in the request; ``header`` replaces members of the header."""
    (key,) = request.parameters["client_metadata"]["jwks"]["keys"]
    protected = {"alg": key["alg"], "enc": "A256GCM", "kid": key["kid"], **header}
    algorithms = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCM", "A256GCM", "A128CBC-HS256", "DEF"]
    public = {name: value for name, value in key.items() if name in ("kty", "crv", "x", "y")}
    return jwe.encrypt_compact(
        protected, orjson.dumps(response), ECKey.import_key(public), algorithms=algorithms
    )


def vp_answer(house: VerifierHouse, request: Request, **changed: Any) -> Json:
    """A good VP Token with a Data Integrity presentation; ``changed`` as of ``data_integrity_vp``."""
    return {request.query_id("ldp_vc"): [orjson.loads(data_integrity_vp(house, request, **changed))]}


def data_integrity_vp(
    house: VerifierHouse,
    request: Request,
    *,
    holder: str = "holder",
    subject_of: str = "holder",
    challenge: str | None = None,
    domain: str | None = None,
) -> bytes:
    """A presentation by ``holder`` of a certificate whose subject is the key of ``subject_of``."""
    world = house.world
    subject = {**world.subject(), "id": did_key_signer(subject_of)[0]}
    return world.present(
        world.issue(credentialSubject=subject),
        holder=holder,
        challenge=challenge or request.nonce,
        domain=domain or request.client_id,
    )


def jwt_answer(
    house: VerifierHouse,
    request: Request,
    *,
    holder: str = "holder",
    nonce: str | None = None,
    audience: str | None = None,
) -> Json:
    """A good VP Token with a ``vp+jwt``; each argument makes it bad in one way."""
    world = house.world
    did, signer = did_key_signer(holder)
    subject = {**world.subject(), "id": did_key_signer("holder")[0]}
    credential = sign_credential_jwt(
        world.unsigned(credentialSubject=subject), world.centre, issued_at=world.now - timedelta(days=1)
    )
    document: Json = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": did,
        "verifiableCredential": [envelop_credential(credential)],
    }
    token = sign_presentation_jwt(
        document,
        signer,
        issued_at=world.now,
        audience=audience or request.client_id,
        nonce=nonce or request.nonce,
    )
    return {request.query_id("jwt_vc_json"): [token]}
