"""The watch-list for programs: what is watched with its holder's consent, and where its asker is told."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue
from verifier.oid4vp_api import Key
from verifier.watch_store import Watch
from verifier.watching import Watching, watching_of

router = APIRouter(prefix="/verify")


WatchList = Annotated[Watching, Depends(watching_of)]


@router.get("/watches")
async def list_watches(watching: WatchList, key: Key) -> Response:
    """What this asker watches and how it stands."""
    watches: list[JsonValue] = [_watch_json(one) for one in await watching.of(key.licence_number)]
    return _json({"watches": watches})


@router.delete("/watches/{watch_id}")
async def stop_watching(watching: WatchList, key: Key, watch_id: str) -> Response:
    """Stop watching one."""
    await watching.remove(watch_id, key.licence_number)
    return Response(status_code=204)


@router.put("/watches/hook")
async def put_hook(request: Request, watching: WatchList, key: Key) -> Response:
    """Be told at this address from now on, ``{"url": "https://…"}``; null for nowhere."""
    body: JsonValue = getattr(request.state, "json", None)
    if not isinstance(body, dict) or body.keys() != {"url"}:
        raise MalformedValue("An object with the address alone is expected here.", pointer="")
    url = body["url"]
    if url is not None and not isinstance(url, str):
        raise MalformedValue("The address must be a text, or null.", pointer="/url")
    await watching.put_hook(key.licence_number, url)
    return _json({"url": url, "publicKey": await watching.public_key()})


def _watch_json(watch: Watch) -> JsonObject:
    return {
        "watch": watch.watch_id,
        "reference": watch.reference,
        "state": watch.state.value,
        "changed": None if watch.changed is None else format_timestamp(watch.changed),
        "until": format_timestamp(watch.until),
    }


def _json(answer: JsonObject) -> Response:
    return Response(
        orjson.dumps(answer), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
