"""Writing an evidence bundle from the command line."""

from pathlib import Path

import anyio

from passport.judging import Judge, Where, open_judge
from runtime.evidence_bundle import EvidenceBundle, write_bundle
from runtime.settings import load_settings
from verifier.bundling import gather_bundle


def write_bundle_file(out: Path, world: Path | None) -> list[str]:
    """Write the bundle to ``out``; lines that say what is in it. Raises as ``gather_bundle``."""
    made = anyio.run(_gather, world)
    raw = write_bundle(made)
    out.write_bytes(raw)
    return [*_described(made, len(raw), out)]


async def _gather(world: Path | None) -> EvidenceBundle:
    async with open_judge(Where(world=world)) as judge:
        return await bundle_of(judge, world)


async def bundle_of(judge: Judge, world: Path | None) -> EvidenceBundle:
    """The bundle of whatever ``judge`` asks."""
    settings = load_settings() if world is None else load_settings(data_dir=world / "data")
    return await gather_bundle(judge.service.shell, settings)


def _described(bundle: EvidenceBundle, size: int, out: Path) -> list[str]:
    until = bundle.valid_until
    lines = [f"{out}: {len(bundle.items)} documents, {size:,} bytes."]
    if until is not None:
        lines.append(f"Good until {until:%Y-%m-%d %H:%M} UTC: after that, nothing can be cleared by it.")
    lines.append(f"Compare the trust anchor with the one published by another way: {bundle.anchor}")
    return lines
