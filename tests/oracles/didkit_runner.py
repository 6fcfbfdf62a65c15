"""didkit in a process of its own: it may crash the interpreter that loads it when that one ends.

Reads one JSON array from standard input, questions of the form ``[operation, argument…]`` with every
argument a text, and writes one array of answers to standard output. An answer is a text, or
``{"error": …}`` with didkit's own words. Ends without the interpreter's usual clean-up, which is where
the crashes are.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import didkit

OPERATIONS: Mapping[str, Any] = {
    "resolve": didkit.resolve_did,
    "issue": didkit.issue_credential,
    "verify": didkit.verify_credential,
}


async def answer(operation: str, *arguments: str) -> str | dict[str, str]:
    """What didkit says to one question."""
    try:
        if operation == "name":
            return str(didkit.key_to_did("key", *arguments))
        return str(await OPERATIONS[operation](*arguments))
    except ValueError as error:
        return {"error": str(error)}


async def answer_all(questions: list[list[str]]) -> list[str | dict[str, str]]:
    """One answer for each question, in their order."""
    return [await answer(*question) for question in questions]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(answer_all(json.load(sys.stdin)))))
    sys.stdout.flush()
    os._exit(0)
