"""What hostile cases start from: credentials the service issued, and the keys of those who sign.

``centre`` is the accredited centre's own key: with it a case is nonsense that is signed rightly,
which is what reaches furthest into a verifier.
"""

import copy
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from tests.invalid.replies import ReplyingHost
from vc.crypto.keys import InMemorySigner, KeyType, PublicKey, Signer
from vc.did import did_key
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ProtocolError
from vc.proof.data_integrity import add_proof, attach, create_proof_config, hash_data

Json = dict[str, Any]

# The suite for a key on a NIST curve beside each that the service issues in.
ECDSA_SUITES = {"eddsa-rdfc-2022": "ecdsa-rdfc-2019", "eddsa-jcs-2022": "ecdsa-jcs-2019"}
OTHER_KEYS = ("other-centre", "status-registry", "trust-root")


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounts:
    """Cookies and tokens by which the doors behind a sign-in are tried.

    ``cookies`` by user name; ``service_token`` makes a fresh one for ``caller>audience``.
    ``class_id`` and ``credential_file`` belong to the first clerk.
    """

    cookies: Mapping[str, str]
    service_token: Callable[[str], str]
    class_id: str
    credential_file: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Genuine:
    """One genuine credential in one cryptosuite, and its surroundings.

    ``raw`` is accepted by the service at ``base_url``; ``other`` is a second genuine credential of
    the same suite; ``token`` opens the share link of the first. ``others`` are the true keys of
    ``OTHER_KEYS``. ``collaborator`` is a listening origin that must not be contacted; ``host`` one that
    the service may ask, as it may ask any web server on which an accredited issuer keeps its lists.
    """

    suite: str
    raw: bytes
    other: bytes
    base_url: str
    collaborator: str
    token: str
    centre: Signer
    others: Mapping[str, Signer]
    host: ReplyingHost
    accounts: Accounts
    pdf: bytes = field(repr=False, default=b"")

    def document(self) -> Json:
        """The credential, to be changed at will."""
        return dict(orjson.loads(self.raw))

    def other_document(self) -> Json:
        """The other credential, to be changed at will."""
        return dict(orjson.loads(self.other))

    def unsecured(self) -> Json:
        """The credential without its proof."""
        document = self.document()
        del document["proof"]
        return document

    def secure(self, document: Json, signer: Signer, changes: Mapping[str, Any]) -> Json:
        """``document`` signed by ``signer``, ``changes`` (None removes) applied to the proof options first.

        What cannot be canonicalized at all gets a signature over the unchanged credential: it has to
        be refused before its signature matters.
        """
        config = self._config(document, signer)
        for name, value in changes.items():
            if value is None:
                config.pop(name, None)
            else:
                config[name] = value
        try:
            signature = signer.sign(hash_data(document, config, signer.public_key.key_type))
        except (ProtocolError, KeyError, TypeError):
            unchanged = self.unsecured()
            signature = signer.sign(
                hash_data(unchanged, self._config(unchanged, self.centre), signer.public_key.key_type)
            )
        return attach(document, config, signature)

    def signed_by(self, signer: Signer, document: Json, **options: Any) -> Json:
        """``document`` properly signed by ``signer``."""
        return add_proof(document, cryptosuite=self.suite, signer=signer, created=self.created(), **options)

    def _config(self, document: Json, signer: Signer) -> Json:
        config = create_proof_config(
            document,
            cryptosuite=self.suite,
            verification_method=self.centre.verification_method,
            created=self.created(),
        )
        # A signer of a case may go by a name that no proof could be made under.
        return copy.deepcopy(config) | {"verificationMethod": signer.verification_method}

    def created(self) -> datetime:
        """When the genuine credential was signed."""
        return parse_timestamp(orjson.loads(self.raw)["proof"]["created"])


def stranger(name: str = "stranger") -> tuple[str, InMemorySigner]:
    """A did:key that nobody trusts, and its signer; the same for the same ``name``."""
    seed = hashlib.sha256(name.encode()).digest()
    public = InMemorySigner(seed, "unnamed").public_key
    return did_key.did_for(public), InMemorySigner(seed, did_key.verification_method_for(public))


def as_method(method: str, name: str = "stranger") -> InMemorySigner:
    """A stranger's key that claims to be the verification method ``method``."""
    return InMemorySigner(hashlib.sha256(name.encode()).digest(), method)


def stranger_of_kind(key_type: KeyType) -> tuple[str, InMemorySigner]:
    """A did:key of another kind of key that nobody trusts, and its signer; the same in every run."""
    secret = hashlib.sha512(key_type.value.encode()).digest()[: 32 if key_type is KeyType.P256 else 48]
    public = InMemorySigner(secret, "unnamed", key_type=key_type).public_key
    method = did_key.verification_method_for(public)
    return did_key.did_for(public), InMemorySigner(secret, method, key_type=key_type)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claiming:
    """The key of ``signer`` under the name of another verification method."""

    signer: Signer
    verification_method: str

    @property
    def public_key(self) -> PublicKey:
        """The key that really signs."""
        return self.signer.public_key

    def sign(self, data: bytes) -> bytes:
        """What the key signs."""
        return self.signer.sign(data)
