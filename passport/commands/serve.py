"""``passport serve``: run the service."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runtime.settings import SERVICES


class Profile(StrEnum):
    """What is served."""

    PASSPORT = "passport"
    CONFORMANCE = "conformance"


def serve(
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to bind. Other than loopback: https, fresh sign-ins.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind.")] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="Run one service in this process: trust_registry, issuer, revocation, verifier, wallet_api "
            "or passport, the front door."
        ),
    ] = None,
    profile: Annotated[
        Profile, typer.Option(help="conformance: issue and verify anything, for outside test suites only.")
    ] = Profile.PASSPORT,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate chain (PEM) to serve https with.", dir_okay=False)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="Private key (PEM) of that certificate.", dir_okay=False)
    ] = None,
) -> None:
    """Run the passport: every service in one process, in the demo with its demo world."""
    if only not in (None, *SERVICES):
        raise typer.BadParameter(f"one of {', '.join(SERVICES)}", param_hint="--only")
    if only is not None and profile is Profile.CONFORMANCE:
        raise typer.BadParameter("the conformance profile is one thing", param_hint="--only, --profile")
    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("a certificate and its key go together", param_hint="--tls-cert, --tls-key")
    certificate = None if tls_cert is None or tls_key is None else (tls_cert, tls_key)
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.serving import run_conformance, run_one, run_server

    if profile is Profile.CONFORMANCE:
        run_conformance(host=host, port=port, certificate=certificate)
    elif only is not None:
        run_one(only, host=host, port=port, certificate=certificate)
    else:
        run_server(host=host, port=port, certificate=certificate)
