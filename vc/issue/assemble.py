"""From a credential dataset to the unsecured VCDM 2.0 document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue
from vc.model.credential_types import credential_types


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialDataset:
    """The claims before signing (OpenID4VCI's word).

    ``credential_type`` is our type (``RPLCertificate``…), ``name`` the English title Open Badges
    wants, ``subject`` the whole credential subject.
    """

    credential_type: str
    name: str
    subject: Mapping[str, JsonValue]
    valid_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuanceParameters:
    """What is fixed for one credential before anything is signed, and recorded in its intent."""

    credential_id: str
    issuer: str
    issuer_name: str
    verification_method: str
    cryptosuite: str
    created: datetime
    credential_status: JsonValue


def assemble(dataset: CredentialDataset, parameters: IssuanceParameters) -> dict[str, JsonValue]:
    """The unsecured credential: VCDM 2.0, Open Badges 3.0 where it is an achievement, our own terms.

    Raises ``MalformedValue`` for a type we do not issue.
    """
    credential_type = credential_types().get(dataset.credential_type)
    if credential_type is None:
        raise MalformedValue("There is no such credential type.", pointer="/type")
    # Profile is a word of Open Badges, whose context the other types do not have.
    profile: dict[str, JsonValue] = {"type": ["Profile"]} if credential_type.is_achievement else {}
    document: dict[str, JsonValue] = {
        "@context": list[JsonValue](credential_type.contexts),
        "id": parameters.credential_id,
        "type": list[JsonValue](credential_type.types),
        "name": dataset.name,
        "issuer": {"id": parameters.issuer, **profile, "name": parameters.issuer_name},
        "validFrom": format_timestamp(parameters.created),
        "credentialSubject": dict(dataset.subject),
        "credentialStatus": parameters.credential_status,
    }
    if dataset.valid_until is not None:
        document["validUntil"] = format_timestamp(dataset.valid_until)
    return document
