"""W3C Data Integrity ECDSA vectors (P-256 and P-384): every intermediate value, in both directions.

The published signatures are those of RFC 6979, so signing gives them again, byte for byte.
"""

import pytest

from tests.vectors.data_integrity import (
    CITIZENSHIP,
    Example,
    check_intermediate_values,
    check_signing,
    check_verifying,
    signer_of,
    with_contexts,
)
from tests.vectors.shared_vectors import read_object, require_vectors
from vc.crypto.keys import KeyType, PublicKey

FOLDER = require_vectors("di-ecdsa")
KEY_FILES = {KeyType.P256: "p256KeyPair.json", KeyType.P384: "p384KeyPair.json"}


def _example(folder: str, suffix: str, suite: str, key_type: KeyType) -> Example:
    curve = key_type.replace("-", "")
    base, _, employment = folder.partition("/")
    path = FOLDER / f"{base}-{curve.lower()}" / employment
    return Example(folder=path, suffix=f"{suffix}{curve}", suite=suite, key_type=key_type)


EXAMPLES = {
    f"{folder}~{key_type}": _example(folder, suffix, suite, key_type)
    for key_type in KEY_FILES
    for folder, suffix, suite in (
        ("ecdsa-rdfc-2019", "ECDSA", "ecdsa-rdfc-2019"),
        ("ecdsa-rdfc-2019/employ", "ECDSA", "ecdsa-rdfc-2019"),
        ("ecdsa-jcs-2019", "JCSECDSA", "ecdsa-jcs-2019"),
    )
}


@pytest.fixture(autouse=True)
def _citizenship_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The employment vectors use a context that npm does not have and this product does not pin."""
    with_contexts(monkeypatch, {CITIZENSHIP: "citizenship-v4rc1.jsonld"})


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_every_intermediate_value(example: Example) -> None:
    check_intermediate_values(example)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_the_published_document_verifies_and_no_altered_one(example: Example) -> None:
    check_verifying(example)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_signing_gives_the_published_document(example: Example) -> None:
    pair = read_object(FOLDER / KEY_FILES[example.key_type])
    check_signing(example, signer_of(pair["secretKeyMultibase"], example.key_type))


@pytest.mark.parametrize("key_type", KEY_FILES)
def test_the_published_key_pairs_are_read(key_type: KeyType) -> None:
    pair = read_object(FOLDER / KEY_FILES[key_type])
    key = PublicKey.from_multikey(pair["publicKeyMultibase"])
    assert key.key_type is key_type
    assert key.multikey == pair["publicKeyMultibase"]
    assert signer_of(pair["secretKeyMultibase"], key_type).public_key == key
