"""From a view to the bytes of a PDF/A-3b page, by typst.

Everything variable reaches the template as data (JSON in ``sys.inputs``), never as markup, so a
name holding ``#`` or ``$`` prints as itself.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path

import typst

from issuer.certificate.view import CertificateView, require_printable
from runtime.qr import qr_svg
from runtime.typesetting import COMPILING, compiler_for
from vc.errors import MalformedValue, RangeError

_TEMPLATE = Path(__file__).with_name("certificate.typ")
_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# The template panics with this word when even its smallest type overflows the page.
_OVERFLOW = "certificate-does-not-fit"


def render_certificate(view: CertificateView, *, credential: bytes, credential_filename: str) -> bytes:
    """The certificate as a one-page PDF/A-3b with ``credential`` attached byte for byte.

    The same arguments give the same bytes. Blocks for some milliseconds of CPU (the first call
    of a process longer, while fonts load); safe to call from several threads.

    Raises MalformedValue or RangeError for a view that cannot be printed on one page, and
    MalformedValue for a credential that is not UTF-8 or a file name that is not plain ASCII.
    Source: PDF/A-3 (ISO 19005-3) section 6.8, associated files.
    """
    require_printable(view)
    return _compile(_inputs(view, credential, credential_filename))


def _inputs(view: CertificateView, credential: bytes, credential_filename: str) -> dict[str, str]:
    if not _FILENAME.fullmatch(credential_filename):
        raise MalformedValue("The name of the attached file must be plain ASCII letters and digits.")
    try:
        attachment = credential.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedValue("The credential to attach is not UTF-8.") from error
    derived = {"verify_host": view.verify_host, "only_here": view.only_here}
    return {
        "view": json.dumps(asdict(view) | derived, default=str, ensure_ascii=False),
        "qr": qr_svg(view.verify_url, error_correction="M", title=view.verify_url),
        "credential": attachment,
        "credential_filename": credential_filename,
    }


def _compile(inputs: dict[str, str]) -> bytes:
    try:
        with COMPILING:
            document = _compiler().compile(format="pdf", pdf_standards="a-3b", sys_inputs=inputs)
    except typst.TypstError as error:
        if _OVERFLOW in str(error):
            raise RangeError("There is too much text for one page.") from error
        if "PDF/A" in str(error):
            raise MalformedValue("A text holds a letter the certificate's fonts do not have.") from error
        raise
    if not isinstance(document, bytes):
        raise TypeError("typst did not return one PDF")
    return document


def _compiler() -> typst.Compiler:
    return compiler_for(_TEMPLATE)
