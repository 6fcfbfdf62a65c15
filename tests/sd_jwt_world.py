"""SD-JWT VCs and Token Status Lists in the simulated world."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.simulator import CENTRE_DID, LIST_ID, ORIGIN, STATUS_DID, IssuerWorld
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url, jcs
from vc.jose.claims import numeric_date
from vc.jose.jws import sign_jws
from vc.sd_jwt.credential import JWT_TYPE, vct_of
from vc.sd_jwt.disclosures import Path, conceal
from vc.sd_jwt.key_binding import sign_key_binding
from vc.sd_jwt.sd_jwt import join_sd_jwt
from vc.status.token_documents import ListToSign, sign_list_cwt, sign_list_jwt
from vc.status.token_status_list import compress_values

TOKEN_LIST_URL = f"{ORIGIN}/status/tokens/{LIST_ID}/jwt"
CWT_LIST_URL = f"{ORIGIN}/status/tokens/{LIST_ID}/cwt"
HOLDER = InMemorySigner(hashlib.sha256(b"sd-jwt holder").digest(), "unnamed", key_type=KeyType.P256)
OTHER_HOLDER = InMemorySigner(hashlib.sha256(b"another").digest(), "unnamed", key_type=KeyType.P256)
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "redirect_uri:https://verifier.example/response"
DAY = timedelta(days=1)
Json = dict[str, Any]
PATHS: tuple[Path, ...] = (("nameLatin",), ("nameKhmer",), ("birthDate",), ("unitsOfCompetency", 0))


class Salts:
    """Salts that differ, and are the same in every run."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self) -> str:
        self._number += 1
        return base64url.encode(hashlib.sha256(f"salt {self._number}".encode()).digest()[:16])


def claims(world: IssuerWorld, index: int = 0, **overrides: Any) -> Json:
    """The claims of an RPL certificate; ``overrides`` replace them, None removes one."""
    subject = dict(world.subject(index))
    subject.pop("id")
    made: Json = {
        **subject,
        "iss": CENTRE_DID,
        "iat": numeric_date(world.now - DAY),
        "nbf": numeric_date(world.now - DAY),
        "exp": numeric_date(world.now + 365 * DAY),
        "vct": vct_of("RPLCertificate"),
        "cnf": {"jwk": HOLDER.public_key.jwk},
        "status": {"status_list": {"idx": index, "uri": TOKEN_LIST_URL}},
    }
    for name, value in overrides.items():
        made[name] = value
        if value is None:
            del made[name]
    return made


def issue_sd_jwt(
    world: IssuerWorld,
    index: int = 0,
    *,
    signer: InMemorySigner | None = None,
    paths: Sequence[Path] = PATHS,
    header: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> str:
    """An SD-JWT VC of the centre with every disclosure, without key binding."""
    payload, disclosures = conceal(claims(world, index, **overrides), paths, Salts())
    signer = signer or world.centre
    given: Json = {"typ": JWT_TYPE, "kid": signer.verification_method, **(header or {})}
    token = sign_jws(
        {name: value for name, value in given.items() if value is not None}, jcs.canonicalize(payload), signer
    )
    return join_sd_jwt(token, disclosures)


def present_sd_jwt(
    world: IssuerWorld,
    sd_jwt: str,
    *,
    holder: InMemorySigner = HOLDER,
    audience: str = AUDIENCE,
    nonce: str = NONCE,
    age: timedelta = timedelta(0),
    beside: Json | None = None,
) -> str:
    """``sd_jwt`` with the key binding of ``holder``, made ``age`` ago."""
    binding = sign_key_binding(
        sd_jwt, holder, audience=audience, nonce=nonce, issued_at=world.now - age, beside=beside
    )
    return sd_jwt + binding


def publish_tokens(
    world: IssuerWorld,
    values: Mapping[int, int],
    *,
    signer: InMemorySigner | None = None,
    made_before: timedelta = timedelta(minutes=1),
    lasts: timedelta = DAY,
    **named: str,
) -> None:
    """Publish the token list as JWT and as CWT; ``url`` among ``named`` is what they call themselves."""
    for url, sign in ((TOKEN_LIST_URL, sign_list_jwt), (CWT_LIST_URL, sign_list_cwt)):
        made = world.now - made_before
        to_sign = ListToSign(
            url=named.get("url", url),
            compressed=compress_values(1_024, values, bits=2),
            bits=2,
            version=1,
            issued_at=made,
            expires=made + lasts,
            ttl=timedelta(minutes=5),
        )
        signed = sign(to_sign, signer or world.status_signer)
        world.documents[url] = signed.encode() if isinstance(signed, str) else signed
    assert STATUS_DID in world.status_signer.verification_method
