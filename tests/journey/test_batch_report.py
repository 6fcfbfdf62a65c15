"""The report of a batch: signed, whole, kept nowhere, and the same again years later without a network."""

import io
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pypdfium2
import pytest

from runtime.entropy import throwaway_signer
from runtime.evidence_bundle import read_bundle, write_bundle
from runtime.qr import qr_png
from tests.journey.batch_folder import (
    ALTERED,
    LICENSED,
    REVOKED,
    STRANGER,
    UNREADABLE,
    asks,
    folder,
    opened,
    send,
)
from tests.journey.test_batch import AGENCY, LINK
from tests.journey.verifier_house import CODE, TOKEN, VerifierHouse, open_house
from tests.unit.verifier.batch_samples import zipped
from vc.crypto.keys import PublicKey
from vc.did.did_web import parse_document
from vc.did.documents import find_verification_method
from vc.errors import MalformedValue
from vc.model.evidence import Fetched
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof
from verifier.replay import RowReplay, replay

YEARS = timedelta(days=5 * 365)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened_house:
        yield opened_house


def report_of(house: VerifierHouse, files: dict[str, bytes], *, text: str = "", purpose: str = "") -> bytes:
    answer = send(house, files, accept="text/html", answer="report", text=text, purpose=purpose)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="report-20261122-0300.zip"'
    assert answer.headers["cache-control"] == "no-store"
    return answer.content


def anchor_of(house: VerifierHouse) -> str:
    return house.world.trust_anchor.text


# What is in it -----------------------------------------------------------------------------------


def test_a_report_says_who_asked_when_what_and_against_what(house: VerifierHouse) -> None:
    asks(house, LICENSED)
    files = folder(house)
    parts = opened(report_of(house, files, purpose="EPS, sector of construction"))
    report = orjson.loads(parts["report.json"])
    assert report["format"] == "skills-passport-report-1"
    assert report["madeAt"] == "2026-11-22T03:00:00.000000Z"
    assert report["askedBy"] == {"organisation": "Office in Seoul", "licenceNumber": "L-9"}
    assert report["purpose"] == "EPS, sector of construction"
    assert report["demo"] is True
    assert report["counts"] == {
        "rejected": 4,
        "undetermined": 0,
        "unreadable": 1,
        "noConsent": 0,
        "accepted": 25,
    }
    kinds = {(basis["kind"], basis["version"]) for basis in report["checkedAgainst"]}
    assert {("trustRoot", "1"), ("trustList", "1"), ("key", None)} <= kinds
    assert "statusList" in {kind for kind, _ in kinds}
    assert report["files"] == {
        name: sha256(parts[name]).hexdigest() for name in ("report.pdf", "evidence.zip")
    }
    assert {row["name"]: row["sha256"] for row in report["rows"]} == {
        name: sha256(data).hexdigest() for name, data in files.items()
    }
    assert {parts[f"inputs/{row['sha256']}"] for row in report["rows"]} == set(files.values())


def test_it_is_signed_with_a_key_that_the_verifier_publishes(house: VerifierHouse) -> None:
    report = orjson.loads(opened(report_of(house, folder(house)))["report.json"])
    published = house.client.get("/verify/did.json")
    assert published.headers["content-type"] == "application/did+json"
    assert published.headers["access-control-allow-origin"] == "*"
    did = report["verifier"]["id"]
    document = parse_document(did, published.content)
    (proof,) = parse_proofs(report)
    method = find_verification_method(document, proof.verification_method, "assertionMethod")
    assert method is not None
    assert method.public_key.multikey == report["verifier"]["publicKeyMultibase"]
    assert verify_proof(report, proof, method.public_key).verified
    assert proof.cryptosuite == "eddsa-jcs-2022"


@pytest.mark.parametrize("language", ["en", "km", "ja"])
def test_the_pdf_says_the_same_to_people(house: VerifierHouse, language: str) -> None:
    files = folder(house) | {UNREADABLE: b"x"}
    answer = send(house, files, accept="text/html", language=language, answer="report")
    parts = opened(answer.content)
    report = orjson.loads(parts["report.json"])
    assert report["language"] == {"ja": "en"}.get(language, language)
    pdf = pypdfium2.PdfDocument(parts["report.pdf"])
    said = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    for row in report["rows"]:
        assert row["sha256"][:16] in said
    assert "DEMO" in said
    if language != "km":
        for text in (*REVOKED, ALTERED, STRANGER, UNREADABLE, "Revoked: no longer in force", "Not genuine"):
            assert text in said
        assert "Since: 22 November 2026" in said
    assert b"pdfaid" in parts["report.pdf"], "it is an archive file"


@pytest.mark.parametrize(
    "name", ["한국어 ไทย 日本 \U0001f600.json", "a\u2061b.json"], ids=["no_letters", "no_sign"]
)
def test_a_file_name_that_the_fonts_cannot_set_does_not_hinder_the_report(
    house: VerifierHouse, name: str
) -> None:
    files = {name: house.world.issue(1)}
    parts = opened(report_of(house, files))
    assert parts["report.pdf"].startswith(b"%PDF")
    assert orjson.loads(parts["report.json"])["rows"][0]["name"] == name


def test_nothing_of_it_is_kept_here(house: VerifierHouse, tmp_path: Path) -> None:
    report_of(house, folder(house), purpose="a purpose that stands nowhere")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in ("SOK DARA", "ស្រីមុំ", "a purpose that stands nowhere", "03 SOK.json"):
        assert secret.encode() not in kept


def test_without_consent_the_report_has_neither_answer_nor_input(house: VerifierHouse) -> None:
    asks(house, AGENCY)
    raw = house.world.issue(4)
    parts = opened(report_of(house, {"a.json": raw}))
    assert sorted(parts) == ["evidence.zip", "report.json", "report.pdf"]
    assert b"SOK DARA" not in b"".join(parts.values())
    assert orjson.loads(parts["report.json"])["rows"][0]["outcome"] == "noConsent"


# Years later -------------------------------------------------------------------------------------


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Callable[[VerifierHouse], None]:
    """Years pass, everything was revoked since, and nothing can be reached."""

    def pass_years(house: VerifierHouse) -> None:
        house.world.clock.advance(YEARS)
        house.world.publish_status(set(range(100)))
        house.world.go_offline()
        house.contacts.clear()

        def refuse(*_: object) -> None:
            raise AssertionError("somebody was contacted")

        monkeypatch.setattr(socket.socket, "connect", refuse)

    return pass_years


@pytest.mark.parametrize("language", ["en", "km"])
def test_years_later_and_offline_every_row_has_the_same_answer(
    house: VerifierHouse, offline: Callable[[VerifierHouse], None], language: str
) -> None:
    world = house.world
    files = folder(house)
    del files["00 SOK.json"], files["01 SOK.json"]
    files["two.json"] = world.present(world.issue(5), world.issue(6))
    report = send(house, files, accept="text/html", language=language, answer="report").content
    offline(house)
    result = replay(report, anchor=anchor_of(house))
    assert result.faults == ()
    assert result.holds
    assert len(result.rows) == 30
    assert {row.replay for row in result.rows} == {RowReplay.SAME}
    assert all(row.recorded == row.found for row in result.rows)
    assert {row.name: row.found for row in result.rows if row.found != "accepted"} == {
        **dict.fromkeys((*REVOKED, ALTERED, STRANGER), "rejected"),
        UNREADABLE: "unreadable",
    }
    assert (result.verifier, result.made_at) == ("did:web:skills-passport.example:verify", world.now - YEARS)
    assert house.contacts == []


def test_what_could_not_be_checked_then_cannot_be_checked_now(house: VerifierHouse) -> None:
    house.world.go_offline(house.world.list_url)
    report = report_of(house, {"a.json": house.world.issue(1)})
    house.world.come_back()
    (row,) = replay(report, anchor=anchor_of(house)).rows
    assert (row.replay, row.recorded, row.found) == (RowReplay.SAME, "undetermined", "undetermined")


def test_a_link_needs_the_certificate_that_its_holder_may_show(
    house: VerifierHouse, offline: Callable[[VerifierHouse], None]
) -> None:
    raw = house.world.issue(4)
    house.shared |= {TOKEN: raw, CODE: house.world.issue(5)}
    report = report_of(house, {"photo.png": qr_png(LINK)}, text=f"{CODE}\n{'0' * 12}\n7K3M")
    assert b"1994-03-07" not in b"".join(opened(report).values()), "a stranger is told no birth date"
    offline(house)
    wanted, nothing = RowReplay.NEEDS_CERTIFICATE, RowReplay.NOTHING_CHECKED
    result = replay(report, anchor=anchor_of(house))
    assert [row.replay for row in result.rows] == [wanted, wanted, nothing, RowReplay.SAME]
    assert result.holds
    shown = replay(report, anchor=anchor_of(house), certificates=[raw, house.world.issue(9)])
    assert [row.replay for row in shown.rows] == [RowReplay.SAME, wanted, nothing, RowReplay.SAME]


def test_another_anchor_than_the_readers_own_is_not_trusted(house: VerifierHouse) -> None:
    report = report_of(house, {"a.json": house.world.issue(1)})
    foreign = throwaway_signer().public_key.multikey
    (row,) = replay(report, anchor=foreign).rows
    assert (row.replay, row.recorded) == (RowReplay.DIFFERENT, "accepted")
    assert row.found != "accepted"
    assert not replay(report, anchor=foreign).holds


# Tampered with -----------------------------------------------------------------------------------


def packed(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return written.getvalue()


def first_input(parts: dict[str, bytes]) -> str:
    return next(name for name in parts if name.startswith("inputs/"))


def without(parts: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {kept: data for kept, data in parts.items() if kept != name}


def edited(parts: dict[str, bytes], edit: Callable[[dict[str, Any]], Any]) -> dict[str, bytes]:
    report = orjson.loads(parts["report.json"])
    edit(report)
    return parts | {"report.json": orjson.dumps(report)}


def with_other_evidence(parts: dict[str, bytes]) -> dict[str, bytes]:
    bundle = read_bundle(parts["evidence.zip"])
    items = {url: item for url, item in bundle.items.items() if isinstance(item, Fetched)}
    items.popitem()
    return parts | {"evidence.zip": write_bundle(replace(bundle, items=items))}


TAMPERED: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "an_outcome": (lambda p: edited(p, lambda r: r["rows"][0].update(outcome="rejected")), "signature"),
    "the_time": (lambda p: edited(p, lambda r: r.update(madeAt="2026-11-22T04:00:00Z")), "signature"),
    "the_purpose": (lambda p: edited(p, lambda r: r.update(purpose="another")), "signature"),
    "no_proof": (lambda p: edited(p, lambda r: r.pop("proof")), "signature"),
    "two_proofs": (lambda p: edited(p, lambda r: r.update(proof=[r["proof"]] * 2)), "signature"),
    "the_verifier": (
        lambda p: edited(p, lambda r: r["verifier"].update(id="did:web:b.example")),
        "signature",
    ),
    "the_pdf": (lambda p: p | {"report.pdf": p["report.pdf"] + b" "}, "report.pdf"),
    "no_pdf": (lambda p: without(p, "report.pdf"), "report.pdf"),
    "the_evidence": (with_other_evidence, "evidence.zip"),
    "no_evidence": (lambda p: without(p, "evidence.zip"), "evidence.zip"),
    "evidence_that_is_none": (lambda p: p | {"evidence.zip": b"PK"}, "evidence.zip"),
    "an_input": (lambda p: p | {first_input(p): p[first_input(p)] + b" "}, "inputs/"),
    "no_input": (lambda p: without(p, first_input(p)), "inputs/"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_altered_is_named_and_nothing_is_replayed(house: VerifierHouse, what: str) -> None:
    parts = opened(report_of(house, {"a.json": house.world.issue(1), "b.json": house.world.issue(2)}))
    tamper, named = TAMPERED[what]
    expected = first_input(parts) if named == "inputs/" else named
    result = replay(packed(tamper(parts)), anchor=anchor_of(house))
    assert result.faults[0] == expected
    assert not result.holds
    assert result.rows == ()


def test_a_report_signed_anew_by_another_key_shows_that_key(house: VerifierHouse) -> None:
    """Whoever signs anew can write what they like, but neither the verifier's key nor the answers."""
    parts = opened(report_of(house, {"a.json": house.world.issue(1)}))
    report = orjson.loads(parts["report.json"])
    forger = throwaway_signer()
    genuine = report["verifier"]["publicKeyMultibase"]
    report.pop("proof")
    report["rows"][0]["outcome"] = "rejected"
    report["verifier"] = {
        "id": forger.verification_method.partition("#")[0],
        "publicKeyMultibase": forger.public_key.multikey,
    }
    signed = add_proof(report, cryptosuite="eddsa-jcs-2022", signer=forger, created=house.world.now)
    result = replay(packed(parts | {"report.json": orjson.dumps(signed)}), anchor=anchor_of(house))
    assert result.faults == ()
    assert (result.key, result.verifier) != (genuine, "did:web:skills-passport.example:verify")
    assert PublicKey.from_multikey(result.key) == forger.public_key
    assert [row.replay for row in result.rows] == [RowReplay.DIFFERENT]


@pytest.mark.parametrize(
    "raw", [b"", b"no zip", zipped({"report.json": b"{}"}), zipped({"other.json": b"{}"})], ids=repr
)
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedValue):
        replay(raw, anchor=throwaway_signer().public_key.multikey)
