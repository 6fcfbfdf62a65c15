"""What people say of work under way: pause it, go on with it, let the rest be."""

from collections.abc import Callable, Sequence
from typing import Final

from issuer import job_store
from issuer.service.classes import readable_class, slug_of
from issuer.service.desk import Desk
from runtime.auth import Principal

_CHANGES: Final[dict[str, Callable[..., None]]] = {
    "pause": job_store.pause,
    "resume": job_store.resume,
    "cancel": job_store.cancel,
}
ACTS: Final = frozenset(_CHANGES)


async def change(desk: Desk, principal: Principal, class_id: str, act: str) -> None:
    """One of ``ACTS`` on a class list of the clerk's own centre. Raises ``ConflictError``, ``NotFound``."""
    await readable_class(desk, principal, class_id)
    await desk.context.database.write(
        _CHANGES[act],
        class_id,
        slug_of(principal),
        actor=principal.subject,
        now=desk.context.clock.now(),
    )


async def jobs_of(desk: Desk, principal: Principal) -> Sequence[job_store.Job]:
    """The work on the class lists of the clerk's centre, newest first."""
    return await desk.context.database.read(job_store.jobs, slug=slug_of(principal))
