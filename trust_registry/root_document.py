"""Root documents: what is proposed, signed offline by one key after another, and published.

Pure: times and signers come in, documents go out. Their shape is ``vc.trust.root``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from schemas import PASSPORT_CONTEXT_URL
from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, JsonValue, parse_json_object
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError
from vc.model.credential import CREDENTIALS_V2
from vc.proof import data_integrity
from vc.trust.anchor import TrustAnchor
from vc.trust.root import (
    ROOT_CRYPTOSUITE,
    ROOT_TYPE,
    ListKey,
    Root,
    parse_root,
    require_chain,
    require_successor,
    signers_of,
)

ROOT_VALIDITY: Final = timedelta(days=365)
_DEMO_NAME: Final = "DEMO: root of trust of a demonstration, not of any government"


def build_root_document(
    *,
    url: str,
    did: str,
    version: int,
    threshold: int,
    keys: Sequence[str],
    list_keys: Iterable[ListKey],
    valid_from: datetime,
    is_demo: bool,
) -> JsonObject:
    """An unsigned root document, good for ``ROOT_VALIDITY``."""
    document: JsonObject = {
        "@context": [CREDENTIALS_V2, PASSPORT_CONTEXT_URL],
        "id": f"{url}#{version}",
        "type": ["VerifiableCredential", ROOT_TYPE],
        "issuer": did,
        "validFrom": format_timestamp(valid_from),
        "validUntil": format_timestamp(valid_from + ROOT_VALIDITY),
        "credentialSubject": {
            "id": f"{url}#{version}-root",
            "type": "TrustRoot",
            "version": version,
            "threshold": threshold,
            "rootKeys": list[JsonValue](keys),
            "listKeys": [_list_key_entry(key) for key in list_keys],
        },
    }
    return document | {"name": _DEMO_NAME} if is_demo else document


def _list_key_entry(key: ListKey) -> JsonObject:
    entry: JsonObject = {
        "publicKeyMultibase": key.public_key_multibase,
        "validFrom": format_timestamp(key.valid_from),
    }
    if key.valid_until is not None:
        entry["validUntil"] = format_timestamp(key.valid_until)
    return entry


def add_signature(document: JsonObject, signer: Signer, created: datetime) -> JsonObject:
    """``document`` with one proof more. Raises ``ConflictError`` where this key has signed it already."""
    key = signer.public_key.multikey
    if key in signers_of(document, [key]):
        raise ConflictError("This key has signed the proposal already; each counts once.")
    return data_integrity.add_proof(document, cryptosuite=ROOT_CRYPTOSUITE, signer=signer, created=created)


def require_next(
    document: JsonObject, published: Sequence[bytes], *, did: str, anchor: TrustAnchor | None
) -> Root:
    """The root in ``document`` when it may follow those ``published``; the first needs its own keys.

    ``anchor`` is what this deployment has pinned. Raises ``ProtocolError`` saying what is missing.
    """
    chain = [parse_json_object(body) for body in published]
    if not chain:
        root = parse_root(document, did)
        own = TrustAnchor(did=did, threshold=root.threshold, keys=root.keys)
        (root,) = require_chain([document], own)
    else:
        root = require_successor(document, parse_root(chain[-1], did), did)
    if anchor is not None:
        require_chain([*chain, document], anchor)
    return root


def chain_body(published: Iterable[bytes]) -> bytes:
    """What is served: ``{"roots": […]}``, canonical, so that the same chain is the same bytes."""
    documents = list[JsonValue](parse_json_object(body) for body in published)
    return jcs.canonicalize({"roots": documents})
