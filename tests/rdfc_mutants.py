"""Mutants of genuine JSON-LD documents, the same ones for the same seed and number.

Half of what is done to a document keeps it sensible (terms of its contexts in other places, nodes grown,
removed, repeated), so that much of it is still served by the compiled path; the other half is odd or
broken on purpose.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from random import Random  # noqa: TID251 - mutants are drawn from a seed
from typing import Any, Final

from schemas import context_index, read_context

Json = dict[str, Any]
Place = tuple[Any, Any]
"""A container and the key or index in it."""

URLS: Final = tuple(sorted(context_index()))
_IRIS: Final = (
    *("urn:x:1", "urn:uuid:0d3e3a30-4a0c-4a52-9a63-43a2cbd0cfd1", "did:web:a.example", "did:key:z6Mk"),
    *("https://a.example", "https://a.example/", "https://a.example/b/../c", "https://a.example/./b"),
    *("https://a.example:443/b?c=d#e", "http://a.example/%E1%9E%80", "did:web:localhost%3A8000:a"),
    *(
        "HTTPS://A.example/",
        "https://a.example/b//c",
        "https://user@a.example/",
        "https://[::1]/",
        "urn:a//b",
    ),
    *("https://ខ្មែរ.example/ក", "https://a.example/ b", "https://a.example/<b>", 'https://a.example/"', "no"),
    *("", "#x", "//a.example/b", "_:b0", "@x", "@id", "urn:", "did:", "https:", "https://", "a:b", "%41:b"),
    *("https://a.example/%zz", "https://a.example/%", "https://a.example#b#c", "https://a.example/\\b"),
    *("https://a.example/{b}", "https://a.example/|", "https://a.example/^", "https://a.example/`", "urn:\n"),
    *(
        "id:x",
        "type:x",
        "name:x",
        "xsd:date",
        "mailto:a@b.example",
        "tag:a,2026:b",
        "urn:\ud800",
        "urn:x\x7f",
    ),
    *("https://www.w3.org/2018/credentials#VerifiableCredential", "urn:x-undefined:a", "x-relative:a"),
)
_TEXTS: Final = (
    *(
        "",
        " ",
        "a",
        "ជាងរៀបឥដ្ឋ",
        "សុខ\u200bដារ៉ា",
        "\U0001f600",
        'a"b',
        "a\\b",
        "a\nb",
        "\r",
        "\t",
        "\b\f",
        "\x00",
    ),
    *("\x01\x1f", "\x7f", "\x80\x85", "\u2028", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff", "\\u0041"),
    *(
        "<urn:x-undefined:a>",
        "<x-relative:a",
        '" .\n_:c14n0',
        "2026-11-25",
        "2026-11-25T08:30:00Z",
        "true",
        "5",
    ),
    *("@id", "_:a", "~A", "http://www.w3.org/2001/XMLSchema#date", "e\u0301", "\u00e9"),
)
_NUMBERS: Final[tuple[Any, ...]] = (
    *(0, 1, -1, 42, 2**31, 2**53 - 1, 2**53, -(2**53), 10**21, 10**30, True, False),
    *(0.0, -0.0, 0.5, 5.0, 1e21, 1e-7, 97.25, 1 / 3, 1e308),
)
_LANGUAGES: Final = (
    *("km", "en", "ar", "kmx", "KM", "en-US", "en-us", "zh-Hant", "x-a", "a", "", "not a tag", "@none", "ក"),
    *("en-a", "i-klingon", "abcdefghi", "12"),
)
_NAMES: Final = (
    *("id", "type", "@id", "@type", "@context", "@value", "@list", "@set", "@graph", "@index", "@nest"),
    *(
        "@reverse",
        "@included",
        "@language",
        "undefined",
        "undefined term",
        "",
        "ឈ្មោះ",
        "a:b",
        "<x>",
        "\ud800",
    ),
    *("https://schema.org/name", "_:b0", "~name", "proof", "verifiableCredential"),
)


def _read_terms() -> tuple[Mapping[str, Sequence[str]], Sequence[str]]:
    """The terms of each pinned context at any depth, and those of all that name a type."""
    terms: dict[str, list[str]] = {}
    for url in URLS:
        pending: list[Any] = [(read_context(url) or {}).get("@context", {})]
        names: set[str] = set()
        while pending:
            context = pending.pop()
            if isinstance(context, dict):
                names |= {name for name in context if not name.startswith("@")}
                pending += [term.get("@context") for term in context.values() if isinstance(term, dict)]
        terms[url] = sorted(names)
    types = sorted({name for names in terms.values() for name in names if name[:1].isupper()})
    return terms, types


_TERMS, _TYPES = _read_terms()


class Mutator:
    """Draws mutants of ``genuine`` documents; ``mutant(number)`` is the same every time."""

    def __init__(self, genuine: Sequence[Json], seed: int) -> None:
        self._genuine = genuine
        self._seed = seed

    def mutant(self, number: int) -> Json:
        """A copy of one of the documents with up to four things done to it."""
        chance = Random(f"{self._seed}:{number}")
        document = copy.deepcopy(chance.choice(self._genuine))
        for _ in range(chance.randint(0, 4)):
            sensible = chance.random() < 0.6
            act = chance.choice(_SENSIBLE if sensible else _ODD)
            act(document, chance)
        return document

    def config(self, number: int) -> tuple[Json, Json]:
        """Proof options with up to two things done to them, and the document they are for."""
        chance = Random(f"{self._seed}:config:{number}")
        config: Json = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-11-25T08:30:00Z",
            "verificationMethod": "did:web:a.example#key-1",
            "proofPurpose": chance.choice(["assertionMethod", "authentication"]),
        }
        for name in ("expires", "challenge", "domain", "id", "nonce"):
            if chance.random() < 0.3:
                config[name] = chance.choice(_TEXTS if name != "id" else _IRIS)
        for _ in range(chance.randint(0, 2)):
            name = chance.choice([*config, *_NAMES])
            config[name] = chance.choice([*_TEXTS, *_IRIS, *_NUMBERS, None, [], ["a"], {}])
        for _ in range(chance.randint(0, 1)):
            config.pop(chance.choice(list(config)), None)
        return config, chance.choice(self._genuine)


def _places(document: Json) -> list[Place]:
    places: list[Place] = []
    pending: list[Any] = [document]
    while pending:
        value = pending.pop()
        keys = list(value) if isinstance(value, dict) else range(len(value))
        places += [(value, key) for key in keys if value is not document or key != "@context"]
        pending += [value[key] for key in keys if isinstance(value[key], (dict, list)) and key != "@context"]
    return places


def _nodes(document: Json) -> list[Json]:
    inner = [value[key] for value, key in _places(document)]
    return [document, *(value for value in inner if isinstance(value, dict))]


def _place(document: Json, chance: Random) -> Place:
    return chance.choice(_places(document) or [({"": None}, "")])


def _known_term(document: Json, chance: Random) -> str:
    context = document.get("@context")
    urls = (
        [url for url in context if isinstance(url, str) and _TERMS.get(url)]
        if isinstance(context, list)
        else []
    )
    return chance.choice(_TERMS[chance.choice(urls)]) if urls else "name"


def _sensible_value(document: Json, chance: Random, depth: int = 0) -> Any:
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return chance.choice(_TEXTS[:4])
    if kind == 2:
        return chance.choice(_IRIS[:8])
    if kind == 3:
        return chance.choice(_NUMBERS[:6])
    if kind == 4:
        return {"id": chance.choice(_IRIS[:8])}
    if kind == 5:
        return {chance.choice(_LANGUAGES[:3]): chance.choice(_TEXTS[:5]) for _ in range(2)}
    if kind == 6:
        return [_sensible_value(document, chance, depth + 1) for _ in range(chance.randint(1, 3))]
    return _sensible_node(document, chance, depth)


def _sensible_node(document: Json, chance: Random, depth: int) -> Json:
    node: Json = {}
    if chance.random() < 0.4:
        node["id"] = chance.choice(_IRIS[:8])
    if chance.random() < 0.6:
        types = [chance.choice(_TYPES) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
        node["type"] = types[0] if len(types) == 1 and chance.random() < 0.5 else types
    for _ in range(chance.randint(0, 3)):
        node[_known_term(document, chance)] = _sensible_value(document, chance, depth + 1)
    items = list(node.items())
    chance.shuffle(items)
    return dict(items)


def _grow(document: Json, chance: Random) -> None:
    chance.choice(_nodes(document))[_known_term(document, chance)] = _sensible_value(document, chance)


def _drop(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    del container[key]


def _prune(document: Json, chance: Random) -> None:
    for _ in range(6):
        _drop(document, chance)


def _repeat(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    container[key] = [container[key], copy.deepcopy(container[key])]


def _repeat_altered(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    if isinstance(container[key], dict):
        second = copy.deepcopy(container[key])
        _grow(second | {"@context": document.get("@context")}, chance)
        second[_known_term(document, chance)] = _sensible_value(document, chance)
        container[key] = [container[key], second]


def _swap(document: Json, chance: Random) -> None:
    (one, a), (other, b) = _place(document, chance), _place(document, chance)
    one[a], other[b] = copy.deepcopy(other[b]), copy.deepcopy(one[a])


def _rename_to_known(document: Json, chance: Random) -> None:
    _rename(document, chance, _known_term(document, chance))


def _rename(document: Json, chance: Random, name: str) -> None:
    container, key = _place(document, chance)
    if isinstance(container, dict):
        container[name] = container.pop(key)


def _retype(document: Json, chance: Random) -> None:
    node = chance.choice(_nodes(document))
    node["type"] = [chance.choice(_TYPES) for _ in range(chance.choice([1, 1, 2]))]


def _add_type(document: Json, chance: Random) -> None:
    node = chance.choice(_nodes(document))
    types = node.get("type", [])
    node["type"] = [*(types if isinstance(types, list) else [types]), chance.choice(_TYPES)]


def _unname(document: Json, chance: Random) -> None:
    chance.choice(_nodes(document)).pop("id", None)


def _name_as(document: Json, chance: Random) -> None:
    ids = [node["id"] for node in _nodes(document) if "id" in node]
    chance.choice(_nodes(document))["id"] = copy.deepcopy(chance.choice(ids or ["urn:x:1"]))


def _reorder(document: Json, chance: Random) -> None:
    node = chance.choice(_nodes(document))
    items = list(node.items())
    chance.shuffle(items)
    node.clear()
    node.update(items)


def _sensible_context(document: Json, chance: Random) -> None:
    context = document.get("@context")
    if isinstance(context, list):
        act = chance.randrange(3)
        if act == 0:
            context.append(chance.choice(URLS))
        elif act == 1 and len(context) > 1:
            context.pop(chance.randrange(len(context)))
        else:
            chance.shuffle(context)


def _odd_context(document: Json, chance: Random) -> None:
    term = {chance.choice([*_NAMES, "mine", _known_term(document, chance)]): "https://t.example/mine"}
    odd: tuple[Any, ...] = (
        None,
        [],
        {},
        5,
        "https://unknown.example/",
        *URLS,
        term,
        {"@vocab": "urn:v:"},
        [term],
    )
    odd += (
        {"@base": "https://b.example/"},
        {"@language": "km"},
        ["https://www.w3.org/ns/credentials/v2"] * 2,
    )
    context, value = document.get("@context"), copy.deepcopy(chance.choice(odd))
    act = chance.randrange(4)
    if act == 0:
        document["@context"] = value
    elif act == 1 and isinstance(context, list):
        context.insert(chance.randint(0, len(context)), value)
    elif act == 2:
        chance.choice(_nodes(document))["@context"] = value
    else:
        document.pop("@context", None)


def _odd_value(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    pools: tuple[Sequence[Any], ...] = (_TEXTS, _IRIS, _NUMBERS, (None, [], {}, [[]], [None], [["a"]]))
    container[key] = copy.deepcopy(chance.choice(chance.choice(pools)))


def _odd_text(document: Json, chance: Random) -> None:
    texts = [(value, key) for value, key in _places(document) if isinstance(value[key], str)]
    if texts:
        container, key = chance.choice(texts)
        at = chance.randint(0, len(container[key]))
        container[key] = container[key][:at] + chance.choice(_TEXTS) + container[key][at:]


def _odd_name(document: Json, chance: Random) -> None:
    _rename(document, chance, chance.choice(_NAMES))


def _odd_iri(document: Json, chance: Random) -> None:
    chance.choice(_nodes(document))[chance.choice(["id", "id", "type", "issuer"])] = chance.choice(_IRIS)


def _odd_language(document: Json, chance: Random) -> None:
    node = chance.choice(_nodes(document))
    texts: Json = {
        chance.choice(_LANGUAGES): chance.choice([*_TEXTS, 5, None, [], ["a", "b"], {}]) for _ in range(2)
    }
    node[chance.choice(["title", "holderName", _known_term(document, chance)])] = texts


def _value_object(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    value = {"@value": container[key]}
    if chance.random() < 0.5:
        value["@language"] = chance.choice(_LANGUAGES)
    if chance.random() < 0.3:
        value[chance.choice(["@type", "@direction"])] = chance.choice(["@json", "ltr", *_IRIS])
    container[key] = value


def _deepen(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    term = _known_term(document, chance)
    for _ in range(chance.choice([1, 2, 5, 32])):
        container[key] = {term: container[key]}


def _wrap(document: Json, chance: Random) -> None:
    container, key = _place(document, chance)
    container[key] = chance.choice(
        [[container[key]], {"@list": [container[key]]}, {"@set": [container[key]]}]
    )


_Act = Callable[[Json, Random], None]
_SENSIBLE: Final[tuple[_Act, ...]] = (
    *(_grow, _grow, _grow, _drop, _prune, _repeat, _repeat_altered, _swap, _rename_to_known, _retype),
    *(_add_type, _unname, _name_as, _reorder, _sensible_context),
)
_ODD: Final[tuple[_Act, ...]] = (
    *(_odd_value, _odd_text, _odd_text, _odd_name, _odd_iri, _odd_language, _odd_context, _value_object),
    *(_deepen, _wrap),
)
