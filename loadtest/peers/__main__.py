"""Verify the same credentials with our code and with other people's libraries, and print ratios.

    python -m loadtest.peers [--seconds 4] [--rounds 3] [--only TEXT …] [--out loadtest/results]

Installs the Node.js packages that ``loadtest/peers/node/package-lock.json`` pins; those of Python are in the
environment of the tests. Everybody accepts a good credential and refuses altered and revoked ones before
anything is timed. Writes ``<date>-peers.json`` and ``peers.md`` into ``--out`` and prints the latter.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtest.peers.credentials import COUNT, FORMATS, make_sets
from loadtest.peers.node_tools import NoNodeError, find_tools, install
from loadtest.peers.processes import Measured, NotReadyError, SubjectProcess, running
from loadtest.peers.report import Result, Run, as_json, as_page
from loadtest.peers.subjects import LEGACY, NOT_RUN, PEERS, Subject, ours
from runtime.clock import SystemClock

_RESULTS = Path(__file__).parents[1] / "results"
_WARM_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everybody that runs here; 1 where a subject of ours could not be measured."""
    options = _parse(arguments)
    peers = [peer for peer in PEERS if _is_wanted(peer, options.only)]
    run = Run(
        made_at=SystemClock().now(),
        seconds=options.seconds,
        rounds=options.rounds,
        credentials=options.credentials,
        node=None,
        load_before=os.getloadavg()[0],
    )
    node = _node_for(run, peers)
    if node is None:
        peers = [peer for peer in peers if peer.program != "node"]
    with TemporaryDirectory() as name:
        sets = make_sets(Path(name), run.made_at, count=options.credentials)
        # didkit's format has no set; what it exchanges may be any.
        files = {**sets, LEGACY: next(iter(sets.values()))}
        for form, file in files.items():
            of_form = [peer for peer in peers if peer.format == form]
            if not of_form:
                continue
            if form in FORMATS:
                run.sizes[form] = len(json.loads(file.read_bytes())["credentials"][0].encode())
                of_form = [ours(form), *of_form]
            _compare(run, of_form, file, node=str(node), rounds=options.rounds)
    run.missing |= NOT_RUN if not options.only else {}
    _write(run, options.out)
    return 1 if any(ours(form).name in run.missing for form in FORMATS) else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="time of each subject in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--credentials", type=int, default=COUNT, help="how many different ones in turn")
    parser.add_argument("--only", nargs="*", default=[], help="peers whose name or format has this text")
    parser.add_argument("--out", type=Path, default=_RESULTS)
    return parser.parse_args(arguments)


def _is_wanted(peer: Subject, texts: Sequence[str]) -> bool:
    return not texts or any(text in peer.name for text in texts)


def _node_for(run: Run, peers: Sequence[Subject]) -> Path | None:
    """Node.js with the packages installed, or None after noting for each peer why not."""
    needing = [peer for peer in peers if peer.program == "node"]
    if not needing:
        return None
    try:
        tools = find_tools()
        install(tools)
    except NoNodeError as error:
        run.missing |= {peer.name: str(error) for peer in needing}
        return None
    run.node = tools.version()
    return tools.node


def _compare(run: Run, subjects: Sequence[Subject], file: Path, *, node: str, rounds: int) -> None:
    """Let them measure in turn, round after round, so that whatever disturbs the machine disturbs all."""
    with ExitStack() as stack:
        started = dict(_started(stack, run, subjects, file, node))
        measured: dict[str, list[Measured]] = {subject.name: [] for subject in subjects}
        for number in range(rounds):
            for subject in list(started):
                try:
                    if number == 0:
                        started[subject].measure(_WARM_SECONDS)
                    measured[subject.name].append(started[subject].measure(run.seconds))
                except NotReadyError as error:
                    run.missing[subject.name] = str(error)
                    del started[subject]
                    continue
                _tell(f"{subject.name}: {measured[subject.name][-1].rate:,.0f} a second")
        for subject, process in started.items():
            result = Result(
                subject=subject,
                versions=subject.versions(),
                rounds=measured[subject.name],
                peak_memory=process.peak_memory(),
            )
            run.results.append(result)


def _started(
    stack: ExitStack, run: Run, subjects: Sequence[Subject], file: Path, node: str
) -> Iterator[tuple[Subject, SubjectProcess]]:
    for subject in subjects:
        try:
            yield subject, stack.enter_context(running(subject, file, node=[node]))
        except NotReadyError as error:
            run.missing[subject.name] = str(error)
            _tell(f"{subject.name}: not run: {error}")


def _write(run: Run, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{run.made_at:%Y-%m-%d}-peers.json").write_text(
        json.dumps(as_json(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    page = as_page(run)
    (folder / "peers.md").write_text(page, encoding="utf-8")
    sys.stdout.write(page)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
