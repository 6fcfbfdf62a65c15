"""didkit over credentials of its own: it knows VC 1.1 and its bundled contexts only."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import didkit

_COUNT = 50


def prepare(given: dict[str, Any], _options: Mapping[str, Any]) -> Callable[[str], bool]:
    """What verifies one credential; those of the set are exchanged for ``Ed25519Signature2020`` ones."""
    loop = asyncio.new_event_loop()
    credentials = loop.run_until_complete(_issue(_COUNT))
    altered = json.loads(credentials[0])
    altered["issuanceDate"] = "2024-01-02T00:00:00Z"
    given["credentials"], given["tampered"] = credentials, [json.dumps(altered)]

    def verify(text: str) -> bool:
        return loop.run_until_complete(_is_valid(text))

    return verify


async def _is_valid(text: str) -> bool:
    result = await didkit.verify_credential(text, '{"proofPurpose":"assertionMethod"}')
    return not json.loads(result)["errors"]


async def _issue(count: int) -> list[str]:
    key = didkit.generate_ed25519_key()
    issuer = didkit.key_to_did("key", key)
    method = await didkit.key_to_verification_method("key", key)
    options = {"verificationMethod": method, "type": "Ed25519Signature2020"}
    return [
        await didkit.issue_credential(json.dumps(_document(issuer, number)), json.dumps(options), key)
        for number in range(count)
    ]


def _document(issuer: str, number: int) -> dict[str, Any]:
    return {
        "@context": [
            "https://www.w3.org/2018/credentials/v1",
            "https://w3id.org/security/suites/ed25519-2020/v1",
        ],
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "issuanceDate": "2024-01-01T00:00:00Z",
        "credentialSubject": {"id": f"urn:uuid:11111111-0000-4000-8000-{number:012d}"},
    }
