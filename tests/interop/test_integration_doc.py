"""The listings of the integration document are the readers that are tested."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "how-to" / "read-our-credentials.md"
READERS = {
    "tests/interop/openvc_reader.py",
    "tests/interop/digitalbazaar-vc.mjs",
    "tests/interop/verifier-core.mjs",
}
_LISTING = re.compile(r"<!-- (\S+) -->\n```\w+\n(.*?)\n```", re.DOTALL)
_EXCERPT = re.compile(r"(?://|#) The listing begins\.\n(.*)(?://|#) The listing ends\.", re.DOTALL)


def excerpt(name: str) -> str:
    found = _EXCERPT.search((ROOT / name).read_text(encoding="utf-8"))
    assert found is not None, name
    return found[1].strip()


def test_every_listing_is_what_is_tested() -> None:
    listings = dict(_LISTING.findall(DOCUMENT.read_text(encoding="utf-8")))
    assert set(listings) == READERS
    assert listings == {name: excerpt(name) for name in READERS}


def test_the_document_says_the_pinned_versions() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    package = (ROOT / "tests" / "interop" / "package.json").read_text(encoding="utf-8")
    for name in (
        "@digitalbazaar/vc",
        "@digitalbazaar/vc-bitstring-status-list",
        "@digitalcredentials/verifier-core",
    ):
        pinned = re.search(rf'"{name}": "([^"]+)"', package)
        assert pinned is not None
        assert f"{name} {pinned[1]}" in text, name
