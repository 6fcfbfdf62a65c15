"""One certificate at a time, by the rules of a class list: a list of one row that somebody submits."""

import csv
import io
from collections.abc import Mapping

from issuer.class_list import RowProblem
from issuer.rld.port import RldUnavailable, Trouble
from issuer.service import classes
from issuer.service.desk import Desk
from issuer.service.linking import TROUBLES
from issuer.unsealed import ClassRow, Intent
from runtime.auth import Principal
from vc.errors import MalformedValue


class RowRefused(MalformedValue):
    """Nothing can be issued for the one row; ``problems`` say why, the first of them what matters most."""

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        # Errors first; a row without one that issues nothing says so in a remark.
        self.problems = tuple(sorted(problems, key=lambda problem: not problem.is_error))
        first = self.problems[0]
        super().__init__(first.message.render(), pointer=f"/row/{first.key or ''}")


async def keep_row(
    desk: Desk,
    principal: Principal,
    *,
    kind: str,
    filename: str,
    row: Mapping[str, str],
    corrects: Intent | None = None,
) -> str:
    """Keep a list of one row (column keys to texts), ready to be submitted; its id.

    Raises ``RowRefused``, ``RldUnavailable``, and as ``classes.upload``; then nothing is kept.
    """
    class_id = await classes.upload(
        desk, principal, kind=kind, filename=filename, data=_sheet_of(row), corrects=corrects
    )
    database = desk.context.database
    record = await classes.readable_class(desk, principal, class_id)
    rows: tuple[ClassRow, ...] = await database.read(desk.sealed.rows_of, class_id)
    if record.trouble is None and rows:
        return class_id
    await classes.discard(desk, principal, class_id)
    if record.trouble is not None:
        trouble = Trouble(record.trouble)
        raise RldUnavailable(trouble, TROUBLES[trouble].message)
    raise RowRefused(classes.problems_of(record))


def _sheet_of(row: Mapping[str, str]) -> bytes:
    """A CSV of one row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(row))
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()
