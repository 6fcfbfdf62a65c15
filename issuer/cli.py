"""``passport issuer``: the issuing side of a centre, for operators."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from issuer.key_use import KeyUse
from vc.errors import EvidenceUnavailable, NotFound

if TYPE_CHECKING:
    from runtime.service import ServiceContext

app = typer.Typer(no_args_is_help=True, help="The issuing side of a centre: begin it, keep its keys.")
keys = typer.Typer(no_args_is_help=True, help="A centre's signing keys.")
app.add_typer(keys, name="keys")

Slug = Annotated[str, typer.Argument(help="The centre's id, as the registrar granted it.")]
_OPERATOR = "operator"


@app.command("add")
def add(
    *,
    slug: Slug,
    prefix: Annotated[str, typer.Option(help="What its certificate numbers begin with: 2 to 8 capitals.")],
    place: Annotated[str, typer.Option(help="Where it is, as its certificates say.")],
    name_en: Annotated[
        str | None, typer.Option(help="Its name in English. Without it: from the trust list.")
    ] = None,
    name_km: Annotated[
        str | None, typer.Option(help="Its name in Khmer. Without it: from the trust list.")
    ] = None,
) -> None:
    """Begin the issuing side of a granted centre: make its key and tell the trust registry.

    Doing it again changes nothing.
    """
    from issuer.service.desk import NewCentre
    from issuer.service.keys import begin_centre

    with _issuer() as context:
        if name_en is None or name_km is None:
            known_en, known_km = asyncio.run(_names(context, slug))
            name_en, name_km = name_en or known_en, name_km or known_km
        new = NewCentre(slug=slug, name_en=name_en, name_km=name_km, place=place, number_prefix=prefix)
        multikey = begin_centre(context, new)
        typer.echo(f"{slug} signs with {multikey}.")
        _tell(context)


@keys.command("list")
def show_keys(slug: Slug) -> None:
    """Show every key the centre ever had, and which one signs."""
    from issuer.service.keys import keys_of

    with _issuer() as context:
        for key in keys_of(context, slug):
            until = "signs now" if key.valid_until is None else f"until {key.valid_until}"
            typer.echo(f"{key.key_id}  {key.public_key_multibase}  {key.use}  from {key.valid_from}  {until}")


@keys.command("rotate")
def rotate(
    *,
    slug: Slug,
    stolen: Annotated[
        bool,
        typer.Option("--stolen", help="Sign nothing more with the old key, not even what was under way."),
    ] = False,
    use: Annotated[
        KeyUse, typer.Option(help="documents: certificates and cards. tokens: copies in wallets (ES256).")
    ] = KeyUse.DOCUMENTS,
) -> None:
    """Replace the centre's signing key; older certificates stay good.

    The new key for documents is of the kind that PASSPORT_DEFAULT_CRYPTOSUITE is signed with.
    """
    from issuer.service.keys import rotate_key

    with _issuer() as context:
        key, given_up = rotate_key(context, slug, actor=_OPERATOR, is_stolen=stolen, use=use)
        typer.echo(f"{slug} signs with {key.public_key_multibase} from {key.valid_from}.")
        if stolen:
            typer.echo(f"Under way and begun anew: {given_up}.")
            typer.echo("Two officers must also say that the old key was stolen: passport trust compromise …")
        _tell(context)


@contextmanager
def _issuer() -> "Iterator[ServiceContext]":
    # Local: the service is imported only by a command that needs it.
    from runtime.clock import SystemClock
    from runtime.service import opened_alone
    from runtime.settings import load_settings

    with opened_alone(load_settings(), SystemClock(), "issuer") as context:
        yield context


async def _names(context: "ServiceContext", slug: str) -> tuple[str, str]:
    """A centre's names as the trust list says them. Raises ``NotFound``, ``EvidenceUnavailable``."""
    from issuer.clients import published_trust_list
    from issuer.service.desk import did_of

    try:
        trust_list = await published_trust_list(context.peers.client("trust_registry"))
    finally:
        await context.peers.aclose()
    issuer = trust_list.issuers.get(did_of(context.settings, slug))
    if issuer is None:
        raise NotFound("The trust list has no such centre. Give --name-en and --name-km.")
    return issuer.name["en"], issuer.name["km"]


def _tell(context: "ServiceContext") -> None:
    """Tell the trust registry now; where it does not answer, the running issuer does within seconds."""
    try:
        asyncio.run(_announce(context))
    except EvidenceUnavailable:
        typer.echo("The trust registry was not told: it does not answer, or does not know the centre yet.")
        typer.echo("The running issuer tells it again every few seconds.")
    else:
        typer.echo("The trust registry knows it.")


async def _announce(context: "ServiceContext") -> None:
    from issuer.service.desk import announce_keys

    try:
        await announce_keys(context)
    finally:
        await context.peers.aclose()
