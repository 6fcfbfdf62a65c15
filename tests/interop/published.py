"""What the real service issues and publishes, kept as files for readers that never saw our code.

``build`` serves the demo once per cryptosuite, issues over HTTP, revokes one certificate, and
saves every document a verifier would fetch together with the URL it was published at. It also makes
the copies that a reader must refuse: each differs from a good one in one thing.
"""

import copy
import fcntl
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from issuer.class_list import CellValue, example_row
from passport.demo_world.centres import CENTRES, PUBLIC_BODIES
from passport.demo_world.class_lists import demo_class_list
from passport.demo_world.people import DemoPerson, draw_people
from runtime.clock import SystemClock
from schemas import type_context_url
from tests.interop.deployment import PASSWORD, DemoDeployment
from vc.model.credential_types import credential_types
from vc.status.bitstring_status_list import MIN_LENGTH, encode_list

SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
DID_ORIGIN = "https://skills-passport.example"
RPL_CENTRE, TRAINING_CENTRE = "phka-trakuon", "trei-chhlonh"
RPL_CENTRE_DID = f"did:web:skills-passport.example:centres:{RPL_CENTRE}"
TRAINING_CENTRE_DID = f"did:web:skills-passport.example:centres:{TRAINING_CENTRE}"
STATUS_DID = "did:web:skills-passport.example:status"
ROOT_DID = "did:web:skills-passport.example:trust"
OPEN_BADGES_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OWN_CONTEXT = f"{DID_ORIGIN}/contexts/passport/v1"
ISSUER_SLUGS = tuple(issuer.slug for issuer in (*CENTRES, *PUBLIC_BODIES))
ISSUERS = frozenset(f"did:web:skills-passport.example:centres:{slug}" for slug in ISSUER_SLUGS)
DID_DOCUMENTS = (
    *(f"{DID_ORIGIN}/centres/{slug}/did.json" for slug in ISSUER_SLUGS),
    f"{DID_ORIGIN}/status/did.json",
    f"{DID_ORIGIN}/trust/did.json",
)
FURTHER_TYPES = {
    credential_types()[name].slug: issuer.slug
    for issuer in (*CENTRES, *PUBLIC_BODIES)
    for name in issuer.types
}
"""The types issued besides those of the two centres above: slug to who issues them in the demo."""
TYPE_CONTEXTS = tuple(url for name in credential_types() if (url := type_context_url(name)) is not None)
GOOD = ("rpl", "training", *sorted(FURTHER_TYPES))
REVOKED_WITHIN_SECONDS = 30
ISSUED_WITHIN_SECONDS = 60
APPROVERS = {"medical-desk": "health-clerk"}
"""Who approves where it is not the centre's approver: of health data, another health clerk."""

Json = dict[str, Any]
Mirror = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A folder with what one deployment has issued and published.

    ``mirror`` (and ``forged_mirror``, where a stranger put the status lists back to "nothing is
    revoked") is a JSON object: URL → ``{"file", "contentType", "readableByAnyOrigin"}``, ``file``
    being beside it and the last whether scripts of any web page may read the document.
    """

    folder: Path

    @property
    def mirror(self) -> Path:
        """Everything as it was published, after the revocation."""
        return self.folder / "mirror.json"

    @property
    def forged_mirror(self) -> Path:
        """The same with status lists whose revoked bits were cleared without the registry's key."""
        return self.folder / "forged-mirror.json"

    def credential(self, suite: str, name: str) -> Path:
        """The file of one credential: one of ``GOOD``, ``revoked`` or one of ``TAMPERED``."""
        return self.folder / suite / f"{name}.json"

    def read(self, suite: str, name: str) -> Json:
        """The same, parsed."""
        return dict(json.loads(self.credential(suite, name).read_bytes()))

    def document(self, url: str) -> Json:
        """What is published at ``url``, parsed."""
        return dict(json.loads((self.folder / self.entries()[url]["file"]).read_bytes()))

    @property
    def trust_list_url(self) -> str:
        """Where the trust list is published."""
        return next(url for url in self.entries() if url.endswith("/trust/list"))

    def entries(self) -> Mirror:
        """The mirror, parsed."""
        return dict(json.loads(self.mirror.read_bytes()))


def _other_name(credential: Json) -> None:
    credential["credentialSubject"]["nameLatin"] = "SOMEBODY ELSE"


def _higher_level(credential: Json) -> None:
    credential["credentialSubject"]["achievement"]["cqfLevel"] = 6


def _other_status_index(credential: Json) -> None:
    entry = credential["credentialStatus"][0]
    entry["statusListIndex"] = str(int(entry["statusListIndex"]) ^ 1)


def _no_status(credential: Json) -> None:
    del credential["credentialStatus"]


def _other_issuer(credential: Json) -> None:
    credential["issuer"]["id"] = TRAINING_CENTRE_DID


def _undefined_term(credential: Json) -> None:
    credential["credentialSubject"]["visaGranted"] = "yes"


def _other_proof_value(credential: Json) -> None:
    value = credential["proof"]["proofValue"]
    credential["proof"]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")


TAMPERED: Mapping[str, Callable[[Json], None]] = {
    "other-name": _other_name,
    "higher-level": _higher_level,
    "other-status-index": _other_status_index,
    "no-status": _no_status,
    "other-issuer": _other_issuer,
    "undefined-term": _undefined_term,
    "other-proof-value": _other_proof_value,
}


def shared_world(tmp_path_factory: pytest.TempPathFactory, worker: str | None) -> Published:
    """Build the world once for a whole test run, however many worker processes it has."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if worker else base) / "published-world"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "done"
        if not done.exists():
            build(folder)
            done.touch()
    return Published(folder=folder)


def build(folder: Path) -> None:
    """Issue, revoke, save and tamper; fills ``folder`` as ``Published`` describes."""
    mirror: Mirror = {}
    with DemoDeployment.open(folder / "data") as deployment:
        for number, suite in enumerate(SUITES):
            (folder / suite).mkdir(exist_ok=True)
            with deployment.serving(suite) as client:
                issued = _issue(client, number)
                _revoke(client, issued["revoked"])
                for name, credential in issued.items():
                    (folder / suite / f"{name}.json").write_text(json.dumps(credential), encoding="utf-8")
                _save_published(client, folder, mirror, list(issued.values()))
            _tamper(folder / suite, issued["rpl"])
    (folder / "mirror.json").write_text(json.dumps(mirror, indent=1), encoding="utf-8")
    forged = mirror | {url: _forge(folder, mirror[url]) for url in mirror if "/status/lists/" in url}
    (folder / "forged-mirror.json").write_text(json.dumps(forged, indent=1), encoding="utf-8")


def _issue(client: httpx2.Client, number: int) -> dict[str, Json]:
    """Certificates to verify; an award is issued once only, so each suite takes other people."""
    people = draw_people()
    rpl = demo_class_list("rpl", people).rows[2 * number : 2 * number + 2]
    (training,) = demo_class_list("training", people).rows[number : number + 1]
    sign_in(client, f"clerk-{RPL_CENTRE}")
    issued = {"rpl": _issue_one(client, "rpl", rpl[0], RPL_CENTRE)}
    issued["revoked"] = _issue_one(client, "rpl", rpl[1], RPL_CENTRE)
    sign_in(client, f"clerk-{TRAINING_CENTRE}")
    issued["training"] = _issue_one(client, "training", training, TRAINING_CENTRE)
    for slug, issuer in FURTHER_TYPES.items():
        sign_in(client, f"clerk-{issuer}")
        issued[slug] = _issue_one(client, slug, _example(slug, people[number]), issuer)
    return issued


def _example(slug: str, person: DemoPerson) -> dict[str, CellValue]:
    """The example of a type, about another person."""
    row = dict(example_row(slug, today=SystemClock().now().date()))
    return row | {
        key: getattr(person, key) for key in ("rld_number", "name_km", "name_latin", "birth_date", "sex")
    }


def sign_in(client: httpx2.Client, username: str) -> None:
    client.cookies.clear()
    form = {"username": username, "password": PASSWORD, "next": "/"}
    assert client.post("/sign-in", data=form).status_code == 303


def _issue_one(client: httpx2.Client, kind: str, row: Mapping[str, CellValue], centre: str) -> Json:
    body = {"kind": kind, "row": {key: str(value) for key, value in row.items() if value is not None}}
    answer = client.post("/issuer/api/credentials", json=body)
    assert answer.status_code == 202, answer.text
    issued = approve_one(client, answer.json(), centre)
    return dict(client.get(issued["credential"]).raise_for_status().json())


def approve_one(client: httpx2.Client, waiting: Json, centre: str) -> Json:
    """Approve it as another person of the centre, who stays signed out; the one certificate of the list."""
    clerk, path = dict(client.cookies), f"/issuer/api/classes/{waiting['id']}"
    sign_in(client, APPROVERS.get(centre, f"approver-{centre}"))
    body = {"proposal": waiting["approval"]["proposal"]}
    assert client.post(f"{path}/approve", json=body).status_code == 202
    client.cookies.clear()
    client.cookies.update(clerk)
    deadline = time.monotonic() + ISSUED_WITHIN_SECONDS
    while (record := client.get(path).raise_for_status().json())["state"] != "issued":
        assert time.monotonic() < deadline, "it was not issued in time"
        time.sleep(0.05)
    return dict(record["credentials"][0])


def _revoke(client: httpx2.Client, credential: Json) -> None:
    """Revoke it and wait until the published list says so."""
    sign_in(client, "fraud-officer-1")
    url = credential["credentialStatus"][0]["statusListCredential"]
    before = client.get(url).raise_for_status().json()["credentialSubject"]["encodedList"]
    body = {"credentials": [credential["id"]], "reason": "FRAUD"}
    opened = client.post("/revocation/api/cases", json=body)
    case = f"/revocation/api/cases/{opened.json()['case_id']}"
    assert client.post(f"{case}/revoke").status_code == 200
    sign_in(client, "fraud-officer-2")
    assert client.post(f"{case}/agree").json()["revoked"] == 1
    client.cookies.clear()
    deadline = time.monotonic() + REVOKED_WITHIN_SECONDS
    while client.get(url).raise_for_status().json()["credentialSubject"]["encodedList"] == before:
        assert time.monotonic() < deadline, "the revocation was not published in time"
        time.sleep(0.2)


def _save_published(client: httpx2.Client, folder: Path, mirror: Mirror, credentials: list[Json]) -> None:
    """Fetch without signing in what any verifier may fetch, and keep it under its public URL."""
    base = str(client.base_url).rstrip("/")
    lists = {
        entry["statusListCredential"]
        for credential in credentials
        for entry in credential["credentialStatus"]
    }
    for url in (*DID_DOCUMENTS, OWN_CONTEXT, *TYPE_CONTEXTS, f"{base}/trust/list", *sorted(lists)):
        response = client.get(url.replace(DID_ORIGIN, base)).raise_for_status()
        file = mirror[url]["file"] if url in mirror else f"published-{len(mirror)}.json"
        (folder / file).write_bytes(response.content)
        mirror[url] = {
            "file": file,
            "contentType": response.headers["content-type"],
            "readableByAnyOrigin": response.headers.get("access-control-allow-origin") == "*",
        }


def _tamper(folder: Path, good: Json) -> None:
    for name, change in TAMPERED.items():
        changed = copy.deepcopy(good)
        change(changed)
        assert changed != good, name
        (folder / f"{name}.json").write_bytes(json.dumps(changed).encode())


def _forge(folder: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A list with every bit cleared; its proof is left as it was."""
    forged = json.loads((folder / entry["file"]).read_bytes())
    forged["credentialSubject"]["encodedList"] = encode_list(MIN_LENGTH, ())
    file = f"forged-{entry['file']}"
    (folder / file).write_text(json.dumps(forged), encoding="utf-8")
    return {**entry, "file": file}
