"""Audit what is published, not what is believed: every bit derived again from the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from revocation import store
from revocation.publication import list_url
from revocation.published_files import PublishedFiles, PublishedUnreadable, read_list, read_notes
from revocation.store import Connection
from revocation.values import NOTES, REPRESENTATIONS, PublishedRepresentation, StoredList
from vc.crypto.keys import PublicKey
from vc.encoding.strict_json import parse_json_object
from vc.errors import ProtocolError
from vc.proof.data_integrity import parse_proofs, verify_proof
from vc.status.bitstring_status_list import set_indexes
from vc.status.fold import IndexState, fold


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
    """Everything in which the published documents differ from the fold of the log.

    Changes that no publication was asked to take in yet are not discrepancies: they are younger
    than the document.
    """
    stored = {item.list_id: item for item in store.lists(connection)}
    found: list[Discrepancy] = []
    for list_id in sorted({*stored, *files.list_ids()}):
        if list_id not in stored:
            found.append(Discrepancy(list_id=list_id, representation="*", detail="not in the database"))
            continue
        found.extend(_check_list(connection, files, public_key, stored[list_id], base_url))
    return tuple(found)


def _check_list(
    connection: Connection, files: PublishedFiles, public_key: PublicKey, stored: StoredList, base_url: str
) -> Iterator[Discrepancy]:
    recorded = store.published_of(connection, stored.list_id)
    for name in REPRESENTATIONS:
        served = files.read_or_none(stored.list_id, name)
        if served is None or name not in recorded:
            yield _wrong(stored, name, "not published")
            continue
        if served.body != recorded[name].body:
            yield _wrong(stored, name, "the file differs from what is recorded as published")
        if not _is_signed(served.body, public_key):
            yield _wrong(stored, name, "the proof does not verify")
        states = _states_at(connection, stored, recorded[name])
        try:
            yield from _check_content(stored, name, served.body, states, base_url)
        except PublishedUnreadable:
            yield _wrong(stored, name, "cannot be read")


def _states_at(
    connection: Connection, stored: StoredList, recorded: PublishedRepresentation
) -> Mapping[int, IndexState]:
    changes = store.changes_of(connection, stored.list_id)
    return fold(change.logged for change in changes if change.logged.seq <= recorded.change_seq)


def _check_content(
    stored: StoredList, name: str, body: bytes, states: Mapping[int, IndexState], base_url: str
) -> Iterator[Discrepancy]:
    if name == NOTES:
        days = {index: note.since for index, note in read_notes(body).notes.items()}
        said = frozenset(days)
        for index in sorted(said & states.keys()):
            if days[index] != states[index].since.date():
                yield _wrong(stored, name, "noted with another day than the log's", index)
    else:
        status_list = read_list(body)
        said = set_indexes(status_list.bits)
        if status_list.url != list_url(base_url, stored.list_id, name):
            yield _wrong(stored, name, "published under another URL")
        if len(status_list.bits) * 8 != stored.length:
            yield _wrong(stored, name, "published with another length")
    for index in sorted(states.keys() - said):
        yield _wrong(stored, name, "revoked in the log and not in the published document", index)
    for index in sorted(said - states.keys()):
        yield _wrong(stored, name, "set in the published document and not in the log", index)


def _is_signed(body: bytes, public_key: PublicKey) -> bool:
    try:
        document = parse_json_object(body)
        proofs = parse_proofs(document)
        return len(proofs) == 1 and verify_proof(document, proofs[0], public_key).verified
    except ProtocolError:
        return False


def _wrong(stored: StoredList, name: str, detail: str, index: int | None = None) -> Discrepancy:
    return Discrepancy(list_id=stored.list_id, representation=name, detail=detail, index=index)
