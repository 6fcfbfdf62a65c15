"""A browser before whose camera one picture is held."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS

WIDTH, HEIGHT = 640, 480


def write_film(path: Path, picture: Image.Image) -> None:
    """A film of one frame, as Chromium shows it in place of a camera."""
    frame = Image.new("L", (WIDTH, HEIGHT), 200)
    frame.paste(picture.resize((440, 440)), (100, 20))
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\nFRAME\n"
    path.write_bytes(header.encode() + frame.tobytes() + grey)


@contextmanager
def filmed_before(chromium: str, film: Path) -> Iterator[Browser]:
    """Chromium, which asks nobody whether a page may use the camera."""
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *camera])
        yield launched
        launched.close()
