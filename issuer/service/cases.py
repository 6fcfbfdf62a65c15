"""What the RLD says happened to its records, and what people decide about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from issuer import case_store, feed_store
from issuer.case_store import Decided, Happening
from issuer.rld.port import EventKind
from issuer.service.classes import slug_of
from issuer.service.desk import Desk
from runtime.auth import Principal, Role
from runtime.i18n import gettext_noop
from vc.errors import MalformedValue

_MAX_PAGES: Final = 100

CENTRE_ROLES: Final = frozenset({Role.CLERK, Role.CENTRE_APPROVER})

CENTRE_KINDS: Final = frozenset({EventKind.MERGED, EventKind.DIED, EventKind.NAME_CORRECTED})
"""What a centre is told of. That a person is protected, only a protection officer is."""

PROTECTION_KINDS: Final = frozenset({EventKind.PROTECTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseTexts:
    """What happened, and what comes next."""

    happened: str
    next_step: str


CASES: Final[Mapping[str, CaseTexts]] = {
    EventKind.MERGED.value: CaseTexts(
        happened=gettext_noop("Two records of one person were joined; this number has ended."),
        next_step=gettext_noop(
            "Have these certificates revoked for that reason, and issue them anew under the other number."
        ),
    ),
    EventKind.DIED.value: CaseTexts(
        happened=gettext_noop("The labour database says that this person has died."),
        next_step=gettext_noop("Nothing more is delivered. Report it to the fraud officer, who can revoke."),
    ),
    EventKind.NAME_CORRECTED.value: CaseTexts(
        happened=gettext_noop("The name of this person was corrected."),
        next_step=gettext_noop("Issue corrected certificates, and have these revoked as replaced."),
    ),
    EventKind.PROTECTED.value: CaseTexts(
        happened=gettext_noop("This person is under protection now."),
        next_step=gettext_noop("Nothing is issued or delivered until you decide."),
    ),
}
DECISIONS: Final[Mapping[str, str]] = {
    "reported": gettext_noop("Reported to the fraud officer"),
    "replaced": gettext_noop("Replaced by corrected certificates"),
    case_store.GO_ON: gettext_noop("Looked at: go on as before"),
}


async def read_events(desk: Desk) -> None:
    """Take over what happened at the RLD since it was last asked. Raises ``RldUnavailable``."""
    database = desk.context.database
    for _ in range(_MAX_PAGES):
        cursor = await database.read(feed_store.position_of, feed_store.RLD)
        page = await desk.rld.get_events(cursor)
        if page.cursor == cursor:
            return
        happenings = [
            Happening(
                event_id=event.event_id,
                kind=event.kind,
                person=desk.sealed.personal.person(event.rld_number),
                happened_at=event.happened_at.isoformat(),
            )
            for event in page.events
        ]
        now = desk.context.clock.now()
        await database.write(case_store.take_events, happenings, page.cursor, now=now)


async def open_cases(desk: Desk, principal: Principal) -> Sequence[Mapping[str, Any]]:
    """The cases this person may decide."""
    kinds, slug = _reach(principal)
    return await desk.context.database.read(case_store.open_cases, kinds, slug)


async def decide(desk: Desk, principal: Principal, case_id: str, decision: str) -> None:
    """Close a case. Raises ``MalformedValue``, ``NotFound``, ``ConflictError``."""
    if decision not in DECISIONS:
        raise MalformedValue("Choose what was decided.", pointer="/decision")
    kinds, slug = _reach(principal)
    decided = Decided(decision=decision, actor=principal.subject, now=desk.context.clock.now())
    await desk.context.database.write(case_store.decide_case, case_id, kinds, slug, decided)


def _reach(principal: Principal) -> tuple[frozenset[EventKind], str | None]:
    """Which cases are this person's: kinds, and the one centre or all."""
    if principal.role is Role.PROTECTION_OFFICER:
        return PROTECTION_KINDS, None
    return CENTRE_KINDS, slug_of(principal)
