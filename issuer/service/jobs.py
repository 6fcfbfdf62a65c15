"""What people say of work under way: pause it, go on with it, let the rest be."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from issuer import job_store
from issuer.service.classes import readable_class, slug_of
from issuer.service.desk import Desk
from runtime.auth import Principal


class Act(StrEnum):
    """What can be said of the issuing of a class list."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


_CHANGES: Final[Mapping[Act, Callable[..., None]]] = {
    Act.PAUSE: job_store.pause,
    Act.RESUME: job_store.resume,
    Act.CANCEL: job_store.cancel,
}


async def change(desk: Desk, principal: Principal, class_id: str, act: Act) -> None:
    """Pause, resume or cancel the issuing of a class list of the clerk's own centre.

    Raises ``ConflictError`` where its state does not allow it, and ``NotFound``.
    """
    await readable_class(desk, principal, class_id)
    await desk.context.database.write(
        _CHANGES[act],
        class_id,
        slug_of(principal),
        actor=principal.subject,
        now=desk.context.clock.now(),
    )
