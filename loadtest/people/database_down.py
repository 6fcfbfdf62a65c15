"""PostgreSQL is dead for a third of the time. Checks and status lists are answered all the same."""

from typing import Final

from loadtest.mixes import LIST
from loadtest.people.shared import ACCEPTED, PLAN, Person

_PILE: Final = "eddsa-rdfc-2022"
DEAD, BACK = "dead", "back"


class Anybody(Person):
    """Checks a certificate or fetches the list in which it stands."""

    def act_on(self, chosen: str) -> None:
        """One or the other."""
        when = "while it is dead" if PLAN.has_come(DEAD) and not PLAN.has_come(BACK) else "while it runs"
        if chosen == LIST:
            headers = {"Accept": "application/vc"}
            self.client.get(PLAN.told["list_path"], headers=headers, name=f"list, {when}")
            return
        pile = PLAN.piles[_PILE]
        self.post(f"check, {when}", pile.path, self.draw.among(pile.good), (ACCEPTED,))
