"""Was this very signature in the issuance log before its key was stolen?

Only the part of the set that the signature falls into is asked for. Its bytes must have the digest
that the trust list names, so its own proof adds nothing here; that is for those who keep it.
"""

import hashlib
from datetime import datetime
from enum import Enum

from vc.errors import ProtocolError
from vc.model.credential import parse_credential
from vc.model.evidence import Unavailable
from vc.trust.digests import Digests, parse_digests, signed_digest
from vc.trust.trust_list import IssuerKey
from vc.verify.round import Round


class SignedBeforeTheft(Enum):
    """What is known. The value is what ``vc.trust.entitled.judge_key`` takes."""

    YES = True
    NO = False
    NOT_ASKED = None
    COULD_NOT_TELL = "could not tell"


def was_signed_before(
    current: Round, key: IssuerKey | None, created: datetime, signed: bytes
) -> SignedBeforeTheft:
    """Look up the signature over ``signed``; *not asked* where the answer hangs on nothing of it.

    Raises ``Waiting`` while the part is missing.
    """
    if key is None or key.signed_before is None or key.compromised_since is None:
        return SignedBeforeTheft.NOT_ASKED
    theft, parts = key.compromised_since, key.signed_before
    if created >= theft:
        return SignedBeforeTheft.NOT_ASKED
    name = signed_digest(signed)
    number, part = parts.part_of(name)
    item = current.fetched(part.url)
    if isinstance(item, Unavailable) or hashlib.sha256(item.body).digest() != part.sha256:
        return SignedBeforeTheft.COULD_NOT_TELL

    def read() -> Digests:
        return parse_digests(
            parse_credential(item.body).document,
            public_key_multibase=key.public_key_multibase,
            before=theft,
            prefix_bits=parts.prefix_bits,
            prefix=number,
        )

    memo_key = f"signed-before:{item.digest}:{key.public_key_multibase}:{theft}:{parts.prefix_bits}:{number}"
    try:
        digests = current.memoised(memo_key, Digests, read, size=lambda held: len(held.packed))
    except ProtocolError:
        return SignedBeforeTheft.COULD_NOT_TELL
    return SignedBeforeTheft.YES if name in digests else SignedBeforeTheft.NO
