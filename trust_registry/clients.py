"""What the trust registry asks the issuer: how many certificates a decision would touch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx2

from trust_registry.life import GrantedAccreditation
from vc.encoding.timestamps import format_timestamp
from vc.errors import EvidenceUnavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedCount:
    """How many certificates of one kind a centre gave, and how many of them since the moment asked for.

    ``in_force`` are those that were neither revoked nor superseded.

    ``qualification_code`` is None where the code lists no longer hold what was certified.
    """

    credential_type: str
    qualification_code: str | None
    title: str
    issued: int
    issued_since: int
    in_force: int
    in_force_since: int

    @property
    def is_possible(self) -> bool:
        """Whether these figures can be true together."""
        since, ever = self.in_force_since, self.in_force
        return 0 <= since <= min(ever, self.issued_since) and max(ever, self.issued_since) <= self.issued


async def issued_counts(
    issuer: httpx2.AsyncClient, centre: str, *, since: datetime
) -> tuple[IssuedCount, ...]:
    """Figures only, no certificate. Raises ``EvidenceUnavailable`` where the issuer cannot be asked."""
    path = f"/issuer/api/centres/{quote(centre, safe='')}/counts"
    try:
        response = await issuer.get(path, params={"since": format_timestamp(since)})
    except httpx2.HTTPError as error:
        raise EvidenceUnavailable("The issuer cannot be asked now.") from error
    if response.status_code == 404:
        # A centre that is registered here and has never signed anything there.
        return ()
    if response.status_code != 200:
        raise EvidenceUnavailable("The issuer cannot answer now.")
    try:
        answer: dict[str, Any] = response.json()
        counts = tuple(
            IssuedCount(
                credential_type=str(item["credential_type"]),
                qualification_code=None
                if item["qualification_code"] is None
                else str(item["qualification_code"]),
                title=str(item["title"]),
                issued=int(item["issued"]),
                issued_since=int(item["issued_since"]),
                in_force=int(item["in_force"]),
                in_force_since=int(item["in_force_since"]),
            )
            for item in answer["counts"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceUnavailable("The issuer's answer could not be read.") from error
    if not all(count.is_possible for count in counts):
        raise EvidenceUnavailable("The issuer's figures contradict each other.")
    return counts


def touched(counts: tuple[IssuedCount, ...], granted: GrantedAccreditation) -> tuple[IssuedCount, ...]:
    """Those counts that fall under an accreditation; what has no code any more counts as falling under it."""
    codes = granted.qualification_codes
    return tuple(
        item
        for item in counts
        if item.credential_type in granted.credential_types
        and (codes is None or item.qualification_code is None or item.qualification_code in codes)
    )
