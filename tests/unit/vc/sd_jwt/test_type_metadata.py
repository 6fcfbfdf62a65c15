"""Type Metadata says of each type what its SD-JWT VCs are really like."""

from typing import Any

import pytest

from schemas import read_schema
from tests.unit.vc.issue.test_copies import CENTRE, sd_jwt
from vc.errors import NotFound
from vc.issue.token import complete_token
from vc.jose.jws import parse_jws
from vc.model.credential_types import credential_types
from vc.sd_jwt.credential import parse_sd_jwt_vc, vct_of
from vc.sd_jwt.type_metadata import type_metadata

LANGUAGES = {"en", "km", "ja", "ko", "th", "ms", "ar"}


@pytest.mark.parametrize("name", sorted(credential_types()))
def test_every_type_and_claim_has_a_name_in_every_language(name: str) -> None:
    described: Any = type_metadata(name)
    assert described["vct"] == vct_of(name)
    assert {entry["locale"] for entry in described["display"]} == LANGUAGES
    shown = [claim for claim in described["claims"] if "display" in claim]
    for claim in shown:
        assert {entry["locale"] for entry in claim["display"]} == LANGUAGES, claim["path"]
        assert all(entry["label"] for entry in claim["display"])
    own = read_schema(name)["properties"].keys() - {"type"}
    assert own <= {claim["path"][0] for claim in shown}


def test_what_is_said_of_disclosure_is_what_is_issued() -> None:
    described: Any = type_metadata("RPLCertificate")
    sd = {claim["path"][0]: claim["sd"] for claim in described["claims"]}
    text = complete_token(sd_jwt(), CENTRE).text
    seen = set(parse_sd_jwt_vc(text.split("~")[0] + "~").claims)
    disclosed = set(parse_sd_jwt_vc(text).claims) - seen
    assert {name for name, when in sd.items() if when == "never"} == seen
    assert {sd[name] for name in disclosed} == {"always"}
    assert parse_jws(text.split("~")[0]).header["typ"] == "dc+sd-jwt"


def test_an_unknown_type_is_not_found() -> None:
    with pytest.raises(NotFound):
        type_metadata("SomethingElse")
