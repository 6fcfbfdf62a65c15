"""The plots of a results file, as SVG without scripts; the same figures give the same bytes."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pygal
from pygal.style import Style

# Importing pygal puts a finder of plug-ins there that Python 3.12 does not ask any more, and 3.11 warns of at
# every import of something that is missing.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

Told = Mapping[str, Any]
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_SCRIPT: Final = re.compile(r"<script\b.*?</script>|<script\b[^>]*/>", re.DOTALL)
_STYLE: Final = Style(
    background="white",
    plot_background="white",
    font_family="sans-serif",
    colors=("#1b6ca8", "#e07a1f", "#5b8c3e", "#8a4f9e"),
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=12,
    title_font_size=14,
    value_font_size=11,
)


def plots_of(told: Told) -> Mapping[str, bytes]:
    """Name → SVG for each kind of figures that this results file (as read) has."""
    made: dict[str, bytes] = {}
    for name, (part, draw) in _PLOTS.items():
        if told[part]:
            made[name] = _plain(draw(told), name)
    return made


def _cost(told: Told) -> Any:
    chart = _bars("CPU of one verification, in PyNaCl Ed25519 checks")
    chart.x_labels = [one["format"] for one in told["in_process"]]
    chart.add("in process, new bytes", [one["cold_ratio"] for one in told["in_process"]])
    chart.add("in process, same bytes again", [one["again_ratio"] for one in told["in_process"]])
    over_http = {one["format"]: one["ratio"] for one in told["throughput"] if one["processes"] == 1}
    chart.add("over HTTP, new bytes", [over_http.get(one["format"]) for one in told["in_process"]])
    return chart


def _throughput(told: Told) -> Any:
    chart = _bars("Verifications over HTTP for one second of server CPU")
    formats = [one["format"] for one in told["throughput"] if one["processes"] == 1]
    chart.x_labels = formats
    for processes in sorted({one["processes"] for one in told["throughput"]}):
        rates = {
            one["format"]: one["per_server_cpu_second"]
            for one in told["throughput"]
            if one["processes"] == processes
        }
        chart.add(f"processes: {processes}", [rates.get(name) for name in formats])
    return chart


def _poison(told: Told) -> Any:
    chart = _bars("p99 of everybody else's answers, in ms")
    chart.x_labels = [one["kind"] for one in told["poison"]]
    chart.add("without poison", [one["p99_without_ms"] for one in told["poison"]])
    chart.add("with it", [one["p99_with_ms"] for one in told["poison"]])
    return chart


def _people(told: Told) -> Any:
    chart = _bars("Answers people got, in ms", logarithmic=True)
    rows = [(scenario["scenario"], one) for scenario in told["people"] for one in scenario["answers"]]
    chart.height = 160 + 44 * len(rows)
    chart.x_labels = [f"{scenario.replace('_', ' ')}: {one['act']}" for scenario, one in rows]
    for name in ("p50_ms", "p90_ms", "p99_ms"):
        chart.add(name.removesuffix("_ms"), [max(one[name], 0.1) for _, one in rows])
    return chart


_PLOTS: Final[Mapping[str, tuple[str, Callable[[Told], Any]]]] = {
    "cost": ("in_process", _cost),
    "throughput": ("throughput", _throughput),
    "poison": ("poison", _poison),
    "people": ("people", _people),
}
NAMES: Final[Sequence[str]] = tuple(_PLOTS)


def _bars(title: str, **options: Any) -> Any:
    return pygal.HorizontalBar(
        title=title,
        style=_STYLE,
        js=[],
        disable_xml_declaration=True,
        legend_at_bottom=True,
        print_values=True,
        value_formatter=lambda value: f"{value:,.4g}",
        width=900,
        **options,
    )


def _plain(chart: Any, name: str) -> bytes:
    # Otherwise drawn by chance, and other in every run.
    chart.uuid = name
    text: str = chart.render(is_unicode=True)
    return (_SCRIPT.sub("", _COMMENT.sub("", text)) + "\n").encode()
