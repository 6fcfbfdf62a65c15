"""Requests to wallets, with what is said of people sealed under a data key of each request.

Between here and ``oid4vp_store`` values are sealed; above here they are open.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from runtime.personal_data import DataKeys, PersonalData, Place
from verifier import oid4vp_store as store
from verifier.oid4vp_store import Connection, Status, StoredRequest

_KIND: Final = "wallet-request"


class SealedRequests:
    """The store functions that seal and unseal, each in the transaction of its connection."""

    def __init__(self, personal: PersonalData) -> None:
        self._personal = personal

    def insert(self, connection: Connection, request: StoredRequest) -> None:
        """Add a request under a new data key."""
        owner = self._owner(request.id)
        keys = self._personal.ensure_keys(connection, [owner])
        sealed = replace(
            request,
            purpose=keys.seal(owner, request.purpose, _place(request.id, "purpose")),
            response_key=None
            if request.response_key is None
            else keys.seal(owner, request.response_key, _place(request.id, "response_key")),
        )
        store.insert_request(connection, sealed)

    def get(self, connection: Connection, request_id: str, now: datetime) -> StoredRequest | None:
        """The request of this id while its time lasts. Raises ``SealBroken`` for an altered row."""
        sealed = store.request_or_none(connection, request_id, now)
        if sealed is None:
            return None
        keys = self._personal.keys(connection, [self._owner(request_id)])
        return replace(
            sealed,
            purpose=self._unseal(keys, request_id, "purpose", sealed.purpose) or b"",
            response_key=self._unseal(keys, request_id, "response_key", sealed.response_key),
            result=self._unseal(keys, request_id, "result", sealed.result),
        )

    def finish(
        self,
        connection: Connection,
        request_id: str,
        status: Status,
        *,
        result: bytes | None,
        response_code: str | None,
        expires: datetime,
    ) -> None:
        """As ``store.finish``, with the result sealed."""
        sealed = None
        if result is not None:
            owner = self._owner(request_id)
            keys = self._personal.ensure_keys(connection, [owner])
            sealed = keys.seal(owner, result, _place(request_id, "result"))
        store.finish(
            connection, request_id, status, result=sealed, response_code=response_code, expires=expires
        )

    def forget_over(self, connection: Connection, now: datetime) -> None:
        """Delete every request whose time is over, with its data key."""
        for request_id in store.over(connection, now):
            store.forget(connection, request_id, self._owner(request_id))

    def _owner(self, request_id: str) -> str:
        return self._personal.blind_index(_KIND, request_id)

    def _unseal(self, keys: DataKeys, request_id: str, column: str, value: bytes | None) -> bytes | None:
        if value is None:
            return None
        return keys.unseal(self._owner(request_id), value, _place(request_id, column))


def _place(request_id: str, column: str) -> Place:
    return Place(table=store.TABLE, row=request_id, column=column)
