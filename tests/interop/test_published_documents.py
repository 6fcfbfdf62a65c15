"""What a reader must be able to fetch, and in what form, whatever library it uses."""

import pytest

from schemas import read_context
from tests.interop.published import DID_DOCUMENTS, OWN_CONTEXT, SUITES, TYPE_CONTEXTS, Published

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("url", [OWN_CONTEXT, *TYPE_CONTEXTS])
def test_our_contexts_are_published_as_they_are_pinned(published: Published, url: str) -> None:
    assert published.document(url) == dict(read_context(url) or {})
    assert published.entries()[url]["contentType"] == "application/ld+json"


@pytest.mark.parametrize("url", DID_DOCUMENTS)
def test_a_did_document_offers_its_keys_for_assertions_as_multikeys(published: Published, url: str) -> None:
    document = published.document(url)
    host, *path, _ = url.removeprefix("https://").split("/")
    assert document["id"] == ":".join(["did", "web", host, *path])
    methods = {method["id"]: method for method in document["verificationMethod"]}
    assert set(document["assertionMethod"]) == set(methods)
    for method in methods.values():
        assert method["id"].startswith(f"{document['id']}#")
        assert method["controller"] == document["id"]
        assert method["type"] == "Multikey"
    # Ed25519, and in a centre P-256 for tokens too.
    kinds = {method["publicKeyMultibase"][:4] for method in methods.values()}
    assert kinds == ({"z6Mk", "zDna"} if "/centres/" in url else {"z6Mk"})


@pytest.mark.parametrize("url", DID_DOCUMENTS)
def test_a_did_document_has_its_own_media_type(published: Published, url: str) -> None:
    assert published.entries()[url]["contentType"] == "application/did+json"


def test_scripts_of_any_page_may_read_what_verifying_needs(published: Published) -> None:
    closed = [url for url, entry in published.entries().items() if not entry["readableByAnyOrigin"]]
    assert closed == []


@pytest.mark.parametrize("suite", SUITES)
def test_a_status_list_is_secured_like_the_credentials_that_name_it(published: Published, suite: str) -> None:
    credential = published.read(suite, "rpl")
    assert [entry["statusPurpose"] for entry in credential["credentialStatus"]] == [
        "revocation",
        "suspension",
    ]
    for entry in credential["credentialStatus"]:
        status_list = published.document(entry["statusListCredential"])
        assert status_list["proof"]["cryptosuite"] == credential["proof"]["cryptosuite"] == suite
        assert status_list["credentialSubject"]["statusPurpose"] == entry["statusPurpose"]
        assert entry["id"] != entry["statusListCredential"]
