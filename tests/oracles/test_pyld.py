"""A second opinion on RDFC-1.0: PyLD canonicalizes what we issue and publish to the same bytes."""

import pytest

from tests.interop.published import DID_DOCUMENTS, Json, Published
from tests.oracles.pyld_oracle import canonicalize_with_pyld
from vc.encoding.rdfc import canonicalize_rdfc

# The first of these tests may be the one that makes the published world, on a loopback port.
pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(300)]

RDFC = "eddsa-rdfc-2022"


def assert_same(document: Json) -> None:
    ours = canonicalize_rdfc(document)
    assert ours.count(b"\n") > 3
    assert ours == canonicalize_with_pyld(document)


@pytest.mark.parametrize("name", ["rpl", "training", "revoked"])
def test_an_issued_credential(published: Published, name: str) -> None:
    credential = published.read(RDFC, name)
    proof = credential.pop("proof")
    assert_same(credential)
    del proof["proofValue"]
    assert_same({"@context": credential["@context"], **proof})


def test_an_altered_credential_has_other_bytes(published: Published) -> None:
    good, altered = published.read(RDFC, "rpl"), published.read(RDFC, "other-name")
    assert canonicalize_with_pyld(altered) != canonicalize_rdfc(good)


def test_the_status_list(published: Published) -> None:
    entry = published.read(RDFC, "rpl")["credentialStatus"][0]
    status_list = published.document(entry["statusListCredential"])
    del status_list["proof"]
    assert_same(status_list)


@pytest.mark.parametrize("url", DID_DOCUMENTS)
def test_a_did_document(published: Published, url: str) -> None:
    assert_same(published.document(url))
