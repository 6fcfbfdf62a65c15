"""What the steps of the narrated journey share: who walks where, who is signed in, and what a check says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
import httpx2

from passport.demo_world.in_process import PASSWORD
from passport.judging import Where
from passport.verifying import FileAnswer, verify_files

Say = Callable[[str], None]
OFFICER, SECOND_OFFICER = "fraud-officer-1", "fraud-officer-2"
VISIBLE_WITHIN_SECONDS: Final = 10
BUNDLE: Final = "bundle.zip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """A client of the running world, the folder everything goes into, and who is told of it.

    ``manifest``: file → its kind, and the outcome that a verifier must reach.
    """

    client: httpx2.AsyncClient
    out: Path
    say: Say
    manifest: dict[str, dict[str, str]] = field(default_factory=dict)

    async def sign_in(self, username: str) -> None:
        """Sign in as ``username``; whoever was signed in is not any more."""
        self.client.cookies.clear()
        form = {"username": username, "password": PASSWORD, "next": "/"}
        response = await self.client.post("/sign-in", data=form)
        if response.status_code != 303:
            raise RuntimeError("the demo sign-in did not work")

    async def post(self, path: str, body: object = None, *, status: int = 200) -> Any:
        """Post JSON and get some back. Raises ``RuntimeError`` unless ``status`` is answered."""
        return answered(await self.client.post(path, json=body), status)

    async def keep(self, name: str, address: str) -> None:
        """Write what is at ``address`` into the file ``name``."""
        response = await self.client.get(address)
        response.raise_for_status()
        await anyio.Path(self.out / name).write_bytes(response.content)

    async def check(self, name: str) -> dict[str, Any]:
        """The verifier's answer about the credential in the file ``name``."""
        credential = json.loads(await anyio.Path(self.out / name).read_bytes())
        return dict(await self.post("/credentials/verify", {"verifiableCredential": credential}))

    async def revoke(self, credential_id: str) -> None:
        """One officer asks for it, another agrees."""
        await self.sign_in(OFFICER)
        body = {"credentials": [credential_id], "reason": "FRAUD"}
        opened = await self.post("/revocation/api/cases", body, status=201)
        case = f"/revocation/api/cases/{opened['case_id']}"
        await self.post(f"{case}/revoke")
        await self.sign_in(SECOND_OFFICER)
        await self.post(f"{case}/agree")
        self.client.cookies.clear()

    async def until_revoked(self, name: str) -> str:
        """The headline about the credential in the file ``name``, once it is in force no more."""
        with anyio.fail_after(VISIBLE_WITHIN_SECONDS * 2):
            # Nothing to be woken by: a verifier learns of a revocation from the published list alone.
            while (result := await self.check(name))["verified"]:  # noqa: ASYNC110
                await anyio.sleep(0.5)
        return str(result["decision"]["headline"])

    def expect_rejected(self, certificate_number: str) -> None:
        """Say in the manifest that what has this number in its name is good no more."""
        for file, entry in self.manifest.items():
            if certificate_number in file:
                entry["expected"] = "rejected"

    async def keep_bundle(self) -> None:
        """Take along what a verifier without a network needs, as it is published now."""
        await self.keep(BUNDLE, "/verify/bundle")

    async def check_offline(self, *files: str) -> list[FileAnswer]:
        """What ``passport verify --offline`` says, by the bundle that was taken along last."""
        where = Where(bundle=self.out / BUNDLE)
        silent = partial(verify_files, files, where, server=None, say=_unsaid, note=_unsaid)
        return await anyio.to_thread.run_sync(silent)


def answered(response: httpx2.Response, status: int) -> Any:
    """The JSON of an answer. Raises ``RuntimeError`` unless its status is ``status``."""
    if response.status_code != status:
        raise RuntimeError(f"a step answered {response.status_code}: {response.text[:300]}")
    return response.json()


def _unsaid(_: object) -> None:
    """The journey says in its own words what came of a check."""
