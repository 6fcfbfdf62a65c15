"""How ``passport jobs`` shows the work on a class list."""

from issuer import store
from issuer.job_store import Job

_STATES = {
    store.ISSUING: "being issued",
    store.PAUSED: "paused",
    store.CANCELLED: "cancelled",
    store.DONE: "done",
}


def job_line(job: Job) -> str:
    """Id, centre, state and how far it is, such as ``8HB5…  takeo  being issued  120 of 3000 (4 %)``."""
    state = "failed: see the server's log, then resume" if job.has_failed else _STATES[job.state]
    share = 100 * job.issued // job.wanted if job.wanted else 100
    return f"{job.class_id}  {job.centre_slug:<20}  {state:<12}  {job.issued} of {job.wanted} ({share} %)"
