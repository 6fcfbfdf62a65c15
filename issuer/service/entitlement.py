"""Whether a centre may still certify what it is about to: asked at the approval, and again at signing.

Between reading a list and signing it days may pass. What a verifier would refuse is not signed.
"""

from collections.abc import Iterable

from issuer import store
from issuer.clients import published_trust_list
from issuer.service.desk import Desk
from issuer.unsealed import Details
from runtime.i18n import gettext_noop
from vc.errors import ConflictError
from vc.model.verdict import Answer
from vc.trust.entitled import Award, judge_entitled


async def require_accredited(desk: Desk, slug: str, wanted: Iterable[Details]) -> None:
    """Raise ``ConflictError`` where the trust list does not let this centre certify one of these now.

    Raises ``EvidenceUnavailable`` when the trust list is not to be had.
    """
    trust_list = await published_trust_list(desk.context.peers.client("trust_registry"))
    centre = await desk.context.database.read(store.get_centre, slug)
    now = desk.context.clock.now()
    for award in {_award(details) for details in wanted}:
        judged = judge_entitled(trust_list, centre.did, award, now, refuse_demo=False)
        if judged.answer is not Answer.YES:
            raise ConflictError(gettext_noop("Your centre is not accredited to certify this at present."))


def _award(details: Details) -> Award:
    achievement = details.subject.get("achievement")
    stated = achievement if isinstance(achievement, dict) else {}
    code, level = stated.get("humanCode"), stated.get("cqfLevel")
    return Award(
        credential_types=frozenset({details.credential_type}),
        qualification_code=code if isinstance(code, str) else None,
        cqf_level=level if isinstance(level, int) else None,
    )
