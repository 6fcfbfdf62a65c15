"""The description of the API against the API: every example is sent, every documented answer is given."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.architecture.access_table import ANYONE, API_KEY_ONLY, TABLE
from tests.journey.openapi_exchanges import Exchange, all_exchanges, filled, things, written
from tests.journey.verifier_house import BASE_URL, open_house
from tests.simulator import IssuerWorld
from verifier import oid4vp_api, routes
from verifier.openapi import EXAMPLES_FILE, describe, operations
from verifier.openapi_routes import MEDIA_TYPE

Json = dict[str, Any]
DESCRIPTION: Json = describe(BASE_URL)
BY_NAME: dict[str, Json] = {
    operation["operationId"]: operation
    for methods in DESCRIPTION["paths"].values()
    for operation in methods.values()
}
HTTP_STATUSES = {"200", "201", "304", "400", "401", "403", "404", "413", "415", "429", "503"}


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """Made once; the tests only look at them."""
    return list(all_exchanges(tmp_path_factory.mktemp("openapi")))


def strict(schema: Any) -> Any:
    """``schema`` with every object closed: the API says no more than its description does."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def complaints(schema: Json, value: object) -> list[str]:
    """What is wrong with ``value``, members that nobody described included."""
    components = {"schemas": strict(DESCRIPTION["components"]["schemas"])}
    validator = Draft202012Validator(
        {**strict(schema), "components": components}, format_checker=FormatChecker()
    )
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def schema_of(exchange: Exchange) -> tuple[str, Json]:
    """The media type and schema that the description has for this answer."""
    content = BY_NAME[exchange.operation]["responses"][exchange.status].get("content")
    if content is None:
        return "", {}
    ((media_type, media),) = content.items()
    return media_type, media.get("schema", {})


def test_every_answer_is_as_described(exchanges: list[Exchange]) -> None:
    for one in exchanges:
        media_type, schema = schema_of(one)
        place = (one.operation, one.status, one.name)
        assert one.response.headers.get("content-type", "").partition(";")[0] == media_type, place
        assert complaints(schema, one.response.json() if "json" in media_type else None) == [], place


def test_every_documented_answer_is_given(exchanges: list[Exchange]) -> None:
    given = {(one.operation, one.status) for one in exchanges}
    documented = {
        (name, status) for name, one in BY_NAME.items() for status in one["responses"] if status != "default"
    }
    assert given == documented


def test_every_example_of_a_request_is_sent_and_fits_its_schema(exchanges: list[Exchange]) -> None:
    answered = {(one.operation, one.name): one.status for one in exchanges}
    given = things(IssuerWorld())
    for name, operation in BY_NAME.items():
        for media in operation.get("requestBody", {"content": {}})["content"].values():
            for example, content in media["examples"].items():
                assert (name, example) in answered
                fits = complaints(media["schema"], filled(content["value"], given)) == []
                assert fits or answered[name, example] == "400", (name, example)


def test_the_examples_of_answers_are_what_is_answered(exchanges: list[Exchange]) -> None:
    made = written(iter(exchanges))
    kept = orjson.loads(EXAMPLES_FILE.read_bytes())
    assert made == kept, "write them anew: .venv/bin/python -m tests.journey.openapi_exchanges"


def examples() -> Iterator[tuple[Json, Json]]:
    for operation in BY_NAME.values():
        for response in operation["responses"].values():
            for media in response.get("content", {}).values():
                for example in media.get("examples", {}).values():
                    yield media["schema"], example["value"]


def renamed(value: Any, path: tuple[str | int, ...]) -> Any:
    """``value`` with the member at ``path`` under another name."""
    head, *rest = path
    if isinstance(value, list):
        return [renamed(one, tuple(rest)) if at == head else one for at, one in enumerate(value)]
    if rest:
        return {name: renamed(one, tuple(rest)) if name == head else one for name, one in value.items()}
    return {f"{name}X" if name == head else name: one for name, one in value.items()}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every member of every object below ``value``; of an array the first element stands for all."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield (*path, name)
            yield from places(one, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


# What programs of ours name and people may name otherwise: titles by language, the subject as certified.
OPEN = frozenset({"variants", "credentialSubject", "verifiableCredential", "claims"})


def test_a_member_under_another_name_is_noticed() -> None:
    tried = 0
    for schema, value in examples():
        for path in places(value):
            if not OPEN.intersection(path[:-1]):
                assert complaints(schema, renamed(value, path)), path
                tried += 1
    assert tried > 500


@pytest.mark.parametrize("word", ["outcome", "reason", "answer", "kind", "status"])
def test_a_word_that_nobody_says_is_noticed(word: str) -> None:
    tried = 0
    for schema, value in examples():
        for path in places(value):
            holder: Any = value
            for step in path[:-1]:
                holder = holder[step]
            if path[-1] == word and isinstance(holder[word], str) and not OPEN.intersection(path):
                before, holder[word] = holder[word], "maybe"
                assert complaints(schema, value), path
                holder[word] = before
                tried += 1
    assert tried


def test_every_schema_is_one_and_every_reference_leads_to_it() -> None:
    named = DESCRIPTION["components"]["schemas"]
    for schema in named.values():
        Draft202012Validator.check_schema(schema)
    text = orjson.dumps(DESCRIPTION).decode()
    wanted = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert wanted == named.keys()


def test_the_description_has_the_members_that_openapi_requires() -> None:
    """OpenAPI 3.1.0, sections 4.8.1 to 4.8.17."""
    assert DESCRIPTION["openapi"] == "3.1.0"
    assert {"title", "version"} <= DESCRIPTION["info"].keys()
    assert len(BY_NAME) == len(list(operations())), "operation ids are unique"
    for _, path, operation in operations():
        assert set(operation["responses"]) <= HTTP_STATUSES | {"default"}
        assert all("description" in one for one in operation["responses"].values())
        given = [
            DESCRIPTION["components"]["parameters"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            for one in operation["parameters"]
        ]
        in_path = {one["name"] for one in given if one["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert all(one["required"] for one in given if one["in"] == "path")


def test_who_may_call_is_as_in_the_table_of_routes() -> None:
    for method, path, operation in operations():
        rule = TABLE.get(f"{method.upper()} {path}", ANYONE)
        needs_key = operation["security"] and {} not in operation["security"]
        assert rule is (API_KEY_ONLY if needs_key else ANYONE)


def options_in(operation: str) -> set[str]:
    body = BY_NAME[operation]["requestBody"]["content"]["application/json"]["schema"]
    return set(body["properties"]["options"]["properties"])


def test_the_options_are_those_that_are_read() -> None:
    assert options_in("verifyCredential") == routes._CREDENTIAL_OPTIONS
    assert options_in("verifyPresentation") == routes._PRESENTATION_OPTIONS
    body = BY_NAME["verifyCredential"]["requestBody"]["content"]["application/json"]["schema"]
    checks = body["properties"]["options"]["properties"]["checks"]["items"]["enum"]
    assert set(checks) == routes._CHECKS
    body = BY_NAME["verifyPresentation"]["requestBody"]["content"]["application/json"]["schema"]
    challenge = body["properties"]["options"]["properties"]["challenge"]
    assert challenge["maxLength"] == routes._MAX_OPTION_LENGTH
    wanted = DESCRIPTION["components"]["schemas"]["WantedCredentials"]["items"]["properties"]
    assert wanted.keys() == oid4vp_api._CREDENTIAL_MEMBERS


def test_it_is_served_to_everybody_and_may_be_kept(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        answer = house.client.get("/verify/openapi.json")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.headers["cache-control"].startswith("public, max-age=")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json() == DESCRIPTION
        same = {"If-None-Match": answer.headers["etag"]}
        assert house.client.get("/verify/openapi.json", headers=same).status_code == 304
        assert house.contacts == []
        raw = next(iter(things(house.world).values()))
        assert orjson.loads(raw)["proof"]["proofValue"] not in answer.text


def test_it_names_the_origin_it_is_served_at() -> None:
    text = orjson.dumps(describe("https://verify.example")).decode()
    assert BASE_URL not in text
    assert "https://verify.example/problems#" in text
