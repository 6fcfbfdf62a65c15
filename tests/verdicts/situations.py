"""Form × fault × time: how a credential can come to a verifier, and what must be said of it.

Every fault is written once, with the reason of each of the four verdicts; the answer follows from the reason.
``FORMS`` makes the same certificate in each form; a fault that a form cannot have is in ``IMPOSSIBLE``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson

from tests import sd_jwt_world
from tests.simulator import (
    CENTRE_DID,
    CENTRE_URL,
    ROOT_DID,
    STATUS_DID,
    TRUST_LIST_URL,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from vc.crypto.keys import InMemorySigner
from vc.encoding import base64url
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.jose.claims import numeric_date
from vc.jose.secured import sign_credential_jwt
from vc.model.verdict import Reason

DAY = timedelta(days=1)
INDEX = 7
UNHEARD = "Unheard"
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What a fault asks of the form: other members, another signer, other bytes, another time of signing."""

    members: Mapping[str, Any]
    signer: InMemorySigner | None = None
    issuer: str | None = None
    alters: bool = False
    created: timedelta = -DAY


class Form:
    """One way to secure the certificate of person ``INDEX``."""

    def __init__(self, name: str, suite: str, make: Callable[[IssuerWorld, Made], str]) -> None:
        self.name = name
        self.suite = suite
        self.make = make


def _members(world: IssuerWorld, made: Made) -> Json:
    """The members of VC Data Model 2.0 for what a fault asks."""
    changed = dict(made.members)
    if made.issuer is not None:
        changed["issuer"] = {"id": made.issuer}
    return changed


def _data_integrity(world: IssuerWorld, made: Made) -> str:
    document = world.unsigned(INDEX, **_members(world, made))
    raw = world.sign(document, signer=made.signer, created=world.now + made.created)
    return (orjson.dumps(orjson.loads(raw) | {"name": "Engineer"}) if made.alters else raw).decode()


def _jwt(world: IssuerWorld, made: Made) -> str:
    document = world.unsigned(INDEX, **_members(world, made))
    token = sign_credential_jwt(document, made.signer or world.centre, issued_at=world.now + made.created)
    return _altered(token) if made.alters else token


def _altered(token: str) -> str:
    """``token`` with another payload under the same signature."""
    header, payload, signature = token.split(".")
    claims = orjson.loads(base64url.decode(payload, max_bytes=100_000))
    return ".".join((header, base64url.encode(orjson.dumps(claims | {"name": "Engineer"})), signature))


def _sd_jwt(world: IssuerWorld, made: Made) -> str:
    changed: Json = {"iat": numeric_date(world.now + made.created)}
    for name, value in made.members.items():
        if name == "credentialStatus":
            if value is None or value["type"] == UNHEARD:
                changed["status"] = {"oauth_assertion": {}} if value else None
        elif name in ("validFrom", "validUntil"):
            seconds = None if value is None else numeric_date(parse_timestamp(value))
            changed["nbf" if name == "validFrom" else "exp"] = seconds
        elif name == "type":
            changed["vct"] = "https://elsewhere.example/Diploma"
        elif name == "credentialSubject":
            changed["achievement"] = value["achievement"]
    if made.issuer is not None:
        changed["iss"] = made.issuer
    text = sd_jwt_world.issue_sd_jwt(world, INDEX, signer=made.signer, **changed)
    if not made.alters:
        return text
    token, *rest = text.split("~")
    return "~".join((_altered(token), *rest))


FORMS = (
    Form("eddsa-jcs-2022", "eddsa-jcs-2022", _data_integrity),
    Form("eddsa-rdfc-2022", "eddsa-rdfc-2022", _data_integrity),
    Form("vc+jwt", "eddsa-jcs-2022", _jwt),
    Form("dc+sd-jwt", "eddsa-jcs-2022", _sd_jwt),
)


def publish_status(
    world: IssuerWorld, *, revoked: bool = False, suspended: bool = False, **named: Any
) -> None:
    """Publish every kind of list with person ``INDEX`` so marked."""
    world.publish_status({INDEX} if revoked else set(), **named)
    if suspended:
        world.publish_suspensions({INDEX})
    token_names = {name: value for name, value in named.items() if name == "signer"}
    value = 1 if revoked else (2 if suspended else 0)
    sd_jwt_world.publish_tokens(world, {INDEX: value}, **token_names)


def _suspension_entry(world: IssuerWorld) -> Json:
    entry = {**world.status_entry(INDEX), "statusPurpose": "suspension"}
    entry |= {"id": f"{world.suspension_url}#{INDEX}", "statusListCredential": world.suspension_url}
    return entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """One row: what is done to the world, what is asked of the form, and what must be said."""

    prepare: Callable[[IssuerWorld], None] = publish_status
    made: Callable[[IssuerWorld], Made] = lambda _: Made(members={})
    afterwards: Callable[[IssuerWorld], None] = lambda _: None
    authentic: Reason = Reason.PROOF_VALID
    entitled: Reason = Reason.ISSUER_ACCREDITED
    in_force: Reason = Reason.NOT_REVOKED
    headline: str = "Genuine and in force"


def _with(**members: Any) -> Callable[[IssuerWorld], Made]:
    return lambda _: Made(members=members)


def _dated(**days: int) -> Callable[[IssuerWorld], Made]:
    """Members that are so many days from now."""
    return lambda world: Made(
        members={name: format_timestamp(world.now + number * DAY) for name, number in days.items()}
    )


def _stranger(name: str = "stranger") -> Made:
    did, signer = did_key_signer(name)
    return Made(members={}, signer=signer, issuer=did)


def _accredited(**accreditation: Any) -> Callable[[IssuerWorld], None]:
    def prepare(world: IssuerWorld) -> None:
        publish_status(world)
        world.publish_trust_list(issuers=world.trust_entries(**accreditation))

    return prepare


def _retired(world: IssuerWorld) -> None:
    publish_status(world)
    world.rotate_issuer_key()


def _stolen(world: IssuerWorld) -> None:
    publish_status(world)
    world.centre_keys[-1] = replace(world.centre_keys[-1], compromised_since=world.now - 2 * DAY)
    world.publish_trust_list()


def _gone(*names: str) -> Callable[[IssuerWorld], None]:
    def prepare(world: IssuerWorld) -> None:
        publish_status(world)
        world.fetcher.unreachable |= set(names)

    return prepare


def _no_lists(world: IssuerWorld) -> None:
    publish_status(world)
    world.fetcher.unreachable |= {world.list_url, sd_jwt_world.TOKEN_LIST_URL}


def _strange_lists(world: IssuerWorld) -> None:
    publish_status(world, signer=signer_for("nobody", STATUS_DID, "status-1"))


def _old_lists(world: IssuerWorld) -> None:
    publish_status(world, valid_from=world.now - 3 * DAY, valid_until=world.now - 2 * DAY)
    sd_jwt_world.publish_tokens(world, {}, made_before=3 * DAY)


def _old_lists_with_the_bit(world: IssuerWorld) -> None:
    _old_lists(world)
    world.publish_status({INDEX}, valid_from=world.now - 3 * DAY, valid_until=world.now - 2 * DAY)
    sd_jwt_world.publish_tokens(world, {INDEX: 1}, made_before=3 * DAY)


def _trust_list_over(world: IssuerWorld) -> None:
    publish_status(world)
    world.publish_trust_list(valid_from=world.now - 3 * DAY, valid_until=world.now - DAY)


def _trust_list_of_a_stranger(world: IssuerWorld) -> None:
    publish_status(world)
    world.publish_trust_list(signer=signer_for("nobody", ROOT_DID, "list-1"))


def _off_the_list(world: IssuerWorld) -> None:
    publish_status(world)
    world.publish_trust_list(issuers=world.trust_entries()[1:])


def _revoked_and_not_entitled(world: IssuerWorld) -> None:
    publish_status(world, revoked=True)
    world.publish_trust_list(issuers=world.trust_entries(cqfLevels=[3]))


NOT_REACHED = Reason.NOT_REACHED

SITUATIONS: Mapping[str, Situation] = {
    "good": Situation(),
    "revoked": Situation(
        prepare=lambda world: publish_status(world, revoked=True),
        in_force=Reason.REVOKED,
        headline="Revoked: no longer in force",
    ),
    "suspended": Situation(
        prepare=lambda world: publish_status(world, suspended=True),
        made=lambda world: Made(members={"credentialStatus": _suspension_entry(world)}),
        in_force=Reason.SUSPENDED,
        headline="Suspended: not in force at present",
    ),
    "expired": Situation(
        made=_dated(validFrom=-10, validUntil=-1),
        in_force=Reason.EXPIRED,
        headline="Genuine but expired",
    ),
    "ends_this_second": Situation(
        made=_dated(validFrom=-10, validUntil=0),
        in_force=Reason.EXPIRED,
        headline="Genuine but expired",
    ),
    "ends_tomorrow": Situation(made=_dated(validFrom=-10, validUntil=1)),
    "begins_tomorrow": Situation(
        made=_dated(validFrom=1), in_force=Reason.NOT_YET_VALID, headline="Genuine but not yet in force"
    ),
    "altered": Situation(
        made=lambda _: Made(members={}, alters=True),
        authentic=Reason.PROOF_INVALID,
        entitled=NOT_REACHED,
        in_force=NOT_REACHED,
        headline="Not genuine",
    ),
    "signed_by_another_s_key": Situation(
        made=lambda _: Made(members={}, signer=did_key_signer("stranger")[1]),
        authentic=Reason.KEY_NOT_ISSUERS,
        entitled=NOT_REACHED,
        in_force=NOT_REACHED,
        headline="Not genuine",
    ),
    "forged_under_the_issuer_s_key_name": Situation(
        made=lambda _: Made(members={}, signer=signer_for("forger", CENTRE_DID)),
        authentic=Reason.PROOF_INVALID,
        entitled=NOT_REACHED,
        in_force=NOT_REACHED,
        headline="Not genuine",
    ),
    "signed_with_a_key_that_never_was": Situation(
        made=lambda _: Made(members={}, signer=signer_for("forger", CENTRE_DID, "key-99")),
        authentic=Reason.KEY_NOT_ISSUERS,
        entitled=NOT_REACHED,
        in_force=NOT_REACHED,
        headline="Not genuine",
    ),
    "issued_by_a_stranger": Situation(
        made=lambda _: _stranger(),
        entitled=Reason.ISSUER_UNKNOWN,
        in_force=NOT_REACHED,
        headline="Not from a recognised issuer",
    ),
    "issuer_taken_off_the_list": Situation(
        prepare=_off_the_list,
        authentic=Reason.KEY_UNAVAILABLE,
        entitled=Reason.ISSUER_UNKNOWN,
        in_force=NOT_REACHED,
        headline="Not from a recognised issuer",
    ),
    "another_type": Situation(
        made=_with(type=["VerifiableCredential", "OpenBadgeCredential"]),
        entitled=Reason.TYPE_NOT_ACCREDITED,
        headline="Not from a recognised issuer",
    ),
    "another_qualification": Situation(
        prepare=_accredited(qualificationCodes=["ELE-INS-1"]),
        entitled=Reason.QUALIFICATION_NOT_ACCREDITED,
        headline="Not from a recognised issuer",
    ),
    "another_level": Situation(
        prepare=_accredited(cqfLevels=[3]),
        entitled=Reason.LEVEL_NOT_ACCREDITED,
        headline="Not from a recognised issuer",
    ),
    "accredited_since_today": Situation(
        prepare=lambda world: _accredited(validFrom=format_timestamp(world.now))(world),
        entitled=Reason.DATE_NOT_ACCREDITED,
        headline="Not from a recognised issuer",
    ),
    "accredited_until_last_week": Situation(
        prepare=lambda world: _accredited(validUntil=format_timestamp(world.now - 7 * DAY))(world),
        entitled=Reason.DATE_NOT_ACCREDITED,
        headline="Not from a recognised issuer",
    ),
    "issued_while_suspended": Situation(
        prepare=lambda world: _accredited(
            suspensions=[
                {"from": format_timestamp(world.now - 2 * DAY), "until": format_timestamp(world.now)}
            ]
        )(world),
        entitled=Reason.ISSUER_SUSPENDED,
        headline="Not from a recognised issuer",
    ),
    "issued_before_it_was_suspended": Situation(
        prepare=lambda world: _accredited(suspensions=[{"from": format_timestamp(world.now)}])(world)
    ),
    "accreditation_withdrawn_altogether": Situation(
        prepare=lambda world: _accredited(
            withdrawn={"from": format_timestamp(world.now), "earlierStand": False}
        )(world),
        entitled=Reason.ACCREDITATION_WITHDRAWN,
        headline="Not from a recognised issuer",
    ),
    "accreditation_withdrawn_and_earlier_stand": Situation(
        prepare=lambda world: _accredited(
            withdrawn={"from": format_timestamp(world.now), "earlierStand": True}
        )(world)
    ),
    "key_retired_since": Situation(afterwards=_retired),
    "signed_with_a_retired_key": Situation(
        prepare=_retired,
        made=lambda world: Made(members={}, signer=world.centre_keys[0].signer, created=timedelta(seconds=1)),
        authentic=Reason.KEY_RETIRED,
        entitled=NOT_REACHED,
        in_force=NOT_REACHED,
        headline="Not genuine",
    ),
    "signed_after_the_theft": Situation(
        prepare=_stolen,
        authentic=Reason.KEY_COMPROMISED,
        entitled=Reason.KEY_COMPROMISED,
        in_force=NOT_REACHED,
        headline="Not genuine",
    ),
    "issuer_s_keys_out_of_reach": Situation(
        prepare=_gone(CENTRE_URL),
        authentic=Reason.KEY_UNAVAILABLE,
        entitled=NOT_REACHED,
        in_force=NOT_REACHED,
        headline="Could not be checked",
    ),
    "status_list_out_of_reach": Situation(
        prepare=_no_lists, in_force=Reason.STATUS_UNAVAILABLE, headline="Could not be checked"
    ),
    "status_list_of_a_stranger": Situation(
        prepare=_strange_lists, in_force=Reason.STATUS_INVALID, headline="Could not be checked"
    ),
    "status_list_too_old": Situation(
        prepare=_old_lists, in_force=Reason.STATUS_STALE, headline="Could not be checked"
    ),
    "revoked_on_a_list_too_old": Situation(
        prepare=_old_lists_with_the_bit, in_force=Reason.REVOKED, headline="Revoked: no longer in force"
    ),
    "status_of_an_unknown_kind": Situation(
        made=_with(credentialStatus={"type": UNHEARD, "id": "urn:x:1"}),
        in_force=Reason.STATUS_TYPE_UNKNOWN,
        headline="Could not be checked",
    ),
    "no_status": Situation(made=_with(credentialStatus=None), in_force=Reason.NO_STATUS_NAMED),
    "trust_list_out_of_reach": Situation(
        prepare=_gone(TRUST_LIST_URL),
        authentic=Reason.KEY_UNAVAILABLE,
        entitled=Reason.TRUST_LIST_UNAVAILABLE,
        in_force=NOT_REACHED,
        headline="Could not be checked",
    ),
    "trust_list_over": Situation(
        prepare=_trust_list_over,
        authentic=Reason.KEY_UNAVAILABLE,
        entitled=Reason.TRUST_LIST_UNAVAILABLE,
        in_force=NOT_REACHED,
        headline="Could not be checked",
    ),
    "trust_list_of_a_stranger": Situation(
        prepare=_trust_list_of_a_stranger,
        authentic=Reason.KEY_UNAVAILABLE,
        entitled=Reason.TRUST_LIST_INVALID,
        in_force=NOT_REACHED,
        headline="Could not be checked",
    ),
    "revoked_and_expired": Situation(
        prepare=lambda world: publish_status(world, revoked=True),
        made=_dated(validFrom=-10, validUntil=-1),
        in_force=Reason.REVOKED,
        headline="Revoked: no longer in force",
    ),
    "expired_and_list_out_of_reach": Situation(
        prepare=_no_lists,
        made=_dated(validFrom=-10, validUntil=-1),
        in_force=Reason.EXPIRED,
        headline="Genuine but expired",
    ),
    "revoked_and_not_entitled": Situation(
        prepare=_revoked_and_not_entitled,
        entitled=Reason.LEVEL_NOT_ACCREDITED,
        in_force=Reason.REVOKED,
        headline="Not from a recognised issuer",
    ),
}


def rows() -> Iterator[tuple[Form, str]]:
    """Every form with every fault it can have."""
    for form in FORMS:
        for name in SITUATIONS:
            if (form.name, name) not in IMPOSSIBLE:
                yield form, name


IMPOSSIBLE = frozenset({("eddsa-rdfc-2022", "status_of_an_unknown_kind")})
"""A type that no context defines cannot be signed in that form."""
