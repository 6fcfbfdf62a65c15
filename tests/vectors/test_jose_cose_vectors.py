"""The test suite of VC-JOSE-COSE 1.0, all 35 tests, over the functions that ``passport jose`` calls.

The suite looks at ``success`` or ``failure`` alone; here what was issued is also read by other
people's software.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cwt import COSE, COSEKey
from joserfc import jwk, jws
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from passport.commands.jose import Feature
from passport.conformance import command_line
from tests.vectors.shared_vectors import read_object, require_vectors
from vc.errors import ProtocolError

FOLDER = require_vectors("jose-cose")


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteTest:
    """One test of the suite, by its number there."""

    number: int
    act: str
    feature: Feature
    input_file: str
    key: str
    succeeds: bool
    paths: tuple[str, ...] = ()


def _issue(number: int, feature: Feature, input_file: str, key: str, *paths: str) -> SuiteTest:
    return SuiteTest(
        number=number,
        act="issue",
        feature=feature,
        input_file=f"{input_file}.json",
        key=key,
        succeeds=input_file != "credential-unknown-extensions",
        paths=paths,
    )


def _verify(number: int, feature: Feature, input_file: str, key: str, *, succeeds: bool = False) -> SuiteTest:
    return SuiteTest(
        number=number, act="verify", feature=feature, input_file=input_file, key=key, succeeds=succeeds
    )


VC_JOSE, VP_JOSE = Feature.CREDENTIAL_JOSE, Feature.PRESENTATION_JOSE
VC_SDJWT, VP_SDJWT = Feature.CREDENTIAL_SDJWT, Feature.PRESENTATION_SDJWT
VC_COSE, VP_COSE = Feature.CREDENTIAL_COSE, Feature.PRESENTATION_COSE
ADDRESS = "credentialSubject.address"
TESTS = (
    _issue(1, VC_JOSE, "credential-minimal", "p256"),
    _issue(2, VC_JOSE, "credential-full", "p384"),
    _issue(3, VP_JOSE, "presentation-single", "p256"),
    _issue(4, VP_JOSE, "presentation-multiple", "p521"),
    _issue(5, VC_JOSE, "credential-unknown-extensions", "p521"),
    _verify(6, VC_JOSE, "credential-jose-minimal.txt", "p256", succeeds=True),
    _verify(7, VP_JOSE, "presentation-jose-multiple.txt", "p384", succeeds=True),
    _verify(8, VC_JOSE, "credential-issuer-match-signed.txt", "ed25519", succeeds=True),
    _verify(9, VC_JOSE, "credential-jose-unknown-extensions.txt", "ed25519"),
    _verify(10, VC_JOSE, "credential-minimal.json", "ed25519"),
    _verify(11, VP_JOSE, "presentation-single.json", "ed25519"),
    _verify(12, VC_JOSE, "credential-jose-bad-signature.txt", "ed25519"),
    _verify(13, VC_JOSE, "credential-jose-bad-media-type.txt", "ed25519"),
    _verify(14, VP_JOSE, "presentation-jose-bad-media-type.txt", "ed25519"),
    _verify(15, VC_JOSE, "credential-jose-vc-vp-claims.txt", "ed25519"),
    _verify(16, VP_JOSE, "presentation-jose-bad-credential.txt", "ed25519"),
    _issue(
        17,
        VC_SDJWT,
        "credential-selective",
        "p384",
        "credentialSubject.firstName",
        "credentialSubject.lastName",
    ),
    _issue(
        18,
        VC_SDJWT,
        "credential-nested-selective",
        "p521",
        f"{ADDRESS}.street",
        f"{ADDRESS}.city",
        "credentialSubject.phoneNumbers[0]",
    ),
    _issue(19, VP_SDJWT, "presentation-selective", "p384", "holder", "verifiableCredential[0]"),
    _verify(20, VC_SDJWT, "credential-sdjwt-selective.txt", "p384", succeeds=True),
    _verify(21, VC_SDJWT, "credential-sdjwt-nested.txt", "p521", succeeds=True),
    _verify(22, VP_SDJWT, "presentation-sdjwt-selective.txt", "p384", succeeds=True),
    _verify(23, VC_SDJWT, "credential-sdjwt-bad-signature.txt", "p384"),
    _verify(24, VC_SDJWT, "credential-sdjwt-bad-media-type.txt", "ed25519"),
    _verify(25, VP_SDJWT, "presentation-sdjwt-bad-media-type.txt", "ed25519"),
    _verify(26, VP_SDJWT, "presentation-sdjwt-bad-credential.txt", "p521"),
    _issue(27, VC_COSE, "credential-minimal", "did-ed25519"),
    _issue(28, VP_COSE, "presentation-single", "p384"),
    _verify(29, VC_COSE, "credential-cose-minimal.txt", "p256", succeeds=True),
    _verify(30, VC_COSE, "credential-cose-minimal-not-base64.txt", "p256"),
    _verify(31, VP_COSE, "presentation-cose-single.txt", "p384", succeeds=True),
    _verify(32, VC_COSE, "credential-cose-bad-signature.txt", "ed25519"),
    _verify(33, VC_COSE, "credential-cose-bad-media-type.txt", "p384"),
    _verify(34, VP_COSE, "presentation-cose-bad-media-type.txt", "p384"),
    _verify(35, VP_COSE, "presentation-cose-bad-credential.txt", "p256"),
)


def _run(test: SuiteTest) -> str:
    raw, key_file = (FOLDER / test.input_file).read_bytes(), _key_path(test).read_bytes()
    if test.act == "issue":
        paths = command_line.parse_paths(json.dumps(test.paths))
        return command_line.issue(raw, key_file, test.feature, paths)
    command_line.verify(raw, key_file, test.feature)
    return ""


def _key_path(test: SuiteTest) -> Path:
    return FOLDER / f"vm-{test.key}.json"


def _public_jwk(test: SuiteTest) -> dict[str, Any]:
    key: dict[str, Any] = read_object(_key_path(test))["publicKeyJwk"]
    return key


@pytest.mark.parametrize("test", TESTS, ids=lambda test: f"{test.number}-{test.act}-{test.feature}")
def test_of_the_suite(test: SuiteTest) -> None:
    if test.succeeds:
        _run(test)
    else:
        with pytest.raises(ProtocolError):
            _run(test)


def test_all_35_are_here() -> None:
    assert [test.number for test in TESTS] == list(range(1, 36))
    assert sum(test.succeeds for test in TESTS) == 17


ISSUED = [test for test in TESTS if test.act == "issue" and test.succeeds]


@pytest.mark.parametrize("test", ISSUED, ids=lambda test: f"{test.number}-{test.feature}")
def test_what_was_issued_is_read_by_other_software(test: SuiteTest) -> None:
    token = _run(test)
    read = {VC_SDJWT: _by_sd_jwt, VP_SDJWT: _by_sd_jwt, VC_COSE: _by_cwt, VP_COSE: _by_cwt}
    claims = read.get(test.feature, _by_joserfc)(token, test)
    document = read_object(FOLDER / test.input_file)
    party = document.get("issuer", document.get("holder"))
    if test.feature not in (VC_COSE, VP_COSE):
        assert claims.pop("iss") == party
        assert isinstance(claims.pop("iat"), int)
    assert claims == document


@pytest.mark.parametrize("test", ISSUED, ids=lambda test: f"{test.number}-{test.feature}")
def test_what_was_issued_does_not_verify_with_another_key(test: SuiteTest) -> None:
    raw = _run(test).encode("ascii")
    command_line.verify(raw, _key_path(test).read_bytes(), test.feature)
    for other in {"p256", "p384", "p521", "ed25519"} - {test.key.removeprefix("did-")}:
        with pytest.raises(ProtocolError):
            command_line.verify(raw, (FOLDER / f"vm-{other}.json").read_bytes(), test.feature)


def _by_joserfc(token: str, test: SuiteTest) -> dict[str, Any]:
    public = _public_jwk(test)
    read = jws.deserialize_compact(token, jwk.import_key(public), algorithms=[public["alg"]])
    kind = "vp" if test.feature is VP_JOSE else "vc"
    assert read.headers()["typ"] == f"{kind}+jwt"
    assert read.headers()["kid"] == read_object(_key_path(test))["id"]
    return _json_object(read.payload)


def _by_sd_jwt(token: str, test: SuiteTest) -> dict[str, Any]:
    read = SDJWTVerifier(token, lambda _issuer, _header: JWK(**_public_jwk(test)))
    claims: dict[str, Any] = read.get_verified_payload()
    assert token.count("~") == len(test.paths) + 1
    hidden = token.split("~", maxsplit=1)[0].split(".")[1]
    plain = base64.urlsafe_b64decode(hidden + "==").decode()
    assert not any(f'"{path.rsplit(".", 1)[-1]}":' in plain for path in test.paths)
    return claims


def _by_cwt(token: str, test: SuiteTest) -> dict[str, Any]:
    raw = base64.b64decode(token + "=" * (-len(token) % 4), validate=True)
    name = read_object(_key_path(test))["id"]
    key = COSEKey.from_jwk({**_public_jwk(test), "kid": name, "key_ops": ["verify"]})
    protected, unprotected, payload = COSE.new().decode_with_headers(raw, key)
    kind = "vp" if test.feature is VP_COSE else "vc"
    assert (protected[16], protected[3], unprotected) == (
        f"application/{kind}+cose",
        f"application/{kind}",
        {},
    )
    return _json_object(payload)


def _json_object(raw: bytes) -> dict[str, Any]:
    value = json.loads(raw)
    assert isinstance(value, dict)
    return value
