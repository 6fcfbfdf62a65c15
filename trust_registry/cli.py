"""``passport trust``: the register of who may issue and who may ask, for operators."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from trust_registry import client_cli, root_cli

if TYPE_CHECKING:
    from trust_registry.officers import Credentials

app = typer.Typer(no_args_is_help=True, help="The trust registry: accreditations and the signed list.")
app.add_typer(root_cli.app, name="root")
app.add_typer(client_cli.app, name="client")

Officer = Annotated[str, typer.Option("--as", help="The officer's name for signing in; asks the password.")]
Reason = Annotated[str, typer.Option(help="Why, in the officer's words; kept in the log.")]
Number = Annotated[int, typer.Argument(help="The number that `passport trust list` shows.")]
_DAYS = ["%Y-%m-%d"]
Since = Annotated[
    datetime | None, typer.Option("--from", formats=_DAYS, help="First day (UTC). Without it: now.")
]
_SERVED = "A running registry serves it within seconds."


@app.command("list")
def show() -> None:
    """Show every accreditation and licence, and how each stands now."""
    # Local, as below: the service is imported only by the command that needs it.
    from trust_registry.operator import register_lines

    for line in register_lines():
        typer.echo(line)


@app.command("accredit")
def accredit(
    *,
    organisation: Annotated[str, typer.Argument(help="The centre's id.")],
    credential_type: Annotated[str, typer.Option("--type", help="What it may issue, as RPLCertificate.")],
    officer: Officer,
    reason: Reason,
    codes: Annotated[
        list[str] | None, typer.Option("--code", help="A qualification or course; repeat. Without it: any.")
    ] = None,
    levels: Annotated[
        list[int] | None, typer.Option("--level", help="A CQF level; repeat. Without it: any.")
    ] = None,
    since: Since = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="The day it ends (UTC). Without it: no end.")
    ] = None,
) -> None:
    """Let a centre certify, and publish the list."""
    from trust_registry import officers
    from trust_registry.model import GrantedAccreditation

    granted = GrantedAccreditation(
        organisation_id=organisation,
        credential_types=frozenset({credential_type}),
        valid_from=_utc(since) or _now(),
        valid_until=_utc(until),
        qualification_codes=frozenset(codes) if codes else None,
        cqf_levels=frozenset(levels) if levels else None,
    )
    number, version = asyncio.run(officers.accredit(credentials(officer), granted, reason))
    typer.echo(f"Accreditation {number} stands on list {version}. {_SERVED}")


@app.command("suspend")
def suspend(
    *,
    number: Number,
    officer: Officer,
    reason: Reason,
    since: Since = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Suspend an accreditation, after showing what that touches; it can be lifted again."""
    from trust_registry import officers

    _show_touched(number, since)
    if not yes and not typer.confirm("Suspend it?"):
        typer.echo("Nothing was changed.")
        return
    version = asyncio.run(officers.suspend(credentials(officer), number, since=_utc(since), reason=reason))
    typer.echo(f"Accreditation {number} is suspended on list {version}. {_SERVED}")


@app.command("withdraw")
def withdraw(
    *,
    number: Number,
    officer: Officer,
    reason: Reason,
    earlier_stand: Annotated[
        bool,
        typer.Option("--earlier-stand/--earlier-fall", help="Whether what was issued before stays good."),
    ],
    since: Since = None,
) -> None:
    """Propose to withdraw an accreditation for good; nothing changes before a second officer agrees."""
    from trust_registry import officers

    _show_touched(number, since)
    proposal = asyncio.run(
        officers.propose(
            credentials(officer), number, since=_utc(since), earlier_stand=earlier_stand, reason=reason
        )
    )
    typer.echo(f"Proposal {proposal} waits for another person: passport trust approve {proposal} --as …")


@app.command("compromise")
def compromise(
    *,
    key: Annotated[str, typer.Argument(help="The stolen key (multikey), as the trust list names it.")],
    since: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"], help="Since when (UTC).")
    ],
    officer: Officer,
    reason: Reason,
) -> None:
    """Propose to say that a key was stolen; nothing changes before a second officer agrees."""
    from trust_registry import officers

    moment = since.replace(tzinfo=UTC)
    proposal = asyncio.run(officers.propose_theft(credentials(officer), key, since=moment, reason=reason))
    typer.echo(f"Proposal {proposal} waits for another person: passport trust approve {proposal} --as …")


@app.command("digests")
def digests() -> None:
    """Ask the issuer again what stolen keys had signed before; exit 69 where it does not answer."""
    from trust_registry import officers
    from vc.errors import EvidenceUnavailable

    left = asyncio.run(officers.collect_digests())
    for key in left:
        typer.echo(f"{key}: not collected yet")
    if left:
        raise EvidenceUnavailable("The issuer does not answer.")
    typer.echo("Nothing is missing.")


@app.command("waiting")
def show_waiting() -> None:
    """Show everything that waits for a second officer."""
    from trust_registry.operator import waiting_lines

    for line in waiting_lines():
        typer.echo(line)


@app.command("approve")
def approve(
    *, proposal: Annotated[int, typer.Argument(help="The proposal's number.")], officer: Officer
) -> None:
    """Agree to what waits, as another person; it happens at once, and shows on the list where it must."""
    from trust_registry import officers

    version, link = asyncio.run(officers.approve(credentials(officer), proposal))
    typer.echo(f"Proposal {proposal} is done.")
    if version is not None:
        typer.echo(f"It stands on list {version}. {_SERVED}")
    if link is not None:
        typer.echo("Give this link to the person yourself; the other officer tells them the code:")
        typer.echo(link)


@app.command("publish")
def publish() -> None:
    """Sign the register as it is now, and publish it."""
    from trust_registry import officers

    typer.echo(f"List {asyncio.run(officers.publish())} is signed. {_SERVED}")


@app.command("setup")
def setup(
    *,
    authority_en: Annotated[str, typer.Option(help="The authority's name in English.")],
    authority_km: Annotated[str, typer.Option(help="The authority's name in Khmer.")],
    registrar: Annotated[str, typer.Option(help="The name the first registrar signs in with.")],
    registrar_name: Annotated[str, typer.Option(help="The first registrar's own name.")],
    registrar_number: Annotated[str, typer.Option(help="The first registrar's staff number; not kept.")],
    second_officer: Annotated[str, typer.Option(help="The name the second officer signs in with.")],
    second_officer_name: Annotated[str, typer.Option(help="The second officer's own name.")],
    second_officer_number: Annotated[str, typer.Option(help="The second officer's staff number; not kept.")],
) -> None:
    """Begin a deployment: register the authority; invite its first two officers by links shown once."""
    from trust_registry.beginning import FirstOfficer
    from trust_registry.operator import set_up

    links = set_up(
        authority=(authority_en, authority_km),
        registrar=FirstOfficer(username=registrar, name=registrar_name, staff_number=registrar_number),
        second_officer=FirstOfficer(
            username=second_officer, name=second_officer_name, staff_number=second_officer_number
        ),
    )
    for role, link in links.items():
        typer.echo(f"Give this link to the first {role.value.replace('_', ' ')}, and to nobody else.")
        typer.echo(link)
    typer.echo("Each link works once, for seven days.")


def _show_touched(number: int, since: datetime | None) -> None:
    from trust_registry import officers

    counts = asyncio.run(officers.blast_radius(number, _utc(since)))
    if counts is None:
        typer.echo("The issuer does not answer, so what this touches is not known now.")
        return
    for item in counts:
        typer.echo(
            f"{item.title}: {item.issued} issued ({item.in_force} in force), "
            f"{item.issued_since} of them since that day ({item.in_force_since} in force)"
        )
    issued, in_force = sum(item.issued for item in counts), sum(item.in_force for item in counts)
    typer.echo(f"{issued} certificates in all, {in_force} of them in force.")


def credentials(officer: str) -> "Credentials":
    """Who ``officer`` says to be; asks the password, and the second step where there is one."""
    from trust_registry.officers import Credentials

    return Credentials(
        username=officer,
        password=str(typer.prompt(f"Password of {officer}", hide_input=True)),
        code=lambda: str(typer.prompt("Code of the second step", hide_input=True)),
    )


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _now() -> datetime:
    from runtime.clock import SystemClock

    return SystemClock().now()
