"""Everything of one's own as a ZIP: the exact files, what else is kept, and how to check them without us."""

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import orjson

from runtime.i18n import gettext_noop
from wallet_api.service import HeldCredential

Translate = Callable[[str], str]

_INTRODUCTION: Final = gettext_noop("This is everything that the skills passport keeps of you.")
_FILES: Final = gettext_noop(
    "In the folder “credentials” are your certificates, as your centre signed them. They are yours: keep "
    "them, copy them, show them. Do not change a letter, or they are not genuine any more."
)
_CHECK: Final = gettext_noop(
    "Anybody can check them without this passport, with free software. In the folder of this file:"
)
_ON_A_PAGE: Final = gettext_noop("Or on a web page, without an account:")
_REST: Final = gettext_noop(
    "In the file “passport.json” is the rest: where we tell you news, who looked, and what you shared."
)
_PRINTED: Final = gettext_noop("To be printed (PDF):")
_KEEP_SAFE: Final = gettext_noop(
    "Your name and more of you stand in these files. Give them to nobody you do not trust."
)
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCopy:
    """What goes into the ZIP. ``rest`` is JSON values; ``translators`` are those of the README, in order."""

    held: Sequence[HeldCredential]
    rest: Mapping[str, Any]
    base_url: str
    hotline: str
    made_at: datetime
    translators: Sequence[Translate]


def zip_of(copy: OwnCopy) -> bytes:
    """The ZIP: ``README.txt``, ``passport.json`` and a file in ``credentials`` for each certificate."""
    names = file_names(copy.held)
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        _write(archive, copy, "README.txt", _readme(copy, names).encode())
        _write(archive, copy, "passport.json", orjson.dumps(copy.rest, option=orjson.OPT_INDENT_2))
        for held, name in zip(copy.held, names, strict=True):
            _write(archive, copy, f"credentials/{name}", held.raw)
    return stream.getvalue()


def file_names(held: Sequence[HeldCredential]) -> tuple[str, ...]:
    """A name for each file: the certificate's number where it has one, and never one name twice."""
    names: list[str] = []
    for position, one in enumerate(held, 1):
        subject = one.document.get("credentialSubject")
        number = subject.get("certificateNumber") if isinstance(subject, dict) else None
        name = _NOT_IN_A_NAME.sub("-", number if isinstance(number, str) else "").strip("-.")
        names.append(f"{position:02}-{name[:_LONGEST_NAME] or 'certificate'}.json")
    return tuple(names)


def _write(archive: zipfile.ZipFile, copy: OwnCopy, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=copy.made_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _readme(copy: OwnCopy, names: Sequence[str]) -> str:
    return "\n\n\n".join(_in_one_language(copy, names, translate) for translate in copy.translators) + "\n"


def _in_one_language(copy: OwnCopy, names: Sequence[str], translate: Translate) -> str:
    command = f"    passport verify --server {copy.base_url} credentials/*.json"
    printed = [
        f"    {name}: {copy.base_url}{held.delivery.certificate_path}"
        for held, name in zip(copy.held, names, strict=True)
    ]
    paragraphs = [
        translate(_INTRODUCTION),
        translate(_FILES),
        f"{translate(_CHECK)}\n\n    passport verify credentials/*.json\n{command}",
        f"{translate(_ON_A_PAGE)} {copy.base_url}/verify",
        translate(_REST),
        translate(_KEEP_SAFE),
        translate(gettext_noop("This is free. Nobody may ask money for it.")) + f" {copy.hotline}",
    ]
    if printed:
        paragraphs.insert(4, "\n".join([translate(_PRINTED), *printed]))
    return "\n\n".join(paragraphs)
