"""The desk: everything the issuing functions share, made once per process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import anyio.to_thread

from issuer import store
from issuer.clients import announce_key
from issuer.crunch import Crunch, InThread
from issuer.key_use import KeyUse
from issuer.rld.port import RldPort
from issuer.sealed import Sealed
from issuer.status.port import StatusPort
from runtime.service import ServiceContext
from runtime.settings import Settings
from vc.crypto.keys import Signer
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, EvidenceUnavailable
from vc.proof.suites import require_cryptosuite


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCentre:
    """A TVET centre to be set up. ``number_prefix`` starts its certificate numbers."""

    slug: str
    name_en: str
    name_km: str
    place: str
    number_prefix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The issuing desk of this process."""

    context: ServiceContext
    rld: RldPort
    sealed: Sealed
    crunch: Crunch = field(default_factory=InThread)
    # Bodies that can be asked, by the slug of the type they know about.
    statuses: Mapping[str, StatusPort] = field(default_factory=dict)

    def did_of(self, slug: str) -> str:
        """The centre's DID."""
        return did_of(self.context.settings, slug)

    def signer(self, key_id: str, slug: str) -> Signer:
        """The centre's signer for one of its keys."""
        return self.context.keyring.signer(key_id, f"{self.did_of(slug)}#{key_id}")


async def require_signing_key(desk: Desk, slug: str) -> store.Record:
    """The centre's open key. Raises ``ConflictError`` where the cryptosuite cannot be signed with it."""
    key = await desk.context.database.read(store.current_key, slug)
    suite = require_cryptosuite(desk.context.settings.default_cryptosuite)
    if desk.context.keyring.public_key(key.key_id).key_type not in suite.hashes:
        raise ConflictError("The centre's signing key is of another kind than the cryptosuite set.")
    return key


def did_of(settings: Settings, slug: str) -> str:
    """The DID of a centre."""
    return f"did:web:{settings.did_host}:centres:{slug}"


def set_up_centre(context: ServiceContext, new: NewCentre, *, valid_from: str | None = None) -> str:
    """Record a centre and make its first keys; returns the multikey of the one for certificates.

    That key is of the kind that the cryptosuite of the settings is signed with. Doing it again changes
    nothing.
    """
    values = {
        "slug": new.slug,
        "did": did_of(context.settings, new.slug),
        "name_en": new.name_en,
        "name_km": new.name_km,
        "place": new.place,
        "number_prefix": new.number_prefix,
    }
    context.database.write_now(store.register_centre, values)
    begins = valid_from or format_timestamp(context.clock.now())
    ensure_key(context, new.slug, KeyUse.TOKENS, valid_from=begins)
    return ensure_key(context, new.slug, KeyUse.DOCUMENTS, valid_from=begins)


def ensure_key(context: ServiceContext, slug: str, use: KeyUse, *, valid_from: str) -> str:
    """Make the centre's first key for a use where there is none yet; returns its multikey."""
    key_id = use.name_of(slug, 1)
    public_key = context.keyring.ensure(key_id, use.key_type(context.settings.default_cryptosuite))
    key = {
        "key_id": key_id,
        "centre_slug": slug,
        "public_key_multibase": public_key.multikey,
        "valid_from": valid_from,
        "use": use,
    }
    context.database.write_now(store.register_centre_key, key)
    return public_key.multikey


async def ensure_token_keys(context: ServiceContext) -> None:
    """Give a key for tokens to every centre that was begun before there were any."""
    for centre in await context.database.read(store.all_centres):
        keys = await context.database.read(store.keys_of, centre.slug)
        if keys and all(key.use != KeyUse.TOKENS for key in keys):
            begins = format_timestamp(context.clock.now())
            make = partial(ensure_key, context, centre.slug, KeyUse.TOKENS, valid_from=begins)
            await anyio.to_thread.run_sync(make)


async def announce_keys(context: ServiceContext) -> None:
    """Tell the trust registry every centre's keys; idempotent, so done at every start.

    A centre that the registry does not take now keeps no other one waiting. Raises ``EvidenceUnavailable``
    at the end where there was one.
    """
    client, untold = context.peers.client("trust_registry"), 0
    for centre in await context.database.read(store.all_centres):
        before: dict[str, list[str]] = {}
        for key in await context.database.read(store.keys_of, centre.slug):
            followed = before.setdefault(key.use, [])
            try:
                await announce_key(
                    client,
                    did=centre.did,
                    public_key_multibase=key.public_key_multibase,
                    valid_from=key.valid_from,
                    replaces=followed[-1:],
                )
            except EvidenceUnavailable:
                untold += 1
            followed.append(key.public_key_multibase)
    if untold:
        raise EvidenceUnavailable("The trust registry does not take the keys of some centre now.")
