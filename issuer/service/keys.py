"""A centre's issuing side: begun once, and its signing key replaced by another.

The secret halves are the keyring's; what is published of them is in the issuer's database, and the trust
registry is told. A centre has one open key for each use (``issuer.key_use``). The rows of a class that were
given their time before a rotation are signed with the key that was theirs; the next ones with the new key.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Final

import anyio.to_thread

from issuer import key_store, store
from issuer.key_store import Rotation
from issuer.key_use import KeyUse
from issuer.service.desk import NewCentre, announce_keys, set_up_centre
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_PREFIX: Final = re.compile(r"[A-Z][A-Z0-9]{1,7}")
_MAX_TEXT: Final = 200
_SECOND: Final = timedelta(seconds=1)


def begin_centre(context: ServiceContext, new: NewCentre) -> str:
    """Make the issuing side of a centre; returns its multikey. The same again changes nothing.

    Raises ``MalformedValue`` for a slug, prefix, name or place that cannot be, ``ConflictError`` where the
    slug has other facts already, or another centre has the prefix.
    """
    if not _SLUG.fullmatch(new.slug):
        raise MalformedValue("A centre's id is small letters, digits and dashes, at most 40.")
    if not _PREFIX.fullmatch(new.number_prefix):
        raise MalformedValue("A prefix of certificate numbers is 2 to 8 capital letters and digits.")
    for text in (new.name_en, new.name_km, new.place):
        if not text.strip() or len(text) > _MAX_TEXT:
            raise MalformedValue("A centre needs a name in both languages and a place, 200 characters each.")
    for standing in context.database.read_now(store.all_centres):
        facts = {name: getattr(standing, name) for name in asdict(new)}
        if standing.slug == new.slug and facts != asdict(new):
            raise ConflictError("This centre's issuing side was begun with other facts.")
        if standing.slug != new.slug and standing.number_prefix == new.number_prefix:
            raise ConflictError("Another centre has this prefix of certificate numbers.")
    return set_up_centre(context, new)


def keys_of(context: ServiceContext, slug: str) -> Sequence[store.Record]:
    """Every key the centre ever had, oldest first. Raises ``NotFound`` for an unknown centre."""
    context.database.read_now(store.get_centre, slug)
    return context.database.read_now(store.keys_of, slug)


def rotate_key(
    context: ServiceContext,
    slug: str,
    *,
    actor: str,
    is_stolen: bool = False,
    use: KeyUse = KeyUse.DOCUMENTS,
) -> tuple[store.Record, int]:
    """Begin another key of a centre for this use, and end the one it has.

    Returns the new key and how many intents under a stolen one were given up. The new key begins with the
    next whole second, since times in credentials are whole seconds: none belongs to both. Raises
    ``NotFound`` for an unknown centre, ``ConflictError`` where somebody else rotated meanwhile.
    """
    keys = [key for key in keys_of(context, slug) if key.use == use]
    ends = next((key for key in keys if key.valid_until is None), None)
    if ends is None:
        raise NotFound("The centre has no key yet.")
    now = context.clock.now()
    begins = max(now.replace(microsecond=0), parse_timestamp(ends.valid_from)) + _SECOND
    key_id = _free_name(context, slug, use, len(keys) + 1)
    public_key = context.keyring.create(key_id, use.key_type(context.settings.default_cryptosuite))
    values = {
        "key_id": key_id,
        "centre_slug": slug,
        "public_key_multibase": public_key.multikey,
        "valid_from": format_timestamp(begins),
        "use": use,
    }
    rotation = Rotation(ends=ends.key_id, values=values, is_stolen=is_stolen)
    given_up = context.database.write_now(key_store.rotate, rotation, actor=actor, now=now)
    return context.database.read_now(store.current_key, slug, use), given_up


async def replace_key(context: ServiceContext, slug: str, *, ends: str, actor: str) -> None:
    """``rotate_key`` for who was shown that ``ends`` signs, and tell the trust registry where it answers.

    Raises ``NotFound``, and ``ConflictError`` where another key signs by now.
    """
    keys = await context.database.read(store.keys_of, slug)
    shown = next((key for key in keys if key.key_id == ends), None)
    if shown is None:
        raise NotFound("The centre has no such key.")
    if shown.valid_until is not None:
        raise ConflictError(gettext_noop("This key was replaced already."))
    rotate = partial(rotate_key, context, slug, actor=actor, use=KeyUse(shown.use))
    await anyio.to_thread.run_sync(rotate)
    # The running issuer tells it again every few seconds.
    with suppress(EvidenceUnavailable):
        await announce_keys(context)


def _free_name(context: ServiceContext, slug: str, use: KeyUse, number: int) -> str:
    """The next name of a key; one that a rotation left behind when it was refused is passed over."""
    while context.keyring.has(use.name_of(slug, number)):
        number += 1
    return use.name_of(slug, number)
