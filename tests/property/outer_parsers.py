"""The parsers outside the core: what people type and upload, sign-ins, other services' answers, own files."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from issuer.class_list import example_row, parse_class_list
from issuer.class_list.columns import columns_of
from issuer.class_list.csv_text import read_csv
from issuer.class_list.headings import count_headings
from issuer.class_list.model import Heading, UnreadableClassList
from issuer.class_list.ods import read_open_document
from issuer.class_list.rows import Setting, read_row
from issuer.class_list.sheet import Cell, SheetRow
from issuer.class_list.values import read_date, read_sex, read_whole_number
from issuer.class_list.xls import read_old_workbook
from issuer.class_list.xlsx import read_workbook
from issuer.rld.faults import trouble_of
from issuer.rld.messages import read_events, read_persons, read_photo, read_taken
from issuer.rld.register_file import parse_register_file
from revocation.published_files import PublishedUnreadable, read_list, read_notes, read_published
from revocation.records import RecordError, parse_record
from runtime.assertions import issue_access_token, issue_assertion, parse_access_token, parse_assertion
from runtime.auth import NotAuthenticated, parse_service_token, safe_next_path, service_token
from runtime.documents import edition_of
from runtime.entropy import decode_code
from runtime.evidence_bundle import read_bundle
from runtime.key_token import parse_token_uri
from runtime.origins import parse_origin
from tests.property import samples
from tests.property.card_parsers import CARD_PARSERS
from tests.property.issuance_parsers import ISSUANCE_PARSERS
from tests.property.parsers import CORE_PARSERS, Parser, parser
from tests.property.presentation_parsers import PRESENTATION_PARSERS
from tests.property.provider_parsers import PROVIDER_PARSERS
from tests.property.wallet_parsers import WALLET_PARSERS
from tests.simulator import NOTES_URL, TRUST_LIST_URL
from tests.unit.issuer.class_list_samples import TODAY
from tests.unit.issuer.test_class_list_other_files import FILES
from tests.unit.verifier import batch_samples
from vc.errors import (
    EvidenceUnavailable,
    MalformedValue,
    NotFound,
    RangeError,
)
from vc.programmes.parsing import parse_programme
from vc.programmes.windows import parse_day
from verifier import batch_lists
from verifier.batch_archive import UnreadableMember
from verifier.client.answers import read_answer
from verifier.extract import link_or_none
from verifier.links import parse_code, parse_link_or_code, parse_token
from verifier.programme_checks import read_wanted
from verifier.report_reading import read_report
from wallet_api.menus.talk import walk
from wallet_api.menus.updates import read_update


def _class_list(data: bytes) -> object:
    return parse_class_list(data, "rpl", today=TODAY)


def _row_parser(kind: str) -> Parser:
    """The row of one type under its own headings, tried from its example."""
    columns = columns_of(kind)
    setting = Setting(
        kind=kind,
        today=TODAY,
        headings={column.key: Heading(text=column.titles["en"], letter="A") for column in columns},
        indexes={column.key: position for position, column in enumerate(columns)},
    )

    def read(texts: Mapping[str, Any]) -> object:
        cells = tuple(Cell(text=str(texts.get(column.key, ""))) for column in columns)
        return read_row(SheetRow(number=2, cells=cells), setting)

    example = {key: str(value) for key, value in example_row(kind, today=TODAY).items() if value is not None}
    return parser("issuer.class_list.rows.read_row", read, example)


SIGN_INS = (
    parser(
        "runtime.assertions.parse_access_token",
        lambda text: parse_access_token(
            text, issuer=samples.ORIGIN, keys=samples.SESSION_KEYS, now=samples.NOW
        ),
        issue_access_token(
            samples.PRINCIPAL, issuer=samples.ORIGIN, signer=samples.SESSION_SIGNER, now=samples.NOW
        ),
        NotAuthenticated,
    ),
    parser(
        "runtime.assertions.parse_assertion",
        lambda text: parse_assertion(
            text, audience="issuer", issuer=samples.ORIGIN, keys=samples.SESSION_KEYS, now=samples.NOW
        ),
        issue_assertion(
            samples.PRINCIPAL,
            audience="issuer",
            issuer=samples.ORIGIN,
            signer=samples.SESSION_SIGNER,
            now=samples.NOW,
        ),
        NotAuthenticated,
    ),
    parser(
        "runtime.auth.parse_service_token",
        lambda text: parse_service_token(
            text, audience="revocation", settings=samples.SETTINGS, now=samples.NOW
        ),
        service_token(caller="issuer", audience="revocation", settings=samples.SETTINGS, now=samples.NOW),
        NotAuthenticated,
    ),
)

TYPED_AND_UPLOADED = (
    parser(
        "verifier.links.parse_link_or_code",
        lambda text: parse_link_or_code(text, base_url=samples.ORIGIN),
        f"{samples.ORIGIN}/v/7K3M9QXA2B4C5D6E7F8G9H0J1K",
        MalformedValue,
        NotFound,
    ),
    parser("verifier.links.parse_token", parse_token, "7K3M9QXA2B4C5D6E7F8G9H0J1K", NotFound),
    parser("verifier.links.parse_code", parse_code, "7K3M-9QXA-2B4C", MalformedValue),
    parser(
        "verifier.extract.values.link_or_none", link_or_none, f"{samples.ORIGIN}/v/7K3M9QXA2B4C5D6E7F8G9H0J1K"
    ),
    parser(
        "verifier.batch_archive.open_archive",
        batch_samples.members_of,
        batch_samples.ARCHIVE,
        UnreadableMember,
    ),
    parser("verifier.batch_lists.read_list", partial(batch_lists.read_list, "list.csv"), batch_samples.LIST),
    parser(
        "verifier.batch_reading.read_rows",
        lambda data: batch_samples.rows_of(("list.csv", data), ("all.zip", data), ("one", data)),
        batch_samples.ARCHIVE,
        RangeError,
    ),
    parser(
        "verifier.batch_reading.read_rows",
        lambda text: batch_samples.rows_of(pasted=text),
        f"{batch_samples.LINK}\n{batch_samples.CODE}\n",
        RangeError,
    ),
    parser(
        "wallet_api.menus.updates.read_update",
        read_update,
        {
            "update_id": 9,
            "message": {"message_id": 7, "chat": {"id": 4711, "type": "private"}, "text": "1"},
        },
        MalformedValue,
    ),
    parser("wallet_api.menus.talk.walk", walk, "6*2*1*250817"),
    parser(
        "verifier.report_reading.read_report",
        read_report,
        batch_samples.report_zip(),
        MalformedValue,
        RangeError,
    ),
    parser(
        "verifier.report_reading.read_report",
        lambda document: read_report(batch_samples.report_zip(document)),
        batch_samples.REPORT,
        MalformedValue,
        RangeError,
    ),
    parser("runtime.entropy.decode_code", decode_code, "7K3M-9QXA-2B4C", MalformedValue),
    parser("runtime.origins.parse_origin", parse_origin, samples.ORIGIN, ValueError),
    parser(
        "runtime.key_token.parse_token_uri",
        parse_token_uri,
        "pkcs11:token=a?module-path=/usr/lib/p11.so&pin-source=file:/etc/pin",
        MalformedValue,
    ),
    parser("runtime.auth.safe_next_path", safe_next_path, "/issuer?x=1"),
    parser("vc.programmes.parsing.parse_programme", parse_programme, samples.PROGRAMME, MalformedValue),
    parser("vc.programmes.windows.parse_day", parse_day, "2026-11-27"),
    parser(
        "verifier.programme_checks.read_wanted",
        lambda text: read_wanted("kr-eps", variant=text, on=text, requester="public_body", today=TODAY),
        "2026-11-27",
        MalformedValue,
    ),
    parser(
        "verifier.client.answers.read_answer", read_answer, samples.ANSWER, KeyError, TypeError, ValueError
    ),
    parser("runtime.evidence_bundle.read_bundle", read_bundle, samples.BUNDLE, MalformedValue, RangeError),
    parser("runtime.documents.edition_of", edition_of, samples.WORLD.documents[TRUST_LIST_URL]),
    parser("issuer.class_list.parse.parse_class_list", _class_list, samples.CSV, UnreadableClassList),
    parser(
        "issuer.class_list.csv_text.read_csv",
        lambda data: read_csv(data, lambda sheet: count_headings(sheet, "rpl")),
        samples.CSV,
        UnreadableClassList,
    ),
    parser("issuer.class_list.xlsx.read_workbook", read_workbook, samples.XLSX, UnreadableClassList),
    parser("issuer.class_list.xls.read_old_workbook", read_old_workbook, FILES["xls"], UnreadableClassList),
    parser("issuer.class_list.ods.read_open_document", read_open_document, FILES["ods"], UnreadableClassList),
    # Between them every kind of column and every rule.
    *map(_row_parser, ("rpl", "training", "test", "attendance")),
    parser("issuer.class_list.values.read_date", lambda t: read_date(Cell(text=t)), "31.12.1995"),
    parser("issuer.class_list.values.read_whole_number", lambda t: read_whole_number(Cell(text=t)), "92 %"),
    parser("issuer.class_list.values.read_sex", lambda t: read_sex(Cell(text=t)), "ស្រី"),
    parser("issuer.rld.messages.read_persons", read_persons, samples.RLD_ANSWER, EvidenceUnavailable),
    parser("issuer.rld.messages.read_events", read_events, samples.RLD_EVENTS, EvidenceUnavailable),
    parser("issuer.rld.messages.read_photo", read_photo, b'{"state": "none"}', EvidenceUnavailable),
    parser("issuer.rld.messages.read_taken", read_taken, b'{"notice_id": "n-1"}', EvidenceUnavailable),
    parser(
        "issuer.rld.register_file.parse_register_file", parse_register_file, samples.REGISTER, MalformedValue
    ),
    parser("issuer.rld.faults.trouble_of", trouble_of, "Server.ServerProxy.AccessDenied"),
)

# What the registry wrote to its own disk, which a restore may have damaged.
OWN_FILES = (
    parser("revocation.records.parse_record", parse_record, samples.RECORD, RecordError),
    parser(
        "revocation.published_files.read_list",
        read_list,
        samples.WORLD.documents[samples.WORLD.list_url],
        PublishedUnreadable,
    ),
    parser(
        "revocation.published_files.read_notes",
        read_notes,
        samples.NOTES_WORLD.documents[NOTES_URL],
        PublishedUnreadable,
    ),
    *(
        parser(
            "revocation.published_files.read_published",
            partial(read_published, representation=name),
            sample,
            PublishedUnreadable,
        )
        for name, sample in samples.PUBLISHED.items()
    ),
)

PARSERS = (
    *(*CORE_PARSERS, *CARD_PARSERS, *PRESENTATION_PARSERS, *ISSUANCE_PARSERS, *WALLET_PARSERS),
    *(*SIGN_INS, *PROVIDER_PARSERS, *TYPED_AND_UPLOADED, *OWN_FILES),
)

# Named like parsers and not in the table, each with the reason.
ELSEWHERE: Mapping[str, str] = {
    "vc.verify.authentic.resolve_key": "part of a round; whole rounds are tried by their own test",
    "vc.verify.reading.read_credential": "as resolve_key",
    "vc.verify.reading.read_proofs": "as resolve_key",
    "vc.sd_jwt.disclosures.reveal_read": "the second half of reveal",
    "vc.encoding.multibase.decode_base58": "as decode, which calls it",
    "vc.encoding.multibase.decode_base58_reference": "what decode_base58 is held to",
    "vc.encoding.strict_json.parse_json_reference": "what parse_json is held to",
    "verifier.extract.reader.extract": "starts a process for each file; tried by its own test",
    "verifier.extract.reader.extract_async": "as extract",
    "runtime.file_reading.child.read_file": "as extract, which calls it",
    "runtime.file_reading.worker.read_picture": "runs in a process that may die; tried through extract",
    "runtime.file_reading.worker.read_pdf": "as read_picture",
    "vc.programmes.reading.read_programme": "reads a file of this product by its name",
    "vc.programmes.reading.open_programmes": "as read_programme",
    "verifier.dependencies.open_or_key": "makes a check of who may enter; nothing is read",
}
