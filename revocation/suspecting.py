"""Reports of suspicion, by recruiters about certificates and by workers about agencies; public notices.

A report alone changes nothing: an officer looks at it. It holds a choice, no words and no name.
"""

import re
from collections import Counter
from typing import Final

from revocation import cases, suspicion_store
from revocation.clients import find_credential
from revocation.service import Registry
from revocation.store import Connection
from revocation.suspicion_store import Incident, Suspicion, SuspicionState
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.retention import SUSPICION, before
from runtime.service import ServiceContext
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound

SHOWN: Final = 100
FEW: Final = 10
"""Fewer certificates than this are not counted in public."""

CERTIFICATE, AGENCY = "certificate", "agency"
WHATS: Final = {
    CERTIFICATE: {
        "other-person": gettext_noop("The person who shows it is another"),
        "looks-altered": gettext_noop("The paper says something else than the check"),
        "for-sale": gettext_noop("It was offered for money"),
        "no-skill": gettext_noop("The person cannot do what it says"),
        "not-known-here": gettext_noop("The check does not know it"),
    },
    AGENCY: {
        "asks-money": gettext_noop("It asks for money that it may not ask for"),
        "keeps-papers": gettext_noop("It keeps passports, cards or phones"),
        "no-licence": gettext_noop("It works without a licence"),
        "other-job": gettext_noop("The work or the pay is not what was promised"),
        "threatens": gettext_noop("It threatens people"),
    },
}
# Khmer letters and digits are good, too.
_NUMBER: Final = re.compile(r"\w[\w ./-]{1,39}")


class Suspicions:
    """Takes reports and publishes notices; one per process."""

    def __init__(self, context: ServiceContext, registry: Registry) -> None:
        """Join the parts."""
        self._context = context
        self._registry = registry

    async def report(self, about: str, what: str, named: str) -> None:
        """Take a report. ``named`` is a code, number or link, or an agency's licence number.

        What cannot be found is reported as that, and is not kept. Raises ``MalformedValue``.
        """
        if what not in WHATS.get(about, {}):
            raise MalformedValue(gettext_noop("Choose what is wrong."), pointer="/what")
        number = named.strip()
        if about == AGENCY and not _NUMBER.fullmatch(number):
            raise MalformedValue(
                gettext_noop("Write the licence number, as on the agency's sign."), pointer="/named"
            )
        made = Suspicion(
            report_id=random_token(60).lower(),
            about=about,
            what=what,
            credential_id=await self._known(number) if about == CERTIFICATE else None,
            agency_number=number if about == AGENCY else None,
            made_at=self._context.clock.now(),
        )
        await self._context.database.write(suspicion_store.add_suspicion, made)

    async def open_reports(self) -> tuple[Suspicion, ...]:
        """What waits for an officer, oldest first."""
        return await self._context.database.read(suspicion_store.open_suspicions, limit=SHOWN)

    async def decide(self, principal: Principal, report_id: str, state: SuspicionState) -> None:
        """Note what becomes of a report. Raises ``ConflictError`` where that was done."""

        def write(connection: Connection) -> None:
            now = self._context.clock.now()
            if not suspicion_store.decide_suspicion(
                connection, report_id, state, by=principal.subject, now=now
            ):
                raise ConflictError(gettext_noop("This report was dealt with already."))
            entry = Entry(actor=principal.subject, act=f"suspicion.{state.value}", object=report_id)
            record(connection, entry, now=now)

        await self._context.database.write(write)

    async def publish(self, principal: Principal, case_id: str) -> None:
        """Tell the public of a case: how many certificates of which kinds ended, and why.

        Raises ``ConflictError`` where nothing of it is revoked, or it was published.
        """
        await self._context.database.write(self._publish, principal, case_id)

    async def sweep(self) -> None:
        """Forget reports that were dealt with long ago."""
        limit = before(self._context.settings, SUSPICION, self._context.clock.now())
        await self._context.database.write(suspicion_store.forget_decided, before=limit)

    async def incidents(self) -> list[Incident]:
        """What the public was told, newest first."""
        return list(await self._context.database.read(suspicion_store.incidents, limit=SHOWN))

    async def incident_of(self, case_id: str) -> Incident | None:
        """What the public was told of a case."""
        return await self._context.database.read(suspicion_store.incident_of, case_id)

    def _publish(self, connection: Connection, principal: Principal, case_id: str) -> None:
        now = self._context.clock.now()
        seen = cases.view(connection, case_id)
        ended = {change.credential_id for change in seen.ended}
        if not ended:
            raise ConflictError(gettext_noop("Nothing of this case is revoked."))
        kinds = Counter(member.kind for member in seen.members if member.credential_id in ended)
        made = Incident(
            incident_id=random_token(60).lower(),
            case_id=case_id,
            reason=seen.case.reason.value,
            certificates=len(ended),
            kinds=tuple(sorted(kind for kind in kinds if kind)),
            revoked_on=max(change.logged.at for change in seen.ended)
            .astimezone(PHNOM_PENH)
            .date()
            .isoformat(),
            published_by=principal.subject,
            published_at=now,
        )
        if not suspicion_store.add_incident(connection, made):
            raise ConflictError(gettext_noop("The public was told of this case already."))
        record(connection, Entry(actor=principal.subject, act="incident.publish", object=case_id), now=now)

    async def _known(self, named: str) -> str | None:
        if not named:
            return None
        try:
            described = await find_credential(self._context.peers.client("issuer"), named)
            if described is not None:
                return described.credential_id
            entry = (await self._registry.state_of(named)).entry
            return entry.copy_of or entry.credential_id
        except (EvidenceUnavailable, NotFound):
            return None
