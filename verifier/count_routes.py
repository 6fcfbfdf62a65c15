"""What the fraud desk asks the verifier: counts of nobody."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request

from runtime.auth import Principal, require_service
from runtime.service import context_of
from verifier.counting import DAYS, FEW, Counting
from verifier.harvesting import busiest_days

router = APIRouter(prefix="/verify/api")
_Registry = Annotated[Principal, Depends(require_service("revocation"))]


def counting_of(request: Request) -> Counting:
    """The counts of the application that answers ``request``."""
    counting = request.app.state.counting
    if not isinstance(counting, Counting):
        raise TypeError("the application was not made by verifier.app.create_app")
    return counting


@router.get("/presented")
async def get_presented(request: Request, _: _Registry) -> dict[str, Any]:
    """How many were presented lately, by issuer and kind; null for few, or where nothing is counted."""
    counting = counting_of(request)
    await counting.flush()
    found = [asdict(one) for one in await counting.lately()] if counting.counts_presentations else None
    return {"days": DAYS, "fewer_than": FEW, "presented": found}


@router.get("/anomalies")
async def get_anomalies(request: Request, _: _Registry) -> dict[str, Any]:
    """Days with very many presentations, very many wrong codes, or an asker who checked very many people."""
    counting = counting_of(request)
    await counting.flush()
    busiest = await busiest_days(context_of(request))
    harvested = [
        {"rule": "harvesting", "issuer": "", "day": day, "count": number} for day, number in busiest.items()
    ]
    return {"anomalies": [*harvested, *(asdict(one) for one in await counting.unusual())]}
