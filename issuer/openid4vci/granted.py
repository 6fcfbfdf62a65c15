"""What a wallet may fetch: certificates, and the formats of each."""

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vc.encoding import base64url
from vc.encoding.strict_json import JsonValue
from vc.oid4vc.configurations import configuration_id
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.issuer_metadata import AUTHORIZATION_DETAILS_TYPE


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """One certificate that copies may be fetched of, in these formats."""

    credential_id: str
    type_name: str
    formats: tuple[CredentialFormat, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        formats = [form.value for form in self.formats]
        return {"credential_id": self.credential_id, "type_name": self.type_name, "formats": formats}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Granted":
        """What ``to_json`` wrote."""
        formats = tuple(CredentialFormat(form) for form in kept["formats"])
        return cls(credential_id=kept["credential_id"], type_name=kept["type_name"], formats=formats)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """One certificate in one format, by the two names it may be asked for (OpenID4VCI 1.0 section 3.3.4)."""

    configuration_id: str
    identifier: str
    credential_id: str
    format: CredentialFormat


def datasets(
    certificates: Sequence[Granted], configurations: Collection[str] | None = None
) -> tuple[Dataset, ...]:
    """Everything that may be fetched of ``certificates``, of these configurations or of all."""
    return tuple(
        one for one in _all(certificates) if configurations is None or one.configuration_id in configurations
    )


def configuration_ids(found: Sequence[Dataset]) -> tuple[str, ...]:
    """The configurations of these datasets, each once."""
    return tuple(dict.fromkeys(one.configuration_id for one in found))


def is_ambiguous(found: Sequence[Dataset]) -> bool:
    """Whether the name of a configuration does not say which certificate is meant."""
    return len(configuration_ids(found)) < len(found)


def authorization_details(found: Sequence[Dataset]) -> list[JsonValue]:
    """The ``authorization_details`` of a Token Response (section 6.2)."""
    return [
        {
            "type": AUTHORIZATION_DETAILS_TYPE,
            "credential_configuration_id": name,
            "credential_identifiers": [one.identifier for one in found if one.configuration_id == name],
        }
        for name in configuration_ids(found)
    ]


def digest_of(secret: str) -> str:
    """What is kept of a random value that somebody bears."""
    return hashlib.sha256(secret.encode()).hexdigest()


def pre_authorized_code_of(offer_token: str) -> str:
    """The Pre-Authorized Code of the offer with this random name: it is kept nowhere, and follows from it."""
    return base64url.encode(hmac.digest(offer_token.encode(), b"pre-authorized code", "sha256"))


def tx_code_digest(pre_authorized_code: str, tx_code: str) -> str:
    """What is kept of a Transaction Code; who has not the other code cannot try the million of them."""
    return hmac.digest(pre_authorized_code.encode(), tx_code.encode(), "sha256").hex()


def _all(certificates: Sequence[Granted]) -> Iterator[Dataset]:
    for number, granted in enumerate(certificates):
        for form in granted.formats:
            name = configuration_id(granted.type_name, form)
            yield Dataset(
                configuration_id=name,
                identifier=f"{name}.{number}",
                credential_id=granted.credential_id,
                format=form,
            )
