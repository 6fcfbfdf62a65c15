"""A class list from the command line to certificates, in this process and by the desk's own functions.

In the demo every service runs in this process, on the data folder a server may have open as well. Elsewhere
only the issuer's database is opened, the other services are asked over the network, and nothing is signed.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from issuer import store
from issuer.app import create_desk
from issuer.class_list import ClassList, RowProblem, UnreadableClassList
from issuer.data_classes import data_class_of
from issuer.rld.port import RldUnavailable, Trouble
from issuer.service import approving, classes, delivery, issuing, judging
from issuer.service.approving import Decision
from issuer.service.desk import Desk
from issuer.service.linking import TROUBLES
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
_REASON = "Issued from the command line of the demo."


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be issued. ``kind`` is the slug of a type, ``centre`` the id of who issues."""

    data: bytes
    filename: str
    kind: str
    centre: str
    is_dry_run: bool


async def issue_list(order: Order, say: Say) -> bool:
    """Issue the good rows, or say what would be issued; whether every row is good.

    Raises ``NotAuthorized`` where nothing may be signed here, ``EvidenceUnavailable`` where the labour
    database or the trust list cannot be had.
    """
    settings = chosen_settings(None, None, has_certificate=False)
    if not (order.is_dry_run or settings.is_demo):
        raise NotAuthorized("Outside the demo, certificates are issued at the desk and not from here.")
    async with _desk(settings) as desk:
        try:
            if order.is_dry_run:
                class_list = await judging.read(desk, classes.known_kind(order.kind), order.data)
                judged = await judging.judge(desk, order.centre, class_list)
                _require_compared(judged.trouble)
                return _tell(say, judged.class_list.problems, _would_issue(judged.class_list))
            return await _issue(desk, order, say)
        except UnreadableClassList as error:
            return _tell(say, [error.problem], [])
        except NotFound as error:
            say(f"refused: {error}")
            return False


def _require_compared(trouble: Trouble | str | None) -> None:
    if trouble is not None:
        trouble = Trouble(trouble)
        raise RldUnavailable(trouble, TROUBLES[trouble].message)


def _would_issue(class_list: ClassList) -> Iterable[tuple[int, str]]:
    for row in class_list.rows:
        yield row.row, f"row {row.row}: would issue"
    for row in class_list.not_passed:
        yield row.row, f"row {row.row}: nothing to issue"


async def _issue(desk: Desk, order: Order, say: Say) -> bool:
    principal, approver = _both_people(order)
    class_id = await classes.upload(
        desk, principal, kind=order.kind, filename=order.filename[: classes.MAX_FILENAME], data=order.data
    )
    database = desk.context.database
    record = await database.read(desk.sealed.get_class, class_id, order.centre)
    problems = classes.problems_of(record)
    if record.trouble is not None:
        await classes.discard(desk, principal, class_id)
        _require_compared(record.trouble)
    if not await database.read(desk.sealed.rows_of, class_id):
        await classes.discard(desk, principal, class_id)
        return _tell(say, problems, [])
    await approving.submit(desk, principal, class_id)
    waiting = await database.read(store.get_class, class_id, order.centre)
    decision = Decision(proposal=waiting.proposal, reason=_REASON)
    await approving.approve(desk, approver, class_id, decision)
    await issuing.run(desk, class_id, order.centre)
    await delivery.deliver_all(desk)
    issued = await database.read(store.issued_in_class, class_id)
    return _tell(
        say, problems, [(item.row, f"row {item.row}: issued {item.certificate_number}") for item in issued]
    )


def _both_people(order: Order) -> tuple[Principal, Principal]:
    """The clerk and the second person, both played by the command: this is the demo."""
    is_health = data_class_of(types_by_slug()[order.kind].name) == HEALTH
    clerk = Principal(
        subject="operator",
        name="Command line",
        role=Role.HEALTH_CLERK if is_health else Role.CLERK,
        organisation_id=order.centre,
    )
    approver = Principal(
        subject="second-operator",
        name="Command line, as the second person",
        role=Role.HEALTH_CLERK if is_health else Role.CENTRE_APPROVER,
        organisation_id=order.centre,
        identity="DEMO-COMMAND-LINE",
    )
    return clerk, approver


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
