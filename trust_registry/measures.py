"""What is measured of the register: how old the trust list is that it serves, and when the root ends."""

from collections.abc import Iterable

from runtime.metric_definitions import PUBLISHED, PUBLISHED_AGE, PUBLISHED_REMAINING, DocumentKind, Measure
from runtime.metrics import Measured
from runtime.readiness import Need, Part, State
from runtime.service import ServiceContext
from trust_registry.publication import Publication
from trust_registry.service import root_did
from vc.trust.root import parse_chain, parse_root

_LIST = (DocumentKind.TRUST_LIST.value,)
_ROOT = (DocumentKind.TRUST_ROOT.value,)


def measure_publication(context: ServiceContext, publication: Publication) -> None:
    """Measure at each scrape; and have a registry without a list known as not ready for all its work."""

    async def look_up() -> Iterable[Measured]:
        now, served = context.clock.now(), publication.published
        if served is None:
            return (Measured(PUBLISHED, 0, _LIST), Measured(PUBLISHED, 0, _ROOT))
        chain = parse_chain(served.root_chain)
        root = parse_root(chain[-1], root_did(context.settings))
        return (
            Measured(PUBLISHED, 1, _LIST),
            Measured(PUBLISHED_AGE, (now - served.valid_from).total_seconds(), _LIST),
            Measured(PUBLISHED_REMAINING, (served.valid_until - now).total_seconds(), _LIST),
            Measured(PUBLISHED, len(chain), _ROOT),
            Measured(PUBLISHED_AGE, (now - root.valid_from).total_seconds(), _ROOT),
            Measured(PUBLISHED_REMAINING, (root.valid_until - now).total_seconds(), _ROOT),
        )

    async def is_served() -> State:
        served = publication.published
        is_good = served is not None and context.clock.now() < served.valid_until
        return State.OK if is_good else State.MISSING

    context.metrics.add_measure(context.service, Measure.PUBLISHED, look_up)
    context.readiness.add(context.service, Part.TRUST_LIST, is_served, Need.FOR_SOME)
