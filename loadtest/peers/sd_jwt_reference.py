"""The library sd-jwt, and the rest of an SD-JWT VC by hand; the list is decoded once, verified by nobody."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jwcrypto.common import JWException  # type: ignore[import-untyped]
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from vc.status.token_documents import read_list_jwt


def prepare(given: Mapping[str, Any], _options: Mapping[str, Any]) -> Callable[[str], bool]:
    """What verifies one credential of the set."""
    keys = {name: JWK(**jwk) for name, jwk in given["keys"].items()}
    _, status_list = read_list_jwt(given["documents"][given["statusList"]])
    now = datetime.fromisoformat(given["moment"]).timestamp()

    def key_of(_issuer: str, header: Mapping[str, Any]) -> JWK:
        return keys[header["kid"]]

    def verify(text: str) -> bool:
        try:
            claims = SDJWTVerifier(text, key_of).get_verified_payload()
        except (JWException, ValueError):
            return False
        entry = claims["status"]["status_list"]
        return (
            claims["iss"] == given["issuer"]
            and str(claims["vct"]).endswith("/RPLCertificate")
            and claims["nbf"] <= now <= claims["exp"]
            and "nameLatin" in claims
            and entry["uri"] == given["statusList"]
            and status_list.value_at(entry["idx"]) == 0
        )

    return verify
