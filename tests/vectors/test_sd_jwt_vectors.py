"""The test cases of the SD-JWT authors and the examples of RFC 9901, in both directions.

They say what is to be concealed, disclosed and read in the end. Tokens are made here or by the authors'
own software, and read by the other.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path as FilePath
from typing import Any

import pytest
import yaml
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.common import SDObj  # type: ignore[import-untyped]
from sd_jwt.holder import SDJWTHolder  # type: ignore[import-untyped]
from sd_jwt.issuer import SDJWTIssuer  # type: ignore[import-untyped]
from sd_jwt.utils.yaml_specification import (  # type: ignore[import-untyped]
    load_yaml_specification,
    remove_sdobj_wrappers,
)
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from tests.vectors.shared_vectors import require_vectors
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url, jcs
from vc.errors import MalformedValue
from vc.jose.claims import parse_times
from vc.jose.jws import sign_jws, verify_jws
from vc.sd_jwt.disclosures import Path, conceal
from vc.sd_jwt.sd_jwt import join_sd_jwt, parse_sd_jwt

FOLDER = require_vectors("sd-jwt")
NOT_RUN = {
    "json_serialization_flattened": "VC-JOSE-COSE leaves the JSON serialization optional",
    "json_serialization_general": "VC-JOSE-COSE leaves the JSON serialization optional",
    "header_mod": "kid is a number there, and a string by RFC 7515 section 4.1.4",
}
CASES = [
    path.parent for path in sorted(FOLDER.glob("*/*/specification.yml")) if path.parent.name not in NOT_RUN
]
SETTINGS = yaml.safe_load((FOLDER / "python-testcases" / "settings.yml").read_text("utf-8"))
KEY: dict[str, str] = SETTINGS["key_settings"]["issuer_keys"][0]
HOLDER_KEY: dict[str, str] = SETTINGS["key_settings"]["holder_key"]
SIGNER = InMemorySigner(base64url.decode(KEY["d"], max_bytes=32), "kid", key_type=KeyType.P256)
CLAIMS = {"iss": "https://issuer.example", "iat": SETTINGS["iat"], "exp": SETTINGS["exp"]}


def _read(folder: FilePath) -> dict[str, Any]:
    case: dict[str, Any] = load_yaml_specification(folder / "specification.yml")
    case["user_claims"] = {**CLAIMS, **case["user_claims"]}
    return case


def _paths(value: Any, place: Path = ()) -> Iterator[Path]:
    """Where ``value`` is marked as to be concealed."""
    if isinstance(value, SDObj):
        yield place
        yield from _paths(value.value, place)
    elif isinstance(value, dict):
        for name, member in value.items():
            here = (*place, name.value if isinstance(name, SDObj) else name)
            if isinstance(name, SDObj):
                yield here
            yield from _paths(member, here)
    elif isinstance(value, list):
        for position, element in enumerate(value):
            yield from _paths(element, (*place, position))


def _by_them(presentation: str) -> dict[str, Any]:
    verified: dict[str, Any] = SDJWTVerifier(presentation, lambda *_: JWK(**KEY)).get_verified_payload()
    return verified


def _by_us(presentation: str) -> dict[str, Any]:
    read = parse_sd_jwt(presentation)
    assert verify_jws(read.jws, SIGNER.public_key)
    return dict(read.payload)


def _require_expected(case: dict[str, Any], read: dict[str, Any]) -> None:
    if "expect_verified_user_claims" in case:
        assert {name: value for name, value in read.items() if name not in CLAIMS} == case[
            "expect_verified_user_claims"
        ]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_they_issue_and_disclose_is_read_here(folder: FilePath) -> None:
    case = _read(folder)
    issued = SDJWTIssuer(case["user_claims"], JWK(**KEY), add_decoy_claims=True).sd_jwt_issuance
    assert _by_us(issued) == remove_sdobj_wrappers(case["user_claims"])
    holder = SDJWTHolder(issued)
    holder.create_presentation(case["holder_disclosed_claims"])
    read = _by_us(holder.sd_jwt_presentation)
    assert read == _by_them(holder.sd_jwt_presentation)
    _require_expected(case, read)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_is_issued_here_is_disclosed_and_read_there(folder: FilePath) -> None:
    case = _read(folder)
    paths, plain = tuple(_paths(case["user_claims"])), remove_sdobj_wrappers(case["user_claims"])
    salts = count()
    payload, disclosures = conceal(plain, paths, lambda: f"salt-{next(salts):020}")
    assert len(disclosures) == len(paths)
    issued = join_sd_jwt(sign_jws({"typ": "example+sd-jwt"}, jcs.canonicalize(payload), SIGNER), disclosures)
    assert _by_them(issued) == _by_us(issued) == plain
    holder = SDJWTHolder(issued)
    holder.create_presentation(case["holder_disclosed_claims"])
    read = _by_us(holder.sd_jwt_presentation)
    assert read == _by_them(holder.sd_jwt_presentation)
    _require_expected(case, read)


def test_times_are_those_of_the_settings() -> None:
    read = _read(FOLDER / "rfc9901-examples" / "simple")
    issued = SDJWTIssuer(read["user_claims"], JWK(**KEY)).sd_jwt_issuance
    times = parse_times(_by_us(issued))
    assert times.issued_at == datetime(2023, 5, 2, 4, tzinfo=UTC)


def test_a_presentation_with_key_binding_is_refused() -> None:
    case = _read(FOLDER / "rfc9901-examples" / "simple")
    issued = SDJWTIssuer(case["user_claims"], JWK(**KEY), JWK(**HOLDER_KEY)).sd_jwt_issuance
    holder = SDJWTHolder(issued)
    holder.create_presentation(
        case["holder_disclosed_claims"], "1234567890", "https://verifier.example", JWK(**HOLDER_KEY)
    )
    with pytest.raises(MalformedValue, match="key binding is not accepted"):
        parse_sd_jwt(holder.sd_jwt_presentation)


def test_every_case_is_run_or_named() -> None:
    found = [path.parent.name for path in FOLDER.glob("*/*/specification.yml")]
    assert len(found) == 35
    assert sorted(found) == sorted([folder.name for folder in CASES] + [n for n in found if n in NOT_RUN])
    assert NOT_RUN.keys() <= set(found)
