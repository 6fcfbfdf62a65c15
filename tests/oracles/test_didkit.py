"""didkit reads and writes did:key and Ed25519 keys as we do.

didkit 0.3.3 knows neither VCDM 2.0 nor the cryptosuites of 2022, so keys are what it can judge here.
It is optional: there is none for Python 3.13 and later.
"""

import base64
import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.did import did_key

RUNNER = Path(__file__).parent / "didkit_runner.py"
KEYS = tuple(InMemorySigner(hashlib.sha256(bytes([n])).digest(), "unnamed").public_key for n in range(8))

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 13) or importlib.util.find_spec("didkit") is None,
    reason="didkit is missing: it is published for Python 3.12 and earlier",
)


def ask(request: dict[str, list[str]]) -> dict[str, list[Any]]:
    """What didkit answers, from a process of its own."""
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def jwk_of(key: PublicKey) -> str:
    """A public key as a JSON Web Key, as RFC 8037 section 2 writes it."""
    x = base64.urlsafe_b64encode(key.raw).rstrip(b"=").decode()
    return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x})


def test_did_keys_are_resolved_to_the_same_key_and_the_same_identifiers() -> None:
    answer = ask({"dids": [did_key.did_for(key) for key in KEYS], "jwks": []})
    for key, text in zip(KEYS, answer["documents"], strict=True):
        theirs = json.loads(text)
        (method,) = theirs["verificationMethod"]
        ours = did_key.resolve(theirs["id"])
        assert theirs["id"] == did_key.did_for(key) == method["controller"]
        assert method["id"] == did_key.verification_method_for(key)
        assert PublicKey.from_jwk(method["publicKeyJwk"]) == key
        for purpose in ("assertionMethod", "authentication"):
            assert set(theirs[purpose]) == ours.relationships[purpose]


def test_keys_are_given_the_same_did() -> None:
    answer = ask({"dids": [], "jwks": [jwk_of(key) for key in KEYS]})
    assert answer["dids"] == [did_key.did_for(key) for key in KEYS]


def test_another_key_has_another_did() -> None:
    (theirs,) = ask({"dids": [], "jwks": [jwk_of(KEYS[0])]})["dids"]
    flipped = bytes([KEYS[0].raw[0] ^ 1, *KEYS[0].raw[1:]])
    assert theirs != did_key.did_for(PublicKey(key_type=KeyType.ED25519, raw=flipped))
