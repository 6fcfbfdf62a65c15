"""Which of a holder's credentials answer a query (OpenID4VP 1.0 section 6.4), least of them first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.oid4vc.claims_path import ClaimsPath, select
from vc.oid4vc.dcql import CredentialFormat, CredentialQuery, CredentialSet, DcqlQuery, check_answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A credential that can be presented. ``claims`` is its root by format, as ``check_answer`` has it."""

    id: str
    format: CredentialFormat
    claims: Mapping[str, JsonValue]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One thing to be answered: the option that is taken, and whether it may be passed over."""

    query_ids: frozenset[str]
    is_required: bool


def matching(query: CredentialQuery, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The ids of the candidates that answer ``query``, in their order."""
    return tuple(
        one.id
        for one in candidates
        if one.format is query.format and not check_answer(query, dict(one.claims))
    )


def choices(query: DcqlQuery, answered: Collection[str]) -> tuple[Choice, ...] | None:
    """What is to be answered where only the queries with ids in ``answered`` can be.

    Of each set the first option that can be, of such as let claims be left out before others; None where
    something that is required cannot be answered.
    """
    sets = query.sets or tuple(CredentialSet(options=(frozenset({one.id}),)) for one in query.credentials)
    found = []
    for one in sets:
        possible = [option for option in one.options if option <= frozenset(answered)]
        if not possible:
            if one.is_required:
                return None
            continue
        best = min(possible, key=lambda option: not _hides(query, option))
        found.append(Choice(query_ids=best, is_required=one.is_required))
    return tuple(found)


def taken(query: DcqlQuery, answered: Collection[str], wished: Collection[str]) -> frozenset[str]:
    """The ids to be answered: all that is required, and ``wished`` of what may be passed over.

    A required set that what is wished answers already adds nothing. Empty where the query cannot be
    answered.
    """
    offered = choices(query, answered)
    if offered is None:
        return frozenset()
    optional = [one.query_ids for one in offered if not one.is_required and one.query_ids <= set(wished)]
    given = frozenset[str]().union(*optional)
    alternatives = [one.options for one in query.sets if one.is_required]
    if not query.sets:
        return frozenset().union(*(one.query_ids for one in offered))
    required = [one.query_ids for one in offered if one.is_required]
    for best, options in zip(required, alternatives, strict=True):
        if not any(option <= given for option in options):
            given |= best
    return given


def disclosed(subject: Mapping[str, JsonValue], paths: Sequence[ClaimsPath]) -> JsonObject:
    """What of ``subject`` is shown by ``paths``: each member whole, or all that is selected in it."""
    shown: JsonObject = {}
    for path in paths:
        name = path[0]
        if not isinstance(name, str) or name not in subject:
            continue
        if len(path) == 1:
            shown[name] = subject[name]
        elif shown.get(name) != subject[name]:
            before = shown.get(name)
            shown[name] = [*(before if isinstance(before, list) else []), *select(subject, path)]
    return shown


def _hides(query: DcqlQuery, option: frozenset[str]) -> bool:
    return all(query.credential(name).format is CredentialFormat.SD_JWT_VC for name in option)
