"""The dispatcher's table and the services' routes agree; the issuer's migrations give its tables."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from issuer.store import metadata
from passport.assembly import assemble, open_contexts
from passport.demo_world.people import draw_people
from passport.demo_world.world import create_demo_world
from passport.dispatch import PREFIXES, service_of
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.migrations import schema_differences
from runtime.settings import Settings


def paths_of(routes: Iterable[Any]) -> Iterator[str]:
    """Every path of an application, those of included routers too."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            prefix = getattr(route.include_context, "prefix", "")
            yield from (prefix + path for path in paths_of(included.routes))
        elif path := getattr(route, "path", ""):
            yield path


def test_every_route_is_reached_and_no_prefix_leads_nowhere(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    contexts = open_contexts(settings, SystemClock())
    people = draw_people()
    _, anchor = create_demo_world(contexts, people, passwords="demo-passport")
    contexts.close()
    contexts = open_contexts(settings.model_copy(update={"trust_anchor": anchor}), SystemClock())
    dispatcher = assemble(contexts, people)
    seen = set()
    for service, app in dispatcher.apps.items():
        for path in paths_of(app.routes):
            assert service_of(path) == service, path
            seen |= {"/" + "/".join(path.lstrip("/").split("/")[:parts]) for parts in (1, 2)}
    contexts.close()
    assert PREFIXES.keys() <= seen


def test_the_migrated_tables_are_the_tables_in_the_code(tmp_path: Path) -> None:
    database = Database.open(Settings(data_dir=tmp_path), "issuer")
    database.upgrade()
    assert database.read_now(schema_differences, metadata) == ()
    database.close()
