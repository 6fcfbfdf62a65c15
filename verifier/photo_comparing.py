"""Comparing a holder with the labour database's photo, as the holder allowed when they shared.

The photo itself is never kept. What was shared is, sealed and for minutes, so that whoever looked can say
what they saw although the link may be used up; what they say stays until the share ends.
"""

from datetime import timedelta
from functools import partial
from typing import Final

import orjson

from runtime.personal_data import Place
from runtime.service import ServiceContext
from runtime.share_links import share_index
from vc.errors import NotFound
from vc.verify.registry_photo import PhotoAnswer, PhotoComparison, PhotoState
from verifier import photo_store
from verifier.held_shares import OpenedShare, share_in
from verifier.photo_store import Connection, ShownShare

OPEN_FOR: Final = timedelta(minutes=15)
"""How long after the photo was shown somebody can say what they saw."""
_KIND: Final = "shown-share"
_OVER: Final = "The photo was shown too long ago. Open the link again."


class PhotoComparisons:
    """What one deployment's organisations say of photos."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._personal = context.personal

    async def standing(self, token: str, share: OpenedShare) -> PhotoComparison | PhotoState | None:
        """What is known of this share's photo now; None where its holder gave none.

        Where the photo was just shown, the share is kept for whoever looks at it.
        """
        if not share.shows_photo or share.licence_number is None:
            return None
        photo = share.photo
        if photo is not None and photo.state is PhotoState.HELD:
            await self._context.database.write(self._keep, share_index(token), share)
        said = await self._context.database.read(
            photo_store.comparison_or_none, share_index(token), share.licence_number
        )
        if said is not None:
            return said
        # Unasked, for a program or a list, it is there to be compared as far as anybody knows.
        return PhotoState.HELD if photo is None else photo.state

    async def say(
        self, token: str, licence_number: str, answer: PhotoAnswer, *, organisation: str, by: str
    ) -> tuple[OpenedShare, PhotoComparison]:
        """Write down what a member of an organisation saw; the share that it is about.

        Raises ``NotFound`` where no photo was shown to this licence in the last ``OPEN_FOR``, or the share
        is over.
        """
        write = partial(self._say, organisation=organisation, by=by)
        return await self._context.database.write(write, share_index(token), licence_number, answer)

    async def sweep(self) -> None:
        """Destroy what was shared and is looked at no more, and what was said of shares that ended."""
        await self._context.database.write(self._sweep)

    def _keep(self, connection: Connection, token_index: str, share: OpenedShare) -> None:
        if share.licence_number is None or share.photo is None:
            return
        owner, now = self._owner(token_index), self._context.clock.now()
        keys = self._personal.ensure_keys(connection, [owner])
        shown = ShownShare(
            token_index=token_index,
            licence_number=share.licence_number,
            photo_at=share.photo.at,
            sealed=keys.seal(owner, share.as_kept(), _place(token_index)),
            open_until=min(now + OPEN_FOR, share.expires_at),
            ends=share.expires_at,
        )
        photo_store.keep_shown(connection, shown)

    def _say(
        self,
        connection: Connection,
        token_index: str,
        licence_number: str,
        answer: PhotoAnswer,
        *,
        organisation: str,
        by: str,
    ) -> tuple[OpenedShare, PhotoComparison]:
        now = self._context.clock.now()
        shown = photo_store.shown_or_none(connection, token_index, licence_number, now)
        if shown is None:
            raise NotFound(_OVER)
        owner = self._owner(token_index)
        keys = self._personal.keys(connection, [owner])
        share = share_in(orjson.loads(keys.unseal(owner, shown.sealed, _place(token_index))))
        comparison = PhotoComparison(
            answer=answer, organisation=organisation, photo_at=shown.photo_at, compared_at=now
        )
        photo_store.record_comparison(connection, token_index, comparison, by=by)
        return share, comparison

    def _sweep(self, connection: Connection) -> None:
        now = self._context.clock.now()
        for token_index in photo_store.closed(connection, now):
            photo_store.forget_share(connection, token_index, self._owner(token_index))
        photo_store.forget_ended(connection, now)

    def _owner(self, token_index: str) -> str:
        return self._personal.blind_index(_KIND, token_index)


def _place(token_index: str) -> Place:
    return Place(table=photo_store.TABLE, row=token_index, column="sealed")
