"""A class list from the command line to the approver, in this process and by the desk's own functions.

In the demo every service runs in this process, on the data folder a server may have open as well. Elsewhere
only the issuer's database is opened, the other services are asked over the network, and nothing is kept.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from issuer import store
from issuer.app import create_desk
from issuer.class_list import ClassList, RowProblem, UnreadableClassList
from issuer.data_classes import data_class_of
from issuer.service import approving, classes
from issuer.service.desk import Desk
from passport.assembly import Contexts, assemble, open_contexts, open_one
from passport.demo_world.people import draw_people
from passport.demo_world.world import create_demo_world
from passport.serving import LOOPBACK_PASSWORD, chosen_settings, is_loopback
from runtime.auth import Principal, Role
from runtime.clock import SystemClock
from runtime.personal_data_table import HEALTH
from runtime.settings import Settings
from trust_registry.root import ensure_demo_root
from vc.errors import NotAuthorized, NotFound
from vc.model.credential_types import types_by_slug

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be issued. ``kind`` is the slug of a type, ``centre`` the id of who issues."""

    data: bytes
    filename: str
    kind: str
    centre: str
    is_dry_run: bool


async def issue_list(order: Order, say: Say) -> bool:
    """Submit the good rows for approval, or say what would be; whether every row is good.

    Raises ``NotAuthorized`` where nothing may be submitted from here, ``EvidenceUnavailable`` where the
    labour database or the trust list cannot be had.
    """
    settings = chosen_settings(None, None, has_certificate=False)
    if not (order.is_dry_run or settings.is_demo):
        raise NotAuthorized("Outside the demo, lists are submitted at the desk and not from here.")
    async with _desk(settings) as desk:
        try:
            if order.is_dry_run:
                class_list, _ = await classes.judge(desk, order.centre, kind=order.kind, data=order.data)
                return _tell(say, class_list.problems, _would_issue(class_list))
            return await _submit(desk, order, say)
        except UnreadableClassList as error:
            return _tell(say, [error.problem], [])
        except NotFound as error:
            say(f"refused: {error}")
            return False


def _would_issue(class_list: ClassList) -> Iterable[tuple[int, str]]:
    for row in class_list.rows:
        yield row.row, f"row {row.row}: would issue"
    for row in class_list.not_passed:
        yield row.row, f"row {row.row}: nothing to issue"


async def _submit(desk: Desk, order: Order, say: Say) -> bool:
    is_health = data_class_of(types_by_slug()[order.kind].name) == HEALTH
    principal = Principal(
        subject="operator",
        name="Command line",
        role=Role.HEALTH_CLERK if is_health else Role.CLERK,
        organisation_id=order.centre,
    )
    class_id = await classes.upload(
        desk, principal, kind=order.kind, filename=order.filename[: classes.MAX_FILENAME], data=order.data
    )
    database = desk.context.database
    record = await database.read(desk.sealed.get_class, class_id, order.centre)
    problems = classes.problems_of(record)
    rows = await database.read(desk.sealed.rows_of, class_id)
    if not rows:
        await classes.discard(desk, principal, class_id)
        return _tell(say, problems, [])
    await approving.submit(desk, principal, class_id)
    return _tell(say, problems, [(item.row, f"row {item.row}: waits for approval") for item in rows])


def _tell(say: Say, problems: Iterable[RowProblem], done: Iterable[tuple[int, str]]) -> bool:
    """Say what became of each row, in the order of the file; whether nothing was refused."""
    lines = [(number, 0, line) for number, line in done]
    refused = 0
    for problem in problems:
        refused += problem.is_error
        word = "refused" if problem.is_error else "remark"
        place = "the file" if problem.row is None else f"row {problem.row}"
        column = f", {problem.column} ({problem.column_letter})" if problem.column else ""
        text = f"{place}{column}: {word}: {problem.message.render()} {problem.fix.render()}"
        lines.append((problem.row or 0, 1, text))
    for _, _, line in sorted(lines):
        say(line)
    return refused == 0


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[Desk]:
    clock = SystemClock()
    if not settings.is_demo:
        context = open_one(settings, clock, "issuer")
        try:
            yield create_desk(context)
        finally:
            await context.peers.aclose()
            context.database.close()
        return
    people = draw_people()
    contexts = open_contexts(settings, clock)
    anchor = _demo_anchor(contexts)
    contexts.close()
    contexts = open_contexts(settings.model_copy(update={"trust_anchor": anchor}), clock)
    try:
        async with assemble(contexts, people).running():
            yield create_desk(contexts.by_service["issuer"])
    finally:
        contexts.close()


def _demo_anchor(contexts: Contexts) -> str:
    """The anchor of the demo world, which is made where there is none; one that stands is left as it is."""
    trust, issuer = contexts.by_service["trust_registry"], contexts.by_service["issuer"]
    if issuer.database.read_now(store.all_centres):
        now = contexts.clock.now().replace(microsecond=0)
        return ensure_demo_root(trust.database, trust.settings, trust.keyring, now)
    password = LOOPBACK_PASSWORD if is_loopback(contexts.settings.host) else None
    return create_demo_world(contexts, draw_people(), passwords=password)[1]
