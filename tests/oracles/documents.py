"""Generated credentials under the contexts this product pins.

What they hold is meant to be read differently by somebody: Khmer and astral text, escapes, numbers,
unnamed nodes that look alike, language maps, lists, JSON literals, types that each bring a context.
With one thing wrong on demand, so that what is refused can be compared too.
"""

from typing import Any

from hypothesis import strategies as st

from schemas import PASSPORT_CONTEXT_URL
from tests.oracles.values import DAYS, IRIS, JSON_LITERALS, LANGUAGES, NUMBERS, SCALARS, TEXT

V1 = "https://www.w3.org/2018/credentials/v1"
ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

Json = dict[str, Any]
Values = st.SearchStrategy[Any]


def _some(strategy: Values, *, at_most: int = 3) -> Values:
    """One value, or an array of them."""
    return strategy | st.lists(strategy, min_size=1, max_size=at_most)


def _alike(strategy: Values) -> Values:
    """The same value up to five times: one more than may look alike."""
    return st.tuples(strategy, st.integers(1, 5)).map(lambda pair: [pair[0]] * pair[1])


def _node(types: str | list[str] | None, **members: Values) -> st.SearchStrategy[Json]:
    fixed = {} if types is None else {"type": st.just(types)}
    return st.fixed_dictionaries(fixed, optional={"id": IRIS, **members})


_LOCAL_TEXT = TEXT | st.fixed_dictionaries(
    {"@value": TEXT}, optional={"@language": LANGUAGES, "@direction": st.sampled_from(["ltr", "rtl"])}
)
_LANGUAGE_MAP = st.dictionaries(LANGUAGES, _some(TEXT), min_size=1, max_size=3)
_ALIGNMENT = _node(["Alignment"], targetName=TEXT, targetUrl=IRIS, targetCode=TEXT)
_RESULT_DESCRIPTION = _node(
    ["ResultDescription"], allowedValue=st.lists(SCALARS, min_size=1, max_size=3), valueMax=NUMBERS
)
_ACHIEVEMENT = _node(
    ["Achievement"],
    name=TEXT,
    criteria=_node(None, narrative=TEXT),
    alignment=st.lists(_ALIGNMENT, min_size=1, max_size=2) | _alike(_ALIGNMENT),
    creditsAvailable=NUMBERS,
    tag=st.lists(TEXT, min_size=1, max_size=3),
    resultDescription=st.lists(_RESULT_DESCRIPTION, min_size=1, max_size=2),
)
_BADGE_MEMBERS: dict[str, Values] = {
    "achievement": _ACHIEVEMENT,
    "identifier": _alike(_node(["IdentityObject"], identityHash=TEXT, hashed=st.booleans())),
    "result": _some(_node(["Result"], value=TEXT, status=TEXT)),
    "creditsEarned": NUMBERS,
}
_UNIT = _node(None, unitCode=TEXT, unitTitle=TEXT, unitDate=DAYS)
_PASSPORT_MEMBERS: dict[str, Values] = {
    "nameKhmer": TEXT,
    "nameLatin": TEXT,
    "birthDate": DAYS,
    "cqfLevel": NUMBERS,
    "attendancePercent": NUMBERS,
    "partial": st.booleans(),
    "assessors": st.lists(TEXT, min_size=1, max_size=3),
    "unitsOfCompetency": st.lists(_UNIT, min_size=1, max_size=3) | _alike(_UNIT),
    "localized": st.dictionaries(
        st.sampled_from(["title", "holderName", "sectorName"]), _LANGUAGE_MAP, min_size=1
    ),
}
_NAMES = st.from_regex(r"my[A-Za-z0-9_]{0,6}", fullmatch=True)
_DEEP = st.recursive(
    SCALARS | st.fixed_dictionaries({"id": IRIS}),
    lambda inner: st.dictionaries(_NAMES, _some(inner) | _alike(inner), min_size=1, max_size=3),
    max_leaves=6,
)
# For contexts with a vocabulary of their own: members of any name and shape.
_ANYTHING = st.dictionaries(_NAMES, _some(_DEEP) | _alike(_DEEP), min_size=1, max_size=4)
EMBEDDED_CONTEXT: Json = {
    "@protected": True,
    "degree": "https://terms.example/degree",
    "score": {"@id": "https://terms.example/score", "@type": "http://www.w3.org/2001/XMLSchema#decimal"},
    "when": {"@id": "https://terms.example/when", "@type": "http://www.w3.org/2001/XMLSchema#date"},
    "about": {"@id": "https://terms.example/about", "@type": "@id"},
    "steps": {"@id": "https://terms.example/steps", "@container": "@list"},
    "title": {"@id": "https://terms.example/title", "@container": "@language"},
    "raw": {"@id": "https://terms.example/raw", "@type": "@json"},
    "motto": {"@id": "https://terms.example/motto", "@language": "km"},
    "Course": {"@id": "https://terms.example/Course", "@context": {"room": "https://terms.example/room"}},
    "Exam": {"@id": "https://terms.example/Exam", "@context": {"grade": "https://terms.example/grade"}},
}
_EMBEDDED_MEMBERS: dict[str, Values] = {
    "degree": _some(_LOCAL_TEXT | NUMBERS),
    "score": NUMBERS,
    "when": DAYS,
    "about": _some(IRIS),
    "steps": st.lists(SCALARS, min_size=1, max_size=4),
    "title": _LANGUAGE_MAP,
    "raw": JSON_LITERALS,
    "motto": TEXT,
}
_BOTH_TYPES = st.sampled_from([["Course", "Exam"], ["Exam", "Course"]])
_CONTEXTS: tuple[tuple[list[Any], list[str], st.SearchStrategy[Json]], ...] = (
    ([V2], [], _node(None, name=_LOCAL_TEXT, description=_LOCAL_TEXT)),
    (
        [V2, OPEN_BADGES, PASSPORT_CONTEXT_URL],
        ["OpenBadgeCredential", "RPLCertificate"],
        _node(["AchievementSubject"], **_BADGE_MEMBERS, **_PASSPORT_MEMBERS),
    ),
    ([V2, OPEN_BADGES], ["AchievementCredential"], _node("AchievementSubject", **_BADGE_MEMBERS)),
    ([V2, EXAMPLES_V2], ["MyCredential"], _ANYTHING),
    (
        [V2, EMBEDDED_CONTEXT],
        [],
        _node(None, **_EMBEDDED_MEMBERS)
        | _node("Course", **_EMBEDDED_MEMBERS, room=TEXT)
        | st.fixed_dictionaries(
            {"type": _BOTH_TYPES, "room": TEXT, "grade": NUMBERS}, optional={"id": IRIS, **_EMBEDDED_MEMBERS}
        ),
    ),
    ([V2, {"@vocab": "https://vocabulary.example/#"}], [], _ANYTHING),
)
_STATUS_ENTRY = _node(
    "BitstringStatusListEntry",
    statusPurpose=st.sampled_from(["revocation", "suspension"]),
    statusListIndex=st.integers(0, 131_071).map(str),
    statusListCredential=st.just("https://status.example/lists/1"),
).filter(lambda entry: len(entry.keys() - {"id"}) == 4)
_ROOT_MEMBERS: dict[str, Values] = {
    "id": st.uuids().map(lambda value: f"https://centre.example/{value}"),
    "name": _some(_LOCAL_TEXT, at_most=2),
    "validFrom": st.sampled_from(["2024-02-29T23:59:59Z", "2025-01-01T00:00:00+07:00"]),
    "validUntil": st.just("2099-12-31T00:00:00.125Z"),
    "credentialStatus": _some(_STATUS_ENTRY, at_most=2),
    "credentialSchema": st.fixed_dictionaries(
        {"id": IRIS, "type": st.just("JsonSchema")}, optional={"jsonSchema": JSON_LITERALS}
    ),
    "evidence": _alike(_node("https://types.example/Foreign")),
}
# What a reader of the JSON sees and RDF does not keep, or what can be read in two ways.
FAULTS: tuple[tuple[str, Any], ...] = (
    ("undefinedTerm7", "x"),
    ("zz:abbreviated", "x"),
    ("name", None),
    ("name", []),
    ("name", [["nested"]]),
    ("name", {"@value": "x", "@direction": "up"}),
    ("name", {"@value": "x", "@language": "not a tag"}),
    ("name", {"@value": 1234567890123456.7}),
    ("id", "no-scheme"),
    ("id", "_:b0"),
    ("id", "https://a.example/ space"),
    ("@graph", [{"name": "hidden"}]),
    ("@included", [{"name": "hidden"}]),
    ("termsOfUse", {"type": "Undefined7Type"}),
)


@st.composite
def credentials(draw: st.DrawFn, *, faulty: bool = False, issuer: str = "did:web:centre.example") -> Json:
    """A credential of VCDM 2.0 that JSON-LD processors can read; ``faulty``: with one of ``FAULTS``."""
    context, types, subject = draw(st.sampled_from(_CONTEXTS))
    credential: Json = {
        "@context": context,
        "type": ["VerifiableCredential", *types],
        "issuer": issuer,
        "credentialSubject": draw(_some(subject.filter(bool), at_most=2)),
    }
    credential |= draw(st.fixed_dictionaries({}, optional=_ROOT_MEMBERS))
    if faulty:
        member, value = draw(st.sampled_from(FAULTS))
        place = credential["credentialSubject"]
        (place if isinstance(place, dict) else credential)[member] = value
    return credential


@st.composite
def legacy_credentials(draw: st.DrawFn, *, issuer: str) -> Json:
    """A credential of VCDM 1.1, for the software that knows no other."""
    context, subject = draw(
        st.tuples(st.just({"@vocab": "https://vocabulary.example/#"}), _ANYTHING)
        | st.tuples(st.just(EMBEDDED_CONTEXT), _node(None, **_EMBEDDED_MEMBERS).filter(bool))
    )
    return {
        "@context": [V1, ED25519_2020, context],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "issuanceDate": "2024-01-01T00:00:00Z",
        "credentialSubject": subject,
    }


@st.composite
def presentations(draw: st.DrawFn) -> Json:
    """A presentation of one to three credentials, some equal in part: unnamed nodes in unnamed graphs."""
    first = draw(credentials())
    others = draw(st.lists(credentials() | st.just(first), max_size=2))
    # Of what is the same in two credentials, only what is not named stays two things.
    embedded = [{**credential, "id": f"urn:c:{number}"} for number, credential in enumerate([first, *others])]
    return {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": "did:web:holder.example",
        "verifiableCredential": embedded if others else embedded[0],
    }
