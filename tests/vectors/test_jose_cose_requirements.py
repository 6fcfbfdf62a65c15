"""VC-JOSE-COSE 1.0, sections 1 and 3: each MUST and MUST NOT that concerns an issuer or a verifier.

Where we differ, the name has ``deviation`` in it and the check says why. Sections 4 and 5 are in
``test_jose_cose_key_requirements.py``.
"""

import json
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from passport.commands.jose import Feature
from passport.conformance import command_line
from tests.unit.vc.cose.messages import forge as forge_cose
from tests.unit.vc.jose.samples import (
    CREDENTIAL,
    CREDENTIAL_TOKEN,
    NOW,
    PRESENTATION,
    SIGNER,
    STRANGER,
    VC_HEADER,
    VP_HEADER,
    forge,
)
from tests.vectors.jose_cose import (
    KEY,
    NAME,
    VC_SD_HEADER,
    VP_SD_HEADER,
    cose,
    new_salts,
    read_everyhow,
    refused,
    signed_everyhow,
    written,
)
from tests.vectors.requirements import Requirements
from vc.cose.secured import (
    parse_credential_cose,
    parse_presentation_cose,
    sign_credential_cose,
    sign_presentation_cose,
)
from vc.cose.sign1 import ALG, CONTENT_TYPE, CWT_CLAIMS, TYP, verify_sign1
from vc.encoding import base64url
from vc.jose.envelope import envelop, envelop_credential, envelop_presentation, open_envelope
from vc.jose.jws import parse_jws, verify_jws
from vc.jose.media_types import MediaType
from vc.jose.secured import (
    parse_credential_jwt,
    parse_presentation_jwt,
    sign_credential_jwt,
    sign_presentation_jwt,
)
from vc.sd_jwt.sd_jwt import parse_sd_jwt
from vc.sd_jwt.secured import (
    parse_credential_sd_jwt,
    parse_presentation_sd_jwt,
    sign_credential_sd_jwt,
    sign_presentation_sd_jwt,
)

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must


@must("1.1.2.1-alg-none-means-no-integrity-protection")
def _() -> None:
    for payload in (CREDENTIAL, PRESENTATION):
        unsecured = f"{base64url.encode(b'{}')}.{base64url.encode(written(payload))}."
        refused(parse_jws, unsecured)
        for algorithm in ("none", "NONE", "None"):
            refused(parse_jws, forge({**VC_HEADER, "alg": algorithm}, payload))


@must("1.1.2.1-claims-sets-without-integrity-protection-are-ignored")
def _() -> None:
    key_file = json.dumps({"publicKeyJwk": KEY.jwk}).encode()
    for raw in (written(CREDENTIAL), CREDENTIAL_TOKEN.rpartition(".")[0].encode() + b"."):
        refused(command_line.verify, raw, key_file, Feature.CREDENTIAL_JOSE)


@must("1.1.2.1-no-claims-vc-and-vp", each=["vc", "vp"])
def _(name: str) -> None:
    for document in (CREDENTIAL, PRESENTATION):
        for act in (*signed_everyhow({**document, name: {}}), *read_everyhow({**document, name: {}})):
            refused(act)


@must("1.1.2.2-ends-with-a-tilde-without-key-binding")
def _() -> None:
    for paths in ([], [NAME]):
        token = sign_credential_sd_jwt(CREDENTIAL, SIGNER, issued_at=NOW, paths=paths, new_salt=new_salts())
        assert token.endswith("~")
        refused(parse_credential_sd_jwt, token[:-1])


@must("3-media-types-of-this-specification-are-used")
def _() -> None:
    assert parse_jws(CREDENTIAL_TOKEN).header["typ"] == "vc+jwt"
    assert {media_type.value for media_type in MediaType} == {
        f"application/{kind}+{form}" for kind in ("vc", "vp") for form in ("jwt", "sd-jwt", "cose")
    }


@must("3.1.1-issuer-secures-with-jws")
def _() -> None:
    jws = parse_jws(sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=NOW))
    assert verify_jws(jws, KEY)
    assert {name: jws.header[name] for name in ("typ", "cty")} == {"typ": "vc+jwt", "cty": "vc"}
    assert json.loads(jws.payload).items() >= CREDENTIAL.items()


@must("3.1.1-verifier-verifies-with-jws")
def _() -> None:
    read = parse_credential_jwt(forge(VC_HEADER, CREDENTIAL))
    assert verify_jws(read.jws, KEY)
    assert not verify_jws(read.jws, STRANGER.public_key)
    assert read.document == CREDENTIAL


@must("3.1.2-issuer-secures-with-jws")
def _() -> None:
    jws = parse_jws(sign_presentation_jwt(PRESENTATION, SIGNER, issued_at=NOW))
    assert verify_jws(jws, KEY)
    assert {name: jws.header[name] for name in ("typ", "cty")} == {"typ": "vp+jwt", "cty": "vp"}
    assert json.loads(jws.payload).items() >= PRESENTATION.items()


@must("3.1.2-verifier-verifies-with-jws")
def _() -> None:
    read = parse_presentation_jwt(forge(VP_HEADER, PRESENTATION))
    assert verify_jws(read.jws, KEY)
    assert not verify_jws(read.jws, STRANGER.public_key)
    assert read.document == PRESENTATION


def _not_presented(*items: Any) -> None:
    for item in items:
        document = {**PRESENTATION, "verifiableCredential": [item]}
        for act in (*signed_everyhow(document), *read_everyhow(document)):
            refused(act)


def _presented(*items: Any) -> None:
    document = {**PRESENTATION, "verifiableCredential": list(items)}
    for act in signed_everyhow(document):
        act()
    assert [act().document for act in read_everyhow(document)] == [document] * 3


@must("3.1.2-credentials-use-the-enveloped-type")
@must("3.2.2-credentials-use-the-enveloped-type")
@must("3.3.2-credentials-use-the-enveloped-type")
def _() -> None:
    envelope = envelop_credential(CREDENTIAL_TOKEN)
    _presented(envelope, envelope)
    _not_presented({**envelope, "type": "VerifiableCredential"}, {**envelope, "id": "not-a-credential"})


@must("3.1.2-presentations-use-the-enveloped-type")
@must("3.2.2-presentations-use-the-enveloped-type")
@must("3.3.2-presentations-use-the-enveloped-type")
def _() -> None:
    inner = envelop_presentation(sign_presentation_jwt(PRESENTATION, SIGNER, issued_at=NOW))
    _presented(inner)
    _not_presented(PRESENTATION, {**inner, "type": "EnvelopedVerifiableCredential"})


@must("3.1.2-credentials-are-secured")
@must("3.2.2-credentials-are-secured")
@must("3.3.2-credentials-are-secured")
def _() -> None:
    _not_presented(CREDENTIAL, CREDENTIAL_TOKEN, "https://issuer.example/credential", None)


@must("3.1.2-compact-serialization")
def _() -> None:
    assert sign_credential_jwt(CREDENTIAL, SIGNER, issued_at=NOW).count(".") == 2
    assert verify_jws(parse_jws(CREDENTIAL_TOKEN), KEY)


@must("3.1.3-claims-vc-and-vp-are-not-present")
def _() -> None:
    for act in signed_everyhow(CREDENTIAL)[:2]:
        payload = json.loads(base64url.decode(act().split(".")[1], max_bytes=9_999))
        assert not {"vc", "vp"} & payload.keys()


@must("3.1.3-members-not-understood-are-ignored")
def _() -> None:
    header, document = {**VC_HEADER, "new": 1}, {**CREDENTIAL, "newClaim": {"a": 1}}
    assert verify_jws(parse_credential_jwt(forge(header, document)).jws, KEY)
    assert verify_jws(parse_credential_sd_jwt(forge({**header, "typ": "vc+sd-jwt"}, document) + "~").jws, KEY)


@must("3.1.3-deviation-keys-in-the-header-are-refused", each=["jwk", "jku", "x5c", "x5u"])
def _(name: str) -> None:
    # Permitted by RFC 7515. A token that vouches for itself is refused: the key comes from the caller.
    refused(parse_credential_jwt, forge({**VC_HEADER, name: KEY.jwk}, CREDENTIAL))


@must("3.1.1-deviation-a-type-is-demanded")
def _() -> None:
    # Only recommended there. Without a type a token for another purpose could pass for a credential.
    header = {name: value for name, value in VC_HEADER.items() if name != "typ"}
    refused(parse_credential_jwt, forge(header, CREDENTIAL))
    refused(parse_credential_sd_jwt, forge(header, CREDENTIAL) + "~")
    refused(parse_credential_cose, forge_cose({ALG: -7}, payload=written(CREDENTIAL)))


@must("3.2.1-issuer-secures-with-sd-jwt")
def _() -> None:
    token = sign_credential_sd_jwt(CREDENTIAL, SIGNER, issued_at=NOW, paths=[NAME], new_salt=new_salts())
    read = parse_sd_jwt(token)
    assert verify_jws(read.jws, KEY)
    assert read.jws.header.items() >= {"typ": "vc+sd-jwt", "cty": "vc"}.items()
    assert b"name" not in read.jws.payload
    assert read.payload.items() >= CREDENTIAL.items()


@must("3.2.1-verifier-verifies-with-sd-jwt")
def _() -> None:
    read = parse_credential_sd_jwt(forge(VC_SD_HEADER, CREDENTIAL) + "~")
    assert verify_jws(read.jws, KEY)
    assert not verify_jws(read.jws, STRANGER.public_key)


@must("3.2.2-issuer-secures-with-sd-jwt")
def _() -> None:
    token = sign_presentation_sd_jwt(
        PRESENTATION, SIGNER, issued_at=NOW, paths=[("verifiableCredential", 0)], new_salt=new_salts()
    )
    read = parse_sd_jwt(token)
    assert verify_jws(read.jws, KEY)
    assert read.jws.header.items() >= {"typ": "vp+sd-jwt", "cty": "vp"}.items()
    assert read.payload.items() >= PRESENTATION.items()


@must("3.2.2-verifier-verifies-with-sd-jwt")
def _() -> None:
    read = parse_presentation_sd_jwt(forge(VP_SD_HEADER, PRESENTATION) + "~")
    assert verify_jws(read.jws, KEY)
    assert not verify_jws(read.jws, STRANGER.public_key)


@must("3.2.2-compact-serialization")
def _() -> None:
    token = sign_credential_sd_jwt(CREDENTIAL, SIGNER, issued_at=NOW, paths=[NAME], new_salt=new_salts())
    assert [part.count(".") for part in token.split("~")] == [2, 0, 0]
    assert parse_credential_sd_jwt(token).document == CREDENTIAL


@must("3.3.1-issuer-secures-with-cose-sign1")
def _() -> None:
    raw = sign_credential_cose(CREDENTIAL, SIGNER)
    message: Any = cbor2.loads(raw)
    assert (message.tag, len(message.value), json.loads(message.value[2])) == (18, 4, CREDENTIAL)
    protected = cbor2.loads(message.value[0])
    assert (protected[TYP], protected[CONTENT_TYPE]) == ("application/vc+cose", "application/vc")


@must("3.3.1-verifier-verifies-with-cose-sign1")
def _() -> None:
    read = parse_credential_cose(cose(CREDENTIAL, "vc"))
    assert verify_sign1(read.message, KEY)
    assert not verify_sign1(read.message, STRANGER.public_key)
    assert read.document == CREDENTIAL


@must("3.3.1-enveloped-in-base64")
def _() -> None:
    raw = sign_credential_cose(CREDENTIAL, SIGNER)
    envelope = envelop(MediaType.VC_COSE, raw)
    assert str(envelope["id"]).startswith("data:application/vc+cose;base64,")
    assert open_envelope(envelope).content == raw
    plain = str(envelope["id"]).replace(";base64", "")
    refused(open_envelope, {**envelope, "id": plain})
    _not_presented({**envelope, "id": plain})
    _presented(envelope)


@must("3.3.2-issuer-secures-with-cose-sign1")
def _() -> None:
    message: Any = cbor2.loads(sign_presentation_cose(PRESENTATION, SIGNER))
    assert (message.tag, len(message.value), json.loads(message.value[2])) == (18, 4, PRESENTATION)
    protected = cbor2.loads(message.value[0])
    assert (protected[TYP], protected[CONTENT_TYPE]) == ("application/vp+cose", "application/vp")


@must("3.3.2-verifier-verifies-with-cose-sign1")
def _() -> None:
    read = parse_presentation_cose(cose(PRESENTATION, "vp"))
    assert verify_sign1(read.message, KEY)
    assert not verify_sign1(read.message, STRANGER.public_key)


@must("3.3.3-members-not-understood-are-ignored")
def _() -> None:
    header: dict[Any, Any] = {ALG: -7, TYP: "application/vc+cose", "new": 1, CWT_CLAIMS: {99: "new"}}
    read = parse_credential_cose(forge_cose(header, payload=written(CREDENTIAL)))
    assert verify_sign1(read.message, KEY)
    assert read.claims == {}


@must("3.3.3-deviation-all-of-the-header-is-protected")
def _() -> None:
    # RFC 9052 permits members that nothing secures. They could say nothing to be relied upon, and the
    # specification's own examples have none.
    header: dict[Any, Any] = {ALG: -7, TYP: "application/vc+cose"}
    refused(parse_credential_cose, forge_cose(header, {77: "new"}, written(CREDENTIAL)))


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_each_requirement_is_here_once() -> None:
    ids = [parameter.id for parameter in REQUIREMENTS.parameters]
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names)) == 35
    assert len(ids) == len(set(ids)) == 39
