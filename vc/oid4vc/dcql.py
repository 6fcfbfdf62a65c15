"""The Digital Credentials Query Language as this verifier writes it (OpenID4VP 1.0 section 6).

Of the language there is what is asked here: credentials of named types in three formats, claims by path
and value, and sets of alternatives. ``claim_sets`` and ``trusted_authorities`` are never written.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TypeAlias

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import Finding, MalformedValue, ProblemType
from vc.model.credential import types_of
from vc.oid4vc.claims_path import ClaimsPath, parse_claims_path, select
from vc.sd_jwt.credential import vct_of

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VOCABULARY = "https://skills-passport.example/vocab#"
_BASE_TYPE = "VerifiableCredential"
_BASE_TYPE_IRI = "https://www.w3.org/2018/credentials#VerifiableCredential"
_MAX_QUERIES = 40
_MAX_ITEMS = 100
# Sets of alternatives are tried one with another; ours have a few each.
_MAX_CHOICES = 4_096

ClaimValue: TypeAlias = str | int | bool


class CredentialFormat(StrEnum):
    """Credential Format Identifiers (appendix B)."""

    SD_JWT_VC = "dc+sd-jwt"
    LDP_VC = "ldp_vc"
    JWT_VC_JSON = "jwt_vc_json"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimsQuery:
    """One claim. ``values`` are those it may have, empty where any will do."""

    path: ClaimsPath
    values: tuple[ClaimValue, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialQuery:
    """One credential. ``types`` are ``vct`` values of an SD-JWT VC, else expanded types; any one will do."""

    id: str
    format: CredentialFormat
    types: tuple[str, ...]
    claims: tuple[ClaimsQuery, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialSet:
    """Alternatives, each a set of ids of credential queries."""

    options: tuple[frozenset[str], ...]
    is_required: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class DcqlQuery:
    """What is asked for. Without ``sets`` every one of ``credentials`` is."""

    credentials: tuple[CredentialQuery, ...]
    sets: tuple[CredentialSet, ...] = ()

    def credential(self, query_id: str) -> CredentialQuery:
        """The credential query of this id. Raises MalformedValue where nothing of that name was asked."""
        found = next((query for query in self.credentials if query.id == query_id), None)
        if found is None:
            raise MalformedValue("A credential was presented that was not asked for.", pointer="/vp_token")
        return found

    def to_json(self) -> JsonObject:
        """The value of ``dcql_query``."""
        query: JsonObject = {"credentials": [_credential_json(one) for one in self.credentials]}
        if self.sets:
            query["credential_sets"] = [_set_json(one) for one in self.sets]
        return query


def type_of(name: str, credential_format: CredentialFormat) -> str:
    """What a query names one of our credential types by, in this format."""
    if credential_format is CredentialFormat.SD_JWT_VC:
        return vct_of(name)
    return _VOCABULARY + name


def parse_dcql(value: JsonValue) -> DcqlQuery:
    """Read a query of the kind that is written here; members that are unknown are ignored (section 6).

    Raises MalformedValue for a query that no wallet could answer: without credentials, with an id that is
    there twice or in no query, or with a member of the wrong kind; and for ``claim_sets``.
    """
    root = _object(value, "/dcql_query")
    credentials = tuple(_credential(item) for item in _items(root, "credentials", _MAX_QUERIES))
    ids = [query.id for query in credentials]
    if len(set(ids)) != len(ids):
        raise MalformedValue("Two credentials of a query have one id.", pointer="/credentials")
    sets: tuple[CredentialSet, ...] = ()
    if "credential_sets" in root:
        sets = tuple(_set(item, set(ids)) for item in _items(root, "credential_sets", _MAX_QUERIES))
    return DcqlQuery(credentials=credentials, sets=sets)


def require_answered(query: DcqlQuery, answered: Collection[str]) -> None:
    """Raise MalformedValue unless the ids ``answered`` are what section 6.4.2 lets a wallet return.

    That is one option of each set, where a set may be passed over only if it is not required; nothing
    beside that was asked for.
    """
    given = frozenset(answered)
    for name in given:
        query.credential(name)
    if not query.sets:
        complete = given == {one.id for one in query.credentials}
    else:
        nothing: frozenset[str] = frozenset()
        # An option of which something was not presented cannot have been taken.
        alternatives = [
            tuple(
                option
                for option in (one.options if one.is_required else (*one.options, nothing))
                if option <= given
            )
            for one in query.sets
        ]
        complete = any(given == nothing.union(*choice) for choice in _choices(alternatives))
    if not complete:
        raise MalformedValue("What was presented is not what was asked for.", pointer="/vp_token")


def check_answer(query: CredentialQuery, claims: Mapping[str, JsonValue]) -> tuple[Finding, ...]:
    """What was asked for and is not in a *verified* credential.

    ``claims`` is the credential's root: the processed claims of an SD-JWT VC, or the document.
    """
    findings: list[Finding] = []
    if not _is_of_type(query, claims):
        findings.append(_lacking("The credential is of another type than was asked for."))
    if not all(_is_answered(one, claims) for one in query.claims):
        findings.append(_lacking("A claim that was asked for is not in the credential."))
    return tuple(findings)


def _choices(alternatives: list[tuple[frozenset[str], ...]]) -> list[tuple[frozenset[str], ...]]:
    count = 1
    for options in alternatives:
        count *= len(options)
    if count > _MAX_CHOICES:
        raise MalformedValue("A query has too many alternatives.", pointer="/credential_sets")
    return list(product(*alternatives))


def _is_of_type(query: CredentialQuery, claims: Mapping[str, JsonValue]) -> bool:
    if query.format is CredentialFormat.SD_JWT_VC:
        return claims.get("vct") in query.types
    return not {_expanded(name) for name in types_of(claims)}.isdisjoint(query.types)


def _expanded(name: str) -> str:
    """The IRI of a type. Our own are protected terms of our context, so the name says it."""
    return name if ":" in name else _VOCABULARY + name


def _is_answered(claim: ClaimsQuery, claims: Mapping[str, JsonValue]) -> bool:
    found = select(claims, claim.path)
    if not claim.values:
        return bool(found)
    # In JSON true is not 1.
    wanted = {(type(value), value) for value in claim.values}
    return any(isinstance(value, str | int) and (type(value), value) in wanted for value in found)


def _lacking(detail: str) -> Finding:
    return Finding(type=ProblemType.MALFORMED_VALUE_ERROR, detail=detail, pointer="/vp_token")


def _credential_json(query: CredentialQuery) -> JsonObject:
    if query.format is CredentialFormat.SD_JWT_VC:
        meta: JsonObject = {"vct_values": list[JsonValue](query.types)}
    else:
        meta = {"type_values": [[_BASE_TYPE_IRI, one] for one in query.types]}
    written: JsonObject = {"id": query.id, "format": query.format.value, "meta": meta}
    if query.claims:
        written["claims"] = [_claim_json(one) for one in query.claims]
    return written


def _claim_json(claim: ClaimsQuery) -> JsonObject:
    written: JsonObject = {"path": list[JsonValue](claim.path)}
    if claim.values:
        written["values"] = list[JsonValue](claim.values)
    return written


def _set_json(one: CredentialSet) -> JsonObject:
    written: JsonObject = {"options": [list[JsonValue](sorted(option)) for option in one.options]}
    if not one.is_required:
        written["required"] = False
    return written


def _credential(item: JsonValue) -> CredentialQuery:
    member = _object(item, "/credentials")
    if "claim_sets" in member:
        raise MalformedValue("Sets of claims are not asked for here.", pointer="/credentials")
    try:
        credential_format = CredentialFormat(str(member.get("format")))
    except ValueError:
        raise MalformedValue("A format is not known here.", pointer="/credentials") from None
    meta = _object(member.get("meta"), "/meta")
    if credential_format is CredentialFormat.SD_JWT_VC:
        types = tuple(_text(one) for one in _items(meta, "vct_values", _MAX_ITEMS))
    else:
        types = tuple(_own_type(one) for one in _items(meta, "type_values", _MAX_ITEMS))
    claims: tuple[ClaimsQuery, ...] = ()
    if "claims" in member:
        claims = tuple(_claim(one) for one in _items(member, "claims", _MAX_ITEMS))
    return CredentialQuery(
        id=_identifier(member.get("id")), format=credential_format, types=types, claims=claims
    )


def _own_type(alternative: JsonValue) -> str:
    """The one type beside the base type that an alternative of ``type_values`` demands."""
    if isinstance(alternative, list):
        own = [item for item in alternative if isinstance(item, str) and item != _BASE_TYPE_IRI]
        if len(own) == 1 and len(alternative) <= 2:
            return own[0]
    raise MalformedValue("A type must be named by its IRI.", pointer="/meta/type_values")


def _claim(item: JsonValue) -> ClaimsQuery:
    member = _object(item, "/claims")
    values: tuple[ClaimValue, ...] = ()
    if "values" in member:
        values = tuple(_claim_value(one) for one in _items(member, "values", _MAX_ITEMS))
    return ClaimsQuery(path=parse_claims_path(member.get("path")), values=values)


def _claim_value(value: JsonValue) -> ClaimValue:
    if not isinstance(value, str | int):
        raise MalformedValue("A value asked for is of the wrong kind.", pointer="/values")
    return value


def _set(item: JsonValue, ids: set[str]) -> CredentialSet:
    member = _object(item, "/credential_sets")
    required = member.get("required", True)
    if not isinstance(required, bool):
        raise MalformedValue("True or false is expected here.", pointer="/credential_sets")
    options = []
    for option in _items(member, "options", _MAX_ITEMS):
        names = option if isinstance(option, list) else []
        if not names or not all(isinstance(name, str) and name in ids for name in names):
            raise MalformedValue("An option names what is not in the query.", pointer="/credential_sets")
        options.append(frozenset(str(name) for name in names))
    return CredentialSet(options=tuple(options), is_required=required)


def _identifier(value: JsonValue) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MalformedValue("An id is no id.", pointer="/id")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedValue("A text is expected here.", pointer="/meta")
    return value


def _object(value: JsonValue, pointer: str) -> JsonObject:
    if not isinstance(value, dict):
        raise MalformedValue("An object is expected here.", pointer=pointer)
    return value


def _items(member: JsonObject, name: str, most: int) -> list[JsonValue]:
    value = member.get(name)
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise MalformedValue("An array that is not empty is expected here.", pointer=f"/{name}")
    return value
