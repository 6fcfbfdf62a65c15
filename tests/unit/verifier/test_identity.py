"""Under which DID a verifier signs: that of the place which serves its document."""

from pathlib import Path

import pytest

from runtime.settings import Settings
from verifier.identity import REPORT_KEY, method_id, verifier_did


@pytest.mark.parametrize(
    ("base_url", "did"),
    [
        ("http://127.0.0.1:8000", "did:web:skills-passport.example:verify"),
        ("https://check.example", "did:web:check.example:verify"),
        ("https://check.example:8443", "did:web:check.example%3A8443:verify"),
    ],
    ids=["demo", "https", "https_with_a_port"],
)
def test_the_did_is_of_the_public_origin(base_url: str, did: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, base_url=base_url)
    assert verifier_did(settings) == did
    assert method_id(settings, REPORT_KEY) == f"{did}#report-1"
