"""``passport trust root``: the ceremony of the offline root keys, one small step per command.

Proposals travel as files: they are signed on machines that have no network, with one key each.
"""

from pathlib import Path
from typing import Annotated

import typer

from runtime.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The root of trust: offline keys, proposals, publication.")

NewFile = Annotated[Path, typer.Option("--out", dir_okay=False, help="Where the proposal goes.")]
Proposal = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="The proposal, signed by none or some keys.")
]
SomeKeys = list[str]


@app.command("init")
def init(
    keys_out: Annotated[Path, typer.Option(help="New folder for the key files; move each to its keeper.")],
    out: NewFile,
    count: Annotated[int, typer.Option(min=1, max=8, help="How many root keys to make.")] = 3,
    threshold: Annotated[int, typer.Option(min=1, max=8, help="How many of them must sign.")] = 2,
) -> None:
    """Make the root keys, each sealed in a file of its own, and propose the first root."""
    # Local, as below: help should not wait for the service.
    from trust_registry import root_ceremony

    settings = load_settings()
    if threshold > count:
        raise typer.BadParameter("there are not so many keys", param_hint="--threshold")
    if not settings.is_demo and threshold < 2:
        raise typer.BadParameter("production needs two keys at least", param_hint="--threshold")
    if keys_out.exists() and any(keys_out.iterdir()):
        raise typer.BadParameter("must be a new or empty folder", param_hint="--keys-out")
    passphrases = [_passphrase(f"Passphrase of root key {n}", new=True) for n in range(1, count + 1)]
    anchor = root_ceremony.begin(settings, keys_out, passphrases, threshold=threshold, out=out)
    typer.echo(f"{count} root keys are in {keys_out}. Give each file to another keeper, and keep none here.")
    typer.echo(f"{out} is to be signed by {threshold} of them. Verifiers pin:")
    typer.echo(anchor)


@app.command("propose")
def propose(
    *,
    out: NewFile,
    new_list_key: Annotated[
        bool, typer.Option("--new-list-key", help="Make a fresh key for the trust list and name it.")
    ] = False,
    retire_list_key: Annotated[
        SomeKeys | None, typer.Option(help="End a key that signs the trust list (multikey).")
    ] = None,
    add_root_key: Annotated[SomeKeys | None, typer.Option(help="Name a further root key (multikey).")] = None,
    retire_root_key: Annotated[SomeKeys | None, typer.Option(help="Drop a root key (multikey).")] = None,
    threshold: Annotated[
        int | None, typer.Option(min=1, max=8, help="How many root keys must sign from then on.")
    ] = None,
) -> None:
    """Propose the next root; without changes it only runs for another year."""
    from trust_registry import root_ceremony

    version = root_ceremony.propose(
        load_settings(),
        out=out,
        makes_list_key=new_list_key,
        retire_list_keys=retire_list_key or [],
        add_root_keys=add_root_key or [],
        retire_root_keys=retire_root_key or [],
        threshold=threshold,
    )
    typer.echo(f"{out} proposes root {version}. Sign it with one offline key after another.")


@app.command("key")
def new_key(
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where the key file goes.")],
) -> None:
    """Make one further root key; it counts once a root names it."""
    from trust_registry.root import create_root_key

    passphrase = _passphrase("Passphrase of the key", new=True)
    typer.echo(create_root_key(out, passphrase, is_demo=load_settings().is_demo))


@app.command("sign")
def sign(
    proposal: Proposal,
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The file of one root key.")],
) -> None:
    """Sign a proposal with one offline key. Needs no network and no database."""
    from trust_registry import root_ceremony

    signed, wanted = root_ceremony.sign(load_settings(), proposal, key, _passphrase("Passphrase of the key"))
    typer.echo(f"Signed by {signed} of its own keys; {wanted} must have.")


@app.command("publish")
def publish(proposal: Proposal) -> None:
    """Publish a signed root. Refused before enough keys have signed it."""
    from trust_registry import root_ceremony

    version = root_ceremony.publish(load_settings(), proposal)
    typer.echo(f"Root {version} is published; a running registry serves it within seconds.")


def _passphrase(prompt: str, *, new: bool = False) -> str:
    given = load_settings().root_key_passphrase
    if given is not None:
        return given.get_secret_value()
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=new))
