"""Verifies our credentials with openvc-core (Python)."""

# The listing begins.
from collections.abc import Callable, Mapping
from typing import Any

from openvc import verify_credential
from openvc.did.base import DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.resolvers import default_status_list_resolver
from openvc.status import CredentialRevoked
from openvc.verify import VerificationPolicy


def verify(
    credential: Mapping[str, Any],
    *,
    issuers: frozenset[str],
    status_registry: str,
    contexts: Mapping[str, Mapping[str, Any]],
    fetch_json: Callable[[str], dict[str, Any]],
    fetch_text: Callable[[str], str],
) -> tuple[str, str]:
    """Return a verdict ("accepted", "revoked" or "refused") and its reason.

    ``contexts``: Open Badges 3.0.3 and ours by URL. Over the network, ``fetch_json`` is
    ``openvc.fetch.https_json_fetch`` and ``fetch_text`` is ``openvc.fetch.https_text_fetch``.
    """
    resolver = DidResolverRegistry([DidWebResolver(fetch_json)])
    # The status lists are pooled: one registry signs them for every issuer.
    policy = VerificationPolicy(
        require_status_issuer_binding=True, status_issuer_allowlist=frozenset({status_registry})
    )
    try:
        result = verify_credential(
            dict(credential),
            policy=policy,
            resolver=resolver,
            resolve_status_list=default_status_list_resolver(
                resolver=resolver, extra_contexts=contexts, fetch=fetch_text
            ),
            extra_contexts=contexts,
        )
    except CredentialRevoked as error:
        return "revoked", str(error)
    except OpenvcError as error:
        return "refused", str(error)
    if result.issuer not in issuers:
        return "refused", "the issuer is not one to rely on"
    return "accepted", ""


# The listing ends.
