"""SD-JWT VC: a credential whose claims are those of an SD-JWT (draft-ietf-oauth-sd-jwt-vc).

The form only. Whether the issuer's signature holds is for ``verify_jws``, with a key that the caller found.
"""

from collections.abc import Mapping

import msgspec

from vc.crypto.keys import PublicKey
from vc.did.public_jwk import is_for_signatures, require_public
from vc.encoding.strict_json import DEFAULT_LIMITS, JsonObject, JsonValue, Limits
from vc.encoding.timestamps import format_exact_timestamp
from vc.errors import MalformedValue
from vc.jose.claims import parse_times
from vc.jose.jws import UnverifiedJws
from vc.model.credential import is_url
from vc.model.credential_types import credential_types
from vc.sd_jwt.key_binding import UnverifiedKeyBinding, parse_key_binding
from vc.sd_jwt.sd_jwt import split_sd_jwt

JWT_TYPE = "dc+sd-jwt"
MEDIA_TYPE = f"application/{JWT_TYPE}"

_TYPES = "https://skills-passport.example/types/"
# Section 3.2.2.2: a holder who could withhold one of these could hide what the credential hangs on.
NEVER_CONCEALED = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
_REGISTERED = NEVER_CONCEALED | {"iat", "sub", "aud", "jti"}


class UnverifiedSdJwtVc(msgspec.Struct, frozen=True, kw_only=True):
    """An SD-JWT VC nobody has verified: ``claims`` as disclosed, ``issuer`` as it claims.

    ``holder_key`` is that of ``cnf``, None where the credential is bound to nobody. ``bound`` is what
    ``key_binding`` is over; ``withholds`` as in ``UnverifiedSdJwt``.
    """

    jws: UnverifiedJws
    claims: JsonObject
    issuer: str
    holder_key: PublicKey | None
    key_binding: UnverifiedKeyBinding | None
    bound: str
    withholds: bool

    @property
    def key_id(self) -> str | None:
        """The header's ``kid``; ``require_verification_method`` makes a URL of it."""
        return self.jws.key_id


def vct_of(type_name: str) -> str:
    """The ``vct`` of one of our credential types."""
    return _TYPES + type_name


def parse_sd_jwt_vc(text: str, limits: Limits = DEFAULT_LIMITS) -> UnverifiedSdJwtVc:
    """Read an SD-JWT VC, with a key binding or without.

    Raises MalformedValue and ParseError as ``parse_sd_jwt`` and ``parse_key_binding`` do, and
    MalformedValue for another ``typ``; for a claim that must not be concealed and is; for a ``vct`` or
    ``iss`` that is missing; for a ``cnf`` without a public key that may verify; and for a ``nbf`` or ``exp``
    that is no time.
    """
    parts = split_sd_jwt(text, limits)
    sd_jwt = parts.sd_jwt(limits)
    if sd_jwt.jws.header.get("typ") != JWT_TYPE:
        raise MalformedValue("The token is not of the type that is expected here.", pointer="/typ")
    signed, claims = sd_jwt.signed, sd_jwt.payload
    concealed = next(
        (name for name in sorted(NEVER_CONCEALED) if name in claims and name not in signed), None
    )
    if concealed is not None:
        raise MalformedValue("A claim that must always be seen was concealed.", pointer=f"/{concealed}")
    _require_text(claims, "vct")
    parse_times(claims)
    return UnverifiedSdJwtVc(
        jws=sd_jwt.jws,
        claims=claims,
        issuer=_require_url(claims, "iss"),
        holder_key=_holder_key(claims),
        key_binding=None if parts.key_binding is None else parse_key_binding(parts.key_binding),
        bound=parts.bound,
        withholds=sd_jwt.withholds,
    )


def document_of(claims: Mapping[str, JsonValue]) -> JsonObject:
    """The claims of a *verified* SD-JWT VC as a credential, so that one set of rules judges all kinds.

    ``validFrom`` is ``nbf``, else ``iat``; ``validUntil`` is ``exp``; the subject has every other claim.
    A ``vct`` that is none of ours is the type itself, which nobody is accredited for.
    """
    times = parse_times(claims)
    vct = str(claims["vct"])
    name = vct.removeprefix(_TYPES)
    types = credential_types().get(name) if vct.startswith(_TYPES) else None
    subject: JsonObject = {name: value for name, value in claims.items() if name not in _REGISTERED}
    if isinstance(claims.get("sub"), str):
        subject["id"] = claims["sub"]
    document: JsonObject = {
        "type": [*types.types] if types is not None else [vct],
        "issuer": claims["iss"],
        "credentialSubject": subject,
    }
    starts = times.not_before or times.issued_at
    if starts is not None:
        document["validFrom"] = format_exact_timestamp(starts)
    if times.expires is not None:
        document["validUntil"] = format_exact_timestamp(times.expires)
    return document


def _require_text(claims: Mapping[str, JsonValue], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedValue("A claim is missing or no text.", pointer=f"/{name}")
    return value


def _require_url(claims: Mapping[str, JsonValue], name: str) -> str:
    value = _require_text(claims, name)
    if not is_url(value):
        raise MalformedValue("The issuer must be named by a URL.", pointer=f"/{name}")
    return value


def _holder_key(claims: Mapping[str, JsonValue]) -> PublicKey | None:
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        raise MalformedValue("The holder's key must be given as a JWK.", pointer="/cnf/jwk")
    require_public(jwk)
    key = PublicKey.from_jwk(jwk)
    if not is_for_signatures(jwk, key):
        raise MalformedValue("The holder's key may not be used for signatures.", pointer="/cnf/jwk")
    return key
