"""Migrations since the first release under load only add, or say who may lose what they take away.

Read from their source: on PostgreSQL a migration runs while others go on with the code of before.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.migrations import migrations_folder
from runtime.settings import SERVICES

# The last migration of each service that was made for a server that stands still meanwhile.
STOOD_STILL = {
    "issuer": "0026",
    "wallet_api": "0009",
    "verifier": "0009",
    "trust_registry": "0014",
    "revocation": "0007",
}
TAKES_AWAY = {"drop_table", "drop_column", "rename_table", "drop_constraint", "drop_index"}
# What reads the whole table under a lock that stops all writing.
STOPS_WRITING = {"create_index", "create_unique_constraint", "create_check_constraint", "create_foreign_key"}
CHANGES_A_COLUMN = {"type_", "nullable", "new_column_name"}
# The same in SQL, and whatever changes every row of a table in one transaction.
SQL = re.compile(
    r"\b(DROP|RENAME|ALTER\s+COLUMN|TRUNCATE|LOCK\s+TABLE|CLUSTER|UPDATE|DELETE"
    r"|CREATE\s+(UNIQUE\s+)?INDEX(?!\s+CONCURRENTLY))\b",
    re.IGNORECASE,
)


def migrations() -> Iterator[Path]:
    """The files of all migrations that must keep the rules."""
    for service, last in STOOD_STILL.items():
        for file in sorted((migrations_folder(service) / "versions").glob("*.py")):
            if file.name[:4] > last:
                yield file


def faults(source: str) -> list[str]:
    """What a migration of this source does that the rules forbid."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = {_text(call.args[0]) for call in calls if _name(call) == "create_table" and call.args}
    says_who = any(
        isinstance(node, ast.Assign) and _text(node.targets[0]) == "needs_code" for node in tree.body
    )
    return [fault for call in calls for fault in _faults_of(call, made=made, says_who=says_who)]


def _faults_of(call: ast.Call, *, made: set[str], says_who: bool) -> Iterator[str]:
    name, options = _name(call), {keyword.arg: keyword.value for keyword in call.keywords}
    if not says_who and (
        name in TAKES_AWAY or (name == "alter_column" and CHANGES_A_COLUMN & options.keys())
    ):
        yield f"{name} without needs_code"
    if name in STOPS_WRITING and not {_text(argument) for argument in call.args} & made:
        yield f"{name} on a table in use"
    if name == "add_column" and _is_required(call.args[1]):
        yield "add_column that the code of before does not fill"
    if name in ("execute", "exec_driver_sql"):
        statement = call.args[0]
        if not isinstance(statement, ast.Constant):
            yield "SQL that is put together"
        elif SQL.search(str(statement.value)):
            yield "SQL on a table in use"


def _is_required(column: ast.expr) -> bool:
    options = {keyword.arg: _text(keyword.value) for keyword in getattr(column, "keywords", [])}
    return options.get("nullable") == "False" and "server_default" not in options


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else _text(call.func)


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def test_every_service_with_tables_has_its_line() -> None:
    assert STOOD_STILL.keys() == {service for service in SERVICES if migrations_folder(service).is_dir()}


def test_migrations_only_add_or_say_who_loses_it() -> None:
    found = {str(file): faults(file.read_text(encoding="utf-8")) for file in migrations()}
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('op.drop_column("card", "text")', "drop_column without needs_code"),
        ('op.alter_column("card", "text", nullable=False)', "alter_column without needs_code"),
        ('op.create_index("i", "card", ["text"])', "create_index on a table in use"),
        ('op.create_unique_constraint("u", "card", ["text"])', "create_unique_constraint on a table in use"),
        (
            'op.add_column("card", sa.Column("c", sa.Integer, nullable=False))',
            "add_column that the code of before does not fill",
        ),
        ('op.execute("UPDATE card SET text = 1")', "SQL on a table in use"),
        ('op.execute("CREATE INDEX i ON card (text)")', "SQL on a table in use"),
        ('op.execute(f"ANALYZE {table}")', "SQL that is put together"),
    ],
)
def test_a_migration_that_stops_others_is_caught(line: str, fault: str) -> None:
    assert faults(f'op.create_table("made", x)\n{line}') == [fault]


@pytest.mark.parametrize(
    "line",
    [
        'op.add_column("card", sa.Column("c", sa.Integer))',
        'op.add_column("card", sa.Column("c", sa.Integer, nullable=False, server_default="0"))',
        'op.create_index("i", "made", ["text"])',
        'create_index_online_1("i", "card", ["text"])',
        'needs_code = "0030"\nop.drop_column("card", "text")',
    ],
)
def test_a_migration_that_only_adds_passes(line: str) -> None:
    assert faults(f'op.create_table("made", x)\n{line}') == []
