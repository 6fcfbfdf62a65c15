"""A host of status lists falls silent. What it alone can say is then not known, and never called good.

Half of what is checked has its entry in that host's list. While the list at hand is not over, its answers
stand; after its end they must be *undetermined*, or *rejected* where the old list said revoked, which is
final. The other host's answers, and how long they take, must not change.
"""

from typing import Final

from loadtest.people.shared import ACCEPTED, PLAN, REJECTED, UNDETERMINED, Person

SECOND: Final = "on the second host"
_FORMAT: Final = "eddsa-jcs-2022"
SILENT, CERTAIN = "silent", "certain"


class Recruiter(Person):
    """Checks credentials of either host, and judges by what can be known at this moment."""

    def check(self) -> None:
        """Check one."""
        if self.draw.happens(0.5):
            when = "after" if PLAN.has_come(SILENT) else "before"
            body, wanted = self.draw_body(_FORMAT)
            self.post(f"other host, {when}", PLAN.piles[_FORMAT].path, body, (wanted,))
            return
        body, wanted = self.draw_body(SECOND)
        path = PLAN.piles[SECOND].path
        if wanted == REJECTED or not PLAN.has_come(SILENT):
            self.post("silent host, list good", path, body, (wanted,))
        elif PLAN.has_come(CERTAIN):
            self.post("silent host, list over", path, body, (UNDETERMINED,))
        else:
            # The list may end between the question and the answer.
            self.post("silent host, list ending", path, body, (ACCEPTED, UNDETERMINED))
