"""Each way of securing and reading one document, for the requirements of VC-JOSE-COSE and RFC 9901."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.unit.vc.cose.messages import forge as forge_cose
from tests.unit.vc.jose.samples import NOW, SIGNER, VC_HEADER, VP_HEADER, forge
from vc.cose.secured import (
    parse_credential_cose,
    parse_presentation_cose,
    sign_credential_cose,
    sign_presentation_cose,
)
from vc.cose.sign1 import ALG, CONTENT_TYPE, CWT_CLAIMS, TYP
from vc.errors import ProtocolError
from vc.jose.secured import (
    parse_credential_jwt,
    parse_presentation_jwt,
    sign_credential_jwt,
    sign_presentation_jwt,
)
from vc.sd_jwt.disclosures import Path
from vc.sd_jwt.secured import (
    parse_credential_sd_jwt,
    parse_presentation_sd_jwt,
    sign_credential_sd_jwt,
    sign_presentation_sd_jwt,
)

Json = dict[str, Any]
KEY = SIGNER.public_key
VC_SD_HEADER, VP_SD_HEADER = {**VC_HEADER, "typ": "vc+sd-jwt"}, {**VP_HEADER, "typ": "vp+sd-jwt"}
NAME: Path = ("credentialSubject", "name")


def new_salts() -> Callable[[], str]:
    numbers = count()
    return lambda: f"salt-{next(numbers):020}"


def cose(document: Json, kind: str, **claims: Any) -> bytes:
    header: dict[Any, Any] = {ALG: -7, CONTENT_TYPE: f"application/{kind}", TYP: f"application/{kind}+cose"}
    return forge_cose(
        header | ({CWT_CLAIMS: {1: claims["iss"]}} if claims else {}), payload=written(document)
    )


def written(document: Json) -> bytes:
    return json.dumps(document).encode()


def refused(act: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    with pytest.raises(ProtocolError):
        act(*arguments, **options)


def signed_everyhow(document: Json) -> tuple[Callable[[], Any], ...]:
    """Each way of securing this credential or presentation here, to be called."""
    sd: Json = {"issued_at": NOW, "paths": [], "new_salt": new_salts()}
    if "VerifiablePresentation" in document["type"]:
        return (
            lambda: sign_presentation_jwt(document, SIGNER, issued_at=NOW),
            lambda: sign_presentation_sd_jwt(document, SIGNER, **sd),
            lambda: sign_presentation_cose(document, SIGNER),
        )
    return (
        lambda: sign_credential_jwt(document, SIGNER, issued_at=NOW),
        lambda: sign_credential_sd_jwt(document, SIGNER, **sd),
        lambda: sign_credential_cose(document, SIGNER),
    )


def read_everyhow(document: Json) -> tuple[Callable[[], Any], ...]:
    """Each way of reading this credential or presentation when somebody else secured it."""
    if "VerifiablePresentation" in document["type"]:
        return (
            lambda: parse_presentation_jwt(forge(VP_HEADER, document)),
            lambda: parse_presentation_sd_jwt(forge(VP_SD_HEADER, document) + "~"),
            lambda: parse_presentation_cose(cose(document, "vp")),
        )
    return (
        lambda: parse_credential_jwt(forge(VC_HEADER, document)),
        lambda: parse_credential_sd_jwt(forge(VC_SD_HEADER, document) + "~"),
        lambda: parse_credential_cose(cose(document, "vc")),
    )
