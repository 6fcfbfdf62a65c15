"""A simulator of a ministry's identity provider (OpenID Connect, authorization code flow).

It obeys the protocol: a registered client and redirect URI, PKCE with S256, codes that work once, ID tokens
under a published key. It says on every page and every answer that it is a simulator, asks for no password,
and can be told to break one rule at a time, so that whoever relies on it shows what is refused.
"""

import base64
import hashlib
import hmac
import html
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from passport.simulators.rld import SimulatorWarning
from runtime.clock import Clock
from runtime.entropy import random_token
from vc.encoding import base64url

SIMULATOR_HEADER: Final = "identity provider (not any ministry's)"
MOUNT_PATH: Final = "/simulators/oidc"
CODE_LIFETIME: Final = timedelta(seconds=60)
TOKEN_LIFETIME: Final = timedelta(minutes=5)
SECOND_FACTOR_ACR: Final = "urn:simulator:two-factors"
_KEY_ID: Final = "simulator-1"
_MAX_BODY: Final = 20_000
_MAX_CODES: Final = 1_000
_WARNING: Final = "SIMULATOR / ក្លែងធ្វើ"


class Fault(StrEnum):
    """One rule that the simulator breaks."""

    DISCOVERY_NAMES_ANOTHER_ISSUER = auto()
    ANSWER_NAMES_ANOTHER_ISSUER = auto()
    ANSWER_NAMES_NO_ISSUER = auto()
    DENIES = auto()
    TOKEN_ENDPOINT_REFUSES = auto()
    NO_ID_TOKEN = auto()
    WRONG_NONCE = auto()
    NO_NONCE = auto()
    WRONG_ISSUER = auto()
    WRONG_AUDIENCE = auto()
    SECOND_AUDIENCE = auto()
    WRONG_AUTHORIZED_PARTY = auto()
    EXPIRED = auto()
    NO_EXPIRY = auto()
    FROM_THE_FUTURE = auto()
    TOO_OLD = auto()
    NO_SUBJECT = auto()
    ALGORITHM_NONE = auto()
    SHARED_SECRET_FROM_PUBLIC_KEY = auto()
    KEY_NOT_PUBLISHED = auto()
    KEY_BROUGHT_ALONG = auto()
    SIGNED_BY_ANOTHER = auto()
    KEY_FOR_ENCRYPTION = auto()
    OFFLINE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedPerson:
    """Somebody with an account at the simulator. Invented."""

    subject: str
    name: str
    staff_number: str | None = None


PEOPLE: Final = (
    SimulatedPerson(subject="sim-0001", name="Simulated person one", staff_number="DEMO-STAFF-0001"),
    SimulatedPerson(subject="sim-0002", name="Simulated person two", staff_number="DEMO-STAFF-0002"),
    SimulatedPerson(subject="sim-0003", name="Simulated person three"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grant:
    person: SimulatedPerson
    acr: str
    asked: Mapping[str, str]
    expires: datetime


class OidcSimulator:
    """The provider at ``issuer`` for one client; set ``fault`` to make it break one rule.

    The client shows itself as ``authentication`` says (Core section 9): with the secret, or with
    ``client_key``, a public key in PEM that signs with ES256, for ``private_key_jwt``.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        client_key: bytes = b"",
        authentication: str = "client_secret_basic",
        redirect_uri: str,
        clock: Clock,
    ) -> None:
        warnings.warn(
            f"This is a simulator: {SIMULATOR_HEADER}. It lets anybody be anybody.",
            SimulatorWarning,
            stacklevel=2,
        )
        self.fault: Fault | None = None
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._client_key = client_key
        self._authentication = authentication
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._grants: dict[str, _Grant] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/continue", self._continue),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        if self.fault is Fault.OFFLINE:
            return _json({"error": "offline"}, 503)
        named = self.fault is Fault.DISCOVERY_NAMES_ANOTHER_ISSUER
        return _json(
            {
                "issuer": "https://another.example" if named else self._issuer,
                "authorization_endpoint": f"{self._issuer}/authorize",
                "token_endpoint": f"{self._issuer}/token",
                "jwks_uri": f"{self._issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": [self._authentication],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _keys(self, _: Request) -> Response:
        key = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        use = "enc" if self.fault is Fault.KEY_FOR_ENCRYPTION else "sig"
        return _json({"keys": [{**key, "kid": _KEY_ID, "alg": "ES256", "use": use}]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        problem = self._problem_with(asked)
        if problem is not None:
            # Never sent on: whoever is not the registered client gets no answer (RFC 9700 section 4.1).
            return _page(f"<p>{html.escape(problem)}</p>", 400)
        links = "".join(
            f"<li><a href='continue?{html.escape(urlencode({**asked, 'as': person.subject, 'acr': acr}))}'>"
            f"{html.escape(person.name)}{' (two factors)' if acr else ''}</a></li>"
            for person in PEOPLE
            for acr in ("", SECOND_FACTOR_ACR)
        )
        return _page(f"<p>Choose who you are. No password is asked for.</p><ul>{links}</ul>")

    async def _continue(self, request: Request) -> Response:
        asked = dict(request.query_params)
        person = next((one for one in PEOPLE if one.subject == asked.get("as")), None)
        problem = self._problem_with(asked)
        if person is None or problem is not None:
            return _page(f"<p>{html.escape(problem or 'There is no such person.')}</p>", 400)
        answer = {"state": asked.get("state", "")} | self._issuer_in_answer()
        if self.fault is Fault.DENIES:
            answer["error"] = "access_denied"
        else:
            answer["code"] = self._grant(person, asked)
        return RedirectResponse(f"{self._redirect_uri}?{urlencode(answer)}", 303, headers=_HEADERS)

    def _grant(self, person: SimulatedPerson, asked: Mapping[str, str]) -> str:
        if len(self._grants) >= _MAX_CODES:
            self._grants.clear()
        code = random_token(128)
        self._grants[code] = _Grant(
            person=person,
            acr=asked.get("acr", ""),
            asked=asked,
            expires=self._clock.now() + CODE_LIFETIME,
        )
        return code

    def _problem_with(self, asked: Mapping[str, str]) -> str | None:
        if asked.get("client_id") != self._client_id or asked.get("redirect_uri") != self._redirect_uri:
            return "This client or its address is not registered."
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return "Only the authorization code flow of OpenID Connect is answered."
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return "A code challenge with S256 is needed."
        return None

    def _issuer_in_answer(self) -> dict[str, str]:
        if self.fault is Fault.ANSWER_NAMES_NO_ISSUER:
            return {}
        is_mixed_up = self.fault is Fault.ANSWER_NAMES_ANOTHER_ISSUER
        return {"iss": "https://another.example" if is_mixed_up else self._issuer}

    async def _token(self, request: Request) -> Response:
        form = await _read_form(request)
        if self.fault is Fault.TOKEN_ENDPOINT_REFUSES or not self._is_client(request, form):
            return _json({"error": "invalid_client"}, 401)
        grant = self._grants.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or grant is None:
            return _json({"error": "invalid_grant"}, 400)
        if self._clock.now() >= grant.expires or form.get("redirect_uri") != self._redirect_uri:
            return _json({"error": "invalid_grant"}, 400)
        if _challenge(form.get("code_verifier", "")) != grant.asked["code_challenge"]:
            return _json({"error": "invalid_grant"}, 400)
        answer = {"access_token": random_token(128), "token_type": "Bearer", "expires_in": 60}
        if self.fault is not Fault.NO_ID_TOKEN:
            answer["id_token"] = self._id_token(grant)
        return _json(answer)

    def _is_client(self, request: Request, form: Mapping[str, str]) -> bool:
        if self._authentication == "private_key_jwt":
            return self._has_signed(form.get("client_assertion", ""))
        shown = form.get("client_id", ""), form.get("client_secret", "")
        if self._authentication == "client_secret_basic":
            shown = _basic(request.headers.get("Authorization", ""))
        is_right = hmac.compare_digest(shown[1].encode(), self._client_secret.encode())
        return shown[0] == self._client_id and is_right

    def _has_signed(self, assertion: str) -> bool:
        options: Any = {
            "require": ["exp", "jti", "iss", "sub", "aud"],
            "verify_exp": False,
            "verify_iat": False,
        }
        try:
            claims = jwt.decode(
                assertion,
                self._client_key,
                algorithms=["ES256"],
                audience=f"{self._issuer}/token",
                issuer=self._client_id,
                options=options,
            )
        except jwt.PyJWTError:
            return False
        return bool(claims["sub"] == self._client_id and self._clock.now().timestamp() < claims["exp"])

    def _id_token(self, grant: _Grant) -> str:
        now = self._clock.now()
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": grant.person.subject,
            "aud": self._client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFETIME).timestamp()),
            "nonce": grant.asked.get("nonce"),
            "name": grant.person.name,
            "staff_number": grant.person.staff_number,
            "acr": grant.acr or None,
        }
        if self.fault is not None:
            claims |= _altered_claims(self.fault, int(now.timestamp()), self._client_id)
        return self._signed({name: value for name, value in claims.items() if value is not None})

    def _signed(self, claims: Mapping[str, Any]) -> str:
        stranger = ec.generate_private_key(ec.SECP256R1())
        header: dict[str, Any] = {"kid": _KEY_ID}
        if self.fault is Fault.ALGORITHM_NONE:
            return jwt.encode(dict(claims), "", algorithm="none", headers=header)
        if self.fault is Fault.SHARED_SECRET_FROM_PUBLIC_KEY:
            return _signed_with_public_key(claims, self._key.public_key())
        if self.fault is Fault.KEY_NOT_PUBLISHED:
            header["kid"] = "simulator-2"
        if self.fault is Fault.KEY_BROUGHT_ALONG:
            header["jwk"] = ECAlgorithm.to_jwk(stranger.public_key(), as_dict=True)
        forged = (Fault.KEY_NOT_PUBLISHED, Fault.KEY_BROUGHT_ALONG, Fault.SIGNED_BY_ANOTHER)
        key = stranger if self.fault in forged else self._key
        return jwt.encode(dict(claims), key, algorithm="ES256", headers=header)


def _signed_with_public_key(claims: Mapping[str, Any], public_key: ec.EllipticCurvePublicKey) -> str:
    """HS256 with the published key for a secret; by hand, since the library will not."""
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    blank = jwt.encode(dict(claims), b"\x00" * 32, algorithm="HS256", headers={"kid": _KEY_ID})
    signing_input = blank.rpartition(".")[0]
    return f"{signing_input}.{base64url.encode(hmac.digest(pem, signing_input.encode(), 'sha256'))}"


def _altered_claims(fault: Fault, now: int, client_id: str) -> dict[str, Any]:
    """The claims that ``fault`` changes; None takes one away."""
    altered: dict[Fault, dict[str, Any]] = {
        Fault.WRONG_NONCE: {"nonce": "another"},
        Fault.NO_NONCE: {"nonce": None},
        Fault.WRONG_ISSUER: {"iss": "https://another.example"},
        Fault.WRONG_AUDIENCE: {"aud": "another-client"},
        Fault.SECOND_AUDIENCE: {"aud": [client_id, "another-client"], "azp": client_id},
        Fault.WRONG_AUTHORIZED_PARTY: {"azp": "another-client"},
        Fault.EXPIRED: {"exp": now - 61},
        Fault.NO_EXPIRY: {"exp": None},
        Fault.FROM_THE_FUTURE: {"iat": now + 61},
        Fault.TOO_OLD: {"iat": now - 601},
        Fault.NO_SUBJECT: {"sub": None},
    }
    return altered.get(fault, {})


_HEADERS: Final = {"X-Simulator": SIMULATOR_HEADER, "Cache-Control": "no-store"}


def _json(content: Mapping[str, Any], status_code: int = 200) -> Response:
    return JSONResponse(dict(content), status_code, headers=_HEADERS)


def _page(body: str, status_code: int = 200) -> Response:
    """A bare page: it should not look like a ministry's, nor like one of ours."""
    return HTMLResponse(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{_WARNING}</title></head><body><h1>{_WARNING}</h1>"
        "<p><strong>This is no ministry's identity provider. It lets anybody be anybody. Its people are "
        "invented.</strong></p>"
        f"{body}<p>{_WARNING}</p></body></html>",
        status_code,
        headers=_HEADERS,
    )


async def _read_form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            return {}
    return dict(parse_qsl(body.decode("ascii", "replace")))


def _basic(header: str) -> tuple[str, str]:
    kind, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("ascii") if kind == "Basic" else ""
    except ValueError:
        decoded = ""
    client_id, _, secret = decoded.partition(":")
    return unquote(client_id), unquote(secret)


def _challenge(verifier: str) -> str:
    return base64url.encode(hashlib.sha256(verifier.encode()).digest())
