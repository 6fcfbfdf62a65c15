"""The Kubernetes chart as Helm's own engine renders it: in a process apart, since it is not Python."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
CHART: Final = ROOT / "deploy" / "helm" / "skills-passport"
EXAMPLE: Final = ROOT / "deploy" / "helm" / "example-values.yaml"
RELEASE: Final = "passport"
_ENGINE: Final = Path(sys.executable).parents[1] / "tools" / "helm"
_SECONDS: Final = 110
_PROGRAM: Final = """
import json, sys
import helm_python as helm
asked = json.load(sys.stdin)
answers = []
with helm.Chart.load(asked["chart"]) as chart:
    for values in asked["values"]:
        try:
            answers.append({"rendered": chart.render(values, name=asked["release"], namespace="passport")})
        except helm.HelmError as error:
            answers.append({"refused": str(error)})
json.dump({"lint": helm.lint(asked["chart"], asked["values"][0]), "answers": answers}, sys.stdout)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of one set of values: ``texts`` by template, or why they were ``refused``."""

    texts: Mapping[str, str]
    refused: str | None

    def manifests(self) -> Iterator[dict[str, Any]]:
        """Every object, in the order of the templates."""
        for text in self.texts.values():
            yield from (document for document in yaml.safe_load_all(text) if document)


def render(values: Sequence[Mapping[str, Any]]) -> tuple[tuple[Answer, ...], dict[str, Any]]:
    """The chart with each of these values, and what the linter says of it with the first of them.

    Skips the test where the engine is not installed.
    """
    if not (_ENGINE / ".ready").is_file():
        pytest.skip("Helm's engine is missing: deploy/test-setup.sh installs it where it can")
    asked = {"chart": str(CHART), "release": RELEASE, "values": values}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps(asked),
        env={**os.environ, "PYTHONPATH": str(_ENGINE)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    answers = tuple(
        Answer(texts=answer.get("rendered", {}), refused=answer.get("refused")) for answer in told["answers"]
    )
    return answers, told["lint"]


def read_yaml(path: Path) -> dict[str, Any]:
    """The one document in ``path``, an object."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``, object by object, as Helm does it with values."""
    result = dict(below)
    for name, value in above.items():
        lower = result.get(name)
        both = isinstance(value, Mapping) and isinstance(lower, Mapping)
        result[name] = merged(lower, value) if both else value  # type: ignore[arg-type]
    return result


def pod_of(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """The pod's specification in a Deployment or Job; None in anything else."""
    if manifest["kind"] not in ("Deployment", "Job"):
        return None
    pod: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return pod


def environment(container: Mapping[str, Any], config: Mapping[str, str]) -> dict[str, str | None]:
    """The variables of a container; None for what a Secret holds. ``config``: data of the ConfigMap."""
    found: dict[str, str | None] = dict(config) if container.get("envFrom") else {}
    for variable in container["env"]:
        found[variable["name"]] = variable.get("value")
    return found


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether ``matchLabels`` of that kind find something with these labels."""
    return selector.items() <= labels.items()
