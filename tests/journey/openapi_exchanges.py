"""Every example of the API's description, sent to the verifier, and every answer that it documents.

``python -m tests.journey.openapi_exchanges`` writes the answers down as the examples of the description. The
world, its clock and its keys are the same in every run; what the verifier draws at random is replaced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import orjson

from tests.journey import simulated_wallet as wallet
from tests.journey.share_house import (
    AGENCY,
    HOLDER,
    PIN,
    ShareHouse,
    give_certificate,
    open_share_house,
    share,
)
from tests.journey.test_oid4vp_api import key_at, key_of
from tests.journey.verifier_house import BASE_URL, TOKEN, VerifierHouse, open_house
from tests.sd_jwt_world import publish_tokens
from tests.simulator import ORIGIN, IssuerWorld, did_key_signer
from tests.unit.vc.card import cards
from tests.unit.verifier.test_keys import LICENCE, SECOND
from verifier.openapi import (
    CARD,
    CREDENTIAL,
    EXAMPLES_FILE,
    FORM,
    JSON,
    LINK,
    ORIGIN_MARK,
    PRESENTATION,
    PUT_HERE,
    REVOKED_CREDENTIAL,
    SOME_SHARE,
    operations,
)

REVOKED = 7
REFRESH = timedelta(seconds=10)
_FILES = frozenset({"file", "files", "folder"})
_BAD_KEY = {"Authorization": f"Bearer spk_{'0' * 10}_{'0' * 52}"}
_AT_RANDOM = {"requestId": "3F0C2M8T5W1KQ7RA", "link": "openid4vp://?…"}
_REQUEST_ID = "8Q1XJ2V6K0ZP3M5T"
_IN_PATHS = {"programme": "kr-eps", "token": SOME_SHARE}
_LIMITED = ("share-open", "verify-check", "verify-programme", "verify-batch", "verify-bundle")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One answer to one example, or to a request that is wrong in the way ``name`` says."""

    operation: str
    name: str
    response: httpx2.Response

    @property
    def status(self) -> str:
        """As the description has it."""
        return str(self.response.status_code)

    @property
    def value(self) -> Any:
        """The answer without what is drawn at random; None for what is no JSON."""
        if "json" not in self.response.headers.get("content-type", ""):
            return None
        answer = self.response.json()
        is_wallets = self.operation in ("makeWalletRequest", "getWalletRequest")
        fixed = _AT_RANDOM | ({"id": _REQUEST_ID} if is_wallets else {})
        return {name: fixed.get(name, value) for name, value in answer.items()}


def all_exchanges(folder: Path) -> Iterator[Exchange]:
    """Every exchange, in an order that is the same in every run."""
    without_limits = dict.fromkeys(_LIMITED, "100000/minute")
    with open_house(folder / "house", rate_limits=without_limits) as house:
        yield from _of_bundles(house)
        _prepare(house)
        yield from _of_examples(house)
        yield from _of_failures(house)
        yield from _of_wallets(house)
    with open_share_house(folder / "shares", rate_limits=without_limits) as house_of_shares:
        yield from _of_shares(house_of_shares)
    with open_house(folder / "limited", rate_limits=dict.fromkeys(_LIMITED, "1/minute")) as house:
        yield from _beyond_limits(house)


def _prepare(house: VerifierHouse) -> None:
    world = house.world
    publish_tokens(world, {})
    world.publish_trust_list(verifiers=[LICENCE, SECOND])
    world.publish_status({REVOKED})
    house.shared[TOKEN] = world.issue(4)
    # Beyond the time for which what was fetched before is held.
    world.clock.advance(REFRESH)


def things(world: IssuerWorld) -> Mapping[str, bytes]:
    """What a reader puts in place of each placeholder."""
    mine = {**world.subject(5), "id": did_key_signer("holder")[0]}
    presented = world.present(
        world.issue(5, credentialSubject=mine), challenge="c-7f3a", domain="https://verifier.example"
    )
    return {
        CREDENTIAL: world.issue(1),
        REVOKED_CREDENTIAL: world.issue(REVOKED),
        PRESENTATION: presented,
        CARD: cards.issue(world).encode(),
        LINK: f"{BASE_URL}/v/{TOKEN}".encode(),
    }


def filled(value: Any, given: Mapping[str, bytes]) -> Any:
    """An example with something real in place of each placeholder."""
    if isinstance(value, dict):
        if value.keys() == {PUT_HERE}:
            return orjson.loads(given[value[PUT_HERE]])
        return {name: filled(one, given) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, given) for one in value]
    if isinstance(value, str):
        # The longest first: one of them may begin as another does.
        for what in sorted(given, key=len, reverse=True):
            value = value.replace(f"{PUT_HERE}: {what}", given[what].decode())
    return value


def _send(house: VerifierHouse, path: str, kind: str, value: Any, **headers: str) -> httpx2.Response:
    if kind == JSON:
        return house.post(path, orjson.dumps(value), headers)
    parts: list[tuple[str, Any]] = []
    for name, given in value.items():
        for one in given if isinstance(given, list) else [given]:
            parts.append((name, ("certificate", one.encode()) if name in _FILES else (None, one)))
    response: httpx2.Response = house.client.post(path, files=parts, headers=headers)
    return response


def _address(path: str) -> str:
    """A path of the description, with the examples of what stands in it."""
    for name, value in _IN_PATHS.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _of_examples(house: VerifierHouse) -> Iterator[Exchange]:
    given = things(house.world)
    key = key_of(house)
    for _, path, operation in operations():
        needs_key = {} not in operation["security"] and operation["security"]
        name, address = operation["operationId"], _address(path)
        if name == "listProgrammes":
            yield Exchange(operation=name, name="today", response=house.client.get(address))
        for kind, media in operation.get("requestBody", {"content": {}})["content"].items():
            for example, content in media["examples"].items():
                value = filled(content["value"], given)
                response = _send(house, address, kind, value, **(key if needs_key else {}))
                yield Exchange(operation=name, name=example, response=response)


def _of_failures(house: VerifierHouse) -> Iterator[Exchange]:
    """What each operation that takes a body says to a bad key, a wrong scope and a body that is none."""
    for _, path, operation in operations():
        if "requestBody" not in operation:
            continue
        name, address = operation["operationId"], _address(path)
        is_about_presentations = name in ("verifyPresentation", "makeWalletRequest")
        scope = "verify:credentials" if is_about_presentations else "verify:presentations"
        tries = {
            "badKey": _send(house, address, JSON, {}, **_BAD_KEY),
            "keyWithoutScope": _send(house, address, JSON, {}, **key_of(house, scope=scope)),
            "tooLarge": _send(house, address, JSON, {"text": "a" * 2_000_000}),
            "wrongKind": house.client.post(address, content=b"x", headers={"Content-Type": "text/plain"}),
        }
        if JSON in operation["requestBody"]["content"]:
            keyed = key_of(house) if name == "makeWalletRequest" else {}
            tries["unknownMember"] = _send(house, address, JSON, {"more": 1}, **keyed)
        for failure, response in tries.items():
            yield Exchange(operation=name, name=failure, response=response)
    asked = {"requester": "public_body", "text": "x"}
    unknown = _send(house, "/verify/programmes/none", FORM, asked)
    yield Exchange(operation="checkProgramme", name="unknownProgramme", response=unknown)
    house.issuer_is_down = True
    unreachable = _send(house, "/verify/check", JSON, {"text": f"{BASE_URL}/v/{TOKEN}"})
    yield Exchange(operation="check", name="issuerUnreachable", response=unreachable)


def _of_wallets(house: VerifierHouse) -> Iterator[Exchange]:
    key = key_of(house)
    body = {"credentials": [{"type": "rpl", "claims": ["nameLatin", "achievement"]}], "purpose": "work"}
    made = _send(house, "/verify/requests", JSON, body, **key).json()
    page = f"/verify/requests/{made['id']}"
    request = wallet.Request(page=page, parameters=wallet.read_link(house, made["link"]))

    def asked(name: str, headers: Mapping[str, str], path: str = page) -> Exchange:
        response = house.client.get(path, headers=dict(headers))
        return Exchange(operation="getWalletRequest", name=name, response=response)

    yield asked("waiting", key)
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    yield asked("answered", key)
    yield asked("badKey", _BAD_KEY)
    yield asked("keyWithoutScope", key_of(house, scope="verify:credentials"))
    yield asked("keyOfAnother", key_of(house))


def _of_shares(house: ShareHouse) -> Iterator[Exchange]:
    """What a program of the organisation that a share is for is told, and whoever else asks."""
    house.run(house.wallet.state.pins.set_first, HOLDER, PIN)
    path = share(house, give_certificate(house), views="3").removeprefix(BASE_URL)

    def key(scope: str = "verify:credentials", licence: str = AGENCY) -> dict[str, str]:
        return key_at(house.verifier, house.client.portal, licence, scope)

    def opened(name: str, headers: Mapping[str, str], path: str = path) -> Exchange:
        given = {"Accept": JSON, **headers}
        return Exchange(operation="openShare", name=name, response=house.client.post(path, headers=given))

    yield opened("opened", key())
    yield opened("notForYou", key(licence="L-2"))
    yield opened("noSuchLink", {}, f"/s/{SOME_SHARE}")
    yield opened("badKey", _BAD_KEY)
    yield opened("keyWithoutScope", key("verify:presentations"))
    house.wallet_is_down = True
    yield opened("walletUnreachable", key())


def _of_bundles(house: VerifierHouse) -> Iterator[Exchange]:
    def asked(name: str, **headers: str) -> Exchange:
        response = house.client.get("/verify/bundle", headers=headers)
        return Exchange(operation="getBundle", name=name, response=response)

    yield asked("withoutLists")
    listed = {"lists": [house.world.list_url, house.world.suspension_url]}
    house.world.documents[f"{ORIGIN}/status/lists"] = orjson.dumps(listed)
    house.world.clock.advance(REFRESH)
    good = asked("now")
    yield good
    yield asked("again", **{"If-None-Match": good.response.headers["etag"]})


def _beyond_limits(house: VerifierHouse) -> Iterator[Exchange]:
    for method, path, operation in operations():
        if "429" in operation["responses"]:
            address = _address(path)
            send = house.client.get if method == "get" else house.client.post
            send(address)
            yield Exchange(operation=operation["operationId"], name="tooMany", response=send(address))


def written(exchanges: Iterator[Exchange]) -> dict[str, Any]:
    """The examples as they are kept: operation, then status, then name."""
    kept: dict[str, Any] = {}
    for one in exchanges:
        if one.value is None:
            continue
        examples = kept.setdefault(one.operation, {}).setdefault(one.status, {})
        # What is answered alike is shown once.
        if one.value not in examples.values():
            examples[one.name] = one.value
    text = orjson.dumps(kept).decode().replace(BASE_URL, ORIGIN_MARK)
    return dict(orjson.loads(text))


def main() -> None:
    """Write the examples of the description anew."""
    with TemporaryDirectory() as folder:
        examples = written(all_exchanges(Path(folder)))
    EXAMPLES_FILE.write_bytes(orjson.dumps(examples, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
