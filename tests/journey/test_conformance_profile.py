"""The conformance profile through its doors: what outside suites do, and that it stays what it is."""

import ast
import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from passport.assembly import open_one
from passport.conformance.app import create_app
from passport.conformance.issuers import WAYS
from runtime.clock import FixedClock
from runtime.settings import Settings, SettingsError
from tests.simulator import START, did_key_signer
from vc.encoding.timestamps import format_timestamp
from vc.proof.data_integrity import add_proof
from vc.status.bitstring_status_list import MIN_LENGTH, bit_at, decode_list

ROOT = Path(__file__).parent.parent.parent
V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
EMBEDDED = sorted(name for name, way in WAYS.items() if way.cryptosuite is not None)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("conformance"), base_url="https://127.0.0.1:9443")
    context = open_one(settings, FixedClock(START), "passport")
    with TestClient(create_app(context), base_url=settings.base_url) as opened:
        yield opened
    context.database.close()


def credential(issuer: str, **members: Any) -> Document:
    return {
        "@context": [V2, EXAMPLES],
        "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:example:abc", "alumniOf": "The School of Examples"},
        **members,
    }


def issuer_of(client: TestClient, name: str) -> str:
    identifiers: dict[str, str] = client.get("/conformance/ids.json").json()
    _, _, curve = name.partition("~")
    return identifiers[curve or "ed"]


def issue(client: TestClient, name: str, document: Mapping[str, Any]) -> Document:
    answer = client.post(f"/issuers/{name}/credentials/issue", json={"credential": document, "options": {}})
    assert answer.status_code == 201, answer.text
    secured: Document = answer.json()["verifiableCredential"]
    return secured


def verify(client: TestClient, document: Any, **options: Any) -> int:
    answer = client.post("/credentials/verify", json={"verifiableCredential": document, "options": options})
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


def test_the_identifiers_are_did_keys_of_each_kind(client: TestClient) -> None:
    identifiers = client.get("/conformance/ids.json").json()
    prefixes = {name: did.removeprefix("did:key:")[:4] for name, did in identifiers.items()}
    assert prefixes == {"ed": "z6Mk", "P-256": "zDna", "P-384": "z82L"}


@pytest.mark.parametrize("name", sorted(WAYS))
def test_what_is_issued_verifies_and_what_is_altered_does_not(client: TestClient, name: str) -> None:
    document = credential(issuer_of(client, name), validFrom="2026-01-01T00:00:00Z")
    secured = issue(client, name, document)
    assert verify(client, secured, checks=["proof"]) == 200
    altered = copy.deepcopy(secured)
    if name == "jwt":
        head, payload, signature = secured["id"].split(".")
        altered["id"] = f"{head}.{payload}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}"
    else:
        assert {key: secured[key] for key in document} == document
        altered["credentialSubject"]["alumniOf"] = "Another school"
    assert verify(client, altered) == 400


@pytest.mark.parametrize("name", EMBEDDED)
def test_the_proof_is_by_the_key_and_suite_of_the_door(client: TestClient, name: str) -> None:
    proof = issue(client, name, credential(issuer_of(client, name)))["proof"]
    did = issuer_of(client, name)
    assert proof["cryptosuite"] == WAYS[name].cryptosuite
    assert proof["verificationMethod"] == f"{did}#{did.removeprefix('did:key:')}"
    assert (proof["type"], proof["proofPurpose"]) == ("DataIntegrityProof", "assertionMethod")
    assert proof["created"] == format_timestamp(START)


UNISSUABLE: dict[str, Document] = {
    "no_context": {"@context": None},
    "v2_context_not_first": {"@context": [EXAMPLES, V2]},
    "no_type": {"type": None},
    "undefined_type": {"@context": [V2], "type": ["VerifiableCredential", "Undefined"]},
    "undefined_term": {"@context": [V2], "undefined": "x"},
    "issuer_that_is_no_url": {"issuer": "somebody"},
    "issuer_of_null": {"issuer": {"id": None}},
    "empty_subject": {"credentialSubject": {}},
    "validity_without_offset": {"validFrom": "2026-01-01T00:00:00"},
    "validity_backwards": {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
    "status_without_type": {"credentialStatus": {"id": "urn:x:1"}},
    "wrong_digest_of_the_context": {
        "relatedResource": {"id": V2, "digestSRI": "sha256-" + "A" * 43 + "="},
    },
    "proof_without_type": {"proof": {"cryptosuite": "eddsa-rdfc-2022"}},
}


@pytest.mark.parametrize("fault", UNISSUABLE)
@pytest.mark.parametrize("name", ["vcdm", "eddsa-jcs-2022", "jwt"])
def test_nothing_malformed_is_issued(client: TestClient, name: str, fault: str) -> None:
    members = {key: value for key, value in UNISSUABLE[fault].items() if value is not None}
    document = credential(issuer_of(client, name)) | members
    for key in UNISSUABLE[fault].keys() - members.keys():
        del document[key]
    answer = client.post(f"/issuers/{name}/credentials/issue", json={"credential": document})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_same_credential_may_be_issued_again_and_unknown_status_types_pass(client: TestClient) -> None:
    status = {"id": "https://a.example/status#1", "type": "SomeOtherStatus"}
    document = credential(issuer_of(client, "vcdm"), credentialStatus=status)
    first, second = issue(client, "vcdm", document), issue(client, "vcdm", document)
    assert first["credentialStatus"] == second["credentialStatus"] == status


def test_a_status_entry_of_its_own_and_a_list_behind_it(client: TestClient) -> None:
    first, second = (issue(client, "bitstring", credential(issuer_of(client, "ed"))) for _ in range(2))
    entry, other = first["credentialStatus"], second["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    assert entry["id"] != entry["statusListCredential"]
    assert entry["statusListCredential"].startswith("https://")
    assert entry["statusListIndex"] != other["statusListIndex"]
    status_list = client.get(entry["statusListCredential"]).json()
    assert verify(client, status_list) == 200
    bits = decode_list(status_list["credentialSubject"]["encodedList"])
    assert len(bits) * 8 == MIN_LENGTH
    assert not bit_at(bits, int(entry["statusListIndex"]))


def test_data_model_1_1_is_issued_and_verified_here(client: TestClient) -> None:
    document = {
        "@context": [V1],
        "type": ["VerifiableCredential"],
        "issuer": issuer_of(client, "ed"),
        "issuanceDate": "2024-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abc"},
    }
    secured = issue(client, "eddsa-rdfc-2022", document)
    assert secured["@context"] == [V1, "https://w3id.org/security/data-integrity/v2"]
    assert verify(client, secured) == 200
    assert verify(client, secured | {"issuanceDate": "2024-01-02T00:00:00Z"}) == 400


def test_a_key_need_not_be_the_issuers_own_here(client: TestClient) -> None:
    _, signer = did_key_signer("somebody")
    document = credential("https://vc.example/issuers/5678")
    secured = add_proof(document, cryptosuite="eddsa-jcs-2022", signer=signer, created=START)
    assert verify(client, secured) == 200


def test_only_the_profile_relaxes_the_policy() -> None:
    relaxing = []
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] in ("tests", ".venv"):
            continue
        calls = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.keyword))
        relaxing += [path.relative_to(ROOT).as_posix() for node in calls if node.arg == "for_test_documents"]
    assert relaxing == ["passport/conformance/verifiers.py"]


def presentation(client: TestClient, signer_name: str = "holder", **options: Any) -> Document:
    _, signer = did_key_signer(signer_name)
    inner = issue(client, "eddsa-rdfc-2022", credential(issuer_of(client, "ed")))
    document = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [inner]}
    return add_proof(
        document,
        cryptosuite="eddsa-rdfc-2022",
        signer=signer,
        created=START,
        proof_purpose="authentication",
        **options,
    )


def verify_presentation(client: TestClient, document: Any, **options: Any) -> int:
    body = {"verifiablePresentation": document, "options": options}
    return client.post("/presentations/verify", json=body).status_code


def test_a_presentation_answers_its_challenge_and_domain(client: TestClient) -> None:
    document = presentation(client, domain="a.example", challenge="c-1")
    assert verify_presentation(client, document, domain="a.example", challenge="c-1") == 200
    assert verify_presentation(client, document, domain="b.example", challenge="c-1") == 400
    assert verify_presentation(client, document, domain="a.example", challenge="c-2") == 400


def test_a_presentation_with_an_altered_credential_is_refused(client: TestClient) -> None:
    document = presentation(client)
    assert verify_presentation(client, document) == 200
    document["verifiableCredential"][0]["credentialSubject"]["alumniOf"] = "x"
    assert verify_presentation(client, document) == 400


MISREAD: dict[str, Any] = {
    "text": "x",
    "no_document": {},
    "document_of_text": {"verifiableCredential": "x"},
    "options_of_text": {"verifiableCredential": {}, "options": "x"},
    "challenge_of_number": {"verifiableCredential": {}, "options": {"challenge": 1}},
}


@pytest.mark.parametrize("fault", MISREAD)
def test_a_misshapen_request_is_a_client_error(client: TestClient, fault: str) -> None:
    answer = client.post("/credentials/verify", json=MISREAD[fault])
    assert answer.status_code == 400


def test_an_unknown_issuer_is_not_found(client: TestClient) -> None:
    assert client.post("/issuers/none/credentials/issue", json={"credential": {}}).status_code == 404


def test_a_did_resolves(client: TestClient) -> None:
    did = issuer_of(client, "ed")
    answer = client.get(f"/1.0/identifiers/{did.replace(':', '%3A')}")
    assert answer.status_code == 200
    assert answer.json()["didDocument"]["id"] == did


def test_production_refuses_the_profile(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    context = open_one(settings, FixedClock(START), "passport")
    object.__setattr__(settings, "mode", "production")
    with pytest.raises(SettingsError, match="conformance"):
        create_app(context)
    context.database.close()
