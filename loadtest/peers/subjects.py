"""Who is compared, on which format, and what its process is told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from loadtest.peers.credentials import FORMATS

NODE_FOLDER = Path(__file__).parent / "node"
OURS = "skills passport"
LEGACY = "VC 1.1 Ed25519Signature2020"
"""Not a format of the set: its credentials are other ones, so nothing is compared with them."""

Program = Literal["python", "node"]
Status = Literal["cached", "default", "none"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Subject:
    """One verifier as it is run: ``module`` of this package or of ``node/``, in a process of its own.

    ``is_yardstick``: nobody's library, but what most would write; no target is measured by it.
    ``status``: the list was verified and decoded once ("cached"); the library does by itself what it does
    ("default"); or nothing is checked ("none"). ``packages`` are those whose versions are told.
    """

    who: str
    format: str
    program: Program
    module: str
    packages: tuple[str, ...]
    status: Status = "cached"
    options: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    note: str = ""
    is_yardstick: bool = False

    @property
    def name(self) -> str:
        """One word for each, for the command line and the results."""
        parts = (self.who, self.format, self.status, *self.flags)
        return " ".join(part for part in parts if part)

    def options_text(self) -> str:
        """What its process is told, as JSON."""
        told = {**self.options, "status": self.status, "seesStatus": self.status != "none"}
        return json.dumps(told)

    def versions(self) -> dict[str, str]:
        """Package → installed version. Raises where one is not installed."""
        read = version if self.program == "python" else _node_version
        return {package: read(package) for package in self.packages}


def _node_version(package: str) -> str:
    manifest = NODE_FOLDER / "node_modules" / package / "package.json"
    return str(json.loads(manifest.read_bytes())["version"])


def _digitalbazaar(suite: str, status: Status, *flags: str) -> Subject:
    return Subject(
        who="Digital Bazaar",
        format=suite,
        program="node",
        module="digitalbazaar",
        packages=("@digitalbazaar/vc", f"@digitalbazaar/{suite}-cryptosuite"),
        status=status,
        options={"cryptosuite": suite},
        flags=flags,
    )


def _sd_jwt_vc(algorithm: str, status: Status) -> Subject:
    return Subject(
        who="@sd-jwt/sd-jwt-vc",
        format=f"SD-JWT VC {algorithm}",
        program="node",
        module="sd-jwt-vc",
        packages=("@sd-jwt/sd-jwt-vc",),
        status=status,
    )


def _per_algorithm(algorithm: str) -> tuple[Subject, ...]:
    return (
        Subject(
            who="jose",
            format=f"vc+jwt {algorithm}",
            program="node",
            module="jose",
            packages=("jose",),
            options={"algorithm": algorithm},
            note="the rest by hand",
        ),
        _sd_jwt_vc(algorithm, "cached"),
        _sd_jwt_vc(algorithm, "default"),
        Subject(
            who="sd-jwt for Python",
            format=f"SD-JWT VC {algorithm}",
            program="python",
            module="sd_jwt_reference",
            packages=("sd-jwt", "jwcrypto"),
            note="the rest by hand",
        ),
    )


def _plain_python(canonicalization: str, suite: str, *packages: str) -> Subject:
    return Subject(
        who=f"plain Python, {canonicalization}",
        format=suite,
        program="python",
        module="plain_python",
        packages=packages,
        options={"canonicalization": canonicalization},
        note="the rest by hand",
        is_yardstick=True,
    )


def _openvc(form: str) -> Subject:
    return Subject(
        who="openvc-core",
        format=form,
        program="python",
        module="openvc_core",
        packages=("openvc-core",),
        note="inflates the list each time",
    )


def ours(form: str) -> Subject:
    """Our own verification of a format."""
    return Subject(who=OURS, format=form, program="python", module="ours", packages=())


PEERS: tuple[Subject, ...] = (
    _digitalbazaar("eddsa-rdfc-2022", "cached"),
    _digitalbazaar("eddsa-rdfc-2022", "cached", "--max-semi-space-size=64"),
    _digitalbazaar("eddsa-rdfc-2022", "default"),
    _digitalbazaar("eddsa-jcs-2022", "cached"),
    _digitalbazaar("eddsa-jcs-2022", "default"),
    Subject(
        who="DCC verifier-core",
        format="eddsa-rdfc-2022",
        program="node",
        module="verifier-core",
        packages=("@digitalcredentials/verifier-core",),
        status="default",
        note="its network answers from memory",
    ),
    _plain_python("PyLD", "eddsa-rdfc-2022", "pyld", "pynacl"),
    _plain_python("rfc8785", "eddsa-jcs-2022", "rfc8785", "cryptography"),
    *_per_algorithm("EdDSA"),
    *_per_algorithm("ES256"),
    *(_openvc(form) for form in FORMATS if not form.startswith("vc+jwt")),
    Subject(
        who="didkit",
        format=LEGACY,
        program="python",
        module="didkit_vc_1_1",
        packages=("didkit",),
        status="none",
        note="credentials of its own making; not compared",
    ),
)

NOT_RUN: Mapping[str, str] = {
    "openvc-core vc+jwt": "knows the profile of VC 1.1 only, with the claim vc",
    "spruceid/ssi (Rust)": "no package for Node.js or Python but didkit, which holds an earlier one",
    "trustbloc/vc-go (Go)": "no package for Node.js or Python",
    "walt.id, Inji Verify (JVM)": "services of several containers, no library for Node.js or Python",
    "OpenAttestation oa-verify": "asks DNS and an Ethereum provider who the issuer is",
    "Credo (@credo-ts/core)": "refuses credentialStatus in a VC 2.0 credential as JWT",
    "ACA-Py": "needs another version of Python; it verifies over HTTP only",
}
"""Whom nobody should miss in the results without a reason."""

TARGETS: Mapping[str, float] = {
    "eddsa-rdfc-2022": 8.0,
    "eddsa-jcs-2022": 2.5,
    "vc+jwt EdDSA": 1.3,
    "vc+jwt ES256": 1.3,
    "SD-JWT VC EdDSA": 2.5,
    "SD-JWT VC ES256": 2.5,
}
"""Format → how many times as much as the best peer we want to verify in the same time."""
