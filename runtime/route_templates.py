"""The routes of an application as templates, which name no one: ``/issuer/classes/{class_id}``."""

from collections.abc import Iterable, Iterator
from typing import Any


def route_templates(routes: Iterable[Any]) -> Iterator[str]:
    """The template of every route, those of included routers too, and of every mounted application."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from route_templates(included.routes)
        elif path := getattr(route, "path", ""):
            yield path
