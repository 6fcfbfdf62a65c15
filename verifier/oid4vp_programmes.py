"""What a wallet is asked for under a programme: what its data file lets this asker ask, and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from schemas import read_schema
from vc.model.verdict import Verification
from vc.programmes.asking import require_allowed
from vc.programmes.evaluate import Held, evaluate
from vc.programmes.model import Programme, ProgrammeCheck, RequesterKind
from vc.programmes.reading import read_programme, require_open
from vc.trust.decide import decide
from vc.verify.one_person import OnePerson
from verifier.oid4vp_wanted import Wanted, WantedCredential

MAX_UNDER_PROGRAMME: Final = 12
_NAME: Final = "nameLatin"


def wanted_under(
    programme: Programme,
    requester: RequesterKind,
    asked: Mapping[str, Sequence[str] | None] | None,
    *,
    purpose: str,
    on: date,
    variant: str | None = None,
) -> Wanted:
    """What to ask a wallet for: ``asked`` is credential type → claim paths.

    None is for all that is allowed and always there: a wallet cannot answer for a claim that a credential
    may lack (OpenID4VP 1.0 section 6.4.1). No single credential is required: a worker shows what they have.
    The answer is then checked for the day ``on``. Raises ``RequesterRefused`` and ``OverAsked`` as
    ``require_allowed``, ``UnknownOption`` for what is not open on that day.
    """
    chosen = {
        name: _always_there(programme, name) if paths is None else tuple(paths)
        for name, paths in (dict.fromkeys(programme.claims) if asked is None else asked).items()
    }
    require_allowed(programme, requester, chosen)
    require_open(programme, on=on, variant=variant)
    return Wanted(
        credentials=tuple(
            WantedCredential(type_name=name, claims=paths, is_required=False)
            for name, paths in sorted(chosen.items())
        ),
        purpose=purpose,
        programme={"id": programme.id, "variant": variant or "", "on": on.isoformat()},
    )


def checked_under(
    kept: Mapping[str, str], verifications: Sequence[Verification], one: OnePerson | None
) -> tuple[Programme, ProgrammeCheck]:
    """What a wallet's answer comes to under the programme it was asked for."""
    programme = read_programme(kept["id"])
    held = [Held(verification=found, decision=decide(found)) for found in verifications]
    check = evaluate(
        programme,
        held,
        on=date.fromisoformat(kept["on"]),
        variant=kept["variant"] or None,
        one_person=one,
    )
    return programme, check


def _always_there(programme: Programme, name: str) -> tuple[str, ...]:
    if name not in programme.claims:
        return ()
    required = {_NAME, *read_schema(name).get("required", ())}
    return tuple(sorted(claim for claim in programme.claims[name] if claim in required))
