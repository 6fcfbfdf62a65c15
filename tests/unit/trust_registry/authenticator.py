"""A passkey in software, as a phone would hold one (WebAuthn sections 6.3.2 and 6.3.3)."""

import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from vc.encoding import base64url

_PRESENT, _ATTESTED = 0x01, 0x40


class Authenticator:
    """Makes one credential and answers challenges with it, for whatever ``origin`` it believes to see."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.credential_id = b"credential-of-a-test"
        self.count = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> str:
        client_data = self._client_data("webauthn.create", options["challenge"])
        numbers = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(options["rp"]["id"], _PRESENT | _ATTESTED) + attested + cbor2.dumps(cose)
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(client_data, attestationObject=base64url.encode(statement))

    def get(self, options: dict[str, Any]) -> str:
        self.count += 1
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"], _PRESENT)
        signed = data + hashlib.sha256(client_data).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            client_data,
            authenticatorData=base64url.encode(data),
            signature=base64url.encode(signature),
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, client_data: bytes, **response: str) -> str:
        name = base64url.encode(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": {"clientDataJSON": base64url.encode(client_data), **response},
            }
        )
