"""Who answers a check on the command line: a server, a bundle, a deployment's network, or a demo world.

Whoever it is, the answer is that of ``POST /verify/check``.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from passport.demo_world.in_process import running_world
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.evidence_bundle import BundleSource, EvidenceBundle, read_bundle
from runtime.fetch import Fetcher
from runtime.settings import Settings, load_settings
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell, shell_from_settings
from trust_registry.root import anchor_of
from vc.encoding.strict_json import JsonObject
from vc.errors import MalformedValue, NotFound, PassportError
from verifier.check_routes import answer_json
from verifier.programme_checks import Wanted, check_programme
from verifier.programme_rendering import programme_json, render_programme
from verifier.service import VerifierService

_DATABASE: Final = "trust_registry.sqlite3"


class NoJudge(PassportError):
    """Nothing says by which keys to judge, or what was named cannot be used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """What to judge by. ``bundle`` wins over ``world``; without either, the settings and the network.

    ``anchor`` is the trust anchor where the settings name none.
    """

    bundle: Path | None = None
    world: Path | None = None
    anchor: str | None = None


class Judge(Protocol):
    """Answers checks; ``note`` is what a person must know of its standing, "" where there is nothing."""

    @property
    def note(self) -> str:
        """One line about what it judges by."""

    @property
    def service(self) -> VerifierService:
        """The verifier that answers."""

    async def check(self, data: bytes, *, filename: str) -> JsonObject:
        """The answer about a file. Raises ``PassportError`` where it cannot be read or looked up."""

    async def check_text(self, text: str) -> JsonObject:
        """The answer about a text, likewise."""

    async def check_programme(self, wanted: Wanted, files: Sequence[tuple[str, bytes]]) -> JsonObject:
        """What ``files`` (name and bytes) come to under a programme. Raises as ``check_programme``."""


class _ServiceJudge:
    def __init__(self, service: VerifierService, *, origin: str, note: str = "") -> None:
        self.service = service
        self.note = note
        self._origin = origin

    async def check(self, data: bytes, *, filename: str) -> JsonObject:
        checked = await self.service.check_upload(data, content_type=None, filename=filename)
        return answer_json(checked, "en", str, origin=self._origin)

    async def check_text(self, text: str) -> JsonObject:
        return answer_json(await self.service.check_pasted(text), "en", str, origin=self._origin)

    async def check_programme(self, wanted: Wanted, files: Sequence[tuple[str, bytes]]) -> JsonObject:
        sitting = self.service.shell.sitting()
        brought = [
            await self.service.check_upload(data, content_type=None, filename=name, sitting=sitting)
            for name, data in files
        ]
        checked = check_programme(wanted, brought)
        rendered = render_programme(checked.programme, checked.check, "en", str, sheet=checked.sheet)
        return programme_json(rendered)


@asynccontextmanager
async def open_judge(where: Where) -> AsyncIterator[Judge]:
    """The judge for ``where``. Raises ``NoJudge``, ``SettingsError`` or ``ProtocolError``."""
    if where.bundle is not None:
        yield _offline(where.bundle, where.anchor)
        return
    settings = load_settings() if where.world is None else load_settings(data_dir=where.world / "data")
    has_world = settings.is_demo and is_world(settings.data_dir)
    if where.anchor is not None:
        settings = load_settings(data_dir=settings.data_dir, trust_anchor=where.anchor)
    elif settings.trust_anchor is None and has_world:
        settings = load_settings(data_dir=settings.data_dir, trust_anchor=_anchor_in(settings))
    elif settings.trust_anchor is None and settings.is_demo:
        raise NoJudge(
            "No trust anchor is set, and no demo world is in the data folder. Name one with --world, "
            "or a bundle with --offline."
        )
    clock = SystemClock()
    shell = shell_from_settings(settings, fetcher=Fetcher(settings, clock), clock=clock)
    if has_world and (await shell.trust()).trust_list is None:
        # Nobody serves the demo world: it is opened here.
        async with running_world(settings, (), clock=clock) as world:
            service: VerifierService = world.apps["verifier"].state.verifier
            yield _ServiceJudge(service, origin=settings.base_url)
        return
    service = VerifierService(shell=shell, shared=None, base_url=settings.base_url, counting=None)
    yield _ServiceJudge(service, origin=settings.base_url)


def is_world(data: Path) -> bool:
    """Whether ``data`` is the data folder of a demo world."""
    return (data / _DATABASE).is_file()


def world_of(path: Path) -> Path | None:
    """The folder of ``passport demo`` that a file lies in."""
    return next((folder for folder in path.resolve().parents if is_world(folder / "data")), None)


def _anchor_in(settings: Settings) -> str:
    database = Database.open(settings, "trust_registry")
    try:
        return anchor_of(database, settings).text
    except NotFound:
        raise NoJudge("The demo world in the data folder has no root of trust.") from None
    finally:
        database.close()


def _offline(path: Path, anchor: str | None) -> Judge:
    """A judge that rests on a bundle alone and contacts nobody."""
    settings = load_settings()
    try:
        bundle = read_bundle(path.read_bytes())
    except OSError:
        raise NoJudge("There is no such bundle.") from None
    known = anchor or settings.trust_anchor
    if known is None and not (bundle.is_demo and settings.is_demo):
        raise NoJudge(
            "A bundle is judged by a trust anchor you have from elsewhere: name it with --anchor, "
            "or in the setting PASSPORT_TRUST_ANCHOR."
        )
    try:
        policy = bundle.policy(anchor=known or bundle.anchor, refuse_demo_issuers=not settings.is_demo)
    except MalformedValue as error:
        raise NoJudge(f"The trust anchor {error}.") from None
    clock = SystemClock()
    shell = VerificationShell(
        fetcher=BundleSource(bundle),
        clock=clock,
        policy=policy,
        list_refresh_seconds=settings.list_refresh_seconds,
        memory=TrustMemory.of_this_process(),
    )
    service = VerifierService(shell=shell, shared=None, base_url=bundle.base_url, counting=None)
    return _ServiceJudge(service, origin=bundle.base_url, note=_note(bundle, is_own=known is None))


def _note(bundle: EvidenceBundle, *, is_own: bool) -> str:
    clock = SystemClock()
    until = bundle.valid_until
    parts = [f"Bundle of {bundle.made_at:%Y-%m-%d %H:%M} UTC, {_age(bundle, clock)}"]
    if until is not None:
        parts.append("its time is over" if until <= clock.now() else f"good until {until:%Y-%m-%d %H:%M} UTC")
    if is_own:
        parts.append("DEMO: judged by the trust anchor in the bundle itself")
    return "; ".join(parts) + "."


def _age(bundle: EvidenceBundle, clock: SystemClock) -> str:
    minutes = max(0, int((clock.now() - bundle.made_at).total_seconds()) // 60)
    if minutes < 120:
        return f"{minutes} minutes old"
    return f"{minutes // 60} hours old"
