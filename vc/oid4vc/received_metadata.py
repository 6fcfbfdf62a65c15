"""What an issuer and its Authorization Server say of themselves, as a wallet reads it.

OpenID4VCI 1.0 section 12.2, RFC 8414 section 3. A document counts only for the identifier that it was
asked for: each says whose it is, and that must be the same text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from vc.encoding.strict_json import JsonObject, JsonValue, Limits
from vc.errors import MalformedValue
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.issuer_metadata import MAX_BATCH
from vc.oid4vc.wallet_reading import (
    names_in,
    require_object,
    require_url,
    text_or_none,
    texts_in,
    url_or_none,
)

ISSUER_PATH: Final = "/.well-known/openid-credential-issuer"
SERVER_PATH: Final = "/.well-known/oauth-authorization-server"
METADATA_LIMITS: Final = Limits(max_bytes=600_000, max_depth=30, max_members=30_000)
_OUR_ALGORITHM: Final = "ES256"
_METHODS: Final = ("jwk", "did:jwk", "did:key")
_MAX_SERVERS: Final = 20
_SUPPORTED: Final = "credential_configurations_supported"


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedConfiguration:
    """One kind of credential. ``names`` are by language; ``binding`` is how the holder's key is named."""

    id: str
    format: CredentialFormat
    names: Mapping[str, str]
    scope: str | None
    binding: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuerMetadata:
    """The metadata of an issuer. Configurations that this wallet cannot take are not in it."""

    issuer: str
    names: Mapping[str, str]
    credential_endpoint: str
    nonce_endpoint: str | None
    deferred_endpoint: str | None
    notification_endpoint: str | None
    batch_size: int
    authorization_servers: tuple[str, ...]
    configurations: Mapping[str, OfferedConfiguration]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerMetadata:
    """The metadata of an Authorization Server. ``has_dpop`` is whether it takes proofs of our kind of key."""

    issuer: str
    token_endpoint: str
    authorization_endpoint: str | None
    pushed_endpoint: str | None
    names_itself: bool
    has_dpop: bool


def well_known_url(identifier: str, path: str) -> str:
    """Where the metadata of ``identifier`` is: ``path`` between its host and its own path."""
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}{path}{parts.path.rstrip('/')}"


def parse_issuer_metadata(value: JsonValue, *, issuer: str) -> IssuerMetadata:
    """Read the metadata of ``issuer``.

    Raises MalformedValue for those of another, and where credentials are given in encrypted form only.
    """
    metadata = require_object(value, "")
    if metadata.get("credential_issuer") != issuer:
        raise MalformedValue("What was found there is about another issuer.", pointer="/credential_issuer")
    for name in ("credential_response_encryption", "credential_request_encryption"):
        wanted = metadata.get(name)
        if isinstance(wanted, dict) and wanted.get("encryption_required"):
            raise MalformedValue("The issuer wants an encryption that is not known here.", pointer=f"/{name}")
    supported = require_object(metadata.get(_SUPPORTED), f"/{_SUPPORTED}")
    found = (_configuration(name, one) for name, one in supported.items())
    return IssuerMetadata(
        issuer=issuer,
        names=names_in(metadata.get("display")),
        credential_endpoint=require_url(metadata.get("credential_endpoint"), "/credential_endpoint"),
        nonce_endpoint=url_or_none(metadata.get("nonce_endpoint"), "/nonce_endpoint"),
        deferred_endpoint=url_or_none(
            metadata.get("deferred_credential_endpoint"), "/deferred_credential_endpoint"
        ),
        notification_endpoint=url_or_none(metadata.get("notification_endpoint"), "/notification_endpoint"),
        batch_size=_batch_size(metadata.get("batch_credential_issuance")),
        authorization_servers=_servers(metadata, issuer),
        configurations={one.id: one for one in found if one is not None},
    )


def parse_server_metadata(value: JsonValue, *, issuer: str) -> ServerMetadata:
    """Read the metadata of the Authorization Server ``issuer``. Raises MalformedValue for another's."""
    metadata = require_object(value, "")
    if metadata.get("issuer") != issuer:
        raise MalformedValue("What was found there is about another server.", pointer="/issuer")
    return ServerMetadata(
        issuer=issuer,
        token_endpoint=require_url(metadata.get("token_endpoint"), "/token_endpoint"),
        authorization_endpoint=url_or_none(metadata.get("authorization_endpoint"), "/authorization_endpoint"),
        pushed_endpoint=url_or_none(
            metadata.get("pushed_authorization_request_endpoint"), "/pushed_authorization_request_endpoint"
        ),
        names_itself=metadata.get("authorization_response_iss_parameter_supported") is True,
        has_dpop=_OUR_ALGORITHM in texts_in(metadata.get("dpop_signing_alg_values_supported")),
    )


def server_of(metadata: IssuerMetadata, named: str | None) -> str:
    """The Authorization Server to ask, ``named`` being what the offer says of it (section 4.1.1).

    Raises MalformedValue where the offer names one that is none of the issuer's.
    """
    if named is None:
        return metadata.authorization_servers[0]
    if named not in metadata.authorization_servers:
        raise MalformedValue("The offer names a server that is none of this issuer's.", pointer="/grants")
    return named


def _servers(metadata: JsonObject, issuer: str) -> tuple[str, ...]:
    if "authorization_servers" not in metadata:
        return (issuer,)
    given = metadata["authorization_servers"]
    if not isinstance(given, list) or not 0 < len(given) <= _MAX_SERVERS:
        raise MalformedValue("The issuer names no server.", pointer="/authorization_servers")
    return tuple(require_url(one, "/authorization_servers") for one in given)


def _batch_size(given: JsonValue) -> int:
    size = given.get("batch_size") if isinstance(given, dict) else None
    return min(size, MAX_BATCH) if type(size) is int and size > 1 else 1


def _configuration(name: str, value: JsonValue) -> OfferedConfiguration | None:
    """None for what this wallet cannot take: another format, kind of key or of proof."""
    given = require_object(value, f"/{_SUPPORTED}")
    if given.get("format") not in list(CredentialFormat):
        return None
    methods = texts_in(given.get("cryptographic_binding_methods_supported"))
    known = [one for one in _METHODS if one in methods]
    proofs = given.get("proof_types_supported")
    jwt = proofs.get("jwt") if isinstance(proofs, dict) else None
    algorithms = texts_in(jwt.get("proof_signing_alg_values_supported")) if isinstance(jwt, dict) else ()
    if not known or not isinstance(jwt, dict) or _OUR_ALGORITHM not in algorithms:
        return None
    if "key_attestations_required" in jwt:
        return None
    form = CredentialFormat(str(given["format"]))
    if form is not CredentialFormat.SD_JWT_VC:
        # The subject of a W3C credential is named by a DID.
        known.sort(key=lambda one: one == "jwk")
    described = given.get("credential_metadata")
    display = described.get("display") if isinstance(described, dict) else given.get("display")
    return OfferedConfiguration(
        id=name,
        format=form,
        names=names_in(display),
        scope=text_or_none(given.get("scope"), "/scope"),
        binding=known[0],
    )
