"""True signatures by the wrong key, and the right key under a wrong name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.invalid.case import Attempt, Case, Expected, post_credential
from tests.invalid.genuine import (
    ECDSA_SUITES,
    OTHER_KEYS,
    Claiming,
    Genuine,
    Json,
    as_method,
    stranger,
    stranger_of_kind,
)
from vc.crypto.keys import KeyType, Signer
from vc.did import did_key

_HOST = "did:web:skills-passport.example"
_CENTRE = f"{_HOST}:centres:phka-trakuon"
_METHOD = f"{_CENTRE}#phka-trakuon-1"
_OTHER_CENTRE = f"{_HOST}:centres:trei-chhlonh"

By = Callable[[Genuine], Signer]


def _centre_as(method: str) -> By:
    return lambda genuine: Claiming(signer=genuine.centre, verification_method=method)


def _other_as(name: str, method: str) -> By:
    return lambda genuine: Claiming(signer=genuine.others[name], verification_method=method)


def _other(name: str) -> By:
    return lambda genuine: genuine.others[name]


def _own_did_key(genuine: Genuine) -> str:
    return did_key.did_for(genuine.centre.public_key)


def _centre_as_did_key(genuine: Genuine) -> Signer:
    method = did_key.verification_method_for(genuine.centre.public_key)
    return Claiming(signer=genuine.centre, verification_method=method)


# Who signs a credential of the centre.
_SIGNERS: dict[str, By] = {
    **{f"{name}-in-its-own-name": _other(name) for name in OTHER_KEYS},
    **{f"{name}-in-the-centres-name": _other_as(name, _METHOD) for name in OTHER_KEYS},
    "stranger-in-the-centres-name": lambda _: as_method(_METHOD),
    "stranger-in-its-own-name": lambda _: stranger()[1],
    "stranger-under-a-key-not-there": lambda _: as_method(f"{_CENTRE}#stranger-1"),
    "centre-under-its-did-key": _centre_as_did_key,
    **{
        f"centre-under-{name}": _centre_as(method)
        for name, method in {
            "a-key-not-there": f"{_CENTRE}#phka-trakuon-2",
            "a-key-of-another-centre": f"{_OTHER_CENTRE}#trei-chhlonh-1",
            "the-key-of-the-registry": f"{_HOST}:status#status-1",
            "a-fragment-in-capitals": f"{_CENTRE}#PHKA-TRAKUON-1",
            "a-fragment-percent-encoded": f"{_CENTRE}#phka-trakuon-%31",
            "a-fragment-with-slash": f"{_CENTRE}#/phka-trakuon-1",
            "two-fragments": f"{_METHOD}#phka-trakuon-1",
            "a-query": f"{_CENTRE}?versionTime=2026-01-01T00:00:00Z#phka-trakuon-1",
            "a-path": f"{_CENTRE}/keys#phka-trakuon-1",
            "no-fragment": _CENTRE,
            "an-empty-fragment": f"{_CENTRE}#",
            "the-address-of-its-document": (
                "https://skills-passport.example/centres/phka-trakuon/did.json#phka-trakuon-1"
            ),
            "a-name-in-capitals": _METHOD.replace("did:web", "did:WEB"),
            "a-homoglyph": _METHOD.replace("a", "\u0430", 1),
            "a-port": _METHOD.replace(".example", ".example%3A443"),
        }.items()
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Issued:
    """Who is named as issuer, who signs, and whether that is a true signature of the one named."""

    issuer: Callable[[Genuine], str]
    by: By
    authentic: bool
    suites: Mapping[str, str] = field(default_factory=dict)


def _named(issuer: str) -> Callable[[Genuine], str]:
    return lambda _: issuer


_ISSUED: dict[str, _Issued] = {
    "other-centre-named-centre-signs": _Issued(
        issuer=_named(_OTHER_CENTRE), by=lambda genuine: genuine.centre, authentic=False
    ),
    "other-centre-named-centre-signs-in-its-name": _Issued(
        issuer=_named(_OTHER_CENTRE), by=_centre_as(f"{_OTHER_CENTRE}#trei-chhlonh-1"), authentic=False
    ),
    "registry-named-centre-signs-in-its-name": _Issued(
        issuer=_named(f"{_HOST}:status"), by=_centre_as(f"{_HOST}:status#status-1"), authentic=False
    ),
    "registry-issues": _Issued(
        issuer=_named(f"{_HOST}:status"), by=_other("status-registry"), authentic=True
    ),
    "trust-root-issues": _Issued(issuer=_named(f"{_HOST}:trust"), by=_other("trust-root"), authentic=True),
    "centre-issues-as-did-key": _Issued(issuer=_own_did_key, by=_centre_as_did_key, authentic=True),
    "centre-issues-as-did-key-under-its-own-name": _Issued(
        issuer=_own_did_key, by=lambda genuine: genuine.centre, authentic=False
    ),
    "stranger-with-p256-in-the-centres-name": _Issued(
        issuer=_named(_CENTRE),
        by=lambda _: Claiming(signer=stranger_of_kind(KeyType.P256)[1], verification_method=_METHOD),
        authentic=False,
        suites=ECDSA_SUITES,
    ),
}


def _signed(name: str, by: By) -> Case:
    return Case(
        family="wrong-key",
        name=name,
        build=lambda genuine: post_credential(genuine.secure(genuine.unsecured(), by(genuine), {})),
        authentic=False,
    )


def _issued(name: str, made: _Issued) -> Case:
    def build(genuine: Genuine) -> Attempt:
        document: Json = genuine.unsecured() | {"issuer": made.issuer(genuine)}
        changes = {"cryptosuite": made.suites.get(genuine.suite, genuine.suite)}
        return post_credential(genuine.secure(document, made.by(genuine), changes))

    return Case(family="wrong-key", name=name, build=build, authentic=made.authentic)


def cases() -> list[Case]:
    """Every case of this family."""
    return [
        *(_signed(name, by) for name, by in _SIGNERS.items()),
        *(_issued(name, made) for name, made in _ISSUED.items()),
        Case(
            family="wrong-key-twin",
            name="the-centres-own",
            build=lambda genuine: post_credential(genuine.secure(genuine.unsecured(), genuine.centre, {})),
            expected=Expected.ACCEPTED,
            authentic=True,
        ),
    ]
