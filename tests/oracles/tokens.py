"""Making and checking compact JWS with other people's libraries, one key from outside each time."""

import warnings
from collections.abc import Mapping
from typing import Any

import jwt as pyjwt
from joserfc import jwk, jws
from joserfc.errors import JoseError
from openvc.errors import OpenvcError
from openvc.proof.vc_jwt import VcJwtProofSuite

from tests.oracles.node_oracle import NodeOracle, OracleRefusedError
from tests.oracles.securing import Kind, openvc_key

Header = Mapping[str, str]


def header_for(kind: Kind, **members: str) -> dict[str, str]:
    """The header of a credential's token of this kind of key."""
    key = kind.signer
    header = {"typ": "vc+jwt", "cty": "vc", "kid": key.verification_method, "alg": key.public_key.algorithm}
    return header | members


class JoseRfc:
    """The Python package joserfc."""

    def sign(self, payload: bytes, header: Header, kind: Kind) -> str:
        """Return the token."""
        with _without_deprecation():
            key = jwk.import_key(dict(kind.private_jwk))
            return jws.serialize_compact(dict(header), payload, key, [header["alg"]])

    def verify(self, token: str, kind: Kind) -> bytes | None:
        """Return the payload, or None where the token is refused."""
        key = kind.signer.public_key
        try:
            with _without_deprecation():
                return jws.deserialize_compact(token, jwk.import_key(dict(key.jwk)), [key.algorithm]).payload
        except JoseError:
            return None


class PyJwt:
    """The Python package PyJWT."""

    def sign(self, payload: bytes, header: Header, kind: Kind) -> str:
        """Return the token."""
        key = pyjwt.PyJWK(kind.private_jwk, header["alg"]).key
        return pyjwt.PyJWS().encode(payload, key, header["alg"], headers=dict(header))

    def verify(self, token: str, kind: Kind) -> bytes | None:
        """Return the payload, or None where the token is refused."""
        key = kind.signer.public_key
        loaded = pyjwt.PyJWK(key.jwk, key.algorithm).key
        try:
            payload: bytes = pyjwt.PyJWS().decode(token, loaded, algorithms=[key.algorithm])
        except pyjwt.InvalidTokenError:
            return None
        return payload


class Jose:
    """The npm package jose."""

    def __init__(self, node: NodeOracle) -> None:
        self._node = node

    def sign(self, payload: bytes, header: Header, kind: Kind) -> str:
        """Return the token."""
        answer = self._node.ask("signJwt", payload=payload.decode(), header=header, jwk=kind.private_jwk)
        return str(answer["token"])

    def verify(self, token: str, kind: Kind) -> bytes | None:
        """Return the payload, or None where the token is refused."""
        key = kind.signer.public_key
        try:
            answer = self._node.ask("verifyJwt", token=token, jwk=key.jwk, algorithms=[key.algorithm])
        except OracleRefusedError:
            return None
        return str(answer["payload"]).encode()


def sign_with_openvc(credential: Mapping[str, Any], kind: Kind) -> str:
    """The token that openvc makes of a credential."""
    return str(VcJwtProofSuite().sign(dict(credential), signing_key=openvc_key(kind)))


def read_with_openvc(token: str, kind: Kind) -> tuple[dict[str, Any] | None, str]:
    """The credential that openvc reads out of a token of its VC-JWT profile, or None and why not."""
    try:
        verified = VcJwtProofSuite().verify(token, public_key_jwk=dict(kind.signer.public_key.jwk))
    except OpenvcError as error:
        return None, f"{type(error).__name__}: {error}"
    return dict(verified.credential), ""


def _without_deprecation() -> Any:
    # RFC 9864 has a new name for EdDSA with Ed25519; VC-JOSE-COSE 1.0 is older.
    return warnings.catch_warnings(action="ignore")
