"""The ``passport`` command."""

import sys
from collections.abc import Sequence

import typer

import issuer.cli
import revocation.cli
import trust_registry.cli
from passport.commands import (
    audit,
    card,
    demo,
    doctor,
    issue,
    jobs,
    jose,
    keys,
    migrate,
    monitor,
    person,
    rld,
    serve,
    types,
    verify,
    wallet,
    worker,
    world,
)
from passport.exits import StatedExit
from runtime.settings import SettingsError
from vc.errors import PassportError

EX_USAGE = 64
EX_UNAVAILABLE = 69
EX_CONFIG = 78
_TYPER_USAGE = 2

app = typer.Typer(
    name="passport",
    help="The skills passport: issue, hold, verify and revoke credentials.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(types.types)
app.command()(types.template)
app.command()(issue.issue)
app.command()(verify.verify)
app.command()(verify.bundle)
app.command()(verify.report)
app.command()(card.card)
app.command()(doctor.doctor)
app.command()(monitor.monitor)
app.command()(migrate.migrate)
app.command()(worker.worker)
app.command()(world.world)
app.command()(revocation.cli.revoke)
app.add_typer(revocation.cli.app, name="lists")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(person.app, name="person")
app.add_typer(wallet.app, name="wallet")
app.add_typer(trust_registry.cli.app, name="trust")
app.add_typer(issuer.cli.app, name="issuer")
app.add_typer(jobs.app, name="jobs")
app.add_typer(rld.app, name="rld")
app.add_typer(jose.app, name="jose")


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status. Usage errors exit 64 (sysexits EX_USAGE)."""
    command = typer.main.get_command(app)
    try:
        command.main(args=list(arguments), prog_name="passport")
    except SystemExit as end:
        status = int(end.code or 0)
        is_usage = status == _TYPER_USAGE and not isinstance(end, StatedExit)
        return EX_USAGE if is_usage else status
    except SettingsError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return EX_CONFIG
    except PassportError as error:
        sys.stderr.write(f"{error} `passport doctor` says what is wrong with a deployment.\n")
        return EX_UNAVAILABLE
    return 0


def main() -> None:
    """The entry point of the installed command."""
    sys.exit(run(sys.argv[1:]))
