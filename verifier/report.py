"""The report of a batch: every answer, what it rests on and what was brought, signed, in one ZIP file.

    report.json          the answers, with the digest of everything else; Data Integrity eddsa-jcs-2022
    report.pdf           the same for people
    evidence.zip         the evidence bundle that every answer rests on (``runtime.evidence_bundle``)
    inputs/<sha256>      the exact bytes of what was brought

Only whoever asked keeps it. ``verifier.replay`` checks it again, at its own time and without a network.
"""

import asyncio
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import orjson

from runtime.evidence_bundle import write_bundle
from runtime.i18n import LANGUAGE_NAMES, SOURCE_LANGUAGE
from runtime.service import ServiceContext
from runtime.verification import VerificationShell
from vc.crypto.keys import Signer
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_exact_timestamp, format_timestamp
from vc.model.verdict import CheckedAgainst
from vc.proof.data_integrity import add_proof
from verifier.askers import Asker
from verifier.batch import Batch, BatchRow, RowOutcome
from verifier.batch_rendering import batch_json
from verifier.bundling import evidence_of
from verifier.identity import REPORT_KEY, signer, verifier_did
from verifier.rendering import Translate
from verifier.report_pdf import report_pdf
from verifier.sentences import BASIS_LABELS

FORMAT: Final = "skills-passport-report-1"
CRYPTOSUITE: Final = "eddsa-jcs-2022"
REPORT_JSON, REPORT_PDF, EVIDENCE = "report.json", "report.pdf", "evidence.zip"
INPUTS: Final = "inputs/"
# ZIP knows no time zone and no year before 1980; the time of the report stands in it.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A report as a file; ``file_name`` is plain ASCII."""

    file_name: str
    archive: bytes


def report_language(language: str) -> str:
    """The language of a report for a reader of ``language``: the fonts have Khmer and Latin letters."""
    return language if language in LANGUAGE_NAMES else SOURCE_LANGUAGE


async def make_report(
    context: ServiceContext,
    shell: VerificationShell,
    batch: Batch,
    asker: Asker,
    *,
    purpose: str | None,
    language: str,
) -> Report:
    """The signed report of ``batch`` in ``language``, one of ``report_language``.

    Raises ``KeyringError`` where the verifier's key cannot be used.
    """

    def translate(msgid: str) -> str:
        return context.pages.translator.gettext(language, msgid)

    def make() -> bytes:
        evidence = write_bundle(evidence_of(batch.sitting, shell, context.settings))
        content = _content(context, batch, asker, purpose=purpose, language=language, translate=translate)
        key = signer(context, REPORT_KEY)
        content["verifier"] = {
            "id": verifier_did(context.settings),
            "publicKeyMultibase": key.public_key.multikey,
        }
        pdf = report_pdf(content, batch, language, translate)
        return _archive(content, batch, {REPORT_PDF: pdf, EVIDENCE: evidence}, key)

    stamp = batch.sitting.now.strftime("%Y%m%d-%H%M")
    return Report(file_name=f"report-{stamp}.zip", archive=await asyncio.to_thread(make))


def _content(
    context: ServiceContext,
    batch: Batch,
    asker: Asker,
    *,
    purpose: str | None,
    language: str,
    translate: Translate,
) -> JsonObject:
    origin = context.settings.base_url
    organisation = asker.organisation.get(language) or asker.organisation.get(SOURCE_LANGUAGE)
    return {
        "format": FORMAT,
        **batch_json(batch, language, translate, origin=origin),
        "madeAt": format_exact_timestamp(batch.sitting.now),
        "language": language,
        "demo": context.settings.is_demo,
        "baseUrl": origin,
        "askedBy": None
        if asker.licence_number is None
        else {"organisation": organisation, "licenceNumber": asker.licence_number},
        "purpose": purpose,
        "checkedAgainst": [_basis_json(basis, translate) for basis in _bases(batch.rows)],
    }


def _bases(rows: Iterable[BatchRow]) -> list[CheckedAgainst]:
    """Every key and list that the verdicts rest on, each once."""
    found = (
        basis
        for row in rows
        if row.checked is not None
        for verdict in row.checked.verification.verdicts.values()
        for basis in verdict.against
    )
    listed = {basis for basis in found if basis.kind in ("key", "trustRoot", "trustList", "statusList")}
    return sorted(listed, key=lambda basis: (basis.kind, basis.name, basis.version or ""))


def _basis_json(basis: CheckedAgainst, translate: Translate) -> JsonObject:
    return {
        "kind": basis.kind,
        "label": translate(BASIS_LABELS[basis.kind]),
        "name": basis.name,
        "version": basis.version,
        "asOf": None if basis.as_of is None else format_timestamp(basis.as_of),
    }


def _archive(content: JsonObject, batch: Batch, files: Mapping[str, bytes], key: Signer) -> bytes:
    digests: dict[str, JsonValue] = {name: sha256(data).hexdigest() for name, data in files.items()}
    signed = add_proof(
        {**content, "files": digests}, cryptosuite=CRYPTOSUITE, signer=key, created=batch.sitting.now
    )
    inputs = {
        INPUTS + row.row.digest: row.row.brought
        for row in batch.rows
        if row.row.brought and row.outcome is not RowOutcome.NO_CONSENT and not row.is_share
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        document = orjson.dumps(signed, option=orjson.OPT_INDENT_2)
        for name, data in {REPORT_JSON: document, **files, **inputs}.items():
            entry = zipfile.ZipInfo(name, date_time=_NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return written.getvalue()
