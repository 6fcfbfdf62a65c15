"""Software tokens (SoftHSM2) for tests: one folder per run of the tests, each token with its own label."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest

MODULES: Final = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
)
PIN: Final = "4711-test"


@dataclass(kw_only=True, slots=True)
class TokenMaker:
    """Makes tokens that the PKCS#11 library of this process sees."""

    folder: Path
    module: Path
    numbers: Iterator[int]

    def make(self, pin: str = PIN) -> tuple[str, Path]:
        """A fresh token; its URI as the setting takes it, and the file with its PIN."""
        label = f"test-{next(self.numbers)}"
        # Both numbers open a token that lasts as long as the tests.
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "so-pin-4711"]
        subprocess.run([*command, "--pin", PIN], check=True, capture_output=True)
        pin_file = self.folder / f"{label}.pin"
        pin_file.touch(mode=0o600)
        pin_file.write_text(f"{pin}\n")
        return self.uri(label, pin_file), pin_file

    def uri(self, label: str, pin_file: Path) -> str:
        """The setting that names a token, which need not be there."""
        return f"pkcs11:token={label}?module-path={self.module}&pin-source=file:{pin_file}"


def make_tokens(folder: Path) -> TokenMaker:
    """Tokens in ``folder``; skips the test, naming the package, where there is no SoftHSM2."""
    module = next((path for path in MODULES if path.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 (Debian package) is not installed")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    return TokenMaker(folder=folder, module=module, numbers=count(1))
