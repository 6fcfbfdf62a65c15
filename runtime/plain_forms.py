"""Forms that programs send, each field once (RFC 6749 section 3.1)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from runtime.problems import UnsupportedMediaType
from vc.errors import MalformedValue

_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 20


async def read_plain_form(request: Request) -> Mapping[str, str]:
    """The fields of the body; empty where there is none.

    Raises ``UnsupportedMediaType`` for any other body, ``MalformedValue`` for a field that is there twice or
    more than twenty of them.
    """
    body = await request.body()
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if not body and not kind:
        return {}
    if kind != _FORM:
        raise UnsupportedMediaType("Send a form.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise MalformedValue("The form has too many fields.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedValue("A field of the form is there twice.")
    return fields
