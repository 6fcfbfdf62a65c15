"""``passport monitor`` from outside, over a real socket."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.served_demo import CHEAP, serve_demo

pytestmark = pytest.mark.timeout(240)

ED25519 = "z6Mk"
"""What a multikey of the one kind that an anchor may be of begins with."""


def run_monitor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "passport"), "monitor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_monitor_says_well_wrong_and_not_checked(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with serve_demo(tmp_path, program=CHEAP) as demo:
        issuers = httpx2.get(f"{demo.url}/trust/list").json()["credentialSubject"]["issuers"]
        root = httpx2.get(f"{demo.url}/trust/root").json()["roots"][0]["credentialSubject"]
        options = ("--base", demo.url, "--state", str(state))
        anchor = ("--anchor", f"{root['threshold']}:{','.join(root['rootKeys'])}")
        well = run_monitor(*options, *anchor, "--every", "1", "--rounds", "2")
        assert (well.returncode, well.stdout) == (0, "All is well.\nAll is well.\n"), well.stderr
        assert state.exists()
        centre = next(issuer for issuer in issuers if "issuer" in issuer["roles"] and issuer["keys"])
        keys = [key["publicKeyMultibase"] for key in centre["keys"]]
        wrong = run_monitor(*options, "--anchor", next(key for key in keys if key.startswith(ED25519)))
        assert (wrong.returncode, wrong.stdout.splitlines()[0][:17]) == (1, "WRONG trust list:")
    gone = run_monitor(*options, *anchor)
    assert (gone.returncode, gone.stdout.splitlines()[0]) == (
        69,
        "NOT CHECKED trust list: it could not be had",
    )
