"""What can be issued to wallets: every credential type in every format (OpenID4VCI 1.0 section 12.2.4)."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.model.claim_descriptions import claims_of
from vc.model.credential_types import CredentialType, credential_types
from vc.oid4vc.dcql import CredentialFormat
from vc.oid4vc.shown_keys import SIGNING_ALGORITHMS
from vc.sd_jwt.credential import vct_of

_SUFFIXES: Final[Mapping[CredentialFormat, str]] = {
    CredentialFormat.SD_JWT_VC: "sd_jwt",
    CredentialFormat.JWT_VC_JSON: "jwt",
    CredentialFormat.LDP_VC: "ldp",
}
_BINDING: Final = ("jwk", "did:jwk", "did:key")


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialConfiguration:
    """One credential type in one format. ``id`` is also the scope that asks for it."""

    id: str
    type: CredentialType
    format: CredentialFormat


@cache
def credential_configurations() -> Mapping[str, CredentialConfiguration]:
    """Every configuration by its id."""
    found = (
        CredentialConfiguration(id=configuration_id(name, form), type=entry, format=form)
        for name, entry in credential_types().items()
        for form in _SUFFIXES
    )
    return MappingProxyType({one.id: one for one in found})


def configuration_id(type_name: str, form: CredentialFormat) -> str:
    """The id of the configuration of this type and format."""
    return f"{type_name}_{_SUFFIXES[form]}"


def configuration_json(
    configuration: CredentialConfiguration,
    algorithms: Mapping[CredentialFormat, tuple[str, ...]],
    languages: Container[str],
) -> JsonObject:
    """A configuration as the metadata has it, its texts in ``languages``.

    ``algorithms`` are those that each format is signed with.
    """
    return {
        "format": configuration.format.value,
        "scope": configuration.id,
        "cryptographic_binding_methods_supported": list(_BINDING),
        "credential_signing_alg_values_supported": list(algorithms[configuration.format]),
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": list(SIGNING_ALGORITHMS)}},
        **_definition(configuration),
        "credential_metadata": {
            "display": display_of(configuration.type.titles, languages),
            "claims": _claims(configuration, languages),
        },
    }


def display_of(names: Mapping[str, str], languages: Container[str]) -> list[JsonValue]:
    """A name in those of its languages, as ``display`` has them."""
    return [{"name": name, "locale": language} for language, name in names.items() if language in languages]


def _definition(configuration: CredentialConfiguration) -> JsonObject:
    """What each format profile says a credential is (appendix A)."""
    entry = configuration.type
    if configuration.format is CredentialFormat.SD_JWT_VC:
        return {"vct": vct_of(entry.name)}
    if configuration.format is CredentialFormat.JWT_VC_JSON:
        return {"credential_definition": {"type": list(entry.types)}}
    return {"credential_definition": {"@context": list(entry.contexts), "type": list(entry.types)}}


def _claims(configuration: CredentialConfiguration, languages: Container[str]) -> list[JsonValue]:
    """Appendix B.2. In an SD-JWT VC the claims of the subject are those of the token."""
    is_token = configuration.format is CredentialFormat.SD_JWT_VC
    start: list[JsonValue] = [] if is_token else ["credentialSubject"]
    return [
        {
            "path": [*start, one.claim],
            "mandatory": one.is_always_there,
            "display": display_of(one.names, languages),
        }
        for one in claims_of(configuration.type.name)
    ]
