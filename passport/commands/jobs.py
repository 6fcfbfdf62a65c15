"""``passport jobs``: the work on class lists, and what an operator may say to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from issuer import job_store
from passport.job_lines import job_line
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import load_settings

app = typer.Typer(
    help="Class lists being issued: how far they are; pause, go on, cancel.", invoke_without_command=True
)
_ClassId = Annotated[str, typer.Argument(help="The id of the class list, as `passport jobs` shows it.")]
_OPERATOR = "operator"


@app.callback()
def jobs(context: typer.Context) -> None:
    """Class lists whose issuing began, newest first, one a line."""
    if context.invoked_subcommand is None:
        _show()


@app.command()
def pause(class_id: _ClassId) -> None:
    """Begin no further chunk of a class list; what is issued stays issued."""
    _change("pause", class_id)


@app.command()
def resume(class_id: _ClassId) -> None:
    """Go on with a paused class list, or try a failed one again."""
    _change("resume", class_id)


@app.command()
def cancel(class_id: _ClassId) -> None:
    """Issue no more of a class list, for good; what is issued stays issued."""
    _change("cancel", class_id)


def _show() -> None:
    with _tables() as database:
        found = database.read_now(job_store.jobs)
    for job in found:
        typer.echo(job_line(job))
    if not found:
        typer.echo("No class list is being issued, or was.")


def _change(act: str, class_id: str) -> None:
    changes = {"pause": job_store.pause, "resume": job_store.resume, "cancel": job_store.cancel}
    with _tables() as database:
        slug = database.read_now(job_store.centre_of, class_id)
        database.write_now(changes[act], class_id, slug, actor=_OPERATOR, now=SystemClock().now())
    _show()


@contextmanager
def _tables() -> Iterator[Database]:
    database = Database.open(load_settings(), "issuer")
    try:
        database.upgrade()
        yield database
    finally:
        database.close()
