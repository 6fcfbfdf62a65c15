"""QR codes and other codes in pictures: what they may say, and pictures that cost a reader its time."""

import io
from collections.abc import Callable

import qrcode
from PIL import Image

from tests.invalid.case import MARKER, Case, Expected
from tests.invalid.genuine import Genuine
from tests.invalid.tokens import credential_token
from tests.invalid.uploads import upload


def _saved(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def code_picture(text: str | bytes, box_size: int = 4) -> Image.Image:
    """The picture of a QR code in black and white."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, box_size=box_size)
    code.add_data(text)
    code.make(fit=True)
    return code.make_image().get_image().convert("L")


def _link(genuine: Genuine) -> str:
    return f"{genuine.base_url}/v/{genuine.token}"


_TEXTS: dict[str, Callable[[Genuine], str | bytes]] = {
    "of-another-site": lambda genuine: f"https://{MARKER}.example/v/{genuine.token}",
    "of-the-collaborator": lambda genuine: f"{genuine.collaborator}/v/{genuine.token}",
    "of-our-host-on-another-port": lambda genuine: f"http://127.0.0.1:1/v/{genuine.token}",
    "of-our-host-in-front": lambda genuine: f"{genuine.base_url}.{MARKER}.example/v/{genuine.token}",
    "of-our-site-as-userinfo": lambda genuine: f"{genuine.base_url}@{MARKER}.example/v/{genuine.token}",
    "of-our-site-behind-a-redirect": lambda genuine: f"https://{MARKER}.example/?to={_link(genuine)}",
    "with-userinfo": lambda genuine: _link(genuine).replace("://", "://a@"),
    "with-backslash": lambda genuine: _link(genuine).replace("/v/", "\\v\\"),
    "with-dot-segments": lambda genuine: _link(genuine).replace("/v/", "/v/../v/"),
    "with-fragment": lambda genuine: f"{_link(genuine)}#x",
    "with-query": lambda genuine: f"{_link(genuine)}?next=https://{MARKER}.example",
    "with-a-second-line": lambda genuine: f"{_link(genuine)}\nhttps://{MARKER}.example",
    "scheme-in-capitals": lambda genuine: _link(genuine).replace("http", "HTTP"),
    "of-javascript": lambda _: f"javascript:alert('{MARKER}')",
    "of-a-file": lambda _: "file:///etc/passwd",
    "of-data": lambda _: "data:text/html,<script>alert(1)</script>",
    "of-an-intent": lambda _: f"intent://x#Intent;package={MARKER};end",
    "of-another-page-of-ours": lambda genuine: f"{genuine.base_url}/issuer",
    "of-an-unknown-token": lambda genuine: f"{genuine.base_url}/v/{'0' * 26}",
    "of-half-a-token": lambda genuine: _link(genuine)[:-13],
    "of-a-health-certificate": lambda _: "HC1:6BFOXN%TSMAHN-H",
    "of-a-credential-offer": lambda genuine: (
        f"openid-credential-offer://?credential_offer_uri={genuine.collaborator}/o"
    ),
    "of-a-presentation-request": lambda genuine: f"openid4vp://?request_uri={genuine.collaborator}/r",
    "of-a-vc-scheme": lambda genuine: f"vc://{genuine.token}",
    "of-a-token": lambda genuine: credential_token(genuine).compact()[:2_000],
    "of-json": lambda genuine: genuine.raw[:2_000],
    "of-bytes": lambda _: bytes(range(256)) * 8,
    "of-wireless": lambda _: f"WIFI:T:WPA;S:{MARKER};P:x;;",
    "empty-but-a-space": lambda _: " ",
}


def _beside(*pictures: Image.Image) -> Image.Image:
    ground = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), 255)
    left = 0
    for one in pictures:
        ground.paste(one, (left, 0))
        left += one.width
    return ground


_PICTURES: dict[str, Callable[[Genuine], bytes]] = {
    "two-different": lambda genuine: _saved(
        _beside(code_picture(_link(genuine)), code_picture(f"https://{MARKER}.example/"))
    ),
    "a-hundred": lambda _: _saved(
        _beside(*(code_picture(f"https://{MARKER}.example/{n}", box_size=1) for n in range(100)))
    ),
    "largest": lambda _: _saved(code_picture("https://x.example/" + "a" * 2_900, box_size=2)),
    "in-twenty-one-megapixels": lambda genuine: _saved(
        code_picture(_link(genuine)).resize((4_600, 4_600)).convert("1")
    ),
    "noise": lambda _: _saved(Image.effect_noise((1_500, 1_500), 100)),
    "inverted-and-cut": lambda genuine: _saved(code_picture(_link(genuine)).crop((0, 0, 80, 80))),
    "none-in-it": lambda _: _saved(Image.new("L", (500, 500), 255)),
    "of-no-width": lambda _: _saved(Image.new("L", (1, 20_000), 255)),
}


def _case(name: str, make: Callable[[Genuine], bytes], expected: Expected = Expected.REFUSED) -> Case:
    family = "qr-twin" if expected is Expected.ACCEPTED else "qr"
    return Case(family=family, name=name, build=lambda genuine: upload(make(genuine)), expected=expected)


def _of(make: Callable[[Genuine], str | bytes]) -> Callable[[Genuine], bytes]:
    return lambda genuine: _saved(code_picture(make(genuine)))


def cases() -> list[Case]:
    """Every case of this family."""
    return [
        *(_case(name, _of(make)) for name, make in _TEXTS.items()),
        *(_case(name, make) for name, make in _PICTURES.items()),
        _case("link", _of(_link), Expected.ACCEPTED),
        _case("twice-the-same", lambda g: _saved(_beside(*[code_picture(_link(g))] * 2)), Expected.ACCEPTED),
        _case("in-a-jpeg", lambda g: _saved(code_picture(_link(g)), "JPEG"), Expected.ACCEPTED),
    ]
