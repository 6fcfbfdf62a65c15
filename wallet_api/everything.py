"""Everything that the wallet keeps of one person, for themselves and for the officer who hands it out.

Whoever keeps a further kind of data here adds it to ``everything_of``: both exports are then whole.
"""

from dataclasses import asdict
from typing import Any

from fastapi import FastAPI

from runtime.service import ServiceContext
from vc.encoding.timestamps import format_timestamp
from wallet_api import access_log
from wallet_api.contacts import Contacts
from wallet_api.open_wallet.answering import Answering
from wallet_api.open_wallet.received import Received
from wallet_api.phones import phone_number_or_none
from wallet_api.service import HeldCredential, Wallet
from wallet_api.sharing import Shares
from wallet_api.unlocking import Pins


async def everything_of(app: FastAPI, rld_number: str, held: tuple[HeldCredential, ...]) -> dict[str, Any]:
    """All that is kept, as JSON values; ``held`` are the credentials, taken out by the caller."""
    wallet: Wallet = app.state.wallet
    contacts: Contacts = app.state.contacts
    shares: Shares = app.state.shares
    contact = await contacts.of(rld_number)
    # A limited view hands out less, and does not tell what else was shared.
    ids = {item.id for item in held}
    return {
        "contact": None
        if contact is None
        else {"channel": contact.channel.value, "address": contact.address, "used": contact.is_confirmed},
        **await _door_and_log(app, rld_number),
        **await _with_others(app, rld_number),
        "shares": [
            one.receipt.as_json() for one in await shares.of(rld_number) if ids.issuperset(one.receipt.ids)
        ],
        "news": [
            {"credential": one.credential_id, "status": one.status, "at": one.happened_at}
            for one in await wallet.news(rld_number)
        ],
        "credentials": [
            {"id": item.id, "credential": item.raw.decode(), "delivery": asdict(item.delivery)}
            for item in held
        ],
    }


async def _with_others(app: FastAPI, rld_number: str) -> dict[str, Any]:
    """What came from elsewhere, and what verifiers were answered."""
    received: Received = app.state.received
    answering: Answering = app.state.answering
    return {
        "received": await received.everything(rld_number),
        "answers": [one.as_json() for one in await answering.everything(rld_number)],
    }


async def _door_and_log(app: FastAPI, rld_number: str) -> dict[str, Any]:
    """What opens the passport, and who looked; not whether there is a second PIN, nor that it was used."""
    context: ServiceContext = app.state.context
    pins: Pins = app.state.pins
    holder = context.personal.person(rld_number)
    database = context.database
    looked = await database.read(lambda held: access_log.of_holder(context.personal, held, holder))
    return {
        "phone": await database.read(phone_number_or_none, context.personal, holder),
        "has_pin": await pins.has_pin(rld_number),
        "looked": [
            {
                "what": one.kind.value,
                "by": one.by,
                "detail": one.detail,
                "share": one.share_id or None,
                "certificate": one.credential_id or None,
                "at": format_timestamp(one.at),
            }
            for one in looked
        ],
    }
