"""What a person is told when a file cannot be used: whole sentences, each a gettext msgid.

Kept free of values so that a page can translate them as they stand.
"""

from vc.errors import MalformedValue, ParseError, ProtocolError, RangeError

ACCEPTED = "Send a PNG or JPEG picture of the QR code, the certificate's PDF, or the credential's JSON file."
EMPTY = f"The file is empty. {ACCEPTED}"
TOO_LARGE = "The file is larger than 10 MB. Send a smaller copy."
JSON_TOO_LARGE = "This JSON file is too large to be a credential. Send the credential's own file."
MISNAMED = f"The file is not what its name says: it is damaged or of another kind. {ACCEPTED}"
UNKNOWN_KIND = f"This kind of file cannot be read here. {ACCEPTED}"
NO_LINK = (
    "The QR code in this file does not hold the link of a certificate. "
    "Use the code printed on the certificate itself."
)
UNREADABLE = (
    "This file could not be read: it is damaged, too large inside, or not what it says it is. "
    "Save it again or take a new picture, or type the code printed below the QR code."
)

# By first bytes (magic, offset): kinds people send by mistake and can convert.
OTHER_KINDS = (
    (b"PK\x03\x04", 0, f"This is a ZIP or Office file, not a certificate. {ACCEPTED}"),
    (b"\xd0\xcf\x11\xe0", 0, f"This is an old Office file, not a certificate. {ACCEPTED}"),
    (b"GIF8", 0, f"This is a GIF picture. {ACCEPTED}"),
    (b"WEBP", 8, f"This is a WebP picture. {ACCEPTED}"),
    (b"ftyp", 4, f"This is a HEIC picture or a video. {ACCEPTED}"),
)

# By the worker's verdict; any other verdict, or none, is UNREADABLE.
_COMPLAINTS: dict[str, tuple[type[ProtocolError], str]] = {
    "no code": (
        MalformedValue,
        (
            "No QR code was found in this file. Take the picture straight, near and in good light, with "
            "the whole code and its white edge in it; or type the code printed below it."
        ),
    ),
    "several codes": (
        MalformedValue,
        "There are several different QR codes in this file. Send one with a single certificate.",
    ),
    "several credentials": (
        MalformedValue,
        "Several credentials are attached to this PDF. Send one at a time.",
    ),
    "too many pixels": (RangeError, "This picture has more than 20 megapixels. Send a smaller copy."),
    "locked": (ParseError, "This PDF is locked with a password. Send a copy without one."),
}


def complaint(verdict: object) -> ProtocolError:
    """The error to raise for a verdict of the worker that is no answer."""
    kind, said = _COMPLAINTS.get(str(verdict), (ParseError, UNREADABLE))
    return kind(said)
