"""Other people's libraries verify our bound copies, with and without key binding, and no altered one."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from openvc import verify_credential
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.resolvers import default_status_list_token_resolver
from openvc.verify import VerificationPolicy
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from issuer.copy_format import CopyFormat
from passport.demo_world.people import draw_people
from schemas import PASSPORT_CONTEXT_URL
from tests.cheap_costs import cheap_key_stretching
from tests.demo_copies import demo_client
from tests.interop.node_reader import FOLDER, SECONDS, Verdict, read_with, require_node
from tests.journey.conftest import revoke
from tests.journey.test_copies import ask, certificate, holder_keys
from tests.journey.test_first_journey import desk_of
from vc.crypto.keys import PublicKey
from vc.encoding import base64url
from vc.jose.jws import parse_jws
from vc.sd_jwt.credential import parse_sd_jwt_vc
from vc.sd_jwt.key_binding import sign_key_binding
from vc.status.entries import parse_status_entries

pytestmark = pytest.mark.timeout(300)

DID_ORIGIN = "https://skills-passport.example"
CENTRE, STATUS = f"{DID_ORIGIN}/centres/phka-trakuon/did.json", f"{DID_ORIGIN}/status/did.json"
TYPE = f"{DID_ORIGIN}/types/RPLCertificate"
NONCE, AUDIENCE = "n-0S6_WzA2MjKz", "https://verifier.example"
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """Copies by name, and everything that a verifier fetches, by URL; ``now`` in seconds."""

    copies: dict[str, Json]
    folder: Path
    now: int

    @property
    def mirror(self) -> Path:
        return self.folder / "mirror.json"

    def text(self, name: str) -> str:
        return str(self.copies[name]["text"])

    def fetched(self, url: str) -> str:
        entry = json.loads(self.mirror.read_bytes())[url]
        return (self.folder / str(entry["file"])).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("bound-copies")
    with cheap_key_stretching():
        return anyio.run(_make, folder)


async def _make(folder: Path) -> Made:
    people = draw_people()
    async with demo_client(folder / "data", people, default_cryptosuite="eddsa-rdfc-2022") as client:
        credential_id, holder = await certificate(client, people)
        copies: dict[str, Json] = {}
        keys = holder_keys(3)
        for copy_format, key in zip(CopyFormat, keys, strict=True):
            answer = await ask(client, credential_id, holder, copy_format=copy_format.value, keys=[key])
            copies[copy_format.value] = {"format": copy_format.value, "text": answer.json()["copies"][0]}
        now = desk_of(client).context.clock.now()
        text = copies["dc+sd-jwt"]["text"]
        bound = sign_key_binding(text, keys[0], audience=AUDIENCE, nonce=NONCE, issued_at=now)
        copies["bound"] = {"format": "dc+sd-jwt", "text": text + bound, "nonce": NONCE}
        wrong = sign_key_binding(text, keys[1], audience=AUDIENCE, nonce=NONCE, issued_at=now)
        copies["bound by another"] = {"format": "dc+sd-jwt", "text": text + wrong, "nonce": NONCE}
        copies |= _altered(text, copies["jwt_vc_json"]["text"])
        other_id, other = await certificate(client, people, 1)
        answer = await ask(client, other_id, other, keys=holder_keys(1))
        copies["revoked"] = {"format": "dc+sd-jwt", "text": answer.json()["copies"][0]}
        await revoke(client, other_id)
        urls = _urls(copies)
        with anyio.fail_after(20):
            while not await _is_published(client, copies["revoked"]["text"]):
                await anyio.sleep(0.2)
        mirror = {}
        for number, url in enumerate(urls):
            path = url.removeprefix(DID_ORIGIN) if url.startswith(DID_ORIGIN) else url
            response = await client.get(path)
            assert response.status_code == 200, url
            (folder / f"{number}.txt").write_bytes(response.content)
            mirror[url] = {"file": f"{number}.txt", "contentType": response.headers["content-type"]}
        fetched_at = desk_of(client).context.clock.now()
    (folder / "mirror.json").write_text(json.dumps(mirror), encoding="utf-8")
    return Made(copies=copies, folder=folder, now=int(fetched_at.timestamp()) + 1)


def _altered(text: str, jwt: str) -> dict[str, Json]:
    token, *disclosures, _ = text.split("~")
    parts = [json.loads(base64url.decode(part, max_bytes=10_000)) for part in disclosures]
    position = next(number for number, part in enumerate(parts) if part[1] == "nameLatin")
    salt, name, _ = parts[position]
    disclosures[position] = base64url.encode(json.dumps([salt, name, "SOMEBODY ELSE"]).encode())
    head, signed, proof = token.split(".")
    claimed = json.loads(base64url.decode(signed, max_bytes=100_000))
    claimed["status"]["status_list"]["idx"] ^= 1
    moved = ".".join((head, base64url.encode(json.dumps(claimed).encode()), proof))
    header, payload, signature = jwt.split(".")
    claims = json.loads(base64url.decode(payload, max_bytes=100_000))
    claims["credentialSubject"]["nameLatin"] = "SOMEBODY ELSE"
    forged = base64url.encode(json.dumps(claims).encode())
    return {
        "another index": {"format": "dc+sd-jwt", "text": "~".join((moved, *text.split("~")[1:]))},
        "another name": {"format": "dc+sd-jwt", "text": "~".join((token, *disclosures, ""))},
        "another name in the jwt": {
            "format": "jwt_vc_json",
            "text": f"{header}.{forged}.{signature}",
        },
    }


def _urls(copies: dict[str, Json]) -> list[str]:
    urls = {CENTRE, STATUS, TYPE, PASSPORT_CONTEXT_URL}
    for name in ("dc+sd-jwt", "revoked"):
        status: Any = parse_sd_jwt_vc(copies[name]["text"]).claims["status"]
        urls.add(status["status_list"]["uri"])
    for entry in parse_status_entries(json.loads(copies["ldp_vc"]["text"])):
        urls.add(getattr(entry, "list_url"))  # noqa: B009 - one of two kinds, both of which we make
    return sorted(urls)


async def _is_published(client: Any, text: str) -> bool:
    answer = (await client.post("/verify/check", json={"text": text})).json()
    return bool(answer["verdicts"]["inForce"]["reason"] == "revoked")


@pytest.fixture(scope="module")
def by_node(made: Made) -> dict[str, Json]:
    node = require_node()
    variables = {"PATH": os.environ.get("PATH", ""), "INTEROP_MIRROR": str(made.mirror)}
    done = subprocess.run(
        [node, "--import", "./mirror.mjs", "bound-copies.mjs"],
        cwd=FOLDER,
        env=variables,
        input=json.dumps({"now": made.now, "copies": made.copies}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


@pytest.mark.node
@pytest.mark.parametrize("name", ["dc+sd-jwt", "bound", "jwt_vc_json"])
def test_javascript_libraries_accept_what_we_made(made: Made, by_node: dict[str, Json], name: str) -> None:
    wanted = parse_sd_jwt_vc(made.text("dc+sd-jwt")).claims["nameLatin"]
    assert by_node[name] == {"verdict": "accepted", "nameLatin": wanted}


@pytest.mark.node
@pytest.mark.parametrize(
    "name", ["another index", "another name", "another name in the jwt", "bound by another", "revoked"]
)
def test_javascript_libraries_refuse_what_is_wrong(by_node: dict[str, Json], name: str) -> None:
    assert by_node[name]["verdict"] == "refused", by_node[name]


@pytest.mark.node
def test_digitalbazaar_accepts_the_copy_with_a_proof_and_refuses_it_altered(made: Made) -> None:
    require_node()
    good, bad = made.folder / "good.json", made.folder / "bad.json"
    document = json.loads(made.text("ldp_vc"))
    good.write_text(json.dumps(document), encoding="utf-8")
    document["credentialSubject"]["id"] = "did:jwk:somebody"
    bad.write_text(json.dumps(document), encoding="utf-8")
    expected = {
        "issuers": [document["issuer"]["id"]],
        "statusRegistry": "did:web:skills-passport.example:status",
    }
    verdicts = read_with(
        "digitalbazaar-vc", [good, bad], mirror=made.mirror, expected=expected, scratch=made.folder
    )
    assert verdicts[good] == Verdict(verdict="accepted", reason=None)
    assert verdicts[bad].verdict == "refused"


def issuer_key(made: Made, kid: str) -> PublicKey:
    methods = json.loads(made.fetched(CENTRE))["verificationMethod"]
    multikey = next(method["publicKeyMultibase"] for method in methods if method["id"] == kid)
    return PublicKey.from_multikey(multikey)


def by_reference(made: Made, name: str, **expected: str) -> Json:
    """What the reference library of SD-JWT reads, whatever it raises."""
    from jwcrypto.jwk import JWK  # type: ignore[import-untyped]

    kid = str(parse_jws(made.text(name).split("~")[0]).key_id)
    key = JWK(**issuer_key(made, kid).jwk)
    verifier = SDJWTVerifier(
        made.text(name), lambda _issuer, _header: key, expected.get("aud"), expected.get("nonce")
    )
    return dict(verifier.get_verified_payload())


def test_the_reference_library_reads_what_we_made(made: Made) -> None:
    claims = dict(parse_sd_jwt_vc(made.text("dc+sd-jwt")).claims)
    assert by_reference(made, "dc+sd-jwt") == claims
    assert by_reference(made, "bound", aud=AUDIENCE, nonce=NONCE) == claims


def test_the_reference_library_finds_no_other_name_and_no_other_holder(made: Made) -> None:
    assert "nameLatin" not in by_reference(made, "another name"), "its digest is in no token"
    with pytest.raises(Exception):  # noqa: B017 - whatever the library raises
        by_reference(made, "bound by another", aud=AUDIENCE, nonce=NONCE)
    with pytest.raises(Exception):  # noqa: B017
        by_reference(made, "another index")


def by_openvc(made: Made, name: str) -> str:
    def fetch_json(url: str) -> Json:
        return dict(json.loads(made.fetched(url)))

    resolver = DidResolverRegistry([DidWebResolver(fetch_json)])
    policy = VerificationPolicy(
        require_status_issuer_binding=True,
        status_issuer_allowlist=frozenset({"did:web:skills-passport.example:status"}),
    )
    try:
        result = verify_credential(
            made.text(name),
            policy=policy,
            resolver=resolver,
            resolve_status_list_token=default_status_list_token_resolver(
                resolver=resolver, fetch=made.fetched
            ),
        )
    except OpenvcError as error:
        return f"refused: {error}"
    return f"accepted: {result.issuer}"


def test_openvc_accepts_what_we_made_and_sees_the_revocation(made: Made) -> None:
    centre = "did:web:skills-passport.example:centres:phka-trakuon"
    assert by_openvc(made, "dc+sd-jwt") == f"accepted: {centre}"
    assert by_openvc(made, "revoked").startswith("refused")
    assert by_openvc(made, "another name").startswith("refused")
    assert by_openvc(made, "another index").startswith("refused")


def test_openvc_checks_the_key_binding(made: Made) -> None:
    kid = str(parse_jws(made.text("bound").split("~")[0]).key_id)
    for name, is_good in (("bound", True), ("bound by another", False)):
        try:
            verified = SdJwtVcProofSuite().verify(
                made.text(name),
                public_key_jwk=dict(issuer_key(made, kid).jwk),
                audience=AUDIENCE,
                nonce=NONCE,
                require_key_binding=True,
            )
            assert is_good, verified
        except OpenvcError:
            assert not is_good
