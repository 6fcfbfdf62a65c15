"""Audit what is published, not what is believed: every bit derived again from the log."""

from collections.abc import Iterator
from dataclasses import dataclass

from revocation import change_store, store
from revocation.published_files import PublishedFiles, PublishedUnreadable, read_notes, read_published
from revocation.representations import NOTES, REPRESENTATIONS, Encoding, Representation
from revocation.store import Connection
from revocation.values import StoredList
from vc.cose.sign1 import parse_sign1, verify_sign1
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import parse_json_object
from vc.errors import ProtocolError
from vc.jose.jws import parse_jws, verify_jws
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.status.fold import Folded, fold


@dataclass(frozen=True, kw_only=True, slots=True)
class Discrepancy:
    """One thing wrong with one published document; ``index`` where one index is meant."""

    list_id: str
    representation: str
    detail: str
    index: int | None = None


def check_published(
    connection: Connection, files: PublishedFiles, public_key: PublicKey, *, base_url: str
) -> tuple[Discrepancy, ...]:
    """Everything in which the published documents differ from the fold of the log, and copies from theirs.

    Changes that no publication was asked to take in yet are not discrepancies: they are younger
    than the document.
    """
    stored = {item.list_id: item for item in store.lists(connection)}
    found = list(_check_copies(connection))
    for list_id in sorted({*stored, *files.list_ids()}):
        if list_id not in stored:
            found.append(Discrepancy(list_id=list_id, representation="*", detail="not in the database"))
            continue
        found.extend(_check_list(connection, files, public_key, stored[list_id], base_url))
    return tuple(found)


def _check_copies(connection: Connection) -> Iterator[Discrepancy]:
    """Copies that are in force though their certificate is not."""
    for listed in store.lists(connection):
        copies = {
            entry.credential_id: entry
            for entry in store.all_entries(connection, listed.list_id)
            if entry.copy_of is not None
        }
        originals = list({str(entry.copy_of) for entry in copies.values()})
        standing = change_store.standing_changes(connection, [*copies, *originals])
        for name, entry in copies.items():
            if str(entry.copy_of) in standing and name not in standing:
                yield Discrepancy(
                    list_id=entry.list_id,
                    representation="*",
                    detail="a copy is in force, and its certificate is not",
                    index=entry.index,
                )


def _check_list(
    connection: Connection, files: PublishedFiles, public_key: PublicKey, stored: StoredList, base_url: str
) -> Iterator[Discrepancy]:
    recorded = store.published_of(connection, stored.list_id)
    changes = [change.logged for change in change_store.changes_of(connection, stored.list_id)]
    for item in REPRESENTATIONS.values():
        served = files.read_or_none(stored.list_id, item.name)
        if served is None or item.name not in recorded:
            yield _wrong(stored, item, "not published")
            continue
        if served.body != recorded[item.name].body:
            yield _wrong(stored, item, "the file differs from what is recorded as published")
        if not _is_signed(served.body, item, public_key):
            yield _wrong(stored, item, "the proof does not verify")
        states = fold(change for change in changes if change.seq <= recorded[item.name].change_seq)
        try:
            yield from _check_content(stored, item, served.body, states, base_url)
        except PublishedUnreadable:
            yield _wrong(stored, item, "cannot be read")


def _check_content(
    stored: StoredList, item: Representation, body: bytes, states: Folded, base_url: str
) -> Iterator[Discrepancy]:
    said = read_published(body, item.name)
    if said.url != item.url(base_url, stored.list_id):
        yield _wrong(stored, item, "published under another URL")
    if item.encoding is Encoding.NOTES:
        yield from _check_days(stored, body, states)
    elif said.length != stored.length:
        yield _wrong(stored, item, "published with another length")
    ended, suspended = frozenset(states.ended), frozenset(states.suspended)
    if said.ended is not None:
        yield from _compare(stored, item, "revoked", logged=ended, published=said.ended)
        # With one word for each index, its end hides that it is suspended too.
        suspended -= ended
    if said.suspended is not None:
        yield from _compare(stored, item, "suspended", logged=suspended, published=said.suspended)


def _compare(
    stored: StoredList, item: Representation, word: str, *, logged: frozenset[int], published: frozenset[int]
) -> Iterator[Discrepancy]:
    for index in sorted(logged - published):
        yield _wrong(stored, item, f"{word} in the log and not in the published document", index)
    for index in sorted(published - logged):
        yield _wrong(stored, item, f"{word} in the published document and not in the log", index)


def _check_days(stored: StoredList, body: bytes, states: Folded) -> Iterator[Discrepancy]:
    known = states.combined()
    for index, note in sorted(read_notes(body).notes.items()):
        if index in known and note.since != known[index].since.date():
            yield _wrong(stored, NOTES, "noted with another day than the log's", index)


def _is_signed(body: bytes, item: Representation, public_key: PublicKey) -> bool:
    try:
        if item.encoding is Encoding.CWT:
            return verify_sign1(parse_sign1(body), public_key)
        if not body.startswith(b"{"):
            return verify_jws(parse_jws(body.decode("ascii")), public_key)
        document = parse_json_object(body)
        proofs = parse_proofs(document)
        return len(proofs) == 1 and verify_proof(document, proofs[0], public_key).verified
    except (ProtocolError, UnicodeDecodeError):
        return False


def _wrong(stored: StoredList, item: Representation, detail: str, index: int | None = None) -> Discrepancy:
    return Discrepancy(list_id=stored.list_id, representation=item.name, detail=detail, index=index)
