"""Between service and store of bound copies: what is to be signed says all of a person, and is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from issuer import copy_store
from issuer.copy_store import Connection
from runtime.personal_data import DataErased, PersonalData, Place
from vc.crypto.keys import PublicKey


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedCopy:
    """What the intent of one copy records: everything that its signature will cover."""

    copy_id: str
    payload: bytes


class SealedCopies:
    """The store of copies as the service uses it."""

    def __init__(self, personal: PersonalData) -> None:
        """``personal`` holds the keys of this service's people."""
        self.personal = personal

    def holder_key(self, key: PublicKey) -> str:
        """What stands for a holder's key."""
        return self.personal.blind_index("holder-key", key.multikey)

    def record_intents(
        self, connection: Connection, person: str, data_class: str, recorded: Sequence[RecordedCopy]
    ) -> frozenset[str]:
        """``copy_store.record_intents`` of one person's copies. Raises ``DataErased``."""
        keys = self.personal.keys(connection, [person], data_class)
        if person not in keys:
            raise DataErased("There is no such credential.")
        return copy_store.record_intents(
            connection,
            [
                {
                    "copy_id": one.copy_id,
                    "payload": keys.seal(
                        person, one.payload, Place(table="bound_copy", row=one.copy_id, column="payload")
                    ),
                }
                for one in recorded
            ],
        )
