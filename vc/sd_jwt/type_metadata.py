"""SD-JWT VC Type Metadata of our credential types (draft-ietf-oauth-sd-jwt-vc section 6)."""

from typing import Final

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import NotFound
from vc.model.claim_descriptions import claims_of
from vc.model.credential_types import credential_types
from vc.sd_jwt.credential import vct_of

# Of what a token says about itself, these are in every one of ours.
_ALWAYS_SEEN: Final = tuple(sorted({"cnf", "exp", "iat", "iss", "status", "vct"}))


def type_metadata(type_name: str) -> JsonObject:
    """What ``vct`` stands for: its names, and its claims with names and whether they can be withheld.

    Raises ``NotFound``.
    """
    entry = credential_types().get(type_name)
    if entry is None:
        raise NotFound("There is no such credential type.")
    languages = tuple(entry.titles)
    claims: list[JsonValue] = [
        {
            "path": [described.claim],
            "display": [
                {"locale": language, "label": described.names.get(language, described.names["en"])}
                for language in languages
            ],
            "mandatory": described.is_always_there,
            "sd": "always",
        }
        for described in claims_of(type_name)
    ]
    # The titles of codes in further languages; what they are the titles of has a name.
    claims.append({"path": ["localized"], "sd": "always"})
    claims += [{"path": [name], "mandatory": True, "sd": "never"} for name in _ALWAYS_SEEN]
    return {
        "vct": vct_of(type_name),
        "name": type_name,
        "description": entry.titles["en"],
        "display": [{"locale": language, "name": entry.titles[language]} for language in languages],
        "claims": claims,
    }
