"""openvc-core verifies what we issue, refuses what was altered, and sees a revocation."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas import read_context
from tests.interop.openvc_reader import verify
from tests.interop.published import (
    GOOD,
    ISSUERS,
    OPEN_BADGES_CONTEXT,
    OWN_CONTEXT,
    ROOT_DID,
    STATUS_DID,
    SUITES,
    TAMPERED,
    TRAINING_CENTRE_DID,
    TYPE_CONTEXTS,
    Json,
    Published,
)

pytestmark = pytest.mark.timeout(300)


def verdict_on(
    credential: Json,
    published: Published,
    *,
    mirror: Path | None = None,
    issuers: frozenset[str] = ISSUERS,
    status_registry: str = STATUS_DID,
) -> str:
    entries = json.loads((mirror or published.mirror).read_bytes())

    def fetch_text(url: str) -> str:
        return (published.folder / str(entries[url]["file"])).read_text(encoding="utf-8")

    def fetch_json(url: str) -> dict[str, Any]:
        return dict(json.loads(fetch_text(url)))

    contexts = {
        OPEN_BADGES_CONTEXT: dict(read_context(OPEN_BADGES_CONTEXT) or {}),
        **{url: published.document(url) for url in (OWN_CONTEXT, *TYPE_CONTEXTS)},
    }
    verdict, _ = verify(
        credential,
        issuers=issuers,
        status_registry=status_registry,
        contexts=contexts,
        fetch_json=fetch_json,
        fetch_text=fetch_text,
    )
    return verdict


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("suite", SUITES)
def test_what_we_issued_is_accepted(published: Published, suite: str, name: str) -> None:
    assert verdict_on(published.read(suite, name), published) == "accepted"


@pytest.mark.parametrize("suite", SUITES)
def test_a_revoked_credential_is_seen_as_revoked(published: Published, suite: str) -> None:
    assert verdict_on(published.read(suite, "revoked"), published) == "revoked"


@pytest.mark.parametrize("name", TAMPERED)
@pytest.mark.parametrize("suite", SUITES)
def test_an_altered_copy_is_refused(published: Published, suite: str, name: str) -> None:
    assert verdict_on(published.read(suite, name), published) == "refused"


@pytest.mark.parametrize("suite", SUITES)
def test_a_status_list_forged_to_clear_a_revocation_is_refused(published: Published, suite: str) -> None:
    revoked = published.read(suite, "revoked")
    assert verdict_on(revoked, published, mirror=published.forged_mirror) == "refused"


@pytest.mark.parametrize("suite", SUITES)
def test_a_list_that_is_not_the_registrys_is_refused(published: Published, suite: str) -> None:
    good = published.read(suite, "rpl")
    assert verdict_on(good, published, status_registry=TRAINING_CENTRE_DID) == "refused"


def test_an_issuer_that_is_not_relied_on_is_refused(published: Published) -> None:
    good = published.read("eddsa-rdfc-2022", "rpl")
    assert verdict_on(good, published, issuers=frozenset({TRAINING_CENTRE_DID})) == "refused"


def test_the_trust_list_is_read_and_an_altered_one_refused(published: Published) -> None:
    trust_list = published.document(published.trust_list_url)
    root = frozenset({ROOT_DID})
    assert verdict_on(trust_list, published, issuers=root) == "accepted"
    trust_list["credentialSubject"]["issuers"].append({"id": "did:web:diploma-mill.example"})
    assert verdict_on(trust_list, published, issuers=root) == "refused"
