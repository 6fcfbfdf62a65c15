"""The wallet towards others, put together for one application."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from runtime.service import ServiceContext
from runtime.settings import SettingsError
from runtime.verification import VerificationShell
from wallet_api.bound_copies import BoundCopies
from wallet_api.open_wallet import present_pages, receive_pages
from wallet_api.open_wallet.answering import Answering
from wallet_api.open_wallet.askers import Askers
from wallet_api.open_wallet.asking import Asking
from wallet_api.open_wallet.issuers import KnownIssuers
from wallet_api.open_wallet.page_parts import OpenWallet
from wallet_api.open_wallet.presenting import Presenting
from wallet_api.open_wallet.received import Received
from wallet_api.open_wallet.receiving import Receiving
from wallet_api.service import Wallet
from wallet_api.unlocking import Pins

ROUTERS: tuple[APIRouter, ...] = (receive_pages.router, present_pages.router)


def assemble(
    context: ServiceContext,
    *,
    wallet: Wallet,
    copies: BoundCopies,
    pins: Pins,
    shell: VerificationShell | None,
) -> OpenWallet:
    """The parts. Raises ``SettingsError`` where a setting names certificates that cannot be read."""
    received = Received(context, shell)
    try:
        asking = Asking(context)
    except (OSError, ValueError) as error:
        problem = "PASSPORT_WALLET_VERIFIER_ROOTS: no certificates can be read from the file"
        raise SettingsError((problem,)) from error
    receiving = Receiving(context, issuers=KnownIssuers(context, shell), received=received, shell=shell)
    answering = Answering(
        context,
        asking=asking,
        askers=Askers(context, shell),
        wallet=wallet,
        received=received,
        presenting=Presenting(context, copies=copies, received=received, shell=shell),
    )
    return OpenWallet(receiving=receiving, received=received, asking=asking, answering=answering, pins=pins)


def sweeps_of(parts: OpenWallet) -> Callable[[], Awaitable[None]]:
    """What forgets, again and again, what is over."""

    async def sweep() -> None:
        await parts.receiving.sweep()
        await parts.answering.sweep()

    return sweep
