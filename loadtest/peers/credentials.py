"""The credentials that all are compared on: one file a format, with everything needed to verify them.

A file is a JSON object:

- ``format`` and ``moment``: one of ``FORMATS``; when the set was made, which every verifier takes for now
  (RFC 3339, UTC);
- ``credentials``: texts, each another person's certificate, all good; ``spare``: one more of them;
  ``revoked``: another, its bit set;
- ``tampered``: texts that must be refused, with other content and with another signature;
- ``issuer``, ``statusRegistry``: DIDs to rely on; ``statusList``: the URL that the credentials name;
- ``documents``: URL → text of everything published; ``contexts``: URL → JSON-LD context;
- ``trust``: what our verifier pins, ``{"list", "root", "did", "anchor"}``: two URLs, and the anchor's DID
  and text;
- ``keys``: verification method → public JWK, for verifiers that are handed keys.

The keys come from fixed seeds and the set is made at the present time, so only times differ between two runs.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from schemas import PASSPORT_CONTEXT_URL, read_context
from tests.sd_jwt_world import HOLDER, TOKEN_LIST_URL, Salts
from tests.simulator import (
    CENTRE_DID,
    LIST_LENGTH,
    OPEN_BADGES,
    ORIGIN,
    STATUS_DID,
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
    IssuerWorld,
)
from vc.crypto.keys import KeyType
from vc.encoding import base64url, jcs
from vc.jose.claims import numeric_date
from vc.jose.jws import sign_jws
from vc.jose.secured import sign_credential_jwt
from vc.model.credential import CREDENTIALS_V2
from vc.sd_jwt.credential import JWT_TYPE, vct_of
from vc.sd_jwt.disclosures import Path as ClaimPath
from vc.sd_jwt.disclosures import conceal
from vc.sd_jwt.sd_jwt import join_sd_jwt
from vc.status.token_documents import ListToSign, sign_list_jwt
from vc.status.token_status_list import compress_values

COUNT = 500
REVOKED_SHARE = 0.01
TOKEN_LIST_BITS = 2
DISCLOSURES: tuple[ClaimPath, ...] = (
    ("nameLatin",),
    ("nameKhmer",),
    ("birthDate",),
    ("unitsOfCompetency", 0),
    ("unitsOfCompetency", 1),
)
_CONTEXTS = (CREDENTIALS_V2, OPEN_BADGES, PASSPORT_CONTEXT_URL)
_UNITS = ("Lay bricks to line", "Mix mortar", "Read working drawings", "Set out a building")
_DAY = timedelta(days=1)
_MAX_BYTES = 100_000

Json = dict[str, Any]
Issue = Callable[[IssuerWorld, int], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """How a credential is secured: ``suite`` of the world that makes it, and the centre's kind of key."""

    name: str
    issue: Issue
    suite: str = "eddsa-jcs-2022"
    key_type: KeyType = KeyType.ED25519


def subject(world: IssuerWorld, index: int) -> Json:
    """What an RPL certificate says of person ``index``; valid by the schema of its type."""
    made: Json = dict(world.subject(index))
    made["achievement"] = made["achievement"] | {
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": "Bricklayers and related workers",
                "targetUrl": "https://www.ilo.org/isco/7112",
                "targetFramework": "ISCO-08",
                "targetCode": "7112",
            },
            {
                "type": ["Alignment"],
                "targetName": "Bricklayer, level 1",
                "targetUrl": f"{ORIGIN}/standards/CON-BRL",
                "targetFramework": "National competency standards",
                "targetCode": "CON-BRL",
            },
        ]
    }
    made["unitsOfCompetency"] = [
        {"unitCode": f"CON-BRL-{101 + number}", "unitTitle": title, "unitResult": "C"}
        for number, title in enumerate(_UNITS)
    ]
    return made


def revoked_indexes() -> frozenset[int]:
    """One index in a hundred, spread as by chance and the same in every run."""
    spread: set[int] = set()
    for number in range(LIST_LENGTH):
        if len(spread) == round(LIST_LENGTH * REVOKED_SHARE):
            break
        digest = hashlib.sha256(f"revoked {number}".encode()).digest()
        spread.add(int.from_bytes(digest[:8]) % LIST_LENGTH)
    return frozenset(spread)


def make_sets(folder: Path, moment: datetime, *, count: int = COUNT) -> dict[str, Path]:
    """Write the files of all ``FORMATS`` into ``folder``; format → file."""
    revoked = revoked_indexes()
    made = {}
    for number, form in enumerate(FORMATS.values()):
        made[form.name] = folder / f"{number}.json"
        document = make_set(form, moment, revoked, count=count)
        made[form.name].write_text(json.dumps(document), encoding="utf-8")
    return made


def make_set(form: Format, moment: datetime, revoked: frozenset[int], *, count: int = COUNT) -> Json:
    """The content of one file."""
    world = _world(form, moment, revoked)
    indexes = [index for index in range(count + len(revoked) + 1) if index not in revoked][: count + 1]
    *credentials, spare = (form.issue(world, index) for index in indexes)
    is_sd_jwt = form.issue is issue_sd_jwt
    signers = (world.centre, world.status_signer)
    return {
        "format": form.name,
        "moment": moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "issuer": CENTRE_DID,
        "statusRegistry": STATUS_DID,
        "trust": {
            "list": TRUST_LIST_URL,
            "root": TRUST_ROOT_URL,
            "did": world.trust_anchor.did,
            "anchor": world.trust_anchor.text,
        },
        "statusList": TOKEN_LIST_URL if is_sd_jwt else world.list_url,
        "credentials": credentials,
        "spare": spare,
        "revoked": form.issue(world, min(revoked)),
        "tampered": [alter(credentials[0]), alter_signature(credentials[0])],
        "documents": {url: body.decode() for url, body in world.documents.items()},
        "contexts": {url: dict(read_context(url) or {}) for url in _CONTEXTS},
        "keys": {signer.verification_method: signer.public_key.jwk for signer in signers},
    }


def _world(form: Format, moment: datetime, revoked: frozenset[int]) -> IssuerWorld:
    world = IssuerWorld(form.suite, form.key_type)
    world.clock.advance(moment - world.now)
    world.roots.clear()
    world.publish_root()
    world.publish_trust_list()
    world.publish_status(set(revoked))
    world.documents[TOKEN_LIST_URL] = _token_list(world, revoked).encode()
    return world


def _token_list(world: IssuerWorld, revoked: frozenset[int]) -> str:
    values: Mapping[int, int] = dict.fromkeys(revoked, 1)
    to_sign = ListToSign(
        url=TOKEN_LIST_URL,
        compressed=compress_values(LIST_LENGTH, values, bits=TOKEN_LIST_BITS),
        bits=TOKEN_LIST_BITS,
        version=1,
        issued_at=world.now,
        expires=world.now + _DAY,
        ttl=timedelta(minutes=5),
    )
    return sign_list_jwt(to_sign, world.status_signer)


def issue_data_integrity(world: IssuerWorld, index: int) -> str:
    """A credential with the Data Integrity proof of the world's suite."""
    return world.issue(index, credentialSubject=subject(world, index)).decode()


def issue_jwt(world: IssuerWorld, index: int) -> str:
    """The same as ``vc+jwt``."""
    document = world.unsigned(index, credentialSubject=subject(world, index))
    return sign_credential_jwt(document, world.centre, issued_at=world.now - _DAY)


def issue_sd_jwt(world: IssuerWorld, index: int) -> str:
    """The same as SD-JWT VC, all five disclosures shown, without key binding."""
    claims = subject(world, index)
    claims.pop("id")
    claims |= {
        "iss": CENTRE_DID,
        "iat": numeric_date(world.now - _DAY),
        "nbf": numeric_date(world.now - _DAY),
        "exp": numeric_date(world.now + 365 * _DAY),
        "vct": vct_of("RPLCertificate"),
        "cnf": {"jwk": HOLDER.public_key.jwk},
        "status": {"status_list": {"idx": index, "uri": TOKEN_LIST_URL}},
    }
    payload, disclosures = conceal(claims, DISCLOSURES, Salts())
    header: Json = {"typ": JWT_TYPE, "kid": world.centre.verification_method}
    return join_sd_jwt(sign_jws(header, jcs.canonicalize(payload), world.centre), disclosures)


def alter(credential: str) -> str:
    """The same with another content under the old signature."""
    if credential.startswith("{"):
        document = json.loads(credential)
        document["credentialSubject"]["achievement"]["humanCode"] = "CON-BRL-6"
        return json.dumps(document, ensure_ascii=False)
    token, *disclosures = credential.split("~")
    header, payload, signature = token.split(".")
    claims = json.loads(base64url.decode(payload, max_bytes=_MAX_BYTES))
    claims.get("credentialSubject", claims)["achievement"]["humanCode"] = "CON-BRL-6"
    forged = f"{header}.{base64url.encode(json.dumps(claims).encode())}.{signature}"
    return "~".join((forged, *disclosures))


def alter_signature(credential: str) -> str:
    """The same under a signature that differs in one sign."""
    if credential.startswith("{"):
        document = json.loads(credential)
        document["proof"]["proofValue"] = _other_sign(document["proof"]["proofValue"])
        return json.dumps(document, ensure_ascii=False)
    token, *disclosures = credential.split("~")
    return "~".join((_other_sign(token), *disclosures))


def _other_sign(text: str) -> str:
    """``text`` with another sign near its end; the last may hold bits that count for nothing."""
    return text[:-8] + ("3" if text[-8] == "2" else "2") + text[-7:]


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format(name="eddsa-rdfc-2022", issue=issue_data_integrity, suite="eddsa-rdfc-2022"),
        Format(name="eddsa-jcs-2022", issue=issue_data_integrity),
        Format(name="vc+jwt EdDSA", issue=issue_jwt),
        Format(name="vc+jwt ES256", issue=issue_jwt, key_type=KeyType.P256),
        Format(name="SD-JWT VC EdDSA", issue=issue_sd_jwt),
        Format(name="SD-JWT VC ES256", issue=issue_sd_jwt, key_type=KeyType.P256),
    )
}
