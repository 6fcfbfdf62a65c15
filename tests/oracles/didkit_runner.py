"""didkit in a process of its own: it may crash the interpreter that loads it when that one ends.

Reads one JSON object from standard input (``{"dids": [...], "jwks": [...]}``) and writes one to standard
output: the DID document of each DID and the did:key of each public key. Ends without the
interpreter's usual clean-up, which is where the crashes are.
"""

import asyncio
import json
import os
import sys

import didkit


async def answer(request: dict[str, list[str]]) -> dict[str, list[str]]:
    """Resolve ``dids`` (JSON text of DID documents) and name ``jwks`` (JSON text of keys)."""
    return {
        "documents": [await didkit.resolve_did(did, "{}") for did in request["dids"]],
        "dids": [didkit.key_to_did("key", jwk) for jwk in request["jwks"]],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(answer(json.load(sys.stdin)))))
    sys.stdout.flush()
    os._exit(0)
