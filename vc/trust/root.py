"""The root of trust: who may sign the trust list, said by a threshold of keys that are kept offline.

Root documents form a chain. The first is signed by enough of the keys a verifier has pinned; each
later one by enough of its predecessor's keys and by enough of its own, so that keys can be changed
and a stolen one is worth nothing by itself (the roles of The Update Framework, section 5.3).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vc.crypto.keys import PublicKey
from vc.did import did_key
from vc.encoding import jcs
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import MalformedValue
from vc.model.credential import check_credential_shape, issuer_id, require_time, types_of
from vc.proof.data_integrity import check_proof_options, parse_proofs, verify_proof
from vc.trust.anchor import MAX_KEYS, TrustAnchor, is_root_key
from vc.trust.reading import (
    require_each,
    require_mapping,
    require_sequence,
    require_text,
    require_whole,
    time_or_none,
)
from vc.trust.windows import is_within

ROOT_TYPE: Final = "TrustRootCredential"
ROOT_CRYPTOSUITE: Final = "eddsa-jcs-2022"
MAX_ROOTS: Final = 1_000
RENEW_BEFORE_END: Final = timedelta(days=90)
"""How long before a root's end its keepers should sign the next: they must be brought together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListKey:
    """A key that may sign the trust list, with its window."""

    public_key_multibase: str
    valid_from: datetime
    valid_until: datetime | None = None

    def may_sign_at(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in the key's window."""
        return is_within(moment, self.valid_from, self.valid_until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Root:
    """One root document. ``digest`` (SHA-256, hex) is over what it says, whoever has signed it."""

    version: int
    threshold: int
    keys: tuple[str, ...]
    list_keys: tuple[ListKey, ...]
    valid_from: datetime
    valid_until: datetime
    digest: str

    def is_to_be_renewed(self, now: datetime) -> bool:
        """Whether its end is so near that the next root should be signed."""
        return now >= self.valid_until - RENEW_BEFORE_END


def parse_chain(body: bytes) -> tuple[Mapping[str, JsonValue], ...]:
    """The unverified root documents in ``body``, in their order. Raises ``ProtocolError``."""
    documents = require_each(parse_json_object(body).get("roots", ""), "/roots", lambda entry, _: entry)
    if not 1 <= len(documents) <= MAX_ROOTS:
        raise MalformedValue("There are no root documents, or too many.", pointer="/roots")
    return documents


def require_chain(documents: Sequence[Mapping[str, JsonValue]], anchor: TrustAnchor) -> tuple[Root, ...]:
    """The roots that the anchor leads to, oldest first, when all of them hold.

    Documents older than the first that the pinned keys signed are passed over: a verifier may have
    pinned later keys. Raises ``ProtocolError`` with a sentence saying what does not hold.
    """
    chain: list[Root] = []
    for document in documents:
        if not chain:
            root = parse_root(document, anchor.did)
            if _is_signed(document, anchor.keys, anchor.threshold):
                chain.append(_self_signed(document, root))
        else:
            chain.append(require_successor(document, chain[-1], anchor.did))
    if not chain:
        raise MalformedValue("No root document is signed by enough of the pinned keys.")
    return tuple(chain)


def require_successor(document: Mapping[str, JsonValue], before: Root, did: str) -> Root:
    """The root that may follow ``before``. Raises ``ProtocolError`` where it may not."""
    root = parse_root(document, did)
    if root.version != before.version + 1:
        raise MalformedValue("The root documents do not follow one another.")
    if not _is_signed(document, before.keys, before.threshold):
        raise MalformedValue("A root document is not signed by enough of its predecessor's keys.")
    return _self_signed(document, root)


def _self_signed(document: Mapping[str, JsonValue], root: Root) -> Root:
    if not _is_signed(document, root.keys, root.threshold):
        raise MalformedValue("A root document is not signed by enough of its own keys.")
    return root


def _is_signed(document: Mapping[str, JsonValue], keys: Collection[str], threshold: int) -> bool:
    return len(signers_of(document, keys)) >= threshold


def signers_of(document: Mapping[str, JsonValue], keys: Collection[str]) -> frozenset[str]:
    """Which of ``keys`` rightly signed all of ``document``; each counts once, however often it did."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    named = {did_key.verification_method_for(key): key for key in map(PublicKey.from_multikey, keys)}
    found = set()
    for proof in parse_proofs(document):
        key = named.get(proof.verification_method)
        if key is None or proof.cryptosuite != ROOT_CRYPTOSUITE:
            continue
        if check_proof_options(proof, purpose="assertionMethod", domain=None, challenge=None):
            continue
        if verify_proof(document, proof, key).verified_document == unsecured:
            found.add(key.multikey)
    return frozenset(found)


def parse_root(document: Mapping[str, JsonValue], did: str) -> Root:
    """Read a root document of ``did``; nothing is verified. Raises ``MalformedValue``."""
    if check_credential_shape(document) or ROOT_TYPE not in types_of(document):
        raise MalformedValue("What was fetched is not a root document.")
    if issuer_id(document) != did:
        raise MalformedValue("The root document is of another root.", pointer="/issuer")
    pointer = "/credentialSubject"
    subject = require_mapping(document.get("credentialSubject"), pointer)
    keys = _parse_keys(subject.get("rootKeys"), f"{pointer}/rootKeys")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return Root(
        version=require_whole(subject.get("version"), f"{pointer}/version", at_least=1),
        threshold=require_whole(
            subject.get("threshold"), f"{pointer}/threshold", at_least=1, at_most=len(keys)
        ),
        keys=keys,
        list_keys=_parse_list_keys(subject.get("listKeys"), f"{pointer}/listKeys"),
        valid_from=require_time(document.get("validFrom"), "/validFrom"),
        valid_until=require_time(document.get("validUntil"), "/validUntil"),
        digest=hashlib.sha256(jcs.canonicalize(unsecured)).hexdigest(),
    )


def _parse_keys(value: JsonValue, pointer: str) -> tuple[str, ...]:
    items = require_sequence(value, pointer)
    keys = tuple(require_text(item, f"{pointer}/{n}") for n, item in enumerate(items))
    if not 1 <= len(keys) <= MAX_KEYS or len(set(keys)) != len(keys):
        raise MalformedValue("Root keys are one to eight, each named once.", pointer=pointer)
    _require_root_keys(keys, pointer)
    return keys


def _parse_list_keys(value: JsonValue, pointer: str) -> tuple[ListKey, ...]:
    keys = require_each(value, pointer, _parse_list_key)
    names = [key.public_key_multibase for key in keys]
    if not 1 <= len(keys) <= MAX_KEYS or len(set(names)) != len(names):
        raise MalformedValue("List keys are one to eight, each named once.", pointer=pointer)
    _require_root_keys(names, pointer)
    return keys


def _parse_list_key(entry: Mapping[str, JsonValue], pointer: str) -> ListKey:
    return ListKey(
        public_key_multibase=require_text(entry.get("publicKeyMultibase"), f"{pointer}/publicKeyMultibase"),
        valid_from=require_time(entry.get("validFrom"), f"{pointer}/validFrom"),
        valid_until=time_or_none(entry.get("validUntil"), f"{pointer}/validUntil"),
    )


def _require_root_keys(keys: Collection[str], pointer: str) -> None:
    if not all(map(is_root_key, keys)):
        raise MalformedValue("Ed25519 keys are expected here, as multikeys.", pointer=pointer)
