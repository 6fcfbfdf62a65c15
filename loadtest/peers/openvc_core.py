"""openvc-core, its own pipeline from text to result; the lists are verified once and inflated each time."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from openvc import verify_credential
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.resolvers import default_status_list_resolver
from openvc.status import verify_status_list_token
from openvc.verify import VerificationPolicy


def prepare(given: Mapping[str, Any], _options: Mapping[str, Any]) -> Callable[[str], bool]:
    """What verifies one credential of the set."""
    registry, contexts = given["statusRegistry"], given["contexts"]
    documents = cache(lambda url: json.loads(given["documents"][url]))
    resolver = DidResolverRegistry([DidWebResolver(documents)])
    policy = VerificationPolicy(
        now=datetime.fromisoformat(given["moment"]),
        require_status_issuer_binding=not given["format"].startswith("SD-JWT"),
        status_issuer_allowlist=frozenset({registry}),
    )
    read_list = cache(
        default_status_list_resolver(
            resolver=resolver, extra_contexts=contexts, fetch=given["documents"].__getitem__
        )
    )
    read_token = cache(lambda uri: _verified_token(given, uri))

    def verify(text: str) -> bool:
        credential = json.loads(text) if text.startswith("{") else text
        try:
            result = verify_credential(
                credential,
                policy=policy,
                resolver=resolver,
                resolve_status_list=read_list,
                resolve_status_list_token=read_token,
                extra_contexts=contexts,
            )
        except OpenvcError:
            return False
        return bool(result.issuer == given["issuer"])

    return verify


def _verified_token(given: Mapping[str, Any], uri: str) -> Any:
    key = next(jwk for name, jwk in given["keys"].items() if name.startswith(given["statusRegistry"]))
    return verify_status_list_token(given["documents"][uri], public_key_jwk=key, expected_uri=uri)
