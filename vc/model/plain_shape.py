"""An acceptor for credentials that follow VC Data Model 2.0 without doubt.

What it accepts has no fault by the rules of ``vc.model.credential``; what it does not accept may be as good
and is for those rules, which also name what is wrong. It is one JSON Schema, decided in compiled code, and
says less than the rules permit: ordinary URLs, ordinary type names, no related resources.
"""

from collections.abc import Mapping
from typing import Final

import jsonschema_rs

from vc.encoding.strict_json import JsonObject, JsonValue

# What a URL in ASCII may have, as in ``vc.model.shape``; a small alphabet keeps its automaton small.
_URL_CHARACTERS: Final = r"[!#-;=?-Z\[\]_a-z~]*"
_URL: Final = rf"^(?:https?://[A-Za-z0-9]|(?:did|urn):[a-z0-9]){_URL_CHARACTERS}$"
_TERM: Final = "^[A-Za-z][A-Za-z0-9]*$"
_LANGUAGE_TAG: Final = "^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?$"

_VALUE_KEYWORDS: Final = ("@value", "@language", "@direction")


def _one_or_many(one: JsonObject) -> JsonObject:
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _typed(*also: str) -> JsonObject:
    return _one_or_many({"type": "object", "required": ["type", *also]})


_LANGUAGE_VALUE: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "@value": {"type": "string"},
        "@language": {"type": "string", "pattern": _LANGUAGE_TAG},
        "@direction": {"enum": ["ltr", "rtl"]},
    },
    "required": ["@value"],
    "additionalProperties": False,
}
_TEXTS: Final = _one_or_many({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/languageValue"}]})
_NAMED: Final[JsonObject] = {"name": _TEXTS, "description": _TEXTS}
_SCHEMA: Final[JsonObject] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {
        "url": {"type": "string", "pattern": _URL},
        "term": {"type": "string", "pattern": _TERM},
        "languageValue": _LANGUAGE_VALUE,
        # Whatever stands anywhere: each object in it follows the rules of every object.
        "anything": {
            "properties": {
                "id": {"$ref": "#/$defs/url"},
                "type": _one_or_many({"$ref": "#/$defs/term"}),
                "@context": True,
                "@value": True,
                "@language": True,
                "@direction": True,
                "@id": False,
                "@graph": False,
                "@type": False,
            },
            "additionalProperties": {"$ref": "#/$defs/anything"},
            "items": {"$ref": "#/$defs/anything"},
            "dependentSchemas": {keyword: {"$ref": "#/$defs/languageValue"} for keyword in _VALUE_KEYWORDS},
        },
    },
    "$ref": "#/$defs/anything",
    "type": "object",
    "properties": {
        "@context": {
            "type": "array",
            "prefixItems": [{"const": "https://www.w3.org/ns/credentials/v2"}],
            "items": {
                "$ref": "#/$defs/url",
                "not": {"const": "https://www.w3.org/ns/credentials/undefined-terms/v2"},
            },
            "minItems": 1,
            "uniqueItems": True,
        },
        "type": {"type": "array", "contains": {"const": "VerifiableCredential"}},
        "issuer": {
            "anyOf": [
                {"$ref": "#/$defs/url"},
                {"type": "object", "required": ["id"], "properties": _NAMED},
            ]
        },
        "credentialSubject": _one_or_many({"type": "object", "minProperties": 1}),
        **_NAMED,
        "credentialStatus": _typed(),
        "credentialSchema": _typed("id"),
        "refreshService": _typed(),
        "termsOfUse": _typed(),
        "evidence": _typed(),
        "confidenceMethod": _typed(),
        "renderMethod": _typed(),
        "relatedResource": False,
        "proof": {"anyOf": [{"const": []}, _typed()]},
    },
    "required": ["@context", "type", "issuer", "credentialSubject"],
}
_VALIDATOR: Final = jsonschema_rs.Draft202012Validator(_SCHEMA)


def is_plainly_well_formed(document: Mapping[str, JsonValue]) -> bool:
    """Whether ``document`` is accepted; its times are not looked at."""
    return _VALIDATOR.is_valid(document)
