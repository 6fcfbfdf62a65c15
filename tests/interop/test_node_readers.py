"""JavaScript libraries verify what we issue, refuse what was altered, and see a revocation."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.interop.node_reader import Verdict, read_with, require_node
from tests.interop.published import (
    GOOD,
    ISSUERS,
    ROOT_DID,
    RPL_CENTRE_DID,
    STATUS_DID,
    SUITES,
    TAMPERED,
    Published,
)

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

DIGITALBAZAAR, VERIFIER_CORE = "digitalbazaar-vc", "verifier-core"
READERS = (DIGITALBAZAAR, VERIFIER_CORE)
EXPECTED = {"issuers": sorted(ISSUERS), "statusRegistry": STATUS_DID}
NAMES = (*GOOD, "revoked", *TAMPERED)
# verifier-core knows no other Data Integrity cryptosuite than eddsa-rdfc-2022.
READABLE = [
    (reader, suite) for reader in READERS for suite in SUITES if (reader, suite) != (VERIFIER_CORE, SUITES[1])
]

ReadAll = Callable[[str], dict[Path, Verdict]]


@pytest.fixture(scope="session", autouse=True)
def _node() -> None:
    """Skip before anything is issued; of the session's scope so that it comes first."""
    require_node()


@pytest.fixture(scope="module")
def read_all(published: Published, tmp_path_factory: pytest.TempPathFactory) -> ReadAll:
    """Every credential read by one reader, in one process a reader."""
    files = [published.credential(suite, name) for suite in SUITES for name in NAMES]

    @cache
    def read(reader: str) -> dict[Path, Verdict]:
        scratch = tmp_path_factory.mktemp(reader)
        return read_with(reader, files, mirror=published.mirror, expected=EXPECTED, scratch=scratch)

    return read


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(("reader", "suite"), READABLE)
def test_what_we_issued_is_accepted(
    published: Published, read_all: ReadAll, reader: str, suite: str, name: str
) -> None:
    verdict = read_all(reader)[published.credential(suite, name)]
    assert verdict == Verdict(verdict="accepted", reason=None)


@pytest.mark.parametrize(("reader", "suite"), READABLE)
def test_a_revoked_credential_is_seen_as_revoked(
    published: Published, read_all: ReadAll, reader: str, suite: str
) -> None:
    assert read_all(reader)[published.credential(suite, "revoked")].verdict == "revoked"


@pytest.mark.parametrize("name", TAMPERED)
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("reader", READERS)
def test_an_altered_copy_is_refused(
    published: Published, read_all: ReadAll, reader: str, suite: str, name: str
) -> None:
    assert read_all(reader)[published.credential(suite, name)].verdict == "refused"


@pytest.mark.parametrize("name", [*GOOD, "revoked"])
def test_verifier_core_refuses_the_cryptosuite_it_does_not_know(
    published: Published, read_all: ReadAll, name: str
) -> None:
    verdict = read_all(VERIFIER_CORE)[published.credential("eddsa-jcs-2022", name)]
    assert verdict == Verdict(verdict="refused", reason="invalid_signature")


@pytest.mark.parametrize(("reader", "suite"), READABLE)
def test_a_status_list_forged_to_clear_a_revocation_is_refused(
    published: Published, tmp_path: Path, reader: str, suite: str
) -> None:
    file = published.credential(suite, "revoked")
    verdicts = read_with(reader, [file], mirror=published.forged_mirror, expected=EXPECTED, scratch=tmp_path)
    assert verdicts[file].verdict == "refused"
    assert "status" in str(verdicts[file].reason).lower()


@pytest.mark.parametrize("reader", READERS)
def test_no_status_list_is_no_acceptance(published: Published, tmp_path: Path, reader: str) -> None:
    without = {url: entry for url, entry in published.entries().items() if "/status/lists/" not in url}
    mirror = published.folder / f"mirror-without-lists-{reader}.json"
    mirror.write_text(json.dumps(without), encoding="utf-8")
    file = published.credential("eddsa-rdfc-2022", "rpl")
    verdicts = read_with(reader, [file], mirror=mirror, expected=EXPECTED, scratch=tmp_path)
    assert verdicts[file].verdict == "refused"


@pytest.mark.parametrize("reader", READERS)
def test_an_issuer_that_is_not_relied_on_is_refused(
    published: Published, tmp_path: Path, reader: str
) -> None:
    trusted, other = (published.credential("eddsa-rdfc-2022", name) for name in ("rpl", "training"))
    expected = EXPECTED | {"issuers": [RPL_CENTRE_DID]}
    verdicts = read_with(
        reader, [trusted, other], mirror=published.mirror, expected=expected, scratch=tmp_path
    )
    assert [verdicts[trusted].verdict, verdicts[other].verdict] == ["accepted", "refused"]


def test_a_list_that_is_not_the_registrys_is_refused(published: Published, tmp_path: Path) -> None:
    expected = EXPECTED | {"statusRegistry": RPL_CENTRE_DID}
    file = published.credential("eddsa-rdfc-2022", "rpl")
    verdicts = read_with(DIGITALBAZAAR, [file], mirror=published.mirror, expected=expected, scratch=tmp_path)
    assert verdicts[file].verdict == "refused"
    assert "registry" in str(verdicts[file].reason)


def test_the_trust_list_is_read_and_an_altered_one_refused(published: Published, tmp_path: Path) -> None:
    good = published.folder / published.entries()[published.trust_list_url]["file"]
    altered = json.loads(good.read_bytes())
    altered["credentialSubject"]["issuers"].append({"id": "did:web:diploma-mill.example"})
    bad = tmp_path / "altered.json"
    bad.write_text(json.dumps(altered), encoding="utf-8")
    verdicts = read_with(
        DIGITALBAZAAR,
        [good, bad],
        mirror=published.mirror,
        expected=EXPECTED | {"issuers": [ROOT_DID]},
        scratch=tmp_path,
    )
    assert [verdicts[good].verdict, verdicts[bad].verdict] == ["accepted", "refused"]
