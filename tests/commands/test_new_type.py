"""Adding a credential type takes data only: a folder beside the others, and no line of code."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import schemas

PASSPORT = Path(sys.executable).parent / "passport"
NAME, SLUG = "FireSafetyDrill", "drill"
VOCABULARY = "https://skills-passport.example/vocab#"

# Runs in a process whose schemas are the copy; all it names of the type comes from the command line.
ISSUE_AND_VERIFY = """
import asyncio, json, sys
from datetime import UTC, datetime
from pathlib import Path
from issuer.class_list import example_row
from passport.demo_world import centres, world
from passport.demo_world.in_process import PASSWORD, demo_client
from passport.demo_world.people import draw_people
from runtime.clock import SystemClock

slug, name, folder = sys.argv[1:]
first, *others = centres.CENTRES
accredited = centres.DemoCentre(
    slug=first.slug, name_en=first.name_en, name_km=first.name_km, province_code=first.province_code,
    qualifications=first.qualifications, courses=first.courses, types=(*first.types, name),
)
world._ISSUERS = (accredited, *others, *centres.PUBLIC_BODIES)

async def main():
    async with demo_client(Path(folder), draw_people()) as client:
        form = {"username": f"clerk-{first.slug}", "password": PASSWORD, "next": "/"}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        row = example_row(slug, today=SystemClock().now().date())
        body = {"kind": slug, "row": {key: str(value) for key, value in row.items() if value is not None}}
        waiting = (await client.post("/issuer/api/credentials", json=body)).json()
        clerk, path = dict(client.cookies), f"/issuer/api/classes/{waiting['id']}"
        client.cookies.clear()
        form["username"] = f"approver-{first.slug}"
        assert (await client.post("/sign-in", data=form)).status_code == 303
        decision = {"proposal": waiting["approval"]["proposal"]}
        answer = await client.post(f"{path}/approve", json=decision)
        assert answer.status_code == 202, answer.text
        client.cookies.clear()
        client.cookies.update(clerk)
        for _ in range(300):
            if (record := (await client.get(path)).json())["state"] == "issued":
                break
            await asyncio.sleep(0.1)
        assert record["state"] == "issued", "nothing was issued"
        (issued,) = record["credentials"]
        credential = (await client.get(issued["credential"])).json()
        paper = await client.get(issued["certificate"])
        context = await client.get(f"/contexts/types/{name}/v1")
        for _ in range(50):
            answer = await client.post("/credentials/verify", json={"verifiableCredential": credential})
            if answer.json()["verified"]:
                break
            await asyncio.sleep(0.2)
        print("RESULT " + json.dumps({
            "credential": credential, "verified": answer.json()["verified"],
            "paper": paper.content[:5].decode(), "context": context.status_code,
        }))

asyncio.run(main())
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the schemas package and one more type in it."""
    shutil.copytree(Path(schemas.__file__).parent, tmp_path / "path" / "schemas")
    types = tmp_path / "path" / "schemas" / "types"
    add_type(types)
    return tmp_path / "path"


def add_type(types: Path) -> None:
    """The four things a type is: terms, schema, description, and the digest of the terms."""
    folder = types / NAME
    folder.mkdir()
    day = {"@id": f"{VOCABULARY}drilledOn", "@type": "http://www.w3.org/2001/XMLSchema#date"}
    context = {
        "@context": {
            "@protected": True,
            NAME: VOCABULARY + NAME,
            "drilledOn": day,
            "drillPlace": f"{VOCABULARY}drillPlace",
        }
    }
    (folder / "context.jsonld").write_text(json.dumps(context), encoding="utf-8")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://skills-passport.example/schemas/types/{NAME}/schema.json",
        "$ref": "https://skills-passport.example/schemas/holder.json",
        "required": ["drilledOn", "drillPlace"],
        "properties": {
            "drilledOn": {"type": "string", "format": "date"},
            "drillPlace": {"type": "string", "minLength": 1},
        },
        "unevaluatedProperties": False,
    }
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    (folder / "type.json").write_text(json.dumps(description(context)), encoding="utf-8")


def description(context: dict[str, Any]) -> dict[str, Any]:
    both = {"en": "Fire drill", "km": "ការហាត់សមពន្លត់អគ្គិភ័យ"}
    day = {"en": "Day of the drill", "km": "ថ្ងៃហាត់សម"}
    place = {"en": "Place", "km": "ទីកន្លែង"}
    return {
        "name": NAME,
        "slug": SLUG,
        "version": "1.0",
        "context_sha256": schemas.context_digest(context),
        "data_class": "skill",
        "titles": {
            **both,
            "ja": "消防訓練",
            "ko": "소방 훈련",
            "th": "ซ้อมดับเพลิง",
            "ms": "Latihan kebakaran",
            "ar": "تدريب",
        },
        "issuers": ["centre"],
        "validity": None,
        "named_by": ["drilled_on"],
        "default_disclosure": ["drilledOn"],
        "rules": [{"rule": "born-before", "column": "drilled_on"}],
        "columns": [
            {
                "key": "drilled_on",
                "kind": "date",
                "claim": "drilledOn",
                "example": 3,
                "title": day,
                "note": day,
            },
            {
                "key": "place",
                "kind": "text",
                "claim": "drillPlace",
                "example": "Yard",
                "title": place,
                "note": place,
            },
        ],
    }


def run(command: list[str], copy: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}
    variables = kept | {"PYTHONPATH": str(copy), "PASSPORT_DATA_DIR": str(copy / "data"), "COLUMNS": "100"}
    return subprocess.run(
        command, capture_output=True, text=True, env=variables, cwd=copy, timeout=280, check=False
    )


@pytest.mark.timeout(300)
def test_a_new_folder_is_issued_and_verified_without_a_line_of_code(copy: Path) -> None:
    command = [sys.executable, "-c", ISSUE_AND_VERIFY, SLUG, NAME, str(copy / "world")]
    done = run(command, copy)
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    assert result["verified"]
    assert result["paper"] == "%PDF-"
    assert result["context"] == 200
    assert result["credential"]["type"][-1] == NAME
    assert result["credential"]["credentialSubject"]["drillPlace"] == "Yard"


@pytest.mark.timeout(300)
def test_a_new_folder_has_its_line_and_its_template(copy: Path) -> None:
    shown = run([str(PASSPORT), "types"], copy)
    assert f"{NAME:<27} {SLUG:<12} 1.0  centre" in shown.stdout.splitlines()
    made = run([str(PASSPORT), "template", SLUG, "--out", "drill.xlsx"], copy)
    assert made.returncode == 0, made.stderr
    assert (copy / "drill.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.timeout(300)
def test_terms_other_than_the_pinned_ones_are_never_used(copy: Path) -> None:
    file = copy / "schemas" / "types" / NAME / "context.jsonld"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_text(file.read_text(encoding="utf-8").replace("drillPlace", "drillSpot"), encoding="utf-8")
    assert hashlib.sha256(file.read_bytes()).hexdigest() != before
    command = [sys.executable, "-c", ISSUE_AND_VERIFY, SLUG, NAME, str(copy / "world")]
    assert run(command, copy).returncode != 0
