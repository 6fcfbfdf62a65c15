"""Of an SD-JWT VC that discloses more than was asked for, no more is used than was asked for."""

from typing import Any

import pytest

from vc.oid4vc.claims_path import ClaimsPath
from vc.oid4vc.dcql import ClaimsQuery, CredentialFormat, CredentialQuery
from vc.oid4vc.disclosure import asked_of

HIDDEN = {"...": "digest"}


def asked(claims: dict[str, Any], signed: dict[str, Any], *paths: ClaimsPath) -> dict[str, Any]:
    query = CredentialQuery(
        id="q",
        format=CredentialFormat.SD_JWT_VC,
        types=("t",),
        claims=tuple(ClaimsQuery(path=path) for path in paths),
    )
    return asked_of(query, claims, signed)


@pytest.mark.parametrize(
    ("claims", "signed", "paths", "kept"),
    [
        ({"a": 1, "b": 2}, {"b": 2}, [("a",)], {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"b": 2}, [], {"b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2}}, [("a", "x")], {"a": {"x": 1, "y": 2}}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2}}, [], {"a": {"y": 2}}),
        ({"a": {"x": 1, "y": 2}}, {"a": {}}, [("a", "x")], {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": {}}, [("a",)], {"a": {"x": 1}}),
        ({"a": [1, 2]}, {"a": [1, HIDDEN]}, [], {"a": []}),
        ({"a": [1, 2]}, {"a": [1, 2]}, [], {"a": [1, 2]}),
        ({"a": [1, 2]}, {"a": [1, HIDDEN]}, [("a", None)], {"a": [1, 2]}),
    ],
    ids=[
        "what_is_asked_for_and_what_is_seen_anyway",
        "what_is_disclosed_unasked_goes",
        "a_member_that_is_asked_for",
        "a_member_that_is_not",
        "one_hidden_member_of_two",
        "the_whole_of_something_seen",
        "hidden_elements_go_with_those_beside_them",
        "an_array_that_is_seen_stays",
        "elements_that_are_asked_for",
    ],
)
def test_kept(claims: dict[str, Any], signed: dict[str, Any], paths: list[Any], kept: dict[str, Any]) -> None:
    assert asked(claims, signed, *paths) == kept
