"""``passport world``: the demo world of services that run apart."""

from urllib.parse import urlsplit

import typer


def world() -> None:
    """Fill the databases of services that run apart with the demo world; print sign-ins and trust anchor.

    Each service's keys go into a folder of its own, named after it, below PASSPORT_DATA_DIR.
    """
    # Local: the whole product is imported here, which no other command should wait for.
    from passport.apart import make_demo_world
    from passport.serving import LOOPBACK_PASSWORD, announce, is_loopback
    from runtime.logging import configure_logging
    from runtime.settings import load_settings

    configure_logging()
    settings = load_settings()
    # Who reaches the proxy reaches the services; what they bind behind it says nothing.
    settings = settings.model_copy(update={"host": urlsplit(settings.base_url).hostname or ""})
    password = LOOPBACK_PASSWORD if is_loopback(settings.host) else None
    sign_ins, holders, anchor = make_demo_world(settings, password=password)
    announce(settings, sign_ins, holders)
    typer.echo(f"Every service needs this setting:\nPASSPORT_TRUST_ANCHOR={anchor}")
