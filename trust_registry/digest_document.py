"""One part of what a stolen key had signed before, as a signed document. Shape: ``vc.trust.digests``."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urljoin

from runtime.settings import Settings
from schemas import PASSPORT_CONTEXT_URL
from trust_registry.compromise_store import DigestSet
from trust_registry.trust_document import TRUST_LIST_CRYPTOSUITE
from vc.crypto.keys import Signer
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.model.credential import CREDENTIALS_V2
from vc.proof import data_integrity
from vc.trust.digests import DIGESTS_TYPE, pack, parse_digests


def parts_url(settings: Settings, set_id: str, number: int) -> str:
    """Where a part is published: beside the trust list."""
    return urljoin(settings.trust_list_location, f"digests/{set_id}/{number}")


def signed_before_entry(settings: Settings, found: DigestSet) -> JsonObject:
    """The ``signedBefore`` of a key in the trust list."""
    parts: list[JsonValue] = [
        {"id": parts_url(settings, found.set_id, number), "digestMultibase": digest}
        for number, digest in enumerate(found.digests)
    ]
    return {"prefixBits": found.prefix_bits, "parts": parts}


def build_digest_part(
    *,
    url: str,
    did: str,
    public_key_multibase: str,
    before: datetime,
    prefix_bits: int,
    prefix: int,
    digests: Sequence[bytes],
    valid_from: datetime,
) -> JsonObject:
    """An unsigned part; it has no end, since what it says stays so. ``digests`` are sorted."""
    document: JsonObject = {
        "@context": [CREDENTIALS_V2, PASSPORT_CONTEXT_URL],
        "id": url,
        "type": ["VerifiableCredential", DIGESTS_TYPE],
        "issuer": did,
        "validFrom": format_timestamp(valid_from),
        "credentialSubject": {
            "id": f"{url}#digests",
            "type": "IssuanceDigests",
            "publicKeyMultibase": public_key_multibase,
            "signedBefore": format_timestamp(before),
            "prefixBits": prefix_bits,
            "prefix": prefix,
            "digests": pack(digests),
        },
    }
    # Read as a verifier reads it, before anything is signed.
    parse_digests(
        document,
        public_key_multibase=public_key_multibase,
        before=before,
        prefix_bits=prefix_bits,
        prefix=prefix,
    )
    return document


def secure_digest_part(document: JsonObject, signer: Signer, created: datetime) -> bytes:
    """The signed part as the exact bytes to publish."""
    secured = data_integrity.add_proof(
        document, cryptosuite=TRUST_LIST_CRYPTOSUITE, signer=signer, created=created
    )
    return jcs.canonicalize(secured)
