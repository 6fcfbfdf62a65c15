"""Messages made part by part, for the tests of COSE."""

from typing import Any

import cbor2

from tests.unit.vc.jose.samples import SIGNER, SIGNERS
from vc.cose.sign1 import ALG, KID, TYP, sign_sign1
from vc.crypto.keys import Signer

HEADER: dict[int | str, Any] = {KID: b"did:example:a#1", TYP: "application/vc+cose"}
PAYLOAD = b'{"a":1}'
MESSAGE = sign_sign1(HEADER, PAYLOAD, SIGNER)
ES256 = -7
KINDS = list(SIGNERS)
PROTECTED = cbor2.dumps({ALG: ES256})
MAP = cbor2.dumps({})
PROTECTED_ITEM, PAYLOAD_ITEM = cbor2.dumps(PROTECTED), cbor2.dumps(PAYLOAD)
SIGNATURE_ITEM = cbor2.dumps(b"\x01" * 64)


def forge(
    protected: Any = PROTECTED, unprotected: Any = None, payload: Any = PAYLOAD, signer: Signer = SIGNER
) -> bytes:
    """A message with exactly these parts, signed; ``protected`` is bytes, or a map to encode."""
    raw = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    signature = signer.sign(cbor2.dumps(["Signature1", raw, b"", payload]))
    return b"\xd2" + cbor2.dumps([raw, {} if unprotected is None else unprotected, payload, signature])


def assemble(
    protected: bytes, unprotected: bytes, payload: bytes, signature: bytes, head: str = "d284"
) -> bytes:
    """A message of parts that are encoded already."""
    return bytes.fromhex(head) + protected + unprotected + payload + signature
